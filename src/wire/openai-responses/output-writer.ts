import { MusivumError } from '../../core/errors.ts'
import type { Signature } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { MAX_COLLECTED_CHARS } from '../collect-answer.ts'
import { quoteJson, writeJson } from '../openai-json-text.ts'
import {
  addedEvent,
  closingOf,
  deltaEvent,
  doneEvent,
  logprobsText,
  openingOf,
  wholeItem,
  type EventWriter,
  type OpenItem,
} from './item-events.ts'
import { itemId } from './item-ids.ts'
import { callSignatureItem, reasoningItem, type ItemStatus } from './output-items.ts'

type EventOf<Kind extends AnswerEvent['kind']> = Extract<AnswerEvent, { readonly kind: Kind }>

export type SaidEvent = Exclude<AnswerEvent, { readonly kind: 'usage' | 'extra' | 'finish' }>

/** The output of one response as events, item by item, and the items as they stand at its end. */
export function createOutputWriter(requestId: string, writer: EventWriter) {
  const done: string[] = []
  const calls = new Map<number, OpenItem>()
  /** Ended, and not yet told so: the last one's status is known only with the finish reason. */
  let ended: OpenItem[] = []
  let open: OpenItem | undefined
  let opened = 0
  let chars = 0
  let otherItems = 0

  function start(kind: OpenItem['kind'], callId = '', name = ''): OpenItem {
    const index = opened++
    const prefix = kind === 'tool-call' ? 'fc' : kind === 'reasoning' ? 'rs' : 'msg'
    const id = itemId(prefix, requestId, index)
    const within =
      kind === 'tool-call' ? '' : kind === 'reasoning' ? ',"summary_index":0' : ',"content_index":0'
    const place = `"item_id":"${id}","output_index":${index}${within}`
    return { kind, id, index, place, callId, name, text: '', logprobs: [] }
  }

  function keep(item: OpenItem, text: string): void {
    chars += text.length
    if (chars > MAX_COLLECTED_CHARS) throw tooLong()
    item.text += text
  }

  /** The item of this kind that is being said: the open one, or a new one after what ended. */
  function enter(kind: 'text' | 'refusal' | 'reasoning'): { item: OpenItem; events: string } {
    if (open?.kind === kind) return { item: open, events: '' }
    const events = next()
    const item = start(kind)
    open = item
    return { item, events: events + openingOf(item, writer) }
  }

  function leave(): void {
    if (open !== undefined) ended.push(open)
    open = undefined
  }

  /** Whatever is open has ended, and something else begins. */
  function next(): string {
    leave()
    return settle('completed')
  }

  /** Tells the end of what ended; `status` is that of the item that was begun last. */
  function settle(status: ItemStatus): string {
    const items = ended.toSorted((a, b) => a.index - b.index)
    ended = []
    return items.map((item) => finish(item, item.index === opened - 1 ? status : 'completed')).join('')
  }

  function finish(item: OpenItem, status: ItemStatus): string {
    const whole = writeJson(wholeItem(item, status))
    done[item.index] = whole
    return closingOf(item, writer) + doneEvent(whole, item.index, writer)
  }

  /** An item that never was in pieces. */
  function put(item: JsonObject, index: number): string {
    const text = writeJson(item)
    done[index] = text
    return addedEvent(text, index, writer) + doneEvent(text, index, writer)
  }

  function startCall(event: EventOf<'tool-call-start'>): string {
    const events = next()
    const { signature } = event
    const signed = signature === undefined ? '' : putSignature(signature, event.id)
    const item = start('tool-call', event.id, event.name)
    calls.set(event.index, item)
    return events + signed + openingOf(item, writer)
  }

  function putSignature(signature: Signature, callId: string): string {
    const index = opened++
    return put(callSignatureItem(itemId('rs', requestId, index), signature, callId), index)
  }

  function endReasoning(signature: EventOf<'reasoning-end'>['signature']): string {
    if (open?.kind !== 'reasoning' && signature === undefined) return ''
    const { item, events } = enter('reasoning')
    open = undefined
    const whole = writeJson(reasoningItem(item.id, item.text, signature))
    done[item.index] = whole
    return events + closingOf(item, writer) + doneEvent(whole, item.index, writer)
  }

  return {
    items: () => done,
    render(event: SaidEvent): string {
      switch (event.kind) {
        case 'text-start':
        case 'text-end':
        case 'reasoning-start':
          leave()
          return ''
        case 'text-delta':
          return sayText(event)
        case 'reasoning-delta': {
          // A part begins with its first text.
          if (event.text === '') return ''
          const { item, events } = enter('reasoning')
          keep(item, event.text)
          return events + deltaEvent('response.reasoning_summary_text.delta', item, event.text, writer)
        }
        case 'reasoning-end':
          return endReasoning(event.signature)
        case 'refusal-delta': {
          if (event.text === '') return ''
          const { item, events } = enter('refusal')
          keep(item, event.text)
          return events + deltaEvent('response.refusal.delta', item, event.text, writer)
        }
        case 'tool-call-start':
          return startCall(event)
        case 'tool-call-delta': {
          const item = calls.get(event.index)
          if (item === undefined) return ''
          keep(item, event.arguments)
          return deltaEvent('response.function_call_arguments.delta', item, event.arguments, writer)
        }
        case 'tool-call-end': {
          const item = calls.get(event.index)
          calls.delete(event.index)
          if (item !== undefined) ended.push(item)
          return ''
        }
        default:
          return event satisfies never
      }
    },
    /** Items of a vendor's own tools; the list grows with every event that brings it. */
    others(list: Json | undefined): string {
      const items = isJsonArray(list) ? list.slice(otherItems) : []
      if (items.length === 0) return ''
      otherItems += items.length
      const told = next()
      const added = items.filter(isJsonObject).map((item) => put(item, opened++))
      return told + added.join('')
    },
    end(status: ItemStatus): string {
      leave()
      ended.push(...calls.values())
      if (opened > 0) return settle(status)
      // An answer of nothing at all is an empty text: agents wait for a message.
      const { events } = enter('text')
      leave()
      return events + settle(status)
    },
  }

  function sayText(event: EventOf<'text-delta'>): string {
    const { item, events } = enter('text')
    keep(item, event.text)
    for (const logprob of event.logprobs ?? []) item.logprobs.push(logprob)
    const members = `${item.place},"delta":${quoteJson(event.text)},"logprobs":${logprobsText(event.logprobs)}`
    return events + writer.event('response.output_text.delta', members)
  }
}

function tooLong(): MusivumError {
  return new MusivumError('upstream.bad_answer', `the answer is over ${MAX_COLLECTED_CHARS} characters long`)
}

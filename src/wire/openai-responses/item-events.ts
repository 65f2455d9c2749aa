import type { TokenLogprob } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import { quoteJson, writeJson } from '../openai-json-text.ts'
import {
  callItem,
  messageItem,
  reasoningItem,
  refusalPart,
  textPart,
  tokenLogprobs,
  type ItemStatus,
} from './output-items.ts'

export type EventWriter = {
  /** `members` are those after `type` and `sequence_number`, as JSON text. */
  readonly event: (type: string, members: string) => string
}

export function createEventWriter(): EventWriter {
  let next = 0
  return {
    event: (type, members) =>
      `event: ${type}\ndata: {"type":"${type}","sequence_number":${next++},${members}}\n\n`,
  }
}

/** One item that is being said. */
export type OpenItem = {
  readonly kind: 'text' | 'refusal' | 'reasoning' | 'tool-call'
  readonly id: string
  readonly index: number
  /** `"item_id":…,"output_index":…` and what else every event of it names. */
  readonly place: string
  readonly callId: string
  readonly name: string
  text: string
  logprobs: TokenLogprob[]
}

export function wholeItem(item: OpenItem, status: ItemStatus): JsonObject {
  switch (item.kind) {
    case 'text':
      return messageItem(item.id, textPart(item.text, item.logprobs), status)
    case 'refusal':
      return messageItem(item.id, refusalPart(item.text), status)
    case 'reasoning':
      return reasoningItem(item.id, item.text, undefined)
    case 'tool-call':
      return callItem(item.id, { callId: item.callId, name: item.name, arguments: item.text }, status)
    default:
      return item.kind satisfies never
  }
}

/** The events that begin an item, before anything of it is said. */
export function openingOf(item: OpenItem, writer: EventWriter): string {
  const whole = wholeItem(item, 'in_progress')
  const empty = item.kind === 'tool-call' || item.kind === 'reasoning' ? whole : { ...whole, content: [] }
  const added = addedEvent(writeJson(empty), item.index, writer)
  if (item.kind === 'tool-call' || item.kind === 'reasoning') return added
  return added + partEvent('response.content_part.added', item, partOf(item), writer)
}

/** The events that end what an item holds, without the one that ends the item. */
export function closingOf(item: OpenItem, writer: EventWriter): string {
  const text = quoteJson(item.text)
  switch (item.kind) {
    case 'text':
      return (
        writer.event(
          'response.output_text.done',
          `${item.place},"text":${text},"logprobs":${logprobsText(item.logprobs)}`,
        ) + partEvent('response.content_part.done', item, partOf(item), writer)
      )
    case 'refusal':
      return (
        writer.event('response.refusal.done', `${item.place},"refusal":${text}`) +
        partEvent('response.content_part.done', item, partOf(item), writer)
      )
    case 'reasoning':
      if (item.text === '') return ''
      return (
        writer.event('response.reasoning_summary_text.done', `${item.place},"text":${text}`) +
        partEvent('response.reasoning_summary_part.done', item, partOf(item), writer)
      )
    case 'tool-call':
      return writer.event('response.function_call_arguments.done', `${item.place},"arguments":${text}`)
    default:
      return item.kind satisfies never
  }
}

function partOf({ kind, text, logprobs }: OpenItem): JsonObject {
  if (kind === 'reasoning') return { type: 'summary_text', text }
  return kind === 'refusal' ? refusalPart(text) : textPart(text, logprobs)
}

function partEvent(type: string, item: OpenItem, part: JsonObject, writer: EventWriter): string {
  return writer.event(type, `${item.place},"part":${writeJson(part)}`)
}

/** A summary's part begins with its first text: reasoning that is only encrypted has none. */
export function deltaEvent(type: string, item: OpenItem, delta: string, writer: EventWriter): string {
  const begins = item.kind === 'reasoning' && item.text === delta
  const added = begins
    ? partEvent('response.reasoning_summary_part.added', item, { type: 'summary_text', text: '' }, writer)
    : ''
  return added + writer.event(type, `${item.place},"delta":${quoteJson(delta)}`)
}

export function addedEvent(item: string, index: number, writer: EventWriter): string {
  return writer.event('response.output_item.added', `"output_index":${index},"item":${item}`)
}

export function doneEvent(item: string, index: number, writer: EventWriter): string {
  return writer.event('response.output_item.done', `"output_index":${index},"item":${item}`)
}

export function logprobsText(logprobs: readonly TokenLogprob[] | undefined): string {
  return logprobs === undefined || logprobs.length === 0 ? '[]' : writeJson(tokenLogprobs(logprobs))
}

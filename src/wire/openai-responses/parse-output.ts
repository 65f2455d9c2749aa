import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { createAnswerBlocks } from '../openai-answer-blocks.ts'
import { parseLogprobs } from '../openai-chat/parse-logprobs.ts'
import { encryptedReasoning } from './carried-signature.ts'
import { indexOf, pieceOf, type Piece } from './output-pieces.ts'

/** OpenAI allows 128 tools; an answer of more than eight times as many items is a loop of the model. */
const MAX_ITEMS = 1024

export type OutputParser = {
  /** Takes one event about the output; others are skipped. */
  readonly take: (event: JsonObject, events: AnswerEvent[]) => void
  /** Takes the output as the end of the response repeats it: what was never streamed is passed on. */
  readonly final: (output: readonly JsonObject[], events: AnswerEvent[]) => void
  readonly close: (events: AnswerEvent[]) => void
  readonly calledTools: () => boolean
}

type OpenItem = {
  /** Undefined where the server gives none. */
  readonly id: Json | undefined
  /** Characters that were passed on, by what they belong to: servers repeat the whole at the end, some send only that. */
  readonly sent: Map<string, number>
  /** Among the tool calls; -1 for one that has not started. */
  call: number
  done: boolean
}

/**
 * Puts the items of one response together. Every piece of an item may come as deltas, as a whole at the end of the piece,
 * with the finished item, or in all of these ways: what was passed on is counted, and only the rest of a whole is.
 */
export function createOutputParser(maker: string): OutputParser {
  const blocks = createAnswerBlocks(0)
  const items = new Map<number, OpenItem>()
  const others: Json[] = []
  const callIds = new Set<Json | undefined>()
  const openCalls = new Set<OpenItem>()
  const said = new Set<string>()
  let itemCount = 0
  let calls = 0

  /** The item that a piece belongs to. */
  function itemAt(index: number): OpenItem {
    return items.get(index) ?? openItem(index, {})
  }

  /** The item that `given` is: another one than that of the same number when that is done, as vLLM has numbered items alike. */
  function itemOf(given: JsonObject, index: number): OpenItem {
    const known = items.get(index)
    const isRepeat = known?.done === true && known.id !== undefined && known.id === given.id
    return known !== undefined && (!known.done || isRepeat) ? known : openItem(index, given)
  }

  function openItem(index: number, { id }: JsonObject): OpenItem {
    itemCount += 1
    if (itemCount > MAX_ITEMS) throw tooManyItems()
    const item: OpenItem = { id, sent: new Map(), call: -1, done: false }
    items.set(index, item)
    return item
  }

  /** The part of `text` that was not passed on yet; a delta is all new. */
  function unsent(item: OpenItem, key: string, text: string, isDelta: boolean): string {
    const sent = item.sent.get(key) ?? 0
    const rest = isDelta ? text : text.slice(sent)
    if (rest !== '') item.sent.set(key, sent + rest.length)
    if (rest !== '') said.add(key.split(' ')[0] ?? '')
    return rest
  }

  function say(item: OpenItem, piece: Piece, events: AnswerEvent[]): void {
    const text = unsent(item, piece.key, piece.text, piece.isDelta)
    const logprobs =
      piece.isDelta || text !== '' ? parseLogprobs({ content: piece.logprobs ?? null }) : undefined
    blocks.say(text, logprobs, events)
  }

  /** Texts of one reasoning item are told apart by an empty line, as its readers show them. */
  function reason(item: OpenItem, piece: Piece, events: AnswerEvent[]): void {
    const text = unsent(item, piece.key, piece.text, piece.isDelta)
    if (text === '') return
    const isNew = item.sent.get(piece.key) === text.length
    if (isNew && item.sent.size > 1) blocks.reason('\n\n', events)
    blocks.reason(text, events)
  }

  function startCall(item: OpenItem, given: JsonObject, events: AnswerEvent[]): void {
    if (item.call !== -1 || typeof given.name !== 'string') return
    blocks.leave(events)
    item.call = calls++
    callIds.add(given.call_id)
    openCalls.add(item)
    const id = [given.call_id, given.id].find((value) => typeof value === 'string' && value !== '')
    const named = typeof id === 'string' ? id : `call_${item.call}`
    events.push({ kind: 'tool-call-start', choice: 0, index: item.call, id: named, name: given.name })
  }

  function pushArguments(
    item: OpenItem,
    text: Json | undefined,
    isDelta: boolean,
    events: AnswerEvent[],
  ): void {
    if (!openCalls.has(item) || typeof text !== 'string') return
    const rest = unsent(item, 'arguments', text, isDelta)
    if (rest !== '') events.push({ kind: 'tool-call-delta', choice: 0, index: item.call, arguments: rest })
  }

  function endCall(item: OpenItem, events: AnswerEvent[]): void {
    if (openCalls.delete(item)) events.push({ kind: 'tool-call-end', choice: 0, index: item.call })
  }

  function addItem(given: JsonObject, index: number, events: AnswerEvent[]): void {
    const item = itemOf(given, index)
    if (typeOf(given) === 'function_call') startCall(item, given, events)
  }

  function finishItem(given: JsonObject, index: number, events: AnswerEvent[]): void {
    const item = itemOf(given, index)
    if (item.done) return
    switch (typeOf(given)) {
      case 'message':
        for (const [at, part] of partsOf(given.content).entries()) finishPart(item, part, at, events)
        break
      case 'function_call':
        startCall(item, given, events)
        pushArguments(item, given.arguments, false, events)
        endCall(item, events)
        break
      case 'reasoning':
        finishReasoning(item, given, events)
        break
      default:
        // A vendor's own tool: a client of the same protocol reads it, and others see what there was.
        others.push(given)
        events.push({ kind: 'extra', fields: { output: [...others] } })
    }
    item.done = true
  }

  function finishPart(item: OpenItem, part: JsonObject, at: number, events: AnswerEvent[]): void {
    const { text, refusal, logprobs } = part
    if (typeof text === 'string') say(item, { key: `text ${at}`, text, isDelta: false, logprobs }, events)
    if (typeof refusal === 'string') blocks.refuse(unsent(item, `refusal ${at}`, refusal, false), events)
  }

  function finishReasoning(item: OpenItem, given: JsonObject, events: AnswerEvent[]): void {
    for (const key of ['summary', 'content'] as const)
      for (const [at, part] of partsOf(given[key]).entries())
        if (typeof part.text === 'string')
          reason(item, { key: `reasoning ${key} ${at}`, text: part.text, isDelta: false }, events)
    const signature = encryptedReasoning(given, maker)
    if (signature !== undefined) said.add('reasoning')
    if (signature !== undefined) blocks.sign(signature, events)
    // The next item's reasoning is a block of its own.
    else blocks.leave(events)
  }

  function wasStreamed(item: JsonObject, begun: boolean): boolean {
    const type = typeOf(item)
    if (type === 'function_call') return callIds.has(item.call_id)
    if (type === 'message') return said.has('text') || said.has('refusal')
    return type === 'reasoning' ? said.has('reasoning') : begun
  }

  return {
    take(event, events) {
      const index = indexOf(event.output_index)
      const item = isJsonObject(event.item) ? event.item : {}
      switch (event.type) {
        case 'response.output_item.added':
          return addItem(item, index, events)
        case 'response.output_item.done':
          return finishItem(item, index, events)
        case 'response.function_call_arguments.delta':
          return pushArguments(itemAt(index), event.delta, true, events)
        case 'response.function_call_arguments.done':
          return pushArguments(itemAt(index), event.arguments, false, events)
        default: {
          const piece = pieceOf(event)
          if (piece === undefined) return
          const open = itemAt(index)
          if (piece.kind === 'text') say(open, piece, events)
          else if (piece.kind === 'reasoning') reason(open, piece, events)
          else blocks.refuse(unsent(open, piece.key, piece.text, piece.isDelta), events)
        }
      }
    },
    final(output, events) {
      const begun = items.size > 0
      const missing = output.filter((item) => !wasStreamed(item, begun))
      // Their own numbers may be those of items that were streamed.
      for (const [at, item] of missing.entries()) finishItem(item, -1 - at, events)
    },
    close(events) {
      blocks.leave(events)
      for (const item of openCalls) endCall(item, events)
    },
    calledTools: () => calls > 0,
  }
}

function typeOf(item: JsonObject): string {
  return typeof item.type === 'string' ? item.type : ''
}

function partsOf(list: Json | undefined): readonly JsonObject[] {
  return isJsonArray(list) ? list.filter(isJsonObject) : []
}

function tooManyItems(): MusivumError {
  return new MusivumError('upstream.bad_answer', `the server sent more than ${MAX_ITEMS} items`)
}

import { MusivumError } from '../../core/errors.ts'
import type { Signature } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import { blockKey, citationsKey } from './answer-extra.ts'

/** An answer that uses 128 tools eight times over, with a text between any two. Each block costs memory until the end. */
const MAX_BLOCKS = 2_048

export type ContentParser = {
  readonly start: (index: number, block: JsonObject, events: AnswerEvent[]) => void
  readonly delta: (index: number, delta: JsonObject, events: AnswerEvent[]) => void
  readonly stop: (index: number, events: AnswerEvent[]) => void
  /** Ends the blocks that are open. */
  readonly close: (events: AnswerEvent[]) => void
}

type Block = {
  readonly index: number
  readonly kind: 'text' | 'reasoning' | 'tool-call' | 'other'
  /** As it started, with what deltas of kinds we do not know added to it. */
  value: JsonObject
  /** Number of the call, for a tool call. */
  readonly call: number
  /** Arguments so far, for a tool call or a block we do not know. */
  input: string
  signature: Signature['value']
  readonly citations: Json[]
}

/** The blocks of one answer. They come one after the other, but two text blocks that a server interleaves lose nothing. */
export function createContentParser(maker: string): ContentParser {
  const blocks = new Map<number, Block>()
  let said: Block | undefined
  let calls = 0

  function enter(block: Block | undefined, events: AnswerEvent[]): void {
    if (said === block) return
    if (said !== undefined) events.push(endOf(said, maker))
    if (block !== undefined) events.push({ kind: `${kindOf(block)}-start`, choice: 0 })
    said = block
  }

  function say(block: Block, text: Json | undefined, events: AnswerEvent[]): void {
    if (typeof text !== 'string' || text === '') return
    enter(block, events)
    events.push({ kind: `${kindOf(block)}-delta`, choice: 0, text })
  }

  function addInput(block: Block, text: Json | undefined, events: AnswerEvent[]): void {
    if (typeof text !== 'string' || text === '') return
    block.input += text
    if (block.kind === 'tool-call')
      events.push({ kind: 'tool-call-delta', choice: 0, index: block.call, arguments: text })
  }

  /** An empty input must be an object all the same, and some servers send a whole one with the start. */
  function endCall(block: Block, events: AnswerEvent[]): void {
    if (block.input === '') addInput(block, JSON.stringify(block.value.input ?? {}), events)
    events.push({ kind: 'tool-call-end', choice: 0, index: block.call })
  }

  function end(block: Block, events: AnswerEvent[]): void {
    blocks.delete(block.index)
    const fields = fieldsOf(block)
    if (fields !== undefined) events.push({ kind: 'extra', fields })
    if (block.kind === 'tool-call') endCall(block, events)
    else if (block === said) enter(undefined, events)
  }

  function at(index: number): Block {
    const block = blocks.get(index)
    if (block === undefined) throw notAnAnswer('a piece belongs to no block that had started')
    return block
  }

  return {
    start(index, value, events) {
      if (blocks.has(index)) end(at(index), events)
      if (index < 0 || index >= MAX_BLOCKS) throw notAnAnswer('it numbers a block out of range')
      const block = openBlock(index, value, value.type === 'tool_use' ? calls++ : -1)
      blocks.set(index, block)
      if (block.kind === 'text' || block.kind === 'reasoning') {
        enter(block, events)
        say(block, value.text ?? value.thinking, events)
      } else enter(undefined, events)
      if (block.kind === 'tool-call') events.push(startOfCall(block))
    },
    delta(index, delta, events) {
      const block = at(index)
      switch (delta.type) {
        case 'text_delta':
          return say(block, delta.text, events)
        case 'thinking_delta':
          return say(block, delta.thinking, events)
        case 'input_json_delta':
          return addInput(block, delta.partial_json, events)
        case 'signature_delta':
          if (typeof delta.signature === 'string') block.signature = delta.signature
          return
        case 'citations_delta':
          if (delta.citation !== undefined) block.citations.push(delta.citation)
          return
        default:
          if (block.kind === 'other')
            block.value = { ...block.value, ...delta, type: block.value.type ?? null }
      }
    },
    stop: (index, events) => end(at(index), events),
    close(events) {
      for (const block of blocks.values()) end(block, events)
      enter(undefined, events)
    },
  }
}

function openBlock(index: number, value: JsonObject, call: number): Block {
  const citations = isJsonArray(value.citations) ? [...value.citations] : []
  return { index, kind: kindOfType(value), value, call, input: '', signature: signatureIn(value), citations }
}

function kindOfType({ type }: JsonObject): Block['kind'] {
  switch (type) {
    case 'text':
      return 'text'
    case 'thinking':
    case 'redacted_thinking':
      return 'reasoning'
    case 'tool_use':
      return 'tool-call'
    default:
      return 'other'
  }
}

function kindOf(block: Block): 'text' | 'reasoning' {
  return block.kind === 'text' ? 'text' : 'reasoning'
}

/** Redacted thoughts are an object, a signature beside thoughts a text: so both find back into their own kind of block. */
function signatureIn({ type, signature, data }: JsonObject): Signature['value'] {
  if (type === 'redacted_thinking') return { data: data ?? '' }
  return typeof signature === 'string' ? signature : ''
}

function startOfCall({ value, call }: Block): AnswerEvent {
  const name = typeof value.name === 'string' ? value.name : ''
  const id = typeof value.id === 'string' && value.id !== '' ? value.id : `toolu_${call}`
  return { kind: 'tool-call-start', choice: 0, index: call, id, name }
}

function endOf(block: Block, maker: string): AnswerEvent {
  if (block.kind === 'text') return { kind: 'text-end', choice: 0 }
  if (block.signature === '') return { kind: 'reasoning-end', choice: 0 }
  return { kind: 'reasoning-end', choice: 0, signature: { maker, value: block.signature } }
}

/** What of a block has no event of its own. */
function fieldsOf({ index, kind, value, input, citations }: Block): JsonObject | undefined {
  if (citations.length > 0) return { [citationsKey(index)]: citations }
  if (kind !== 'other') return undefined
  return { [blockKey(index)]: input === '' ? value : { ...value, input: parsedInput(input) } }
}

function parsedInput(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    // What the vendor's own tool was asked is the vendor's business: kept as the text it is.
    return text
  }
}

export function notAnAnswer(why: string): MusivumError {
  return new MusivumError('upstream.bad_answer', `the server sent something that is not a message: ${why}`)
}

import type { Signature } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { writeJson } from '../openai-json-text.ts'
import { callKeeper, hiddenThoughts, signatureText } from './answer-blocks.ts'
import { createBlockQueue, type QueuedBlock } from './block-queue.ts'
import { createJsonEnd } from './json-end.ts'

/** The content of a streamed message. Text, thoughts and refusals start with their first piece: an empty one is none. */
export type ContentWriter = {
  readonly text: (text: string) => void
  readonly reason: (text: string) => void
  readonly refuse: (text: string) => void
  /** Ends what is being said, if anything is. */
  readonly endSaid: () => void
  /** Thoughts end with their signature, or are nothing but it. */
  readonly endReasoning: (signature: Signature | undefined) => void
  readonly cite: (citations: readonly Json[]) => void
  readonly startCall: (call: Extract<AnswerEvent, { readonly kind: 'tool-call-start' }>) => void
  readonly addToCall: (index: number, text: string) => void
  readonly endCall: (index: number) => void
  /** A block that comes in one piece. */
  readonly whole: (block: JsonObject) => void
  readonly endAll: () => void
}

type Said = { readonly kind: 'text' | 'reasoning' | 'refusal'; readonly block: QueuedBlock }
type Call = { readonly block: QueuedBlock; readonly isWhole: (piece: string) => boolean }

/** `send` gets server-sent events; the message has to have started before the first of them. */
export function createContentWriter(send: (events: string) => void): ContentWriter {
  const blocks = createBlockQueue(send)
  const calls = new Map<number, Call>()
  let said: Said | undefined

  function say(kind: Said['kind'], start: JsonObject, delta: string): void {
    if (said?.kind !== kind) {
      endSaid()
      said = { kind, block: blocks.open(start) }
    }
    blocks.add(said.block, delta)
  }

  function endSaid(): void {
    if (said !== undefined) blocks.end(said.block)
    said = undefined
  }

  function whole(block: JsonObject): void {
    endSaid()
    blocks.end(blocks.open(block))
  }

  function endThoughts(block: QueuedBlock, signature: Signature | undefined): void {
    blocks.add(block, `{"type":"signature_delta","signature":${writeJson(signatureText(signature))}}`)
    blocks.end(block)
    said = undefined
  }

  return {
    text: (text) => say('text', EMPTY_TEXT, textDelta(text)),
    reason: (text) =>
      say('reasoning', EMPTY_THOUGHTS, `{"type":"thinking_delta","thinking":${writeJson(text)}}`),
    refuse: (text) => say('refusal', EMPTY_TEXT, textDelta(text)),
    endSaid,
    endReasoning(signature) {
      if (said?.kind === 'reasoning') return endThoughts(said.block, signature)
      if (signature === undefined) return
      const hidden = hiddenThoughts(signature)
      if (hidden.type !== 'thinking') return whole(hidden)
      endSaid()
      // Clients take the signature from a piece of its own, as Anthropic sends it, and not from the start of the block.
      endThoughts(blocks.open(EMPTY_THOUGHTS), signature)
    },
    cite(citations) {
      if (said === undefined) return
      for (const citation of citations)
        blocks.add(said.block, writeJson({ type: 'citations_delta', citation }))
    },
    startCall({ index, id, name, signature }) {
      endSaid()
      if (signature !== undefined) whole(callKeeper(id, signature))
      const block = blocks.open({ type: 'tool_use', id, name, input: {} })
      calls.set(index, { block, isWhole: createJsonEnd() })
    },
    addToCall(index, text) {
      const call = calls.get(index)
      if (call === undefined) return
      blocks.add(call.block, `{"type":"input_json_delta","partial_json":${writeJson(text)}}`)
      call.block.complete = call.isWhole(text)
    },
    endCall(index) {
      const call = calls.get(index)
      if (call !== undefined) blocks.end(call.block)
      calls.delete(index)
    },
    whole,
    endAll: blocks.endAll,
  }
}

const EMPTY_TEXT = { type: 'text', text: '' }
const EMPTY_THOUGHTS = { type: 'thinking', thinking: '', signature: '' }

function textDelta(text: string): string {
  return `{"type":"text_delta","text":${writeJson(text)}}`
}

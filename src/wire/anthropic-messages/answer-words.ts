import type { FinishReason } from '../../core/events.ts'
import type { Json, JsonObject } from '../../core/json.ts'

export function messageId(requestId: string): string {
  return `msg_${requestId}`
}

/** A server's `stop_reason`; undefined where it has not stopped yet. */
export function parseStopReason(reason: Json | undefined): FinishReason | undefined {
  switch (reason) {
    case undefined:
    case null:
      return undefined
    case 'end_turn':
    case 'stop_sequence':
      return 'stop'
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length'
    case 'tool_use':
      return 'tool-calls'
    case 'refusal':
      return 'content-filter'
    default:
      return 'other'
  }
}

export type Stop = {
  readonly reason: FinishReason
  readonly stopSequence?: string
  /** The answer calls tools. Gemini's and other servers say `stop` beside calls, and agents look at the reason only. */
  readonly callsTools: boolean
  /** The answer holds a refusal, which OpenAI ends with `stop`. */
  readonly refuses: boolean
}

/** `fields` are unknown fields of the answer: a reason of this protocol's own, which no other has a word for, is among them. */
export function renderStop(stop: Stop, fields: JsonObject): JsonObject {
  const { reason, stopSequence } = stop
  const own = fields.stop_reason
  const kept = (reason === 'other' || reason === 'length') && typeof own === 'string'
  const details = fields.stop_details === undefined ? {} : { stop_details: fields.stop_details }
  return { stop_reason: kept ? own : wordFor(stop), stop_sequence: stopSequence ?? null, ...details }
}

function wordFor({ reason, stopSequence, callsTools, refuses }: Stop): string {
  switch (reason) {
    case 'length':
      return 'max_tokens'
    case 'content-filter':
      return 'refusal'
    case 'tool-calls':
      return 'tool_use'
    case 'stop':
    case 'other':
      if (callsTools) return 'tool_use'
      if (refuses) return 'refusal'
      return stopSequence === undefined ? 'end_turn' : 'stop_sequence'
    default:
      return reason satisfies never
  }
}

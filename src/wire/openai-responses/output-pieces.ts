import type { Json, JsonObject } from '../../core/json.ts'

export type Piece = {
  /** What the text belongs to within its item. */
  readonly key: string
  readonly text: string
  readonly isDelta: boolean
  readonly logprobs?: Json | undefined
}

type PieceKind = 'text' | 'reasoning' | 'refusal'

/** Events that carry text: what it is, and the members that hold a delta's or a whole's text. */
const PIECES: ReadonlyMap<string, readonly [PieceKind, string, string]> = new Map([
  ['response.output_text.delta', ['text', 'text', 'delta']],
  ['response.output_text.done', ['text', 'text', 'text']],
  ['response.refusal.delta', ['refusal', 'refusal', 'delta']],
  ['response.refusal.done', ['refusal', 'refusal', 'refusal']],
  ['response.reasoning_summary_text.delta', ['reasoning', 'reasoning summary', 'delta']],
  ['response.reasoning_summary_text.done', ['reasoning', 'reasoning summary', 'text']],
  ['response.reasoning_text.delta', ['reasoning', 'reasoning content', 'delta']],
  ['response.reasoning_text.done', ['reasoning', 'reasoning content', 'text']],
])

/** Undefined for an event that carries no text. */
export function pieceOf(event: JsonObject): (Piece & { readonly kind: PieceKind }) | undefined {
  const known = typeof event.type === 'string' ? PIECES.get(event.type) : undefined
  if (known === undefined) return undefined
  const [kind, name, member] = known
  const text = event[member]
  if (typeof text !== 'string') return undefined
  const at = indexOf(event.summary_index ?? event.content_index)
  return { kind, key: `${name} ${at}`, text, isDelta: member === 'delta', logprobs: event.logprobs }
}

/** 0 where the server gives no number. */
export function indexOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0
}

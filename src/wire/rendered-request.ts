import type { WireChange } from '../core/conversation.ts'
import type { JsonObject } from '../core/json.ts'

/** A conversation in the words of one protocol, and everything that had to be said differently or not at all. */
export type RenderedRequest = {
  readonly body: JsonObject
  /** Empty when the client spoke the same protocol. */
  readonly changes: readonly WireChange[]
}

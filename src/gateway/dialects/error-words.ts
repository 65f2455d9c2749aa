import type { MusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'

/** How a protocol says that something failed. */
export type ErrorWords = {
  /** The body of a reply that is nothing but the error. */
  readonly body: (error: MusivumError, requestId: string) => JsonObject
  /** The last server-sent event of a stream that broke, line ends included. */
  readonly event: (error: MusivumError, requestId: string) => string
}

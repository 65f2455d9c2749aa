import type { MusivumError } from '../core/errors.ts'
import { accountHeaders, identityHeaders } from './answer-headers.ts'
import type { ErrorWords } from './dialects/error-words.ts'
import { stoppedBy } from './exchange.ts'
import type { Gateway } from './gateway-parts.ts'
import type { RequestRecord } from './request-record.ts'
import { waitHeaders } from './spending/wait-headers.ts'

/**
 * A failure as the client's protocol says it. Before the head that is a status and a body; after it, one error event,
 * and the stream ends without its proper end, so that no client takes half an answer for a whole one.
 */
export function replyWithError(
  gateway: Gateway,
  words: ErrorWords,
  record: RequestRecord,
  error: MusivumError,
): void {
  const { reply, requestId, signal } = record.exchange
  // Whoever left hears nothing; whoever was stopped by us is told why.
  if (signal.aborted && stoppedBy(record.exchange) === undefined) return
  const account = accountHeaders(record, gateway.clock.monotonic())
  if (reply.begun) {
    reply.write(words.event(error, requestId))
    reply.end(account)
    return
  }
  reply.whole(
    error.status,
    {
      'content-type': 'application/json; charset=utf-8',
      ...identityHeaders(record),
      ...account,
      ...waitHeaders(error),
    },
    JSON.stringify(words.body(error, requestId)),
  )
}

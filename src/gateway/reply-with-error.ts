import type { MusivumError } from '../core/errors.ts'
import { renderOpenAiError } from '../wire/openai-error.ts'
import { accountHeaders, identityHeaders } from './answer-headers.ts'
import type { Gateway } from './gateway-parts.ts'
import type { RequestRecord } from './request-record.ts'

/**
 * A failure as the client's protocol says it. Before the head that is a status and a body; after it, one error event,
 * and the stream ends without its `[DONE]`, so that no client takes half an answer for a whole one.
 */
export function replyWithError(gateway: Gateway, record: RequestRecord, error: MusivumError): void {
  const { reply, requestId, signal } = record.exchange
  if (signal.aborted) return
  const body = JSON.stringify(renderOpenAiError(error, requestId))
  const account = accountHeaders(record, gateway.clock.monotonic())
  if (reply.begun) {
    reply.write(`data: ${body}\n\n`)
    reply.end(account)
    return
  }
  const retryAfter = error.retryAfterSeconds
  reply.whole(
    error.status,
    {
      'content-type': 'application/json; charset=utf-8',
      ...identityHeaders(record),
      ...account,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) }),
    },
    body,
  )
}

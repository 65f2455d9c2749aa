import type { IncomingMessage, ServerResponse } from 'node:http'
import { toMusivumError } from '../../core/errors.ts'
import { openAiErrors } from '../dialects/openai-errors.ts'
import type { Route } from '../route-table.ts'

/** Why somebody may not come in, in the words of the protocol that the route speaks. Throws what is a mistake of ours. */
export function refuse(
  { errors: words = openAiErrors }: Pick<Route, 'errors'>,
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
): void {
  const error = toMusivumError(thrown)
  if (error.code === 'internal') throw error
  if (response.destroyed) return
  const { status, retryAfterSeconds } = error
  const body = JSON.stringify(words.body(error, ''))
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    // RFC 9110 §11.6.1: a 401 says how to do better.
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
    // The body was not read, and would be taken for the next request.
    ...(!request.complete && { connection: 'close' }),
  })
  response.end(body)
}

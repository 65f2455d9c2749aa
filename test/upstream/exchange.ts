import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { ChatBody } from './wire.ts'

/** One request with what a behaviour needs to answer it. */
export type Exchange = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The received bytes as text. */
  readonly text: string
  /** Fields of the received JSON; empty when the body is not a JSON object. */
  readonly body: ChatBody
  readonly model: string
  readonly pieces: readonly string[]
  readonly delayMs: number
  readonly slowMs: number
  /** Set before the double itself closes the connection, so that it is not taken for a client that went away. */
  closedByUs: boolean
}

export function sendJson(
  exchange: Exchange,
  status: number,
  body: string,
  headers: Record<string, string> = {},
) {
  exchange.response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': 'req_double',
    ...headers,
  })
  exchange.response.end(body)
}

export function startEvents(exchange: Exchange): void {
  exchange.response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  })
}

/** Writes one SSE event and waits for the pause between chunks. False once the client is gone. */
export async function sendEvent(exchange: Exchange, payload: string, newline = '\n'): Promise<boolean> {
  return sendBytes(exchange, `data: ${payload}${newline}${newline}`)
}

/** Writes bytes as a packet of their own: the next write happens after these have left and the reader had a turn. */
export async function sendBytes(exchange: Exchange, bytes: string | Uint8Array): Promise<boolean> {
  const { response, delayMs } = exchange
  if (response.destroyed) return false
  await new Promise<void>((flushed) => {
    response.once('close', flushed)
    response.write(bytes, () => {
      response.off('close', flushed)
      flushed()
    })
  })
  await (delayMs > 0 ? sleep(delayMs) : nextTurn())
  return !response.destroyed
}

/** Resolves when the other side (or we) closed the connection. */
export async function untilClosed(exchange: Exchange): Promise<void> {
  if (exchange.response.destroyed) return
  await new Promise<void>((closed) => exchange.response.once('close', closed))
}

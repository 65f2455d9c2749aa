import type { ServerResponse } from 'node:http'
import { MusivumError } from '../../core/errors.ts'
import type { LiveFeed } from '../live-feed.ts'
import type { StateView } from './contract.ts'
import type { Endpoint } from './endpoint.ts'

export type LiveParts = {
  readonly live: LiveFeed
  /** Aborted when the gateway stops: open live lists end, so that they do not hold it up. */
  readonly closing: AbortSignal
  readonly state: () => StateView
}

/** The live list: finished requests as they come. */
export function liveEndpoints(parts: LiveParts): readonly Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/api/requests/live',
      access: 'auditor',
      openEnded: true,
      name: 'followRequests',
      about: 'Finished requests as they come, and the state now and every five seconds.',
      answer: {
        status: 200,
        type: 'text/event-stream',
        about: 'Events `request` (a Request) and `state` (a State).',
      },
      handler: (_, response) => follow(parts, response),
    },
  ]
}

const STATE_EVERY_MS = 5_000
// A console that reads slower than requests come gets gaps, which its next page query fills, instead of our memory.
const MAX_BUFFERED_BYTES = 1024 * 1024

/** Server-sent events: `request` for each finished request, `state` now and every five seconds, which also keeps proxies from closing. */
function follow(parts: LiveParts, response: ServerResponse): void {
  const send = (event: string, data: unknown): void => {
    if (response.writableLength < MAX_BUFFERED_BYTES)
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const unsubscribe = parts.live.subscribe((row) => send('request', row))
  if (unsubscribe === null) {
    throw new MusivumError('engine.busy', 'Too many consoles follow the live list; close one.', {
      retryAfterSeconds: 10,
    })
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const stateTimer = setInterval(() => send('state', parts.state()), STATE_EVERY_MS)
  send('state', parts.state())
  const end = (): void => void response.end()
  parts.closing.addEventListener('abort', end, { once: true })
  response.once('close', () => {
    clearInterval(stateTimer)
    unsubscribe()
    parts.closing.removeEventListener('abort', end)
  })
}

import type { ServerResponse } from 'node:http'
import { MusivumError } from '../../core/errors.ts'
import { isUuidV7 } from '../../core/ids.ts'
import type { Clock } from '../../core/ports.ts'
import type { RequestQuery, RollupQuery, Store } from '../../store/store.ts'
import type { LiveFeed } from '../live-feed.ts'
import type { Route } from '../route-table.ts'
import type { ModelView, StateView } from './contract.ts'

export type AdminParts = {
  readonly store: Store
  readonly live: LiveFeed
  readonly clock: Clock
  /** Aborted when the gateway stops: open live lists end, so that they do not hold it up. */
  readonly closing: AbortSignal
  readonly state: () => StateView
  readonly models: () => readonly ModelView[]
}

/** What the console and scripts ask; the shapes are in contract.ts. */
export function adminRoutes(parts: AdminParts): readonly Route[] {
  return [
    { method: 'GET', path: '/api/state', handler: (_, response) => sendJson(response, parts.state()) },
    {
      method: 'GET',
      path: '/api/models',
      handler: (_, response) => sendJson(response, { models: parts.models() }),
    },
    {
      method: 'GET',
      path: '/api/requests',
      handler: async (_, response, { query }) =>
        sendJson(response, await parts.store.pageRequests(requestQuery(query))),
    },
    { method: 'GET', path: '/api/requests/live', handler: (_, response) => follow(parts, response) },
    {
      method: 'GET',
      path: '/api/requests/{id}',
      handler: async (_, response, { path }) =>
        sendJson(response, await findRequest(parts.store, path['id'] ?? '')),
    },
    {
      method: 'GET',
      path: '/api/rollups',
      handler: async (_, response, { query }) =>
        sendJson(response, { rollups: await parts.store.rollups(rollupQuery(query, parts.clock)) }),
    },
  ]
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

async function findRequest(store: Store, id: string): Promise<unknown> {
  if (!isUuidV7(id)) throw new MusivumError('request.invalid', 'id: expected the UUID of a request')
  const row = await store.findRequest(id)
  if (row === undefined)
    throw new MusivumError('request.not_found', 'The log has no request with this id (any more).')
  return row
}

const DEFAULT_PAGE_ROWS = 50
const MAX_PAGE_ROWS = 200

function requestQuery(query: URLSearchParams): RequestQuery {
  const model = query.get('model')
  const id = query.get('id')
  const before = query.get('before')
  const status = query.get('status')
  if (before !== null && before !== '' && !isUuidV7(before)) throw invalid('before', 'the id of a request')
  if (id !== null && !/^[0-9a-f-]{0,36}$/.test(id)) throw invalid('id', 'the start of a request id')
  return {
    limit: wholeNumber(query, 'limit', 1, MAX_PAGE_ROWS) ?? DEFAULT_PAGE_ROWS,
    ...(model === null || model === '' ? {} : { model }),
    ...(id === null || id === '' ? {} : { idPrefix: id }),
    ...(before === null || before === '' ? {} : { before }),
    ...(status === null || status === '' || status === 'all' ? {} : { status: statusFilter(status) }),
  }
}

function statusFilter(text: string): number | 'ok' | 'error' {
  if (text === 'ok' || text === 'error') return text
  const status = Number(text)
  if (Number.isInteger(status) && status >= 100 && status <= 599) return status
  throw invalid('status', '"ok", "error", "all" or a status from 100 to 599')
}

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
// A chart has a few hundred points; a month of minutes would be 43,200 rows per model.
const MAX_ROLLUP_UNITS = 1_500

function rollupQuery(query: URLSearchParams, clock: Clock): RollupQuery {
  const unit = query.get('unit') ?? 'minute'
  if (unit !== 'minute' && unit !== 'hour' && unit !== 'day')
    throw invalid('unit', '"minute", "hour" or "day"')
  const toMs = wholeNumber(query, 'to', 0, Number.MAX_SAFE_INTEGER) ?? clock.now()
  const fromMs = wholeNumber(query, 'from', 0, Number.MAX_SAFE_INTEGER) ?? toMs - 60 * UNIT_MS[unit]
  if (toMs < fromMs) throw invalid('from', 'a time before `to`')
  if ((toMs - fromMs) / UNIT_MS[unit] > MAX_ROLLUP_UNITS)
    throw invalid('from', `at most ${MAX_ROLLUP_UNITS} ${unit}s before \`to\``)
  return { unit, fromMs, toMs }
}

function wholeNumber(query: URLSearchParams, name: string, min: number, max: number): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw invalid(name, `a whole number from ${min} to ${max}`)
}

function invalid(param: string, expected: string): MusivumError {
  return new MusivumError('request.invalid', `${param}: expected ${expected}`, { param })
}

const STATE_EVERY_MS = 5_000
// A console that reads slower than requests come gets gaps, which its next page query fills, instead of our memory.
const MAX_BUFFERED_BYTES = 1024 * 1024

/** Server-sent events: `request` for each finished request, `state` now and every five seconds, which also keeps proxies from closing. */
function follow(parts: AdminParts, response: ServerResponse): void {
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

import type { RequestRow, StateView } from '../../../src/gateway/admin/contract.ts'
import { reached } from './admin.ts'
import { errorOfResponse } from './api-error.ts'
import { currentSession, onSession } from './session.ts'
import { sseParser, type ServerEvent } from './sse-parser.ts'

/** `connecting` only before the first success; later gaps are `lost`, and the rows missed in one are fetched again. */
export type LiveStatus = 'connecting' | 'live' | 'lost'

type Listener = {
  readonly request?: (row: RequestRow) => void
  readonly state?: (state: StateView) => void
  /** After a gap: whatever was shown may be stale. */
  readonly resumed?: () => void
}

/**
 * The one event stream of this tab. Browsers allow six connections per host over HTTP/1.1, so every screen listens to
 * the same one.
 */
export type LiveConnection = {
  readonly listen: (listener: Listener) => () => void
  readonly status: () => LiveStatus
  readonly onStatus: (changed: () => void) => () => void
}

const RETRY_MS = 3_000

/** Read with `fetch`, because `EventSource` cannot send a key and a key does not belong into a URL. */
export function openLiveConnection(path: string): LiveConnection {
  const listeners = new Set<Listener>()
  const watchers = new Set<() => void>()
  let status: LiveStatus = 'connecting'

  function become(next: LiveStatus): void {
    if (next === status) return
    const resumed = status === 'lost' && next === 'live'
    status = next
    for (const changed of watchers) changed()
    if (resumed) for (const listener of listeners) listener.resumed?.()
  }

  function hand({ event, data }: ServerEvent): void {
    if (event === 'request') {
      const row = JSON.parse(data) as RequestRow
      for (const listener of listeners) listener.request?.(row)
    } else if (event === 'state') {
      const state = JSON.parse(data) as StateView
      for (const listener of listeners) listener.state?.(state)
    }
  }

  let attempt = new AbortController()

  async function connect(): Promise<void> {
    const { signal } = attempt
    // The body of the loop ends when the stream does, for whatever reason; the next one starts when there is hope.
    await follow(path, signal, () => become('live'), hand).catch(ignored)
    if (signal.aborted || currentSession().refusal !== null) return
    become('lost')
    setTimeout(() => void (signal.aborted || connect()), RETRY_MS)
  }

  onSession(() => {
    if (currentSession().refusal !== null) return
    attempt.abort()
    attempt = new AbortController()
    void connect()
  })
  void connect()
  return {
    listen: (listener) => added(listeners, listener),
    status: () => status,
    onStatus: (changed) => added(watchers, changed),
  }
}

/** Resolves when the stream ends; rejects when it breaks or never begins. */
async function follow(
  path: string,
  signal: AbortSignal,
  onBegin: () => void,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const response = await reached(path, { signal, headers: { accept: 'text/event-stream' } })
  if (!response.ok || response.body === null) throw await errorOfResponse(response)
  onBegin()
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  const parser = sseParser()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    for (const event of parser.push(decoder.decode(value, { stream: true }))) onEvent(event)
  }
}

/** Why a stream broke is of no use to whoever looks: the header says that it did, and the next try is on its way. */
function ignored(): void {}

function added<Item>(set: Set<Item>, item: Item): () => void {
  set.add(item)
  return () => {
    set.delete(item)
  }
}

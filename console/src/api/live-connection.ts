import type { RequestRow, StateView } from '../../../src/gateway/admin/contract.ts'

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

// The browser reconnects by itself while the stream breaks; after an HTTP error it gives up and we start anew.
const RETRY_MS = 3_000

export function openLiveConnection(url: string): LiveConnection {
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

  function connect(): void {
    const source = new EventSource(url)
    source.onopen = () => become('live')
    source.onerror = () => {
      become('lost')
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS)
    }
    source.addEventListener('request', (event: MessageEvent<string>) => {
      const row = JSON.parse(event.data) as RequestRow
      for (const listener of listeners) listener.request?.(row)
    })
    source.addEventListener('state', (event: MessageEvent<string>) => {
      const state = JSON.parse(event.data) as StateView
      for (const listener of listeners) listener.state?.(state)
    })
  }

  connect()
  return {
    listen: (listener) => added(listeners, listener),
    status: () => status,
    onStatus: (changed) => added(watchers, changed),
  }
}

function added<Item>(set: Set<Item>, item: Item): () => void {
  set.add(item)
  return () => {
    set.delete(item)
  }
}

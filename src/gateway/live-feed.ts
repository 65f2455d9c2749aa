import type { RequestRow } from '../store/store.ts'

export type LiveFeed = {
  readonly publish: (row: RequestRow) => void
  /** Calls `listener` with each new row until the returned function is called. Null when too many are listening. */
  readonly subscribe: (listener: (row: RequestRow) => void) => (() => void) | null
}

export function liveFeed(): LiveFeed {
  const listeners = new Set<(row: RequestRow) => void>()
  return {
    publish(row) {
      for (const listener of listeners) listener(row)
    },
    subscribe(listener) {
      if (listeners.size >= MAX_LISTENERS) return null
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

// Every listener costs one JSON text per request; 32 open consoles are a team, more are a leak.
const MAX_LISTENERS = 32

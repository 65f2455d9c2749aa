import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { openLiveConnection, type LiveConnection, type LiveStatus } from './live-connection.ts'

let connection: LiveConnection | undefined

/** Opened by the first screen that asks, then kept for the life of the tab. */
export function liveConnection(): LiveConnection {
  connection ??= openLiveConnection('/api/requests/live')
  return connection
}

export function useLiveStatus(): LiveStatus {
  const live = liveConnection()
  return useSyncExternalStore(live.onStatus, live.status)
}

/** Keeps what queries hold true while the shell is on screen: state arrives by itself, the rest is asked for again after a gap. */
export function useLiveQueries(): void {
  const client = useQueryClient()
  useEffect(
    () =>
      liveConnection().listen({
        state: (state) => client.setQueryData(['state'], state),
        resumed: () => void client.invalidateQueries(),
      }),
    [client],
  )
}

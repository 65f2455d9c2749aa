import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { meQuery } from './queries.ts'
import { currentSession, onSession, type Session } from './session.ts'

export function useSession(): Session {
  return useSyncExternalStore(onSession, currentSession)
}

/** Whether whoever looks may see what others asked. */
export function useMayRead(): boolean {
  const { data: me } = useQuery(meQuery)
  return me !== undefined && (me.kind === 'anonymous' || me.role !== 'member')
}

/** Whether whoever looks may change things. Nobody may until the gateway has said who it is. */
export function useMayChange(): boolean {
  const { data: me } = useQuery(meQuery)
  return me !== undefined && (me.kind === 'anonymous' || me.role === 'admin')
}

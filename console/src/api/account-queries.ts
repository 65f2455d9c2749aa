import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import {
  fetchBudgets,
  fetchKey,
  fetchKeyPage,
  fetchLimits,
  fetchProjects,
  fetchTeams,
  type KeyFilter,
} from './accounts.ts'

export function keysQuery(filter: KeyFilter) {
  return infiniteQueryOptions({
    queryKey: ['keys', filter],
    queryFn: ({ signal, pageParam }) => fetchKeyPage(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
}

export function keyQuery(id: string) {
  return queryOptions({ queryKey: ['keys', id], queryFn: ({ signal }) => fetchKey(id, signal) })
}

export const teamsQuery = queryOptions({
  queryKey: ['teams'],
  queryFn: ({ signal }) => fetchTeams(signal),
})

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) => fetchProjects(signal),
})

export const budgetsQuery = queryOptions({
  queryKey: ['budgets'],
  queryFn: ({ signal }) => fetchBudgets(signal),
  // Money moves while one looks at it.
  refetchInterval: 5_000,
})

export const limitsQuery = queryOptions({
  queryKey: ['limits'],
  queryFn: ({ signal }) => fetchLimits(signal),
})

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import {
  fetchLocalModels,
  fetchMe,
  fetchModels,
  fetchRequest,
  fetchRequestCost,
  fetchRequestPage,
  fetchRollups,
  fetchState,
  type RollupUnit,
} from './admin.ts'
import type { RequestFilter } from './request-filter.ts'

export const stateQuery = queryOptions({
  queryKey: ['state'],
  queryFn: ({ signal }) => fetchState(signal),
  refetchInterval: 30_000,
})

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => fetchMe(signal),
  staleTime: 60_000,
})

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => fetchModels(signal),
  // A model goes from idle to ready while one looks at it.
  refetchInterval: 5_000,
})

export const localModelsQuery = queryOptions({
  queryKey: ['local-models'],
  queryFn: ({ signal }) => fetchLocalModels(signal),
  refetchInterval: 5_000,
  // The time until a model is unloaded runs on, though nothing in the answer has changed.
  notifyOnChangeProps: 'all',
})

export function requestsQuery(filter: RequestFilter) {
  return infiniteQueryOptions({
    queryKey: ['requests', filter],
    queryFn: ({ signal, pageParam }) => fetchRequestPage(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    // Rows arrive by the event stream; asking for every page again would make the list jump.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
}

export function requestQuery(id: string) {
  return queryOptions({
    queryKey: ['request', id],
    queryFn: ({ signal }) => fetchRequest(id, signal),
    // A written row never changes.
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export function requestCostQuery(id: string) {
  return queryOptions({
    queryKey: ['request', id, 'cost'],
    queryFn: ({ signal }) => fetchRequestCost(id, signal),
    // The row is written when the answer ends, its lines a moment after.
    refetchInterval: ({ state }) =>
      state.data?.lines.length === 0 && state.dataUpdateCount < 3 ? 1_000 : false,
  })
}

export const SPAN_MS = { minute: 60 * 60_000, hour: 48 * 3_600_000, day: 60 * 86_400_000 } as const

export function rollupsQuery(unit: RollupUnit) {
  return queryOptions({
    queryKey: ['rollups', unit],
    queryFn: async ({ signal }) => {
      const toMs = Date.now()
      const fromMs = toMs - SPAN_MS[unit]
      return { fromMs, toMs, rollups: await fetchRollups(unit, fromMs, toMs, signal) }
    },
    refetchInterval: unit === 'minute' ? 10_000 : 60_000,
  })
}

import { queryOptions } from '@tanstack/react-query'
import type { SpendSum, SpendView } from '../../../src/gateway/admin/contract.ts'
import { fetchJson } from './admin.ts'

export type { SpendSum }
export type SpendBy = SpendView['by']
export type SpendUnit = SpendView['unit']

export type SpendAsk = {
  readonly by: SpendBy
  readonly unit: SpendUnit
  readonly fromMs: number
  readonly toMs: number
}

// The most that the gateway gives; the screen adds up to fewer by itself, over the whole time and not unit by unit.
const TOP_GROUPS = 50

export function spendQuery(ask: SpendAsk) {
  return queryOptions({
    queryKey: ['spend', ask],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({
        by: ask.by,
        unit: ask.unit,
        from: String(ask.fromMs),
        to: String(ask.toMs),
        top: String(TOP_GROUPS),
      })
      return (await fetchJson<SpendView>(`/api/spend?${query}`, signal)).sums
    },
    refetchInterval: 30_000,
  })
}

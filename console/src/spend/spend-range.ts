import type { SpendAsk } from '../api/spend.ts'
import type { SpendRange } from '../api/spend-choice.ts'

export type RangeTimes = Pick<SpendAsk, 'unit' | 'fromMs' | 'toMs'>

export const UNIT_MS = { hour: 3_600_000, day: 86_400_000 } as const

/** From the first to the last millisecond, in whole days of UTC: the days by which budgets and invoices count. */
export function timesOf(range: SpendRange, nowMs: number): RangeTimes {
  const now = new Date(nowMs)
  const day = (offset: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + offset)
  const month = (offset: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1)
  switch (range) {
    case 'today':
      return { unit: 'hour', fromMs: day(0), toMs: day(1) - 1 }
    case 'week':
      return { unit: 'day', fromMs: day(-6), toMs: day(1) - 1 }
    case 'thirty-days':
      return { unit: 'day', fromMs: day(-29), toMs: day(1) - 1 }
    case 'month':
      return { unit: 'day', fromMs: month(0), toMs: day(1) - 1 }
    case 'last-month':
      return { unit: 'day', fromMs: month(-1), toMs: month(0) - 1 }
    default:
      return range satisfies never
  }
}

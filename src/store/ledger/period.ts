import type { Period } from '../accounts/accounts.ts'

export const DAY_MS = 86_400_000

/** Today and its month, by their first milliseconds (UTC). */
export type Today = { readonly dayMs: number; readonly monthMs: number }

/**
 * Which day it is, from a clock that may jump. It never goes back to an earlier day, or a budget that was spent at midnight
 * would be spent twice. A clock that is more than a day behind was wrong before and is right now: then the earlier day counts
 * on from what was spent in it, which is on the disk.
 */
export function calendar(): (nowMs: number) => Today {
  let today: Today = dayOf(0)
  return (nowMs) => {
    const dayMs = startOfDay(nowMs)
    if (dayMs > today.dayMs || dayMs < today.dayMs - DAY_MS) today = dayOf(dayMs)
    return today
  }
}

export function startOfDay(atMs: number): number {
  return Math.floor(atMs / DAY_MS) * DAY_MS
}

/** When a period that holds today ends; null for `total`, which never does. */
export function endOf(period: Period, { dayMs, monthMs }: Today): number | null {
  switch (period) {
    case 'day':
      return dayMs + DAY_MS
    case 'month':
      // Any day of the next month: no month has more than 31.
      return startOfMonth(startOfMonth(monthMs) + 32 * DAY_MS)
    case 'total':
      return null
    default:
      return period satisfies never
  }
}

function dayOf(dayMs: number): Today {
  return { dayMs, monthMs: startOfMonth(dayMs) }
}

function startOfMonth(atMs: number): number {
  const date = new Date(atMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

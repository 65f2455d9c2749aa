import type { RequestRow } from '../api/admin.ts'

/** Rows that came by the event stream, newest first. */
export type Arrivals = { readonly shown: readonly RequestRow[]; readonly waiting: readonly RequestRow[] }

export const NO_ARRIVALS: Arrivals = { shown: [], waiting: [] }

// A row is about 2 KB: 2,000 of them keep a console that is left open for a week at 4 MB. Older ones are a reload away.
const MAX_ARRIVALS = 2_000

export function arrivedRow(arrivals: Arrivals, row: RequestRow): Arrivals {
  return { ...arrivals, waiting: [row, ...arrivals.waiting].slice(0, MAX_ARRIVALS) }
}

export function revealed(arrivals: Arrivals): Arrivals {
  if (arrivals.waiting.length === 0) return arrivals
  return { shown: [...arrivals.waiting, ...arrivals.shown].slice(0, MAX_ARRIVALS), waiting: [] }
}

/**
 * Newest first, each request once. A row can come both ways, by the stream and in the first page; and rows are logged
 * when they end, so a long request arrives after a short one that began later.
 */
export function mergedRows(
  arrived: readonly RequestRow[],
  paged: readonly RequestRow[],
): readonly RequestRow[] {
  if (arrived.length === 0) return paged
  const byId = new Map([...paged, ...arrived].map((row) => [row.id, row] as const))
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
}

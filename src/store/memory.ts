import { idRange, startRange } from './query-bounds.ts'
import { sampleOfValues, toValues } from './request-row.ts'
import type { RequestQuery, RequestRow, Rollup, Store } from './store.ts'
import { addSample, regroup, type Minutes } from './tally.ts'

// 1,000 rows of about 2 KB as objects.
const MAX_ROWS = 1_000
// A week of minutes with one model, 17 hours with ten: about 3 MB.
const MAX_MINUTES = 10_080

/**
 * A store for a home directory that cannot be written: the newest 1,000 rows, gone when the process ends. `problem` is
 * what `health` says about it, one line.
 */
export function openMemoryStore({ problem = null }: { readonly problem?: string | null } = {}): Store {
  /** Sorted by id, oldest first. */
  const rows: RequestRow[] = []
  const minutes: Minutes = new Map()
  let closed = false
  let droppedRows = 0

  return {
    appendRequest(row) {
      if (closed) droppedRows += 1
      if (closed) return false
      const place = placeOf(rows, row.id)
      if (rows[place]?.id === row.id) return true
      rows.splice(place, 0, row)
      if (rows.length > MAX_ROWS) rows.shift()
      addSample(minutes, sampleOfValues(toValues(row)))
      if (minutes.size > MAX_MINUTES) minutes.delete(minutes.keys().next().value ?? '')
      return true
    },
    async pageRequests(query) {
      const { from, before } = idRange(query)
      const inRange = rows.slice(placeOf(rows, from), placeOf(rows, before)).reverse()
      const found = inRange.filter((row) => isWanted(row, query))
      const page = found.slice(0, query.limit)
      return { rows: page, next: found.length > query.limit ? (page.at(-1)?.id ?? null) : null }
    },
    async findRequest(id) {
      const row = rows[placeOf(rows, id.toLowerCase())]
      return row?.id === id.toLowerCase() ? row : undefined
    },
    async rollups(query) {
      const { fromMs, toMs } = startRange(query)
      return regroup(minutes.values(), query.unit)
        .filter(({ startMs }) => startMs >= fromMs && startMs < toMs)
        .sort(byStartAndModel)
    },
    // Rows of before are elsewhere: what belongs to them must not go with a disk that could not be written for a day.
    oldestRequest: () => Promise.resolve(null),
    health: () => ({ queuedRows: 0, droppedRows, problem }),
    flush: () => Promise.resolve(),
    async close() {
      closed = true
    },
  }
}

/** The index of the first row whose id is not below `id`. */
function placeOf(rows: readonly RequestRow[], id: string): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle]?.id ?? '') < id) low = middle + 1
    else high = middle
  }
  return low
}

function isWanted(row: RequestRow, { model, key, team, status }: RequestQuery): boolean {
  if (model !== undefined && row.model !== model) return false
  if (key !== undefined && row.key !== key) return false
  if (team !== undefined && row.team !== team) return false
  if (status === 'ok') return row.status < 400
  if (status === 'error') return row.status >= 400
  return status === undefined || row.status === status
}

function byStartAndModel(a: Rollup, b: Rollup): number {
  if (a.startMs !== b.startMs) return a.startMs - b.startMs
  return a.model < b.model ? -1 : 1
}

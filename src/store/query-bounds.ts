import { MusivumError } from '../core/errors.ts'
import type { RequestQuery, RollupQuery } from './store.ts'
import { startOf, unitMs } from './tally.ts'

// 200 rows of about 1 KB are one screen of scrolling and 200 KB of JSON.
const MAX_PAGE_ROWS = 200

// All hours that are kept (90 days = 2,160), 40 hours of minutes, six years of days. With 30 models that is 72,000 sums,
// about 18 MB of JSON: the most that one question may cost.
const MAX_ROLLUP_UNITS = 2_400

/** Ids from `from` on and before `before`, in the order of text. */
export type IdRange = { readonly from: string; readonly before: string }

/** Which ids a page may hold. Throws `request.invalid` when `limit` is not 1..200. */
export function idRange(query: RequestQuery): IdRange {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > MAX_PAGE_ROWS) {
    throw new MusivumError('request.invalid', `limit is ${query.limit}, expected 1 to ${MAX_PAGE_ROWS}`, {
      param: 'limit',
    })
  }
  const from = (query.idPrefix ?? '').toLowerCase()
  // An id is written with 0-9, a-f and '-', all of which sort before 'g': every id with this prefix is below prefix + 'g'.
  const end = `${from}g`
  const before = query.before?.toLowerCase() ?? end
  return { from, before: before < end ? before : end }
}

/** Starts of the units asked for: the one that `fromMs` is in, up to but without `toMs`. Throws `request.invalid` when that is too many. */
export function startRange(query: RollupQuery): { readonly fromMs: number; readonly toMs: number } {
  const { unit, toMs } = query
  const fromMs = startOf(unit, query.fromMs)
  const wanted = Math.ceil((toMs - fromMs) / unitMs[unit])
  // Written so that NaN is refused too.
  if (!(wanted <= MAX_ROLLUP_UNITS)) {
    throw new MusivumError(
      'request.invalid',
      `from and to span ${wanted} ${unit}s, expected at most ${MAX_ROLLUP_UNITS}; ask for a longer unit`,
      { param: 'from' },
    )
  }
  return { fromMs, toMs }
}

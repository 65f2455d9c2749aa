import { MusivumError } from '../../core/errors.ts'
import type { SpendQuery } from '../../store/ledger/ledger.ts'

/** What was asked, with the rest filled in: the last 30 days or 48 hours by model, ten groups of each. */
export function spendRange(
  query: { readonly unit?: 'hour' | 'day'; readonly from?: number; readonly to?: number } & Partial<
    Pick<SpendQuery, 'by' | 'top'>
  >,
  nowMs: number,
): Required<SpendQuery> {
  const { unit = 'day', by = 'model', top = DEFAULT_TOP, to: toMs = nowMs } = query
  const fromMs = query.from ?? Math.max(0, toMs - DEFAULT_UNITS[unit] * UNIT_MS[unit])
  if (fromMs > toMs) throw wrongFrom('a time before `to`')
  if ((toMs - fromMs) / UNIT_MS[unit] > MAX_UNITS)
    throw wrongFrom(`at most ${MAX_UNITS} ${unit}s before \`to\``)
  return { unit, fromMs, toMs, by, top }
}

function wrongFrom(expected: string): MusivumError {
  return new MusivumError('request.invalid', `from: expected ${expected}`, { param: 'from' })
}

const UNIT_MS = { hour: 3_600_000, day: 86_400_000 } as const
const DEFAULT_UNITS = { hour: 48, day: 30 } as const
// A month of hours is 744, two years of days are 731: times 51 groups that is 38,000 sums, about 6 MB, at most.
const MAX_UNITS = 750
export const DEFAULT_TOP = 10
export const MAX_TOP = 50

import { invalid } from '../core/errors.ts'

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const

const SPAN = /^(\d{1,5})([mhdw])$/
const DAY = /^\d{4}-\d{2}-\d{2}$/
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/

/** `90d`, `12h`, `2w`, `30m` in milliseconds. */
export function spanMs(option: string, text: string): number {
  const [, amount, unit] = SPAN.exec(text) ?? []
  if (amount === undefined || unit === undefined)
    throw invalid(`${option}: expected ${A_SPAN}, not "${text}"`)
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

/** A day (its first moment in UTC), a moment, or a span from now: before it (`-1`) or after it (`1`). */
export function momentMs(option: string, text: string, { nowMs, towards }: FromNow): number {
  if (SPAN.test(text)) return nowMs + towards * spanMs(option, text)
  const ms = DAY.test(text) || MOMENT.test(text) ? Date.parse(text) : Number.NaN
  // `2027-02-30` parses as 2 March in some engines and not at all in others.
  const real = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text.slice(0, 10))
  if (real) return ms
  throw invalid(
    `${option}: expected ${A_SPAN}, or a date such as 2027-01-31 or 2027-01-31T12:00Z, not "${text}"`,
  )
}

export type FromNow = { readonly nowMs: number; readonly towards: 1 | -1 }

const A_SPAN = 'a span such as 12h, 90d or 2w'

/** `2027-01-31 12:00`, in UTC like every day and month here. */
export function shownMoment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

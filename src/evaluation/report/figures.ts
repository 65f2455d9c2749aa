/** What stands where nobody knows. */
export const UNKNOWN = '–'

/** `95.7 %` */
export function percent(share: number | null, digits = 1): string {
  return share === null ? UNKNOWN : `${(100 * share).toFixed(digits)} %`
}

/** `95.7`, for columns that name their unit. */
export function hundredths(share: number | null): string {
  return share === null ? UNKNOWN : (100 * share).toFixed(1)
}

/** `19 %`; a share that is not all and not nothing never reads as if it were. */
export function roughPercent(share: number): string {
  const whole = Math.round(100 * share)
  if (whole === 0 && share > 0) return 'under 1 %'
  if (whole === 100 && share < 1) return 'over 99 %'
  return `${whole} %`
}

/** `−1.2`, `+0.6`, `0.0`: a difference of shares in points. */
export function points(difference: number | null): string {
  if (difference === null) return UNKNOWN
  const size = Math.abs(100 * difference).toFixed(1)
  // A loss of a hundredth of a point is no loss in the digits shown.
  if (size === '0.0') return size
  return `${difference < 0 ? '−' : '+'}${size}`
}

/** `−3.1 to +0.6` */
export function pointsRange(interval: readonly [number, number] | null): string {
  return interval === null ? UNKNOWN : `${points(interval[0])} to ${points(interval[1])}`
}

/** `93.8 to 97.1` */
export function range(interval: readonly [number, number] | null): string {
  return interval === null ? UNKNOWN : `${hundredths(interval[0])} to ${hundredths(interval[1])}`
}

/** `2 points`, `0.5 points`, `1 point`: the size of a margin as it was given. */
export function size(share: number): string {
  const text = String(Number((100 * share).toFixed(2)))
  return `${text} ${text === '1' ? 'point' : 'points'}`
}

/** `12,000` */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `12 items`, `1 item` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** `95 %` from 0.95, `99.5 %` from 0.995. */
export function confidencePercent(confidence: number): string {
  return `${Number((100 * confidence).toFixed(2))} %`
}

/** `$2.40`, `$0.031`: US dollars per 1,000 items, from dollars per item. */
export function perThousand(costUsd: number | null): string {
  return costUsd === null ? UNKNOWN : dollars(1000 * costUsd)
}

export function dollars(amount: number): string {
  if (amount === 0) return '$0'
  if (amount < 0.000_001) return 'under $0.000001'
  // Two digits that say something, and never "$0.1" beside "$0.25".
  const digits = amount < 0.1 ? Math.min(7, 1 - Math.floor(Math.log10(amount))) : amount < 100 ? 2 : 0
  const style = { minimumFractionDigits: Math.min(2, digits), maximumFractionDigits: digits }
  return `$${amount.toLocaleString('en-US', style)}`
}

/** `0.4 ms`, `7.5 ms`, `420 ms`, `1.2 s`, `95 s` */
export function duration(milliseconds: number | null): string {
  if (milliseconds === null) return UNKNOWN
  if (milliseconds < 9.95) return `${Number(milliseconds.toFixed(1))} ms`
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  return seconds < 9.95 ? `${Number(seconds.toFixed(1))} s` : `${count(Math.round(seconds))} s`
}

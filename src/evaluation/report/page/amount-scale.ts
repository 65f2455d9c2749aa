import { linearTicks, logTicks } from '../nice-ticks.ts'

export type AmountScale = {
  /** 0 to 1 across the picture. */
  readonly at: (amount: number) => number
  readonly ticks: readonly { readonly x: number; readonly text: string }[]
  readonly logarithmic: boolean
}

/** Where the largest is this many times the smallest, an even scale would push all cheap models into one dot. */
const WIDE_RANGE = 12
const MOST_TICKS = 5

/** Costs or latencies across a picture, 0 included: own weights send no bill, and a logarithm has no place for that. */
export function amountScale(amounts: readonly number[], show: (amount: number) => string): AmountScale {
  const above = amounts.filter((amount) => amount > 0)
  const [least, most] = [Math.min(...above), Math.max(...above)]
  if (above.length === 0) return { at: () => 0.5, ticks: [{ x: 0.5, text: show(0) }], logarithmic: false }
  return most / least >= WIDE_RANGE
    ? logScale(least, most, above.length < amounts.length, show)
    : evenScale(most, show)
}

function evenScale(most: number, show: (amount: number) => string): AmountScale {
  const at = (amount: number): number => 0.03 + (0.93 * amount) / most
  const ticks = linearTicks(0, most, MOST_TICKS).map((tick) => ({ x: at(tick), text: show(tick) }))
  return { at, ticks, logarithmic: false }
}

function logScale(
  least: number,
  most: number,
  hasZero: boolean,
  show: (amount: number) => string,
): AmountScale {
  const from = hasZero ? 0.16 : 0.05
  const span = Math.log(most / least)
  const at = (amount: number): number =>
    amount <= 0 ? 0.03 : from + (0.95 - from) * (Math.log(amount / least) / span)
  const ticks = logTicks(least, most, MOST_TICKS).map((tick) => ({ x: at(tick), text: show(tick) }))
  return { at, ticks: hasZero ? [{ x: at(0), text: show(0) }, ...ticks] : ticks, logarithmic: true }
}

import { nanoUsd, type NanoUsd, type Price, type TokenPrice } from '../core/money.ts'

/** What this machine costs, as whoever pays for it states it. */
export type MachineRate = {
  /** Rent of an hour, or what was paid for the machine by the hours it will run; 0 where only electricity is counted. */
  readonly usdPerHour: number
  /** Of electricity, where the hour does not include it. */
  readonly usdPerKwh?: number
  /** What the machine draws while it works, by a meter. Absent: what was measured. */
  readonly watts?: number
  /** Kilowatt-hours paid for each that the machine draws: cooling, conversion. */
  readonly pue: number
  /** What it really does of what it could do in its hours, all slots busy: more than 0 and at most 1. */
  readonly busyShare: number
}

/** What these weights did on this machine with so many requests at once, all of them together. */
export type MeasuredSpeed = {
  readonly atOnce: number
  readonly readsPerS: number
  readonly writesPerS: number
  /** The median of one request among so many. */
  readonly firstTokenMs: number
  /** On average over reading and writing; null where the processor does not say. */
  readonly watts: number | null
  /** As `2026-11-23T10:04:05.000Z`. */
  readonly measuredAt: string
  readonly processor: string
}

type MeteredPrice = Extract<Price, { kind: 'metered' }>

/**
 * What a token costs on a machine that does `speed`. `no-energy`: only electricity is to be counted, and nobody knows how much
 * is used. `too-dear`: more than any price is, so that one of the figures must be wrong.
 */
export function machinePrice(
  name: string,
  rate: MachineRate,
  speed: MeasuredSpeed,
): MeteredPrice | 'no-energy' | 'too-dear' {
  const hour = usdPerBusyHour(rate, speed)
  if (hour === 0) return 'no-energy'
  const [read, written] = [
    nanoUsdPerMillion(hour, speed.readsPerS),
    nanoUsdPerMillion(hour, speed.writesPerS),
  ]
  if (read === undefined || written === undefined) return 'too-dear'
  const { atOnce, measuredAt } = speed
  const mark = `+${atOnce}-at-once+${short(hour)}usd-an-hour+busy-${short(rate.busyShare)}@${measuredAt.slice(0, 19)}Z`
  const from = { id: `measured:${name}`, mark, source: wordsOf(rate, speed, hour) }
  return { kind: 'metered', tokens: tokenPrice(read, written), from }
}

/**
 * Dollars for an hour in which the machine does all it can: its own hours by the share of them that is work, because those
 * in which it waits are paid for too, and the electricity of the work. What it draws while it waits is not in it.
 */
export function usdPerBusyHour(rate: MachineRate, measured: Pick<MeasuredSpeed, 'watts'>): number {
  const { usdPerHour, usdPerKwh = 0, pue, busyShare } = rate
  return usdPerHour / busyShare + ((wattsOf(rate, measured) ?? 0) / 1000) * pue * usdPerKwh
}

/** Null: nobody knows. */
export function wattsOf({ watts }: MachineRate, measured: Pick<MeasuredSpeed, 'watts'>): number | null {
  return watts ?? measured.watts
}

/**
 * A million tokens take `1e6 / tokensPerS` seconds, each a 3,600th of the hour: `g·c·1e6 / (3600·T·u)` dollars, as self-hosted
 * models are reckoned, with g·c/u the dollars of a busy hour. Rounded to whole nano-dollars, so that a line of n tokens is
 * right to n / 2,000,000 nano-dollars, and to half of one more for its own rounding.
 */
function nanoUsdPerMillion(usdPerHour: number, tokensPerS: number): NanoUsd | undefined {
  const amount = Math.round((usdPerHour * 1e15) / (3600 * tokensPerS))
  return amount <= MOST_PER_MILLION ? nanoUsd(amount) : undefined
}

/** A million dollars for a million tokens, which is what a configuration may say at most too: sums stay exact. */
const MOST_PER_MILLION = 1e15

/** What stands in the cache of the process is not read again: no time, no money. */
function tokenPrice(inputPerMillion: NanoUsd, outputPerMillion: NanoUsd): TokenPrice {
  return {
    inputPerMillion,
    cacheReadPerMillion: nanoUsd(0),
    cacheWritePerMillion: inputPerMillion,
    outputPerMillion,
  }
}

function wordsOf(rate: MachineRate, speed: MeasuredSpeed, hour: number): string {
  const { usdPerHour, usdPerKwh, pue, busyShare } = rate
  const drawn = wattsOf(rate, speed)
  const electricity =
    usdPerKwh === undefined || drawn === null
      ? ''
      : ` + ${short(drawn)} W / 1000 x ${pue} x $${usdPerKwh} a kWh`
  const { processor, measuredAt, atOnce, readsPerS, writesPerS } = speed
  return [
    `measured on ${processor} on ${measuredAt.slice(0, 10)}, ${atOnce} at once: reads ${readsPerS} and writes ${writesPerS} tokens/s`,
    `a busy hour is $${short(hour)} = $${usdPerHour} / ${busyShare}${electricity}`,
    'a token is that / 3600 / tokens per second',
  ].join('; ')
}

/** Four digits are what a clock is good for. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}

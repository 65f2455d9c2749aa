import { strict as assert } from 'node:assert'
import {
  binomialAtLeast,
  binomialAtMost,
  binomialLowerBound,
  binomialUpperBound,
  normalCdf,
} from './distributions.ts'
import type { Units } from './one-column.ts'
import { bootstrapSums, signFlipSums, type Draws } from './resampling.ts'

/** Pairs on which the two sides differ: the candidate is better on `n10`, the reference on `n01`. */
export type Discordant = { readonly n10: number; readonly n01: number }

export function discordantOf(differences: ArrayLike<number>): Discordant {
  let [n10, n01] = [0, 0]
  for (let index = 0; index < differences.length; index += 1) {
    const difference = differences[index] ?? 0
    if (difference > 0) n10 += 1
    if (difference < 0) n01 += 1
  }
  return { n10, n01 }
}

/** Exact two-sided McNemar p: min(1, 2 Σ_{i ≤ min(n10, n01)} C(m, i) / 2^m), m = n10 + n01 (McNemar 1947; 1 when m = 0). */
export function mcNemarPValue({ n10, n01 }: Discordant): number {
  // In the middle the two tails overlap; without this line rounding would print 0.9999999999999989.
  if (Math.abs(n10 - n01) <= 1) return 1
  return Math.min(1, 2 * binomialAtMost(Math.min(n10, n01), n10 + n01, 0.5))
}

/** Exact one-sided McNemar p of "the candidate is not better": P(X ≥ n10), X binomial(m, ½). */
export function mcNemarUpperPValue({ n10, n01 }: Discordant): number {
  return binomialAtLeast(n10, n10 + n01, 0.5)
}

/**
 * Tango's score statistic for a paired difference of proportions (Statistics in Medicine 17, 1998, equation 5): the
 * observed difference less `delta` in units of its standard error under p10 − p01 = `delta`,
 *
 *     (n10 − n01 − nΔ) / √(n (2q + Δ(1 − Δ))),
 *
 * q the most likely p01 there: the larger root of 2n q² + (2nΔ − n10(1 + Δ) − n01(1 − Δ)) q − n01 Δ(1 − Δ) = 0.
 */
export function tangoStatistic({ n10, n01 }: Discordant, n: number, delta: number): number {
  assert(n > 0 && delta > -1 && delta < 1, `no score statistic of ${n} pairs at ${delta}`)
  const linear = 2 * n * delta - n10 * (1 + delta) - n01 * (1 - delta)
  const root = Math.sqrt(Math.max(0, linear * linear + 8 * n * n01 * delta * (1 - delta)))
  const q = Math.max(0, -delta, (root - linear) / (4 * n))
  const surplus = n10 - n01 - n * delta
  const variance = n * (2 * q + delta * (1 - delta))
  if (surplus === 0) return 0
  return variance > 0 ? surplus / Math.sqrt(variance) : Math.sign(surplus) * Infinity
}

/** One-sided p of "p10 − p01 is `delta` or less", by Tango's statistic and the normal distribution. */
export function tangoPValue(discordant: Discordant, n: number, delta: number): number {
  if (delta <= -1) return 0
  return delta >= 1 ? 1 : normalCdf(-tangoStatistic(discordant, n, delta))
}

/**
 * A lower bound for p10 − p01 that fails with probability at most `alpha` for any p10, p01 and n: Clopper–Pearson bounds
 * at `alpha`/2 for each (Bonferroni). Conservative, and never shorter than the truth, not even with no discordant pair.
 */
export function exactLowerBound({ n10, n01 }: Discordant, n: number, alpha: number): number {
  return binomialLowerBound(n10, n, alpha / 2) - binomialUpperBound(n01, n, alpha / 2)
}

/**
 * The least alpha at which `exactLowerBound` is above `delta`: a valid p-value of "p10 − p01 is `delta` or less". Half of
 * it is the height at which the tails of n10 at u + Δ (rising in u) and of n01 at u (falling) meet.
 */
export function exactPValue({ n10, n01 }: Discordant, n: number, delta: number): number {
  if (n === 0 || delta >= 1) return 1
  if (delta < -1) return 0
  let [low, high] = [Math.max(0, -delta), Math.min(1, 1 - delta)]
  // With no n10 its bound is 0 at every level, and only n01 has to be refuted.
  if (n10 === 0) return delta >= 0 ? 1 : Math.min(1, 2 * binomialAtMost(n01, n, -delta))
  for (let step = 0; step < 50; step += 1) {
    const u = (low + high) / 2
    if (binomialAtLeast(n10, n, u + delta) < binomialAtMost(n01, n, u)) low = u
    else high = u
  }
  return Math.min(1, 2 * Math.max(binomialAtLeast(n10, n, high + delta), binomialAtMost(n01, n, high)))
}

/**
 * What is independent, side by side: items, or whole clusters with the scores of their items summed. Resampling takes the
 * two sides and not their difference, because sums of one side serve every pair that it is in.
 */
export type PairedUnits = {
  readonly candidate: Float64Array
  readonly reference: Float64Array
  /** Items in each unit; absent where every unit is one item. */
  readonly sizes?: Float64Array
}

/** The units of two columns of scores. */
export function pairedUnits(
  candidate: Float64Array,
  reference: Float64Array,
  units: Units | undefined,
): PairedUnits {
  if (units === undefined) return { candidate, reference }
  const sizes = Float64Array.from(units.sizes)
  return { candidate: unitSums(candidate, units), reference: unitSums(reference, units), sizes }
}

/**
 * Two-sided sign-flip permutation p of "each difference is as likely as its opposite" (Fisher 1935, §21), the differences
 * summed within what is independent. Up to 16 that are not 0: every sign, exactly. More: (1 + hits) / (1 + rounds),
 * which is valid for any number of rounds (Phipson and Smyth 2010).
 */
export function signFlipPValue({ candidate, reference }: PairedUnits, seed: number, rounds = 10_000): number {
  const { moving, total, absolute } = movesOf(candidate, reference)
  if (moving === 0) return 1
  // A flip that ties the observed sum counts as reaching it, whatever the rounding of the additions.
  const reach = Math.abs(total) - 1e-9 * absolute - 1e-12 * candidate.length
  if (moving <= MAX_ENUMERATED) return enumerated(differencesThatMove(candidate, reference), reach)
  const [plus = NONE, minus = NONE] = signFlipSums([candidate, reference], { seed, rounds })
  let hits = 0
  for (let round = 0; round < rounds; round += 1)
    if (Math.abs((plus[round] ?? 0) - (minus[round] ?? 0)) >= reach) hits += 1
  return (1 + hits) / (1 + rounds)
}

/** Units whose sides differ, and Σd and Σ|d| over them. A loop, because every pair of thirty models comes through here. */
export function movesOf(
  candidate: Float64Array,
  reference: Float64Array,
): { readonly moving: number; readonly total: number; readonly absolute: number } {
  let [moving, total, absolute] = [0, 0, 0]
  for (let unit = 0; unit < candidate.length; unit += 1) {
    const difference = (candidate[unit] ?? 0) - (reference[unit] ?? 0)
    if (difference !== 0) moving += 1
    total += difference
    absolute += Math.abs(difference)
  }
  return { moving, total, absolute }
}

function differencesThatMove(candidate: Float64Array, reference: Float64Array): Float64Array {
  return candidate.map((sum, unit) => sum - (reference[unit] ?? 0)).filter((difference) => difference !== 0)
}

const NONE = new Float64Array()

/** 2¹⁶ sums take a millisecond. */
const MAX_ENUMERATED = 16

function enumerated(values: Float64Array, reach: number): number {
  const all = 2 ** values.length
  let hits = 0
  let sum = values.reduce((total, value) => total + value, 0)
  const signs = values.map(() => 1)
  for (let code = 1; ; code += 1) {
    if (Math.abs(sum) >= reach) hits += 1
    if (code === all) return hits / all
    // Gray code: one sign changes from one sum to the next.
    const changed = 31 - Math.clz32(code & -code)
    const sign = signs[changed] ?? 1
    sum -= 2 * sign * (values[changed] ?? 0)
    signs[changed] = -sign
  }
}

/** Fewer rounds give another interval for the same answers with every seed. */
export const MIN_BOOTSTRAP_ROUNDS = 2_000

/**
 * Sorted means of `rounds` resamples, drawn with replacement from what is independent: items, or whole clusters (Efron
 * and Tibshirani 1993, chapter 8). A cluster resample is divided by the items it happens to hold.
 */
export function bootstrapMeans({ candidate, reference, sizes }: PairedUnits, draws: Draws): Float64Array {
  assert(draws.rounds >= MIN_BOOTSTRAP_ROUNDS, `a bootstrap has at least ${MIN_BOOTSTRAP_ROUNDS} rounds`)
  const columns = sizes === undefined ? [candidate, reference] : [candidate, reference, sizes]
  const [plus = NONE, minus = NONE, items] = bootstrapSums(columns, draws)
  const means = new Float64Array(draws.rounds)
  for (let round = 0; round < draws.rounds; round += 1)
    means[round] = ((plus[round] ?? 0) - (minus[round] ?? 0)) / (items?.[round] ?? candidate.length)
  return means.sort()
}

/** Sum of the values of each unit. */
function unitSums(values: ArrayLike<number>, units: Units): Float64Array {
  const sums = new Float64Array(units.count)
  for (let index = 0; index < values.length; index += 1) {
    const unit = units.of[index] ?? 0
    sums[unit] = (sums[unit] ?? 0) + (values[index] ?? 0)
  }
  return sums
}

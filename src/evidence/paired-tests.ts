import { strict as assert } from 'node:assert'
import {
  binomialAtLeast,
  binomialAtMost,
  binomialLowerBound,
  binomialUpperBound,
  normalCdf,
} from './distributions.ts'
import type { Units } from './one-column.ts'
import type { SeededRandom } from './seeded-random.ts'

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
 * Two-sided sign-flip permutation p of "each difference is as likely as its opposite" (Fisher 1935, §21), with `sums`
 * the differences summed within what is independent. Up to 16 that are not 0: every sign, exactly. More: (1 + hits) /
 * (1 + rounds), which is valid for any number of rounds (Phipson and Smyth 2010).
 */
export function signFlipPValue(sums: ArrayLike<number>, random: SeededRandom, rounds = 10_000): number {
  const moving = Float64Array.from(sums).filter((sum) => sum !== 0)
  if (moving.length === 0) return 1
  const observed = Math.abs(moving.reduce((total, value) => total + value, 0))
  // A flip that ties the observed sum counts as reaching it, whatever the rounding of the additions.
  const reach = observed - 1e-9 * moving.reduce((total, value) => total + Math.abs(value), 0)
  return moving.length <= MAX_ENUMERATED ? enumerated(moving, reach) : sampled(moving, reach, random, rounds)
}

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

function sampled(values: Float64Array, reach: number, random: SeededRandom, rounds: number): number {
  let hits = 0
  for (let round = 0; round < rounds; round += 1) {
    let [sum, bits] = [0, 0]
    for (let index = 0; index < values.length; index += 1) {
      bits = index % 32 === 0 ? random.uint32() : bits >>> 1
      sum += (bits & 1) === 1 ? (values[index] ?? 0) : -(values[index] ?? 0)
    }
    if (Math.abs(sum) >= reach) hits += 1
  }
  return (1 + hits) / (1 + rounds)
}

/** Fewer rounds give another interval for the same answers with every seed. */
export const MIN_BOOTSTRAP_ROUNDS = 2_000

/**
 * Sorted means of `rounds` resamples, drawn with replacement from what is independent: items, or whole clusters (Efron
 * and Tibshirani 1993, chapter 8). A cluster resample is divided by the items it happens to hold.
 */
export function bootstrapMeans(
  values: ArrayLike<number>,
  units: Units | undefined,
  random: SeededRandom,
  rounds: number,
): Float64Array {
  assert(rounds >= MIN_BOOTSTRAP_ROUNDS, `a bootstrap has at least ${MIN_BOOTSTRAP_ROUNDS} rounds`)
  const sums = units === undefined ? Float64Array.from(values) : unitSums(values, units)
  const means = new Float64Array(rounds)
  for (let round = 0; round < rounds; round += 1) {
    let [sum, size] = [0, 0]
    for (let draw = 0; draw < sums.length; draw += 1) {
      const unit = random.below(sums.length)
      sum += sums[unit] ?? 0
      size += units === undefined ? 1 : (units.sizes[unit] ?? 1)
    }
    means[round] = sum / size
  }
  return means.sort()
}

/** Sum of the values of each unit. */
export function unitSums(values: ArrayLike<number>, units: Units): Float64Array {
  const sums = new Float64Array(units.count)
  for (let index = 0; index < values.length; index += 1) {
    const unit = units.of[index] ?? 0
    sums[unit] = (sums[unit] ?? 0) + (values[index] ?? 0)
  }
  return sums
}

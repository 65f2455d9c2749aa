import { strict as assert } from 'node:assert'
import { binomialLowerBound, binomialUpperBound, normalQuantile, studentTQuantile } from './distributions.ts'

export type Interval = readonly [low: number, high: number]

/** How an interval was made; part of every report, so that a reader can redo it. */
export type IntervalMethod = 'wilson' | 'clopper-pearson' | 't' | 'cluster-t' | 'hoeffding'

export type ColumnOptions = {
  /** Two-sided coverage of the interval; 0.95 unless said. */
  readonly confidence?: number
  /** Cluster of each score by number, −1 for an item that stands alone. */
  readonly clusters?: ArrayLike<number>
  /** Clopper–Pearson instead of Wilson, for reports that must not fall short of their confidence for any true rate. */
  readonly exact?: boolean
}

/** Mean of one column of scores from 0 to 1. What cannot be said of so few items is null, never NaN. */
export type ColumnSummary = {
  readonly n: number
  readonly clusters: number | null
  readonly mean: number | null
  readonly se: number | null
  readonly interval: Interval | null
  readonly method: IntervalMethod | null
}

/**
 * The mean of a column with its interval.
 * - scores of 0 and 1, no clusters: Wilson 1927; or Clopper and Pearson 1934 on request;
 * - any other scores: mean ± t_{n−1} · √(Σ(s−s̄)²/(n−1)/n);
 * - clusters: mean ± t_{C−1} · SE of `clusterStandardError`;
 * - where the spread of the sample says nothing (one unit, or all alike): Hoeffding 1963, theorem 2, with clusters as units.
 */
export function summarizeColumn(scores: ArrayLike<number>, options: ColumnOptions = {}): ColumnSummary {
  const confidence = options.confidence ?? 0.95
  assert(confidence > 0 && confidence < 1, `a confidence is between 0 and 1, not ${confidence}`)
  const n = scores.length
  const units = options.clusters === undefined ? undefined : unitsOf(options.clusters)
  const clusters = units?.count ?? null
  if (n === 0) return { n, clusters, mean: null, se: null, interval: null, method: null }
  const mean = meanOf(scores)
  const se = units === undefined ? standardError(scores) : clusterStandardError(scores, units)
  const { interval, method } = intervalOf(scores, mean, se, units, confidence, options.exact === true)
  assert(
    interval[0] <= mean + ROUNDING && mean <= interval[1] + ROUNDING && interval[0] >= 0 && interval[1] <= 1,
  )
  return { n, clusters, mean, se, interval, method }
}

const ROUNDING = 1e-12

function intervalOf(
  scores: ArrayLike<number>,
  mean: number,
  se: number | null,
  units: Units | undefined,
  confidence: number,
  exact: boolean,
): { interval: Interval; method: IntervalMethod } {
  const n = scores.length
  if (units === undefined && isBinary(scores)) {
    const successes = Math.round(mean * n)
    return exact
      ? { interval: clopperPearson(successes, n, confidence), method: 'clopper-pearson' }
      : { interval: wilson(successes, n, confidence), method: 'wilson' }
  }
  if (se === null || se === 0) {
    const half = Math.sqrt((Math.log(2 / (1 - confidence)) * squaredWeights(n, units)) / 2)
    return { interval: within(mean - half, mean + half), method: 'hoeffding' }
  }
  const half = studentTQuantile((1 + confidence) / 2, (units?.count ?? n) - 1) * se
  return { interval: within(mean - half, mean + half), method: units === undefined ? 't' : 'cluster-t' }
}

/** Centre (p̂ + z²/2n) / (1 + z²/n), half-width z / (1 + z²/n) · √(p̂(1−p̂)/n + z²/4n²): Wilson 1927. */
export function wilson(successes: number, n: number, confidence = 0.95): Interval {
  assert(n > 0 && successes >= 0 && successes <= n, `${successes} successes of ${n}`)
  const z = normalQuantile((1 + confidence) / 2)
  const rate = successes / n
  const scale = 1 + (z * z) / n
  const centre = (rate + (z * z) / (2 * n)) / scale
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / n + (z * z) / (4 * n * n))
  // At the ends the algebra gives exactly 0 and 1; the arithmetic misses them by a last digit.
  return [successes === 0 ? 0 : Math.max(0, centre - half), successes === n ? 1 : Math.min(1, centre + half)]
}

/** [BetaInv(α/2; k, n−k+1), BetaInv(1−α/2; k+1, n−k)]: Clopper and Pearson 1934. */
export function clopperPearson(successes: number, n: number, confidence = 0.95): Interval {
  assert(n > 0 && successes >= 0 && successes <= n, `${successes} successes of ${n}`)
  const alpha = (1 - confidence) / 2
  return [binomialLowerBound(successes, n, alpha), binomialUpperBound(successes, n, alpha)]
}

/** Items grouped into what is independent: clusters, and each item without one by itself. */
export type Units = { readonly of: Int32Array; readonly count: number; readonly sizes: Uint32Array }

export function unitsOf(clusters: ArrayLike<number>): Units {
  const numbers = new Map<number, number>()
  let count = 0
  const of = Int32Array.from({ length: clusters.length }, (_, index) => {
    const cluster = clusters[index] ?? -1
    const known = cluster < 0 ? undefined : numbers.get(cluster)
    if (known !== undefined) return known
    if (cluster >= 0) numbers.set(cluster, count)
    return count++
  })
  const sizes = new Uint32Array(count)
  for (const unit of of) sizes[unit] = (sizes[unit] ?? 0) + 1
  return { of, count, sizes }
}

/** √(Σ(s−s̄)²/(n−1)/n); null below two scores. */
export function standardError(scores: ArrayLike<number>): number | null {
  const n = scores.length
  if (n < 2) return null
  const mean = meanOf(scores)
  let squares = 0
  for (let index = 0; index < n; index += 1) squares += ((scores[index] ?? 0) - mean) ** 2
  return squares < ROUNDED_SQUARES * n ? 0 : Math.sqrt(squares / (n - 1) / n)
}

/**
 * (1/n) · √(C/(C−1) · Σ_c (Σ_{i∈c} (sᵢ−s̄))²), C clusters: Miller, "Adding error bars to evals" (arXiv 2411.00640,
 * appendix A) with the factor for few clusters. With every item alone it is `standardError`. Null below two clusters.
 */
export function clusterStandardError(scores: ArrayLike<number>, units: Units): number | null {
  if (units.count < 2) return null
  const mean = meanOf(scores)
  const sums = new Float64Array(units.count)
  for (let index = 0; index < scores.length; index += 1) {
    const unit = units.of[index] ?? 0
    sums[unit] = (sums[unit] ?? 0) + (scores[index] ?? 0) - mean
  }
  const squares = sums.reduce((total, sum) => total + sum * sum, 0)
  if (squares < ROUNDED_SQUARES * scores.length) return 0
  return Math.sqrt((units.count / (units.count - 1)) * squares) / scores.length
}

/** What is left of a column of equal scores after subtracting their mean is rounding, not spread. */
const ROUNDED_SQUARES = 1e-24

export function meanOf(scores: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < scores.length; index += 1) sum += scores[index] ?? 0
  return sum / scores.length
}

export function isBinary(scores: ArrayLike<number>): boolean {
  for (let index = 0; index < scores.length; index += 1) {
    const score = scores[index]
    if (score !== 0 && score !== 1) return false
  }
  return true
}

/** Σ w² of the shares of the units in the mean: 1/n without clusters. */
export function squaredWeights(n: number, units: Units | undefined): number {
  if (units === undefined) return 1 / n
  return units.sizes.reduce((total, size) => total + (size / n) ** 2, 0)
}

function within(low: number, high: number): Interval {
  return [Math.max(0, low), Math.min(1, high)]
}

import { strict as assert } from 'node:assert'

/** Scores of the weak and the strong model on the same items. */
export type PairScores = { readonly weak: ArrayLike<number>; readonly strong: ArrayLike<number> }

/** One threshold: which share of the calls goes to the strong model, and the mean score of the mixture. */
export type CurvePoint = { readonly strongShare: number; readonly accuracy: number }

export type RouterFigures = {
  /** Average performance gap recovered; null where the strong model is not better on these items. */
  readonly apgr: number | null
  /** Per cent of calls to the strong model at which half (four fifths) of the gap is recovered. */
  readonly cpt50: number | null
  readonly cpt80: number | null
}

export type SortedScores = { readonly order: Uint32Array; readonly scores: Float64Array }

/** Items by router score, lowest first: done once, used by every resampling. */
export function sortScores(scores: ArrayLike<number>): SortedScores {
  const order = Uint32Array.from({ length: scores.length }, (_, item) => item)
  order.sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0) || a - b)
  const sorted = Float64Array.from(order, (item) => scores[item] ?? Number.NaN)
  assert(
    sorted.every((score) => Number.isFinite(score)),
    'a router score is a finite number',
  )
  return { order, scores: sorted }
}

/**
 * The curve of RouteLLM (Ong et al., arXiv 2406.18665; `routellm/evals` of lm-sys/RouteLLM): thresholds are the 10
 * quantile bins of the router's own scores with both ends, equal ones once (`pandas.qcut(scores, 10)`); items at or
 * above a threshold go to the strong model, above the last one only what exceeds it, which is nothing. Sorted by the
 * share of strong calls. A router that gives every item the same score is the straight line between the ends.
 *
 * `weights[item]` says how often an item is in a resample.
 */
export function routingCurve(
  sorted: SortedScores,
  pair: PairScores,
  weights?: ArrayLike<number>,
): readonly CurvePoint[] {
  const sums = runningSums(sorted, pair, weights)
  const thresholds = quantileThresholds(sorted.scores, sums.counts)
  const n = sums.counts[sorted.scores.length] ?? 0
  const above = (place: number): CurvePoint => ({
    strongShare: (n - (sums.counts[place] ?? 0)) / n,
    accuracy: (sums.weak + sums.gain - (sums.gains[place] ?? 0)) / n,
  })
  const ends = [above(sorted.scores.length), above(0)]
  if (thresholds.length < 2) return ends
  const inner = thresholds.slice(1, -1).map((threshold) => above(firstAtLeast(sorted.scores, threshold)))
  return [...ends.slice(0, 1), ...inner.reverse(), ...ends.slice(1)]
}

type RunningSums = {
  /** Over the items below a place in the order: how many, and how much better the strong model is on them. */
  readonly counts: Float64Array
  readonly gains: Float64Array
  readonly weak: number
  readonly gain: number
}

function runningSums(sorted: SortedScores, pair: PairScores, weights?: ArrayLike<number>): RunningSums {
  const { order } = sorted
  const [counts, gains] = [new Float64Array(order.length + 1), new Float64Array(order.length + 1)]
  let weak = 0
  for (let place = 0; place < order.length; place += 1) {
    const item = order[place] ?? 0
    const times = weights === undefined ? 1 : (weights[item] ?? 0)
    const low = pair.weak[item] ?? 0
    counts[place + 1] = (counts[place] ?? 0) + times
    gains[place + 1] = (gains[place] ?? 0) + times * ((pair.strong[item] ?? 0) - low)
    weak += times * low
  }
  return { counts, gains, weak, gain: gains[order.length] ?? 0 }
}

const BINS = 10

/** Quantiles by linear interpolation, as numpy's default; equal ones once. */
function quantileThresholds(scores: Float64Array, counts: Float64Array): readonly number[] {
  const n = counts[scores.length] ?? 0
  if (n === 0) return []
  const thresholds: number[] = []
  for (let bin = 0; bin <= BINS; bin += 1) {
    // numpy.linspace multiplies by the step and sets the last value, so 3/10 is 0.30000000000000004 here too.
    const position = (n - 1) * (bin === BINS ? 1 : bin * (1 / BINS))
    const low = Math.floor(position)
    const value = between(
      scoreAt(scores, counts, low),
      scoreAt(scores, counts, Math.min(low + 1, n - 1)),
      position - low,
    )
    if (value !== thresholds.at(-1)) thresholds.push(value)
  }
  return thresholds
}

function between(low: number, high: number, share: number): number {
  return share >= 0.5 ? high - (high - low) * (1 - share) : low + (high - low) * share
}

/** The score at a rank of the resample: the last place whose items below do not exceed the rank. */
function scoreAt(scores: Float64Array, counts: Float64Array, rank: number): number {
  let [low, high] = [0, scores.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((counts[middle + 1] ?? 0) > rank) high = middle
    else low = middle + 1
  }
  return scores[low] ?? 0
}

function firstAtLeast(scores: Float64Array, threshold: number): number {
  let [low, high] = [0, scores.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((scores[middle] ?? 0) >= threshold) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * With the accuracy of the weak and of the strong model at the ends of the curve:
 * APGR = (∫ accuracy d(share) − weak) / (strong − weak), trapezoids (`numpy.trapz`);
 * CPT(p) = share at accuracy weak + p · (strong − weak) (`numpy.interp` of the shares over the accuracies), in per cent.
 * A random router has APGR 0.5, CPT50 50 and CPT80 80.
 */
export function routerFigures(curve: readonly CurvePoint[]): RouterFigures {
  const [weak, strong] = [curve[0]?.accuracy ?? 0, curve.at(-1)?.accuracy ?? 0]
  const gap = strong - weak
  // A gap of nothing but rounding would make any figure out of nothing.
  if (!(gap > 1e-12)) return { apgr: null, cpt50: null, cpt80: null }
  const accuracies = curve.map((point) => point.accuracy)
  const shares = curve.map((point) => 100 * point.strongShare)
  const callsFor = (recovered: number): number => interpolate(weak + recovered * gap, accuracies, shares)
  return { apgr: (area(curve) - weak) / gap, cpt50: callsFor(0.5), cpt80: callsFor(0.8) }
}

function area(curve: readonly CurvePoint[]): number {
  let sum = 0
  for (const [place, point] of curve.entries()) {
    const before = curve[place - 1]
    if (before === undefined) continue
    sum += ((point.strongShare - before.strongShare) * (point.accuracy + before.accuracy)) / 2
  }
  return sum
}

/**
 * `numpy.interp(x, xs, ys)`, also where `xs` does not rise all the way, as accuracies do not: there the result depends
 * on the path of the search, so this one takes numpy's.
 */
function interpolate(x: number, xs: readonly number[], ys: readonly number[]): number {
  const place = searchLikeNumpy(x, xs)
  if (place < 0) return ys[0] ?? 0
  if (place >= xs.length - 1) return ys.at(-1) ?? 0
  const [x0, x1, y0, y1] = [xs[place] ?? 0, xs[place + 1] ?? 0, ys[place] ?? 0, ys[place + 1] ?? 0]
  return x === x0 ? y0 : y0 + ((y1 - y0) / (x1 - x0)) * (x - x0)
}

/** `binary_search_with_guess` of numpy for the first value looked up, of up to a dozen: first 0, 1 and 2, then halving up to 9. */
function searchLikeNumpy(key: number, xs: readonly number[]): number {
  const at = (place: number): number => xs[place] ?? 0
  if (key > at(xs.length - 1)) return xs.length
  if (key < at(0)) return -1
  if (xs.length <= 4) {
    let place = 1
    while (place < xs.length && key >= at(place)) place += 1
    return place - 1
  }
  if (key < at(1)) return 0
  if (key < at(2)) return 1
  if (key < at(3)) return 2
  let [low, high] = [3, xs.length > 10 && key < at(9) ? 9 : xs.length]
  while (low < high) {
    const middle = low + ((high - low) >> 1)
    if (key >= at(middle)) low = middle + 1
    else high = middle
  }
  return low - 1
}

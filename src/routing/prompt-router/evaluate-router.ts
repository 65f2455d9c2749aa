import { strict as assert } from 'node:assert'
import type { Clock } from '../../core/ports.ts'
import { unitsOf, type Interval, type Units } from '../../evidence/one-column.ts'
import { seededRandom, type SeededRandom } from '../../evidence/seeded-random.ts'
import { fitCategoryGain } from './category-gain.ts'
import {
  routerFigures,
  routingCurve,
  sortScores,
  type CurvePoint,
  type PairScores,
  type SortedScores,
} from './routing-curve.ts'
import { trainPromptRouter, type PromptRouter } from './train-prompt-router.ts'
import { transferWarning, type PromptSource } from './transfer-warning.ts'

/** Prompts with the scores of both models on them, place by place. */
export type LabelledPrompts = PromptSource & {
  readonly scores: PairScores
  /** Of the training prompts, as `RouterTraining` has it; a test prompt has no answers yet. */
  readonly effort?: ArrayLike<number> | undefined
  /** One per prompt, or none at all, on both sides. */
  readonly embeddings?: readonly Float32Array[] | undefined
  /** Cluster by number, −1 for a prompt that stands alone: clusters are resampled whole. */
  readonly clusters?: ArrayLike<number> | undefined
}

export type RouterEvaluation = {
  readonly train: LabelledPrompts
  readonly test: LabelledPrompts
  readonly weak: string
  readonly strong: string
  readonly seed: number
  /** For the time a prompt takes, best that of the processor; the figures do not depend on it. */
  readonly clock: Pick<Clock, 'monotonic'>
  readonly bootstrapRounds?: number
}

export type BaselineName = 'random' | 'length' | 'category'

export type RouterReport = {
  readonly nTrain: number
  readonly nTest: number
  readonly weak: string
  readonly strong: string
  readonly apgr: number | null
  readonly apgrInterval: Interval | null
  readonly cpt50: number | null
  readonly cpt80: number | null
  /** Of a router that knows the outcome: what could be reached on these items at most. */
  readonly oracleApgr: number | null
  /** APGR of each; `category` is null when the prompts have none. */
  readonly baselines: Readonly<Record<BaselineName, number | null>>
  readonly baselineIntervals: Readonly<Record<BaselineName, Interval | null>>
  /** Router − baseline, on the same resamples. */
  readonly differences: Readonly<Record<BaselineName, Difference | null>>
  readonly bestBaseline: BaselineName | null
  /** The whole interval of router − best baseline is above 0. Never said of a point estimate. */
  readonly better: boolean
  /** The verdict in one sentence for people. */
  readonly because: string
  /** Without the making of an embedding. */
  readonly usPerPrompt: number
  readonly transferWarning: string | null
  readonly curve: readonly CurvePoint[]
  readonly weights: PromptRouter['weights']
}

export type Difference = { readonly mean: number; readonly interval: Interval | null }

/** Resamples for intervals: below 2,000 the ends of a 95 % interval are themselves a matter of luck. */
export const BOOTSTRAP_ROUNDS = 2_000

/**
 * Trains a prompt router on one set and reports it on another, beside what costs nothing: `random` (a mean of random
 * routers, whose expectation is 0.5), `length` (longer prompts to the strong model, no label needed) and `category` (mean
 * gain per category). Intervals are paired percentile bootstraps over the test items, 95 %, seeded.
 */
export function evaluateRouter(evaluation: RouterEvaluation): RouterReport {
  const { train, test, seed } = evaluation
  checkLengths(train, 'train')
  checkLengths(test, 'test')
  const router = trainOn(train, seed)
  const { weights } = router
  return reportScores(evaluation, { ...scoreAll(router, test, evaluation.clock), weights })
}

/** What a router said of the test prompts, and what it took. */
export type ScoredPrompts = {
  readonly scores: Float64Array
  readonly usPerPrompt: number
  readonly weights: PromptRouter['weights']
}

/** The report on scores that are there already, such as those of several routers, each on the prompts it did not learn from. */
export function reportScores(
  evaluation: Omit<RouterEvaluation, 'clock'>,
  { scores, usPerPrompt, weights }: ScoredPrompts,
): RouterReport {
  const { train, test, weak, strong, seed } = evaluation
  const columns = baselineColumns(train, test)
  const pair = test.scores
  const curve = routingCurve(sortScores(scores), pair)
  const figures = routerFigures(curve)
  const oracle = routerFigures(routingCurve(sortScores(oracleScores(pair)), pair)).apgr
  const point = {
    router: figures.apgr,
    random: randomApgr(pair, seed),
    length: apgrOf(sortScores(columns.length), pair),
    category: columns.category === null ? null : apgrOf(sortScores(columns.category), pair),
  }
  const resampled = resample(
    { router: scores, length: columns.length, category: columns.category },
    test,
    seededRandom(seed),
    evaluation.bootstrapRounds ?? BOOTSTRAP_ROUNDS,
  )
  return {
    nTrain: train.prompts.length,
    nTest: test.prompts.length,
    weak,
    strong,
    ...figures,
    apgrInterval: percentileInterval(resampled.router),
    oracleApgr: oracle,
    ...besideBaselines(point, resampled),
    usPerPrompt,
    transferWarning: transferWarning(train, test),
    curve,
    weights,
  }
}

function checkLengths({ prompts, categories, scores }: LabelledPrompts, name: string): void {
  const n = prompts.length
  assert(n > 0, `the ${name} set is empty`)
  assert(
    scores.weak.length === n && scores.strong.length === n && (categories?.length ?? n) === n,
    `the ${name} set needs one score of each model per prompt, and one category or none at all`,
  )
}

function trainOn(train: LabelledPrompts, seed: number): PromptRouter {
  return trainPromptRouter({
    prompts: train.prompts,
    categories: train.categories,
    difference: differencesOf(train.scores),
    effort: train.effort,
    embeddings: train.embeddings,
    seed,
  })
}

function differencesOf({ weak, strong }: PairScores): Float64Array {
  return Float64Array.from({ length: weak.length }, (_, item) => (strong[item] ?? 0) - (weak[item] ?? 0))
}

/** Scored in order before the timing starts, so that the time of a warm process is reported. */
const WARM_UP = 200

function scoreAll(
  router: PromptRouter,
  test: LabelledPrompts,
  clock: Pick<Clock, 'monotonic'>,
): Pick<ScoredPrompts, 'scores' | 'usPerPrompt'> {
  const score = (item: number): number =>
    router.score(test.prompts[item] ?? '', test.categories?.[item], test.embeddings?.[item])
  for (let item = 0; item < Math.min(WARM_UP, test.prompts.length); item += 1) score(item)
  const started = clock.monotonic()
  const scores = Float64Array.from({ length: test.prompts.length }, (_, item) => score(item))
  return { scores, usPerPrompt: (1_000 * (clock.monotonic() - started)) / test.prompts.length }
}

type Columns = { readonly length: Float64Array; readonly category: Float64Array | null }

function baselineColumns(train: LabelledPrompts, test: LabelledPrompts): Columns {
  const length = Float64Array.from(test.prompts, (prompt) => prompt.length)
  const known = train.categories?.some((category) => category !== undefined) === true
  if (!known || test.categories === undefined) return { length, category: null }
  const gain = fitCategoryGain(train.categories ?? [], differencesOf(train.scores))
  return { length, category: Float64Array.from(test.categories, gain) }
}

/** Ranks by true gain: equal gains in any order give the same curve, and ranks have no ties to fall into one bin. */
function oracleScores(pair: PairScores): Float64Array {
  const { order } = sortScores(differencesOf(pair))
  const ranks = new Float64Array(order.length)
  order.forEach((item, rank) => {
    ranks[item] = rank
  })
  return ranks
}

function apgrOf(sorted: SortedScores, pair: PairScores, weights?: ArrayLike<number>): number | null {
  return routerFigures(routingCurve(sorted, pair, weights)).apgr
}

const RANDOM_ROUTERS = 100

function randomApgr(pair: PairScores, seed: number): number | null {
  const random = seededRandom(seed)
  let sum = 0
  for (let round = 0; round < RANDOM_ROUTERS; round += 1) {
    const scores = Float64Array.from({ length: pair.weak.length }, () => random.unit())
    const apgr = apgrOf(sortScores(scores), pair)
    if (apgr === null) return null
    sum += apgr
  }
  return sum / RANDOM_ROUTERS
}

/** APGR per resample; NaN where the strong model was not better in it. */
type Resampled = {
  readonly router: Float64Array
  readonly length: Float64Array
  readonly category: Float64Array | null
}

function resample(
  columns: { readonly router: Float64Array } & Columns,
  test: LabelledPrompts,
  random: SeededRandom,
  rounds: number,
): Resampled {
  const units = unitsOf(test.clusters ?? new Int32Array(test.prompts.length).fill(-1))
  const sorted = {
    router: sortScores(columns.router),
    length: sortScores(columns.length),
    category: columns.category === null ? null : sortScores(columns.category),
  }
  const result = {
    router: new Float64Array(rounds),
    length: new Float64Array(rounds),
    category: columns.category === null ? null : new Float64Array(rounds),
  }
  for (let round = 0; round < rounds; round += 1) {
    const weights = drawWeights(units, random)
    result.router[round] = apgrOf(sorted.router, test.scores, weights) ?? Number.NaN
    result.length[round] = apgrOf(sorted.length, test.scores, weights) ?? Number.NaN
    if (result.category !== null && sorted.category !== null)
      result.category[round] = apgrOf(sorted.category, test.scores, weights) ?? Number.NaN
  }
  return result
}

function drawWeights(units: Units, random: SeededRandom): Float64Array {
  const times = new Uint32Array(units.count)
  for (let draw = 0; draw < units.count; draw += 1) {
    const unit = random.below(units.count)
    times[unit] = (times[unit] ?? 0) + 1
  }
  return Float64Array.from(units.of, (unit) => times[unit] ?? 0)
}

/** Null when more than one resample in a hundred has no value: an interval of the others would be too narrow. */
function percentileInterval(values: Float64Array): Interval | null {
  const known = values.filter((value) => !Number.isNaN(value)).sort()
  if (known.length === 0 || known.length < 0.99 * values.length) return null
  const at = (share: number): number => known[Math.round(share * (known.length - 1))] ?? 0
  return [at(0.025), at(0.975)]
}

type Points = Readonly<Record<BaselineName | 'router', number | null>>

function besideBaselines(
  point: Points,
  resampled: Resampled,
): Pick<
  RouterReport,
  'baselines' | 'baselineIntervals' | 'differences' | 'bestBaseline' | 'better' | 'because'
> {
  // Whatever the table, a random router recovers half of the gap on average; its luck on this table is no yardstick.
  const random = new Float64Array(resampled.router.length).fill(RANDOM_EXPECTED)
  const against = { random, length: resampled.length, category: resampled.category }
  const differences = {
    random: differenceTo(point.router, RANDOM_EXPECTED, resampled.router, against.random),
    length: differenceTo(point.router, point.length, resampled.router, against.length),
    category: differenceTo(point.router, point.category, resampled.router, against.category),
  }
  const bestBaseline = bestOf(point)
  const best = bestBaseline === null ? null : differences[bestBaseline]
  const better = best !== null && best.interval !== null && best.interval[0] > 0
  return {
    baselines: { random: point.random, length: point.length, category: point.category },
    baselineIntervals: {
      random: null,
      length: percentileInterval(against.length),
      category: against.category && percentileInterval(against.category),
    },
    differences,
    bestBaseline,
    better,
    because: explain(bestBaseline, best, better),
  }
}

const RANDOM_EXPECTED = 0.5

function differenceTo(
  router: number | null,
  baseline: number | null,
  ours: Float64Array,
  theirs: Float64Array | null,
): Difference | null {
  if (router === null || baseline === null || theirs === null) return null
  const interval = percentileInterval(ours.map((value, round) => value - (theirs[round] ?? Number.NaN)))
  return { mean: router - baseline, interval }
}

function bestOf(point: Points): BaselineName | null {
  if (point.router === null) return null
  const values = {
    random: RANDOM_EXPECTED,
    length: point.length ?? -Infinity,
    category: point.category ?? -Infinity,
  }
  const names: readonly BaselineName[] = ['random', 'length', 'category']
  return names.reduce((best, name) => (values[name] > values[best] ? name : best))
}

function explain(baseline: BaselineName | null, difference: Difference | null, better: boolean): string {
  if (baseline === null || difference === null)
    return 'The strong model is not better than the weak one on the test items, so there is no gap to recover.'
  const named = { random: 'a random router', length: 'prompt length alone', category: 'the category alone' }[
    baseline
  ]
  const { interval } = difference
  if (interval === null)
    return `Too few test items to say whether it is better than ${named}: in some resamples there is no gap to recover.`
  const range = `${signed(difference.mean)} APGR [${signed(interval[0])}, ${signed(interval[1])}]`
  if (better) return `Better than ${named}: ${range}.`
  if (interval[1] < 0) return `Worse than ${named}: ${range}.`
  return `Not shown to be better than ${named}: ${range}.`
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
}

/** What `router evaluate --json` prints: the fields of the contract, and `details`. */
export function routerJson(report: RouterReport): RouterJson {
  return {
    n_train: report.nTrain,
    n_test: report.nTest,
    weak: report.weak,
    strong: report.strong,
    apgr: report.apgr,
    apgr_interval: report.apgrInterval,
    cpt50: report.cpt50,
    cpt80: report.cpt80,
    oracle_apgr: report.oracleApgr,
    baselines: report.baselines,
    us_per_prompt: report.usPerPrompt,
    transfer_warning: report.transferWarning,
    details: {
      better: report.better,
      because: report.because,
      best_baseline: report.bestBaseline,
      baseline_intervals: report.baselineIntervals,
      differences: report.differences,
      curve: report.curve.map(({ strongShare, accuracy }) => ({ strong_share: strongShare, accuracy })),
      weights: report.weights,
    },
  }
}

export type RouterJson = {
  readonly n_train: number
  readonly n_test: number
  readonly weak: string
  readonly strong: string
  readonly apgr: number | null
  readonly apgr_interval: Interval | null
  readonly cpt50: number | null
  readonly cpt80: number | null
  readonly oracle_apgr: number | null
  readonly baselines: RouterReport['baselines']
  readonly us_per_prompt: number
  readonly transfer_warning: string | null
  readonly details: {
    readonly better: boolean
    readonly because: string
    readonly best_baseline: BaselineName | null
    readonly baseline_intervals: RouterReport['baselineIntervals']
    readonly differences: RouterReport['differences']
    readonly curve: readonly { readonly strong_share: number; readonly accuracy: number }[]
    readonly weights: PromptRouter['weights']
  }
}

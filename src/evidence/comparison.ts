import { strict as assert } from 'node:assert'
import { bettingPValue } from './betting.ts'
import { normalQuantile, studentTCdf, studentTQuantile } from './distributions.ts'
import {
  clusterStandardError,
  isBinary,
  meanOf,
  squaredWeights,
  standardError,
  summarizeColumn,
  unitsOf,
  type Interval,
  type Units,
} from './one-column.ts'
import {
  bootstrapMeans,
  discordantOf,
  exactLowerBound,
  exactPValue,
  mcNemarPValue,
  mcNemarUpperPValue,
  MIN_BOOTSTRAP_ROUNDS,
  movesOf,
  pairedUnits,
  signFlipPValue,
  tangoPValue,
  type Discordant,
} from './paired-tests.ts'
import { differencesOf, type MissingOutcome, type PairedColumn, type Pairing, type Slice } from './pairing.ts'
import { seededRandom, shuffledIndices } from './seeded-random.ts'

/**
 * What the data prove about candidate − reference at the margin, one-sided at the confidence (the four cases of Piaggio
 * et al., CONSORT for non-inferiority trials, JAMA 2012, figure 1). `inferior` means worse by more than the margin;
 * whatever is neither proven nor refuted is `undecided`, which is not `equivalent`.
 */
export type Verdict = 'superior' | 'non-inferior' | 'inferior' | 'undecided'

/**
 * - `paired-t`: d̄ ± t·SE; on binary scores a verdict must also pass Tango's score test, on others the bootstrap.
 * - `exact`: Clopper–Pearson union and McNemar, for binary scores with too few items or discordant pairs for the above.
 * - `betting`: Waudby-Smith and Ramdas, valid for any n, for other scores with too few differences.
 * - `hoeffding`: valid for any n, for clustered items with too few clusters that differ.
 */
export type ComparisonMethod = 'paired-t' | 'exact' | 'betting' | 'hoeffding'

export type ComparisonOptions = {
  /** The loss that is accepted, 0 to 1: 0.03 is three points. */
  readonly margin: number
  /** Two-sided for intervals, one-sided for verdicts; 0.95 unless said. */
  readonly confidence?: number
  /** Of the bootstrap, the permutations and the order of bets; 1 unless said. */
  readonly seed?: number
  readonly bootstrapRounds?: number
}

export type ComparedSide = {
  readonly model: string
  readonly mean: number | null
  readonly interval: Interval | null
  readonly errors: number
  readonly unparsed: number
}

/** Paired statistics of two columns of outcomes. Figures that so few items cannot give are null, never NaN. */
export type Comparison = {
  readonly task: string
  readonly slice: Slice | null
  readonly n: number
  readonly clusters: number | null
  readonly missing: readonly MissingOutcome[]
  readonly candidate: ComparedSide
  readonly reference: ComparedSide
  readonly difference: {
    readonly mean: number | null
    readonly se: number | null
    readonly interval: Interval | null
    readonly method: ComparisonMethod | null
  }
  readonly discordant: Discordant
  /** Null where McNemar's test does not apply: scores between 0 and 1, or clustered items. */
  readonly mcNemarP: number | null
  /** In its place there. */
  readonly signFlipP: number | null
  readonly bootstrap: { readonly rounds: number; readonly seed: number; readonly interval: Interval } | null
  readonly margin: number
  readonly confidence: number
  readonly verdict: Verdict
  /** Two one-sided tests (Schuirmann 1987): proven to differ by less than the margin either way. */
  readonly equivalent: boolean
  /** The verdict in one sentence for people. */
  readonly because: string
  /** One-sided p-values behind the verdict, for Holm's correction over several comparisons. */
  readonly pValues: { readonly superior: number; readonly nonInferior: number; readonly inferior: number }
  readonly power: Power
}

export type Power = {
  /** The difference that this set shows with probability 0.8 when it is there: (z_conf + z_0.8) · SE. */
  readonly detectable: number | null
  /** Items in all for a verdict `non-inferior` with probability 0.8 when the models are equal; null at margin 0. */
  readonly itemsForVerdict: number | null
  /** Of these, how many are still to be run. */
  readonly moreItems: number | null
}

/** Compares candidate and reference on the items that both have. Pure: the same pairing and seed give the same report. */
export function compare(pairing: Pairing, options: ComparisonOptions): Comparison {
  const { margin, confidence = 0.95, seed = 1 } = options
  assert(margin >= 0 && margin <= 1, `a margin is from 0 to 1, not ${margin}`)
  assert(confidence >= 0.5 && confidence < 1, `a confidence is from 0.5 up and below 1, not ${confidence}`)
  const differences = differencesOf(pairing)
  const units = pairing.clusters === undefined ? undefined : unitsOf(pairing.clusters)
  const rounds = options.bootstrapRounds ?? MIN_BOOTSTRAP_ROUNDS
  const evidence = gather(pairing, differences, units, { confidence, seed, rounds })
  const decided = decideVerdict(evidence, margin, 1 - confidence)
  return {
    task: pairing.task,
    slice: pairing.slice,
    n: differences.length,
    clusters: units?.count ?? null,
    missing: pairing.missing,
    candidate: sideOf(pairing.candidate, pairing, confidence),
    reference: sideOf(pairing.reference, pairing, confidence),
    difference: {
      mean: evidence.mean,
      se: evidence.se,
      interval: intervalOf(evidence, confidence),
      method: evidence.method,
    },
    discordant: evidence.discordant,
    mcNemarP: evidence.matched ? mcNemarPValue(evidence.discordant) : null,
    signFlipP: evidence.signFlipP,
    bootstrap: bootstrapReport(evidence, confidence, rounds, seed),
    margin,
    confidence,
    ...decided,
    because: explain(decided.verdict, evidence, margin, confidence),
    power: powerOf(evidence, margin, confidence),
  }
}

function sideOf(column: PairedColumn, pairing: Pairing, confidence: number): ComparedSide {
  const options = pairing.clusters === undefined ? { confidence } : { confidence, clusters: pairing.clusters }
  const { mean, interval } = summarizeColumn(column.scores, options)
  return { model: column.model, mean, interval, errors: column.errors, unparsed: column.unparsed }
}

/** Everything later steps ask of the differences. `above(θ)` is the p-value of "the true difference is θ or less". */
type Evidence = {
  readonly n: number
  readonly mean: number | null
  readonly se: number | null
  readonly method: ComparisonMethod | null
  readonly discordant: Discordant
  /** Scores of 0 and 1 on independent items: what McNemar's test is made for. */
  readonly matched: boolean
  readonly meanSquare: number
  readonly designEffect: number
  readonly df: number
  readonly signFlipP: number | null
  readonly resampled: Float64Array | undefined
  readonly above: (threshold: number) => number
  readonly below: (threshold: number) => number
  /** The largest difference refuted from above at a level, where there is a shorter way than by search. */
  readonly bounds: {
    readonly lower: (alpha: number) => number
    readonly upper: (alpha: number) => number
  } | null
}

type Settings = { readonly confidence: number; readonly seed: number; readonly rounds: number }

/** Below these the spread of a sample says too little about its mean, and bounds that hold for any n take over. */
const ENOUGH_ITEMS = 30
const ENOUGH_DIFFERENCES = 10

function gather(
  pairing: Pairing,
  differences: Float64Array,
  units: Units | undefined,
  settings: Settings,
): Evidence {
  const n = differences.length
  const discordant = discordantOf(differences)
  const matched =
    units === undefined && isBinary(pairing.candidate.scores) && isBinary(pairing.reference.scores)
  const base = { n, discordant, matched, df: (units?.count ?? n) - 1, ...spreadOf(differences, units) }
  if (n === 0) return { ...base, ...NOTHING_KNOWN }
  if (matched) return { ...base, ...matchedEvidence(base) }
  return { ...base, ...gradedEvidence(base, pairing, units, settings) }
}

const NOTHING_KNOWN = {
  method: null,
  signFlipP: null,
  resampled: undefined,
  above: () => 1,
  below: () => 1,
  bounds: null,
} as const

type Spread = Pick<Evidence, 'mean' | 'se' | 'meanSquare' | 'designEffect'>
type Base = Spread & Pick<Evidence, 'n' | 'discordant' | 'df'>
type Tests = Pick<Evidence, 'method' | 'signFlipP' | 'resampled' | 'above' | 'below' | 'bounds'>

function spreadOf(differences: Float64Array, units: Units | undefined): Spread {
  if (differences.length === 0) return { mean: null, se: null, meanSquare: 0, designEffect: 1 }
  const alone = standardError(differences)
  const se = units === undefined ? alone : clusterStandardError(differences, units)
  const mean = meanOf(differences)
  const meanSquare = meanSquareOf(differences)
  const comparable = units !== undefined && se !== null && alone !== null && se > 0 && alone > 0
  return { mean, se, meanSquare, designEffect: comparable ? (se / alone) ** 2 : 1 }
}

function meanSquareOf(differences: Float64Array): number {
  let sum = 0
  for (let index = 0; index < differences.length; index += 1) sum += (differences[index] ?? 0) ** 2
  return sum / differences.length
}

function matchedEvidence(base: Base): Tests {
  const { n, discordant, se } = base
  const opposite = { n10: discordant.n01, n01: discordant.n10 }
  // Where every item differs the same way there is no spread to measure a t by, and nothing is clearer.
  const ample =
    n >= ENOUGH_ITEMS && discordant.n10 + discordant.n01 >= ENOUGH_DIFFERENCES && se !== null && se > 0
  if (!ample) {
    const exact = (side: Discordant, threshold: number): number =>
      threshold === 0 ? mcNemarUpperPValue(side) : exactPValue(side, n, threshold)
    return {
      ...NOTHING_KNOWN,
      method: 'exact',
      above: (threshold) => exact(discordant, threshold),
      below: (threshold) => exact(opposite, -threshold),
      bounds: {
        lower: (alpha) => exactLowerBound(discordant, n, alpha),
        upper: (alpha) => -exactLowerBound(opposite, n, alpha),
      },
    }
  }
  // Where all discordant pairs point one way, t alone is short on the far side; the score test is not.
  return {
    ...NOTHING_KNOWN,
    method: 'paired-t',
    above: (threshold) => Math.max(tPValue(base, threshold, 1), tangoPValue(discordant, n, threshold)),
    below: (threshold) => Math.max(tPValue(base, threshold, -1), tangoPValue(opposite, n, -threshold)),
  }
}

function gradedEvidence(base: Base, pairing: Pairing, units: Units | undefined, settings: Settings): Tests {
  const sides = pairedUnits(pairing.candidate.scores, pairing.reference.scores, units)
  const resampled = bootstrapMeans(sides, settings)
  const signFlipP = signFlipPValue(sides, settings.seed)
  const { moving } = movesOf(sides.candidate, sides.reference)
  const enough = units === undefined ? base.n >= ENOUGH_ITEMS : true
  if (enough && moving >= ENOUGH_DIFFERENCES && base.se !== null && base.se > 0) {
    return {
      method: 'paired-t',
      signFlipP,
      resampled,
      bounds: null,
      above: (threshold) => Math.max(tPValue(base, threshold, 1), resampledTail(resampled, threshold, 1)),
      below: (threshold) => Math.max(tPValue(base, threshold, -1), resampledTail(resampled, threshold, -1)),
    }
  }
  const small = units === undefined ? betting(differencesOf(pairing), settings) : hoeffding(base, units)
  return { ...small, signFlipP, resampled, bounds: null }
}

function tPValue(base: Base, threshold: number, side: 1 | -1): number {
  if (base.mean === null || base.se === null || base.se === 0) return 1
  return studentTCdf((-side * (base.mean - threshold)) / base.se, base.df)
}

/**
 * Share of resamples on the wrong side, ties among them. Where there is none the bootstrap says only "less than one in so many", and
 * the t test decides: else no p-value could pass Holm's correction over a hundred comparisons.
 */
function resampledTail(resampled: Float64Array, threshold: number, side: 1 | -1): number {
  let wrong = 0
  for (let round = 0; round < resampled.length; round += 1)
    if (side * ((resampled[round] ?? 0) - threshold) <= ROUNDING) wrong += 1
  return wrong === 0 ? 0 : (1 + wrong) / (1 + resampled.length)
}

/** A resample that ties the threshold must count as a tie on every machine. */
const ROUNDING = 1e-12

function betting(differences: Float64Array, settings: Settings): Pick<Tests, 'method' | 'above' | 'below'> {
  // In file order all easy items may come first; a drawn order makes the bets see a sample.
  const order = shuffledIndices(differences.length, seededRandom(settings.seed))
  const drawn = Float64Array.from(order, (place) => differences[place] ?? 0)
  const opposite = drawn.map((difference) => -difference)
  const alpha = 1 - settings.confidence
  return {
    method: 'betting',
    above: (threshold) => bettingPValue(drawn, threshold, alpha),
    below: (threshold) => bettingPValue(opposite, -threshold, alpha),
  }
}

/** P(d̄ − E d̄ ≥ t) ≤ exp(−t² / (2 Σ w²)) for independent units of weight w in −1 … 1: Hoeffding 1963, theorem 2. */
function hoeffding(base: Base, units: Units): Pick<Tests, 'method' | 'above' | 'below'> {
  const weights = squaredWeights(base.n, units)
  const tail = (surplus: number): number =>
    surplus <= 0 ? 1 : Math.exp(-(surplus * surplus) / (2 * weights))
  const mean = base.mean ?? 0
  return {
    method: 'hoeffding',
    above: (threshold) => tail(mean - threshold),
    below: (threshold) => tail(threshold - mean),
  }
}

function decideVerdict(
  evidence: Evidence,
  margin: number,
  alpha: number,
): Pick<Comparison, 'verdict' | 'equivalent' | 'pValues'> {
  const superior = evidence.above(0)
  const nonInferior = evidence.above(-margin)
  const inferior = evidence.below(-margin)
  const equivalent = margin > 0 && nonInferior <= alpha && evidence.below(margin) <= alpha
  return {
    verdict: verdictOf(superior, nonInferior, inferior, alpha),
    equivalent,
    pValues: { superior, nonInferior, inferior },
  }
}

function verdictOf(superior: number, nonInferior: number, inferior: number, alpha: number): Verdict {
  if (superior <= alpha) return 'superior'
  if (nonInferior <= alpha) return 'non-inferior'
  return inferior <= alpha ? 'inferior' : 'undecided'
}

/** Two-sided: d̄ ± t·SE; by the other methods all differences that neither one-sided test refutes at half the rest. */
function intervalOf(evidence: Evidence, confidence: number): Interval | null {
  const { mean, se, method } = evidence
  if (mean === null || method === null) return null
  const tail = (1 - confidence) / 2
  if (method === 'paired-t' && se !== null) {
    const half = studentTQuantile(1 - tail, evidence.df) * se
    return checked([Math.max(-1, mean - half), Math.min(1, mean + half)], mean)
  }
  return checked([lowerLimit(evidence, tail), upperLimit(evidence, tail)], mean)
}

function checked(interval: Interval, mean: number): Interval {
  assert(-1 <= interval[0] && interval[0] <= mean && mean <= interval[1] && interval[1] <= 1)
  return interval
}

/** The largest difference that is refuted from above at level `alpha`, to eight digits where it has to be searched. */
function lowerLimit(evidence: Evidence, alpha: number): number {
  if (evidence.bounds !== null) return evidence.bounds.lower(alpha)
  return lastRefuted((threshold) => evidence.above(threshold) <= alpha, evidence.mean ?? 1)
}

function upperLimit(evidence: Evidence, alpha: number): number {
  if (evidence.bounds !== null) return evidence.bounds.upper(alpha)
  return -lastRefuted((threshold) => evidence.below(-threshold) <= alpha, -(evidence.mean ?? -1))
}

function lastRefuted(refuted: (threshold: number) => boolean, to: number): number {
  let [low, high] = [-1, to]
  for (let step = 0; step < 28; step += 1) {
    const middle = (low + high) / 2
    if (refuted(middle)) low = middle
    else high = middle
  }
  return low
}

function bootstrapReport(
  evidence: Evidence,
  confidence: number,
  rounds: number,
  seed: number,
): Comparison['bootstrap'] {
  if (evidence.resampled === undefined) return null
  const tail = (1 - confidence) / 2
  const at = (share: number): number =>
    evidence.resampled?.[Math.min(rounds - 1, Math.max(0, Math.floor(share * rounds)))] ?? 0
  return { rounds, seed, interval: [at(tail), at(1 - tail)] }
}

const POWER = 0.8

/**
 * n ≥ (z_conf + z_power)² · E[d²] · deff / margin²: the normal approximation for one-sided non-inferiority at a true
 * difference of 0 (for binary scores E[d²] is the share of discordant pairs), and never fewer than the exact bound
 * needs when not one pair is discordant: ln(α/2) / ln(1 − margin).
 */
function powerOf(evidence: Evidence, margin: number, confidence: number): Power {
  const z = normalQuantile(confidence) + normalQuantile(POWER)
  const detectable = detectableOf(evidence, z, 1 - confidence)
  if (margin === 0 || evidence.n === 0) return { detectable, itemsForVerdict: null, moreItems: null }
  const bySpread = (z * z * evidence.meanSquare * evidence.designEffect) / (margin * margin)
  const byCount = margin === 1 ? 1 : Math.log((1 - confidence) / 2) / Math.log1p(-margin)
  const itemsForVerdict = Math.ceil(Math.max(bySpread, byCount))
  return { detectable, itemsForVerdict, moreItems: Math.max(0, itemsForVerdict - evidence.n) }
}

function detectableOf(evidence: Evidence, z: number, alpha: number): number | null {
  if (evidence.mean === null) return null
  if (evidence.method === 'paired-t' && evidence.se !== null) return Math.min(1, z * evidence.se)
  return Math.min(1, evidence.mean - lowerLimit(evidence, alpha))
}

function explain(verdict: Verdict, evidence: Evidence, margin: number, confidence: number): string {
  const sure = `${round(100 * confidence)} %`
  const points = margin === 0.01 ? '1 point' : `${round(100 * margin)} points`
  if (evidence.n === 0) return 'No item has an outcome of both models, so nothing can be said.'
  const alpha = 1 - confidence
  switch (verdict) {
    case 'superior':
      return `Proven better than the reference (${sure}).`
    case 'non-inferior':
      return `Proven no more than ${points} worse than the reference (${sure}).${worseWithin(evidence, alpha)}`
    case 'inferior':
      return `Proven worse than the reference by more than ${points} (${sure}).`
    case 'undecided':
      return `Not proven either way at ${points} (${sure}) with ${evidence.n} items.${worseWithin(evidence, alpha)}`
    default:
      return verdict satisfies never
  }
}

/** A precise loss inside the margin is still a loss, and a reader should hear of it. */
function worseWithin(evidence: Evidence, alpha: number): string {
  return evidence.below(0) <= alpha ? ' It is worse than the reference; only how much is in question.' : ''
}

function round(value: number): string {
  return String(Number(value.toFixed(4)))
}

/** One entry of `compare --json`: the fields of the contract, and `details` for who wants to redo it. */
export function comparisonJson(comparison: Comparison): ComparisonJson {
  const { candidate, reference, difference, power } = comparison
  return {
    task: comparison.task,
    n: comparison.n,
    missing: comparison.missing,
    candidate: { model: candidate.model, mean: candidate.mean, interval: candidate.interval },
    reference: { model: reference.model, mean: reference.mean, interval: reference.interval },
    difference: { mean: difference.mean, se: difference.se, interval: difference.interval },
    discordant: comparison.discordant,
    mcnemar_p: comparison.mcNemarP,
    margin: comparison.margin,
    verdict: comparison.verdict,
    equivalent: comparison.equivalent,
    power: { detectable: power.detectable, items_for_verdict: power.itemsForVerdict },
    details: {
      slice: comparison.slice,
      because: comparison.because,
      confidence: comparison.confidence,
      method: difference.method,
      clusters: comparison.clusters,
      errors: { candidate: candidate.errors, reference: reference.errors },
      unparsed: { candidate: candidate.unparsed, reference: reference.unparsed },
      p_values: {
        superior: comparison.pValues.superior,
        non_inferior: comparison.pValues.nonInferior,
        inferior: comparison.pValues.inferior,
        sign_flip: comparison.signFlipP,
      },
      bootstrap: comparison.bootstrap,
      more_items: power.moreItems,
    },
  }
}

type SideJson = Pick<ComparedSide, 'model' | 'mean' | 'interval'>

export type ComparisonJson = {
  readonly task: string
  readonly n: number
  readonly missing: readonly MissingOutcome[]
  readonly candidate: SideJson
  readonly reference: SideJson
  readonly difference: {
    readonly mean: number | null
    readonly se: number | null
    readonly interval: Interval | null
  }
  readonly discordant: Discordant
  readonly mcnemar_p: number | null
  readonly margin: number
  readonly verdict: Verdict
  readonly equivalent: boolean
  readonly power: { readonly detectable: number | null; readonly items_for_verdict: number | null }
  readonly details: {
    readonly slice: Slice | null
    readonly because: string
    readonly confidence: number
    readonly method: ComparisonMethod | null
    readonly clusters: number | null
    readonly errors: { readonly candidate: number; readonly reference: number }
    readonly unparsed: { readonly candidate: number; readonly reference: number }
    readonly p_values: {
      readonly superior: number
      readonly non_inferior: number
      readonly inferior: number
      readonly sign_flip: number | null
    }
    readonly bootstrap: Comparison['bootstrap']
    readonly more_items: number | null
  }
}

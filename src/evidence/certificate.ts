import { strict as assert } from 'node:assert'
import { MusivumError } from '../core/errors.ts'
import { betAgainst } from './betting.ts'
import { certificateDocument, type CertificateDocument, type TestStep } from './certificate-document.ts'
import { pairsToCertify } from './certificate-power.ts'
import type { CertificateMethod, CertificateRequest, CertificationFigures } from './certificate-request.ts'
import { exactPValue, type Discordant } from './paired-tests.ts'
import { seededRandom, shuffledIndices } from './seeded-random.ts'

export type { CertificateRequest } from './certificate-request.ts'

export type Certification = CertificationFigures & {
  /** What is still missing for the first threshold that did not pass; null when all passed, or by the exact method. */
  readonly next: NextThreshold | null
  readonly certificate: CertificateDocument
}

/** An estimate from the same items, for planning; it proves nothing. */
export type NextThreshold = {
  readonly threshold: number
  readonly strongShare: number
  /** Pairs in all that pass it four times in five; null when the loss seen is ε or more, where no number would. */
  readonly pairs: number | null
}

/**
 * The cheapest threshold at which the mixture is proven to lose at most ε: with probability 1 − δ over the draw of the
 * items, E[reference] − E[mixed] ≤ ε on traffic of the same kind.
 *
 * Fixed-sequence testing (Learn then Test, Angelopoulos et al. 2021, section 3) over thresholds in an order that no
 * outcome has touched, safest first: the first test that fails ends it, so the number of thresholds costs nothing. Each
 * test bets against "mean loss ≥ ε" (`betAgainst`) with L = (D + 1)/2, D = reference − mixed in −1 … 1 and exactly 0
 * where the item goes to the reference. A threshold picked on the sample instead breaks its promise in 37–63 % of draws.
 */
export function certify(request: CertificateRequest): Certification {
  checkRequest(request)
  const method = request.method ?? 'betting'
  const n = request.scores.length
  const grid = gridOf(request.gridScores ?? request.scores, request.steps ?? 40)
  const losses = lossesOf(request)
  if (method === 'clopper-pearson') refuseGraded(losses)
  const order = shuffledIndices(n, seededRandom(request.seed))
  const path = testPath(request, grid, losses, order, method)
  const passed = path.findLast((step) => step.passed)
  const figures: CertificationFigures = {
    certified: passed !== undefined,
    threshold: passed?.threshold ?? null,
    strongShare: passed?.strong_share ?? 1,
    epsilon: request.epsilon,
    delta: request.delta,
    n,
    grid,
    logWealth: path.map((step) => step.log_wealth),
  }
  return {
    ...figures,
    next: method === 'betting' ? nextThreshold(request, losses, path.at(-1)) : null,
    certificate: certificateDocument(request, figures, path, method),
  }
}

function nextThreshold(
  { scores, epsilon, delta }: CertificateRequest,
  losses: Float64Array,
  last: TestStep | undefined,
): NextThreshold | null {
  if (last === undefined || last.passed) return null
  const { threshold, strong_share: strongShare, mean_loss: meanLoss } = last
  const meanSquare =
    mixedLosses(scores, losses, threshold).reduce((sum, loss) => sum + loss * loss, 0) / losses.length
  return { threshold, strongShare, pairs: pairsToCertify({ meanLoss, meanSquare, epsilon, delta }) }
}

function checkRequest(request: CertificateRequest): void {
  const { scores, referenceOutcomes, cheapOutcomes, epsilon, delta } = request
  const n = scores.length
  assert(n === referenceOutcomes.length && n === cheapOutcomes.length, 'one score and two outcomes per item')
  if (!(epsilon > 0 && epsilon < 1))
    throw wrong('epsilon', epsilon, 'a loss above 0 and below 1, such as 0.03')
  if (!(delta > 0 && delta < 1)) throw wrong('delta', delta, 'a chance above 0 and below 1, such as 0.1')
  for (let item = 0; item < n; item += 1)
    if (!Number.isFinite(scores[item])) throw wrong(`score ${item + 1}`, scores[item], 'a finite number')
}

function wrong(what: string, given: unknown, expected: string): MusivumError {
  return new MusivumError('request.invalid', `${what} is ${String(given)}; expected ${expected}`, { what })
}

/** D of each item if the cheap side answered it. */
function lossesOf(request: CertificateRequest): Float64Array {
  return Float64Array.from({ length: request.scores.length }, (_, item) => {
    const loss = (request.referenceOutcomes[item] ?? 0) - (request.cheapOutcomes[item] ?? 0)
    assert(loss >= -1 && loss <= 1, 'outcomes are from 0 to 1')
    return loss
  })
}

function refuseGraded(losses: Float64Array): void {
  if (losses.every(Number.isInteger)) return
  throw new MusivumError(
    'request.invalid',
    'method clopper-pearson needs scores of 0 and 1, and some lie between; use betting',
  )
}

/**
 * Thresholds at the quantiles 1/steps, 2/steps, … of the scores, each the smallest score of the next step, and a last one
 * above all. Equal thresholds count once. "Always the reference" loses nothing and needs no test.
 */
function gridOf(scores: ArrayLike<number>, steps: number): number[] {
  assert(Number.isInteger(steps) && steps >= 1 && steps <= MAX_STEPS, `a grid has 1 to ${MAX_STEPS} steps`)
  const sorted = Float64Array.from(scores).sort()
  const [least, most] = [sorted[0], sorted.at(-1)]
  if (least === undefined || most === undefined) return []
  const grid: number[] = []
  for (let step = 1; step < steps; step += 1) {
    const threshold = sorted[Math.floor((step / steps) * sorted.length)] ?? most
    if (threshold > (grid.at(-1) ?? least)) grid.push(threshold)
  }
  return [...grid, nextAbove(most)]
}

/** Finer than a thousand quantiles a threshold moves by less than the sampling error of any set we read. */
const MAX_STEPS = 1000

/** The smallest double above a score, so that even the largest score of the grid stays with the cheap side. */
function nextAbove(value: number): number {
  return value + Math.max(Number.MIN_VALUE, Math.abs(value) * Number.EPSILON)
}

function testPath(
  request: CertificateRequest,
  grid: readonly number[],
  losses: Float64Array,
  order: Uint32Array,
  method: CertificateMethod,
): TestStep[] {
  const path: TestStep[] = []
  for (const threshold of grid) {
    const step = testThreshold(
      request,
      threshold,
      mixedLosses(request.scores, losses, threshold),
      order,
      method,
    )
    path.push(step)
    if (!step.passed) break
  }
  return path
}

/** D of the mixture: nothing is lost on an item that the reference answers. */
function mixedLosses(scores: ArrayLike<number>, losses: Float64Array, threshold: number): Float64Array {
  const mixed = new Float64Array(losses.length)
  for (let item = 0; item < mixed.length; item += 1)
    if ((scores[item] ?? 0) < threshold) mixed[item] = losses[item] ?? 0
  return mixed
}

function testThreshold(
  request: CertificateRequest,
  threshold: number,
  mixed: Float64Array,
  order: Uint32Array,
  method: CertificateMethod,
): TestStep {
  const { epsilon, delta, scores } = request
  const log = method === 'betting' ? betOn(mixed, order, epsilon, delta) : exactLog(mixed, epsilon)
  let [strong, sum] = [0, 0]
  for (let item = 0; item < mixed.length; item += 1) {
    if ((scores[item] ?? 0) >= threshold) strong += 1
    sum += mixed[item] ?? 0
  }
  return {
    threshold,
    strong_share: strong / mixed.length,
    mean_loss: sum / mixed.length,
    log_wealth: log,
    passed: log >= -Math.log(delta),
  }
}

function betOn(mixed: Float64Array, order: Uint32Array, epsilon: number, delta: number): number {
  const bet = betAgainst({ bound: (1 + epsilon) / 2, delta, planned: mixed.length })
  for (let place = 0; place < order.length; place += 1) bet.add((1 + (mixed[order[place] ?? 0] ?? 0)) / 2)
  return bet.logMaxWealth()
}

/** −ln p of the union of Clopper–Pearson bounds at δ/2 for losses and gains (`exactPValue`, sides exchanged). */
function exactLog(mixed: Float64Array, epsilon: number): number {
  const sides: { -readonly [side in keyof Discordant]: number } = { n10: 0, n01: 0 }
  for (const loss of mixed) {
    if (loss < 0) sides.n10 += 1
    if (loss > 0) sides.n01 += 1
  }
  return -Math.log(Math.max(Number.MIN_VALUE, exactPValue(sides, mixed.length, -epsilon)))
}

/** What `certify --json` prints. */
export function certificationJson(certification: Certification): CertificationJson {
  const { certified, threshold, strongShare, epsilon, delta, n, grid, logWealth, certificate } = certification
  const { next } = certification
  return {
    certified,
    threshold,
    strong_share: strongShare,
    epsilon,
    delta,
    n,
    grid,
    log_wealth: logWealth,
    certificate,
    next: next && { threshold: next.threshold, strong_share: next.strongShare, pairs: next.pairs },
  }
}

export type CertificationJson = {
  readonly certified: boolean
  readonly threshold: number | null
  readonly strong_share: number
  readonly epsilon: number
  readonly delta: number
  readonly n: number
  readonly grid: readonly number[]
  readonly log_wealth: readonly number[]
  readonly certificate: CertificateDocument
  readonly next: {
    readonly threshold: number
    readonly strong_share: number
    readonly pairs: number | null
  } | null
}

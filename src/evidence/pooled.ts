import { strict as assert } from 'node:assert'
import { normalQuantile, studentTQuantile } from './distributions.ts'
import type { Interval } from './one-column.ts'
import { discordantOf } from './paired-tests.ts'
import { differencesOf, type Pairing } from './pairing.ts'

/** All that one site gives away of one slice of a task: counts and sums of candidate − reference, no text, no answer. */
export type SiteCell = {
  readonly site: string
  readonly task: string
  /** '' for the whole task. */
  readonly slice: string
  readonly n: number
  readonly sumD: number
  readonly sumD2: number
  readonly n10: number
  readonly n01: number
  readonly errors: number
}

/** Below ten items a count may point at a person. */
export const SMALLEST_CELL = 10

/** n, Σd, Σd², n10, n01 and failed calls of a pairing. */
export function siteCell(site: string, pairing: Pairing): SiteCell {
  const differences = differencesOf(pairing)
  return {
    site,
    task: pairing.task,
    slice: pairing.slice === null ? '' : (pairing.slice.value ?? '(none)'),
    n: differences.length,
    sumD: differences.reduce((sum, difference) => sum + difference, 0),
    sumD2: differences.reduce((sum, difference) => sum + difference * difference, 0),
    ...discordantOf(differences),
    errors: pairing.candidate.errors + pairing.reference.errors,
  }
}

export type Released = {
  readonly cells: readonly SiteCell[]
  /** Which cells stay at the site, by task and slice, without their figures. */
  readonly suppressed: readonly { readonly task: string; readonly slice: string }[]
}

/**
 * What a site may send: cells of at least `smallest` items. When exactly one slice of a task is held back while the whole
 * task goes out, the difference would tell it; then the next smallest slice is held back too (complementary suppression,
 * Willenborg and de Waal 2001, chapter 6).
 */
export function withoutSmallCells(cells: readonly SiteCell[], smallest = SMALLEST_CELL): Released {
  const held = new Set(cells.filter((cell) => cell.n < smallest))
  for (const task of new Set(cells.map((cell) => cell.task))) {
    const slices = cells.filter((cell) => cell.task === task && cell.slice !== '').sort((a, b) => a.n - b.n)
    const whole = cells.some((cell) => cell.task === task && cell.slice === '' && !held.has(cell))
    const hidden = slices.filter((cell) => held.has(cell))
    const hiddenItems = hidden.reduce((sum, cell) => sum + cell.n, 0)
    // Two hidden slices of three items each would tell their sum; hide on until what is hidden is large enough itself.
    if (whole && hidden.length > 0) complement(slices, held, hidden.length, hiddenItems, smallest)
  }
  return {
    cells: cells.filter((cell) => !held.has(cell)),
    suppressed: [...held].map(({ task, slice }) => ({ task, slice })),
  }
}

function complement(
  slices: readonly SiteCell[],
  held: Set<SiteCell>,
  hidden: number,
  hiddenItems: number,
  smallest: number,
): void {
  let [count, items] = [hidden, hiddenItems]
  for (const cell of slices) {
    if (count > 1 && items >= smallest) return
    if (held.has(cell)) continue
    held.add(cell)
    count += 1
    items += cell.n
  }
}

export type Pooled = {
  readonly sites: number
  readonly n: number
  readonly mean: number | null
  readonly se: number | null
  readonly interval: Interval | null
  readonly n10: number
  readonly n01: number
  readonly errors: number
}

/**
 * One task or slice over all sites, exactly as if the rows were in one file: d̄ = Σ Σd / Σ n,
 * SE = √((Σ Σd² − n d̄²) / (n − 1) / n), d̄ ± t_{n−1} · SE. It takes the items as one population; `heterogeneity` says
 * whether the sites agree.
 */
export function poolExactly(cells: readonly SiteCell[], confidence = 0.95): Pooled {
  sameCell(cells)
  const total = (field: 'n' | 'sumD' | 'sumD2' | 'n10' | 'n01' | 'errors'): number =>
    cells.reduce((sum, cell) => sum + cell[field], 0)
  const n = total('n')
  const counts = { sites: cells.length, n, n10: total('n10'), n01: total('n01'), errors: total('errors') }
  if (n === 0) return { ...counts, mean: null, se: null, interval: null }
  const mean = total('sumD') / n
  const se = errorOf(n, mean, total('sumD2'))
  // No spread, or one item: an interval of length 0 would be a lie, so there is none.
  if (se === null || se === 0) return { ...counts, mean, se, interval: null }
  const half = studentTQuantile((1 + confidence) / 2, n - 1) * se
  return { ...counts, mean, se, interval: [Math.max(-1, mean - half), Math.min(1, mean + half)] }
}

function sameCell(cells: readonly SiteCell[]): void {
  const first = cells[0]
  assert(
    cells.every((cell) => cell.task === first?.task && cell.slice === first.slice),
    'only cells of one task and slice can be pooled',
  )
  assert(new Set(cells.map((cell) => cell.site)).size === cells.length, 'each site is pooled once')
}

function errorOf(n: number, mean: number, sumOfSquares: number): number | null {
  if (n < 2) return null
  const squares = sumOfSquares - n * mean * mean
  return squares < 1e-12 * n ? 0 : Math.sqrt(squares / (n - 1) / n)
}

export type Heterogeneity = {
  readonly sites: number
  /** Cochran's Q, and the share of it that chance does not explain: max(0, (Q − df)/Q). */
  readonly q: number | null
  readonly iSquared: number | null
  /** Variance of the true difference between sites. */
  readonly tauSquared: number | null
  /** Random-effects mean over sites with weights 1/(vᵢ + τ²). */
  readonly mean: number | null
  readonly se: number | null
  readonly interval: Interval | null
}

/**
 * Do the sites agree? DerSimonian and Laird (Controlled Clinical Trials 7, 1986): with wᵢ = 1/vᵢ, Q = Σ wᵢ (dᵢ − d̄_w)²,
 * τ² = max(0, (Q − (k−1)) / (Σw − Σw²/Σw)). vᵢ is the site's own SE²; where a site has no spread (all ties) the pooled
 * variance over its n stands in, because a weight of infinity would let ten ties outvote a thousand items.
 */
export function heterogeneity(cells: readonly SiteCell[], confidence = 0.95): Heterogeneity {
  sameCell(cells)
  const known = cells.filter((cell) => cell.n >= 2)
  const pooled = poolExactly(known, confidence)
  const nothing = {
    sites: known.length,
    q: null,
    iSquared: null,
    tauSquared: null,
    mean: null,
    se: null,
    interval: null,
  }
  if (known.length < 2 || pooled.se === null || pooled.se === 0) return nothing
  const common = pooled.se * pooled.se * pooled.n
  const means = known.map((cell) => cell.sumD / cell.n)
  const variances = known.map((cell, index) => {
    const se = errorOf(cell.n, means[index] ?? 0, cell.sumD2) ?? 0
    return se > 0 ? se * se : common / cell.n
  })
  const weights = variances.map((variance) => 1 / variance)
  const fixed = weighted(means, weights)
  const q = means.reduce((sum, mean, index) => sum + (weights[index] ?? 0) * (mean - fixed) ** 2, 0)
  const all = sumOf(weights)
  const df = known.length - 1
  const tauSquared = Math.max(0, (q - df) / (all - sumOf(weights.map((weight) => weight * weight)) / all))
  const random = variances.map((variance) => 1 / (variance + tauSquared))
  const mean = weighted(means, random)
  const se = Math.sqrt(1 / sumOf(random))
  const half = normalQuantile((1 + confidence) / 2) * se
  const iSquared = q === 0 ? 0 : Math.max(0, (q - df) / q)
  return {
    sites: known.length,
    q,
    iSquared,
    tauSquared,
    mean,
    se,
    interval: [Math.max(-1, mean - half), Math.min(1, mean + half)],
  }
}

function weighted(values: readonly number[], weights: readonly number[]): number {
  return values.reduce((sum, value, index) => sum + value * (weights[index] ?? 0), 0) / sumOf(weights)
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

export type LeftOut = {
  readonly site: string
  readonly without: Pooled
  /** By how much the pooled difference moves when the site joins. */
  readonly influence: number | null
}

/** The pooled result without each site in turn: whether one site alone carries it. */
export function leaveOneSiteOut(cells: readonly SiteCell[], confidence = 0.95): readonly LeftOut[] {
  const all = poolExactly(cells, confidence)
  return cells.map(({ site }) => {
    const without = poolExactly(
      cells.filter((cell) => cell.site !== site),
      confidence,
    )
    const influence = all.mean === null || without.mean === null ? null : all.mean - without.mean
    return { site, without, influence }
  })
}

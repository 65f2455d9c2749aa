import { strict as assert } from 'node:assert'
import { binomialLowerBound, normalQuantile } from './distributions.ts'
import type { Interval } from './one-column.ts'

/** What a judge said of one pair of answers, whichever stood first. `unparsed`: its output named neither. */
export type Judgement = 'candidate' | 'reference' | 'tie' | 'unparsed'

/** The same pair of answers, shown to the judge in both orders. */
export type BothOrders = {
  readonly item: string
  readonly candidateFirst: Judgement
  readonly referenceFirst: Judgement
}

export type JudgedItem = {
  readonly item: string
  /** 1 candidate, 0 reference, ½ tie or flip; null when either order was unparsed. */
  readonly score: number | null
  readonly flipped: boolean
}

export type JudgeSummary = {
  readonly items: readonly JudgedItem[]
  readonly n: number
  readonly unparsed: number
  /** Share of the parsed items on which the order decided: the printed measure of how little the judge sees. */
  readonly flipRate: number | null
  readonly winRate: number | null
}

/**
 * Joins both orders of a pairwise judge: the same winner twice is a win, two winners are a flip and count as a tie, a
 * winner and a tie are a tie too (Zheng et al., "Judging LLM-as-a-judge", 2023, section 3.4, the conservative approach).
 */
export function joinOrders(judged: readonly BothOrders[]): JudgeSummary {
  const items = judged.map(joinOne)
  const parsed = items.flatMap(({ score }) => score ?? [])
  const flips = items.filter(({ flipped }) => flipped).length
  const n = parsed.length
  return {
    items,
    n,
    unparsed: items.length - n,
    flipRate: n === 0 ? null : flips / n,
    winRate: n === 0 ? null : parsed.reduce((sum, score) => sum + score, 0) / n,
  }
}

function joinOne({ item, candidateFirst, referenceFirst }: BothOrders): JudgedItem {
  if (candidateFirst === 'unparsed' || referenceFirst === 'unparsed')
    return { item, score: null, flipped: false }
  const agreed = candidateFirst === referenceFirst
  if (agreed && candidateFirst !== 'tie')
    return { item, score: candidateFirst === 'candidate' ? 1 : 0, flipped: false }
  return { item, score: 0.5, flipped: !agreed && candidateFirst !== 'tie' && referenceFirst !== 'tie' }
}

export type Kappa = {
  readonly n: number
  readonly agreement: number | null
  /** Null when chance alone would agree always (both use one label), because there kappa is not defined. */
  readonly kappa: number | null
  readonly interval: Interval | null
}

/**
 * Cohen's kappa of two raters, (p_o − p_e) / (1 − p_e), with the large-sample interval of Fleiss, Cohen and Everitt
 * (Psychological Bulletin 72, 1969, equation 14). When the raters never disagree that formula has no spread; the lower
 * end is then taken from Clopper and Pearson's bound on the agreement, at the same p_e.
 */
export function cohenKappa(first: readonly string[], second: readonly string[], confidence = 0.95): Kappa {
  assert(first.length === second.length, 'both raters rate the same items')
  const n = first.length
  if (n === 0) return { n, agreement: null, kappa: null, interval: null }
  const { cells, rows, columns } = shares(first, second)
  const labels = [...new Set([...first, ...second])]
  const agreement = first.filter((label, index) => label === second[index]).length / n
  const chance = labels.reduce((sum, label) => sum + (rows.get(label) ?? 0) * (columns.get(label) ?? 0), 0)
  if (chance > 1 - 1e-12) return { n, agreement, kappa: null, interval: null }
  const kappa = (agreement - chance) / (1 - chance)
  if (agreement === 1) {
    const low = binomialLowerBound(n, n, (1 - confidence) / 2)
    return { n, agreement, kappa: 1, interval: [Math.max(-1, (low - chance) / (1 - chance)), 1] }
  }
  const se = kappaError(cells, rows, columns, kappa, chance, n)
  const half = normalQuantile((1 + confidence) / 2) * se
  return { n, agreement, kappa, interval: [Math.max(-1, kappa - half), Math.min(1, kappa + half)] }
}

type Cell = { readonly row: string; readonly column: string; readonly share: number }

function shares(
  first: readonly string[],
  second: readonly string[],
): { cells: Cell[]; rows: Map<string, number>; columns: Map<string, number> } {
  const counts = new Map<string, { row: string; column: string; count: number }>()
  const [rows, columns] = [new Map<string, number>(), new Map<string, number>()]
  for (const [index, row] of first.entries()) {
    const column = second[index] ?? ''
    const key = JSON.stringify([row, column])
    const cell = counts.get(key) ?? { row, column, count: 0 }
    counts.set(key, { ...cell, count: cell.count + 1 })
    rows.set(row, (rows.get(row) ?? 0) + 1 / first.length)
    columns.set(column, (columns.get(column) ?? 0) + 1 / first.length)
  }
  const cells = [...counts.values()].map(({ row, column, count }) => ({
    row,
    column,
    share: count / first.length,
  }))
  return { cells, rows, columns }
}

function kappaError(
  cells: readonly Cell[],
  rows: ReadonlyMap<string, number>,
  columns: ReadonlyMap<string, number>,
  kappa: number,
  chance: number,
  n: number,
): number {
  let sum = 0
  for (const { row, column, share } of cells) {
    // On the diagonal row and column are the same label; off it the label of each rater stands for the other's margin.
    sum +=
      row === column
        ? share * (1 - ((rows.get(row) ?? 0) + (columns.get(column) ?? 0)) * (1 - kappa)) ** 2
        : share * (1 - kappa) ** 2 * ((columns.get(row) ?? 0) + (rows.get(column) ?? 0)) ** 2
  }
  const variance = (sum - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
  return Math.sqrt(Math.max(0, variance))
}

/** One line to print beside a judge's figures, or null: a judge of a side's own family prefers it (Panickssery et al. 2024). */
export function familyWarning(families: {
  readonly judge: string
  readonly candidate: string
  readonly reference: string
}): string | null {
  const { judge, candidate, reference } = families
  const same = (family: string): boolean => family !== '' && family.toLowerCase() === judge.toLowerCase()
  if (same(candidate) && same(reference)) return `The judge is of the family ${judge}, as both sides are.`
  if (same(candidate))
    return `The judge is of the candidate's own family, ${judge}: expect it to favour the candidate.`
  return same(reference)
    ? `The judge is of the reference's own family, ${judge}: expect it to favour the reference.`
    : null
}

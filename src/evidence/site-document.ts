import type { Released, SiteCell } from './pooled.ts'

/** All that leaves a site: counts and sums per task and slice. No item, no prompt, no answer, no single score. Plain JSON. */
export type SiteDocument = {
  readonly kind: 'musivum-site-cells'
  readonly version: 1
  readonly site: string
  readonly candidate: string
  readonly reference: string
  /** What the slices are; null when there are only whole tasks. */
  readonly by: 'category' | 'lang' | null
  /** Cells of fewer items stayed at the site. */
  readonly smallest: number
  readonly cells: readonly SiteCellJson[]
  readonly suppressed: readonly { readonly task: string; readonly slice: string }[]
}

export type SiteCellJson = {
  readonly task: string
  /** '' for the whole task. */
  readonly slice: string
  readonly n: number
  /** Σ (candidate − reference), and of its squares. */
  readonly sum_d: number
  readonly sum_d2: number
  readonly n10: number
  readonly n01: number
  readonly errors: number
}

export function siteDocument(
  about: Pick<SiteDocument, 'site' | 'candidate' | 'reference' | 'by' | 'smallest'>,
  released: Released,
): SiteDocument {
  const cells = released.cells.map(({ task, slice, n, sumD, sumD2, n10, n01, errors }) => {
    return { task, slice, n, sum_d: sumD, sum_d2: sumD2, n10, n01, errors }
  })
  return { kind: 'musivum-site-cells', version: 1, ...about, cells, suppressed: released.suppressed }
}

export function siteCells({ site, cells }: SiteDocument): readonly SiteCell[] {
  return cells.map(({ sum_d: sumD, sum_d2: sumD2, ...cell }) => ({ site, ...cell, sumD, sumD2 }))
}

/**
 * What no set of pairs can have, or undefined: differences are from −1 to 1, and their squares cannot be fewer than their
 * mean demands (Cauchy and Schwarz) nor more than the pairs that differ.
 */
export function cellFault(cell: SiteCellJson, smallest: number): string | undefined {
  const { n, sum_d: sum, sum_d2: squares, n10, n01 } = cell
  const slack = 1e-9 * n
  if (n < smallest) return `n is ${n}; expected ${smallest} or more, smaller cells stay at the site`
  if (n10 + n01 > n) return `n10 + n01 is ${n10 + n01}; expected at most n, which is ${n}`
  if (sum > n10 + slack || sum < -n01 - slack) return `sum_d is ${sum}; expected from −n01 to n10`
  if (squares > n10 + n01 + slack)
    return `sum_d2 is ${squares}; expected at most n10 + n01, which is ${n10 + n01}`
  const moving = Math.max(1, n10 + n01)
  return squares < (sum * sum) / moving - slack
    ? `sum_d2 is ${squares}; expected at least sum_d² / (n10 + n01)`
    : undefined
}

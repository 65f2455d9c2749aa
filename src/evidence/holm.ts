import { strict as assert } from 'node:assert'

export type HolmResult = { readonly adjusted: number; readonly rejected: boolean }

/**
 * Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979), in the order given: the i-th smallest of m
 * p-values is multiplied by m − i + 1 and never falls below the one before. Whatever the dependence, the chance of one
 * false rejection or more stays at or below `alpha`; so several models or tasks may be promoted at once.
 */
export function holm(pValues: readonly number[], alpha = 0.05): readonly HolmResult[] {
  assert(
    pValues.every((p) => p >= 0 && p <= 1),
    'p-values are from 0 to 1',
  )
  const order = pValues.map((_, index) => index).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1))
  const adjusted = pValues.map(() => 1)
  let highest = 0
  for (const [rank, index] of order.entries()) {
    highest = Math.min(1, Math.max(highest, (pValues[index] ?? 1) * (pValues.length - rank)))
    adjusted[index] = highest
  }
  return adjusted.map((value) => ({ adjusted: value, rejected: value <= alpha }))
}

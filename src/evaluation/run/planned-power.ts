import { strict as assert } from 'node:assert'
import { normalQuantile } from '../../evidence/distributions.ts'

/** What a set of items could show, said before anything is paid. */
export type PlannedPower = {
  /** Share of the items on which the two models are assumed to differ. */
  readonly differing: number
  /** The difference that would be shown with probability 0.8. */
  readonly detectable: number
  /** Items for a verdict "no worse by the margin" with probability 0.8 if the models are equally good; null at margin 0. */
  readonly itemsForVerdict: number | null
}

const POWER = 0.8

/**
 * The formulas of a comparison's own power (n ≥ (z_conf + z_0.8)² · E[d²] / margin²) with E[d²] assumed instead of
 * measured: for right-or-wrong scores it is the share of items on which exactly one of the two is right.
 */
export function plannedPower(n: number, margin: number, confidence: number, differing: number): PlannedPower {
  assert(n > 0 && differing > 0 && differing <= 1)
  const z = normalQuantile(confidence) + normalQuantile(POWER)
  const byCount = margin === 1 ? 1 : Math.log((1 - confidence) / 2) / Math.log1p(-margin)
  return {
    differing,
    detectable: Math.min(1, z * Math.sqrt(differing / n)),
    itemsForVerdict:
      margin === 0 ? null : Math.ceil(Math.max((z * z * differing) / (margin * margin), byCount)),
  }
}

import type { Comparison } from '../../evidence/comparison.ts'
import { holm } from '../../evidence/holm.ts'

/**
 * What a comparison still proves when all of them are read together. The two `…-alone` hold for this comparison by itself
 * and are lost in Holm's correction; `open` proves nothing.
 */
export type Claim = 'better' | 'no-worse' | 'no-worse-alone' | 'open' | 'worse-alone' | 'worse'

/** From the most useful to the least. */
export const CLAIMS: readonly Claim[] = [
  'better',
  'no-worse',
  'no-worse-alone',
  'open',
  'worse-alone',
  'worse',
]

/**
 * One claim per comparison, in the order given. Holm's correction for each kind of claim: of all that is said to be
 * "better" not one is wrong with probability `confidence`, and likewise of all "no worse" and all "worse". Without it the
 * luckiest of thirty equal models passes for a good one.
 */
export function readTogether(comparisons: readonly Comparison[], confidence: number): readonly Claim[] {
  const alpha = 1 - confidence
  const family = (kind: keyof Comparison['pValues']): readonly boolean[] =>
    holm(
      comparisons.map(({ pValues }) => pValues[kind]),
      alpha,
    ).map(({ rejected }) => rejected)
  const [superior, nonInferior, inferior] = [family('superior'), family('nonInferior'), family('inferior')]
  return comparisons.map(({ verdict }, place) => {
    // Better by nothing is no worse by the margin, so the second claim must stand for the first to be made.
    if (superior[place] === true && nonInferior[place] === true) return 'better'
    if (nonInferior[place] === true) return 'no-worse'
    if (inferior[place] === true) return 'worse'
    if (verdict === 'undecided') return 'open'
    return verdict === 'inferior' ? 'worse-alone' : 'no-worse-alone'
  })
}

/** Proven good enough to stand in. */
export function isProven(claim: Claim): boolean {
  return claim === 'better' || claim === 'no-worse'
}

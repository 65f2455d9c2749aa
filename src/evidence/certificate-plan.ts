import { pairsToCertify } from './certificate-power.ts'
import { certify, type CertificateRequest } from './certificate.ts'
import { seededRandom } from './seeded-random.ts'

/** What a certificate from so many pairs would probably say. */
export type PlannedSize = {
  readonly pairs: number
  /** Share of the draws in which anything but "always the reference" was certified. */
  readonly certified: number
  /** Share of items that would go to the reference: in the middle draw, and in the best and the worst of ten. */
  readonly strongShare: number
  readonly strongShareBest: number
  readonly strongShareWorst: number
}

/** Enough to tell 0.8 from 0.9, in seconds. */
const DRAWS = 100
const SIZES = [100, 200, 500, 1000, 2000, 5000] as const

/**
 * Certificates from sets drawn with replacement out of a pilot, as if the pilot were all there is: what a small pilot got
 * wrong by chance, the plan has wrong too. Nothing is proven, so the pilot may be looked at; only the grid and the
 * settings must then be fixed before the pairs that the certificate is made from.
 */
export function planFromPilot(
  pilot: CertificateRequest,
  sizes: readonly number[] = SIZES,
): readonly PlannedSize[] {
  return sizes.map((pairs) => {
    const drawn = Array.from({ length: DRAWS }, (_, draw) => certify(redrawn(pilot, pairs, draw)))
    const shares = drawn.map(({ strongShare }) => strongShare).sort((a, b) => a - b)
    const at = (share: number): number => shares[Math.floor(share * (DRAWS - 1))] ?? 1
    return {
      pairs,
      certified: drawn.filter(({ certified }) => certified).length / DRAWS,
      strongShare: at(0.5),
      strongShareBest: at(0.1),
      strongShareWorst: at(0.9),
    }
  })
}

function redrawn(pilot: CertificateRequest, pairs: number, draw: number): CertificateRequest {
  const random = seededRandom(pilot.seed * DRAWS + draw)
  const places = Array.from({ length: pairs }, () => random.below(pilot.scores.length))
  const pick = (column: ArrayLike<number>): Float64Array =>
    Float64Array.from(places, (place) => column[place] ?? 0)
  return {
    ...pilot,
    scores: pick(pilot.scores),
    referenceOutcomes: pick(pilot.referenceOutcomes),
    cheapOutcomes: pick(pilot.cheapOutcomes),
    gridScores: pilot.gridScores ?? pilot.scores,
    seed: draw,
  }
}

/** Pairs for one certificate, where only the share of items is known on which the mixture and the reference differ. */
export type PlannedDifference = {
  readonly differing: number
  /** When the mixture is as good as the reference, and when it really loses half of what is accepted. */
  readonly pairsIfEqual: number
  readonly pairsIfHalfLost: number
}

/** From models that nearly always agree to two that answer independently on hard items. */
const DIFFERING = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4] as const

/** Without a pilot: a table over what the pilot would have told, for right and wrong answers. */
export function planWithoutPilot(epsilon: number, delta: number): readonly PlannedDifference[] {
  return DIFFERING.map((differing) => {
    const pairs = (meanLoss: number): number =>
      // A loss below ε always has a number.
      pairsToCertify({ meanLoss, meanSquare: Math.max(differing, meanLoss), epsilon, delta }) ?? Infinity
    return { differing, pairsIfEqual: pairs(0), pairsIfHalfLost: pairs(epsilon / 2) }
  })
}

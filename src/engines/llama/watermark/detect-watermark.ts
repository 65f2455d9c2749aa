import { binomialAtLeast, normalCdf } from '../../../evidence/distributions.ts'
import { BUCKETS, GAMMA, greenList } from './green-list.ts'

export type Detection = {
  /** Different pairs of a token and the list that the token before it chose: what was counted. */
  readonly tokens: number
  readonly green: number
  readonly z: number
  /** The chance of as many green ones in a text that nobody marked. */
  readonly pValue: number
  readonly watermarked: boolean
}

/** One false alarm in 30,000 texts. */
const THRESHOLD_Z = 4

/**
 * Whether a text was written under this key: z = (g − γT) / √(Tγ(1−γ)), one-sided p = 1 − Φ(z) (Kirchenbauer et al., "A Watermark for
 * Large Language Models", ICML 2023, eq. 3). Every pair of a list and a token counts once: a text that repeats itself would
 * otherwise be taken for marked, or not, by the chance of a few pairs. Of few pairs the bell curve promises too much, so the exact
 * binomial tail must be as rare as the threshold.
 */
export function detectWatermark(key: Uint8Array, tokens: readonly number[]): Detection {
  const vocabulary = tokens.reduce((most, token) => Math.max(most, token + 1), 0)
  const list = greenList(key, vocabulary)
  const seen = new Set<number>()
  let green = 0
  for (const [at, token] of tokens.entries()) {
    const previous = tokens[at - 1]
    if (previous === undefined) continue
    const bucket = list.bucketOf(previous)
    const pair = token * BUCKETS + bucket
    if (seen.has(pair)) continue
    seen.add(pair)
    if (list.isGreen(bucket, token)) green += 1
  }
  const z = zOf(green, seen.size)
  const rare = binomialAtLeast(green, seen.size, GAMMA) < normalCdf(-THRESHOLD_Z)
  return { tokens: seen.size, green, z, pValue: normalCdf(-z), watermarked: z > THRESHOLD_Z && rare }
}

function zOf(green: number, counted: number): number {
  return counted === 0 ? 0 : (green - GAMMA * counted) / Math.sqrt(counted * GAMMA * (1 - GAMMA))
}

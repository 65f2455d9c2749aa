import { strict as assert } from 'node:assert'
import { incompleteBeta, logGamma } from './distributions.ts'

/** What the e-process looks for: any difference, or only one direction. */
export type EDirection = 'either' | 'candidate-better' | 'candidate-worse'

/** Pairs seen so far, in the order in which they came; ties count for nothing here. */
export type WatchedPairs = {
  readonly n: number
  readonly wins: number
  readonly losses: number
  /** ln of the largest e-value so far. */
  readonly logMax: number
  readonly direction: EDirection
}

export function watchPairs(direction: EDirection = 'either'): WatchedPairs {
  return { n: 0, wins: 0, losses: 0, logMax: 0, direction }
}

/** One more item, scored by candidate and reference. Only the sign of the difference is used, so any score will do. */
export function seePair(watched: WatchedPairs, candidate: number, reference: number): WatchedPairs {
  assert(Number.isFinite(candidate) && Number.isFinite(reference), 'scores are numbers')
  if (candidate === reference) return { ...watched, n: watched.n + 1 }
  const wins = watched.wins + (candidate > reference ? 1 : 0)
  const losses = watched.losses + (candidate < reference ? 1 : 0)
  const logMax = Math.max(watched.logMax, logEValue(wins, losses, watched.direction))
  return { n: watched.n + 1, wins, losses, logMax, direction: watched.direction }
}

/**
 * ln E of "a discordant pair goes either way with probability ½" after b wins and c losses: the likelihood ratio against
 * ½, mixed over Jeffreys' prior Beta(½, ½) (Robbins 1970; Grünwald, de Heide and Koolen, "Safe testing", JRSS B 2024):
 *
 *     ln Γ(b+½) + ln Γ(c+½) − ln Γ(b+c+1) − ln π + (b+c) ln 2
 *
 * A test martingale under that hypothesis, so it ever reaches 1/α with probability at most α (Ville 1939). One-sided, the
 * prior is the half of Jeffreys' on that side: 2 E · P(Beta(b+½, c+½) > ½), a supermartingale for any p ≤ ½.
 */
export function logEValue(wins: number, losses: number, direction: EDirection = 'either'): number {
  const mixed =
    logGamma(wins + 0.5) +
    logGamma(losses + 0.5) -
    logGamma(wins + losses + 1) -
    Math.log(Math.PI) +
    (wins + losses) * Math.LN2
  switch (direction) {
    case 'either':
      return mixed
    case 'candidate-better':
      return mixed + Math.LN2 + logShareAboveHalf(wins, losses)
    case 'candidate-worse':
      return mixed + Math.LN2 + logShareAboveHalf(losses, wins)
    default:
      return direction satisfies never
  }
}

/** ln P(Beta(a+½, b+½) > ½), kept finite: the smallest double stands for less. */
function logShareAboveHalf(a: number, b: number): number {
  return Math.log(Math.max(Number.MIN_VALUE, incompleteBeta(0.5, b + 0.5, a + 0.5)))
}

/** An anytime-valid p-value: 1 / the largest e-value so far. It may be looked at after every item; it never rises. */
export function anytimePValue(watched: WatchedPairs): number {
  return Math.min(1, Math.exp(-watched.logMax))
}

/** Whether the difference is shown at level `alpha`; once shown it stays shown. */
export function isShown(watched: WatchedPairs, alpha = 0.05): boolean {
  return watched.logMax >= -Math.log(alpha)
}

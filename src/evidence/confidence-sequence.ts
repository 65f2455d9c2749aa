import { strict as assert } from 'node:assert'
import type { Verdict } from './comparison.ts'
import type { Interval } from './one-column.ts'

/** Interval for a mean that may be read after every value: it holds for all times at once with its confidence. */
export type ConfidenceSequence = {
  readonly add: (value: number) => void
  readonly n: () => number
  readonly mean: () => number | null
  /** The intersection of all intervals so far; null before the first value. */
  readonly interval: () => Interval | null
}

export type SequenceOptions = {
  /** Of the whole sequence, two-sided; 0.95 unless said. */
  readonly confidence?: number
  /** Bounds of the values; 0 and 1 unless said. */
  readonly low?: number
  readonly high?: number
}

/**
 * The predictable plug-in empirical-Bernstein confidence sequence of Waudby-Smith and Ramdas ("Estimating means of bounded
 * random variables by betting", JRSS B 86, 2024, theorem 2), with finite-sample validity for any bounded values:
 *
 *     Σλᵢxᵢ/Σλᵢ ± (ln(2/α) + Σ vᵢψ(λᵢ)) / Σλᵢ,  vᵢ = 4(xᵢ − μᵢ₋₁)²,  ψ(λ) = (−ln(1−λ) − λ)/4,
 *     λᵢ = min(½, √(2 ln(2/α) / (σ²ᵢ₋₁ i ln(1+i)))),  μᵢ = (½ + Σx)/(i+1),  σ²ᵢ = (¼ + Σ(x−μ)²)/(i+1)
 *
 * on values moved to 0 … 1. Constant memory; the values need one common conditional mean, not independence.
 */
export function confidenceSequence(options: SequenceOptions = {}): ConfidenceSequence {
  const { confidence = 0.95, low = 0, high = 1 } = options
  assert(confidence > 0 && confidence < 1 && low < high)
  const penalty = Math.log(2 / (1 - confidence))
  let [n, sum, squares] = [0, 0, 0.25]
  let [bets, weighted, spread] = [0, 0, 0]
  let [bestLow, bestHigh] = [0, 1]
  const scaled = (value: number): number => low + (high - low) * value
  return {
    add: (value) => {
      assert(value >= low && value <= high, `a value is from ${low} to ${high}, not ${value}`)
      const x = (value - low) / (high - low)
      const mean = (0.5 + sum) / (n + 1)
      const variance = squares / (n + 1)
      const bet = Math.min(0.5, Math.sqrt((2 * penalty) / (variance * (n + 1) * Math.log(n + 2))))
      n += 1
      sum += x
      squares += (x - (0.5 + sum) / (n + 1)) ** 2
      bets += bet
      weighted += bet * x
      spread += (x - mean) ** 2 * (-Math.log1p(-bet) - bet)
      const half = (penalty + spread) / bets
      // An empty intersection has probability below α; then the point where the two met is kept, not a crossed interval.
      bestLow = Math.min(bestHigh, Math.max(bestLow, weighted / bets - half))
      bestHigh = Math.max(bestLow, Math.min(bestHigh, weighted / bets + half))
    },
    n: () => n,
    mean: () => (n === 0 ? null : scaled(sum / n)),
    interval: () => (n === 0 ? null : [scaled(bestLow), scaled(bestHigh)]),
  }
}

/** The verdict of a comparison that is still running, from a confidence sequence of candidate − reference. */
export function watchedVerdict(interval: Interval | null, margin: number): Verdict {
  if (interval === null) return 'undecided'
  if (interval[0] > 0) return 'superior'
  if (interval[0] > -margin) return 'non-inferior'
  return interval[1] < -margin ? 'inferior' : 'undecided'
}

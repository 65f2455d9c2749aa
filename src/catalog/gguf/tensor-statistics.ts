import { strict as assert } from 'node:assert'

/** Of one tensor. NaN and infinities are counted and in no other figure; null where no finite value is left. */
export type TensorStatistics = {
  readonly values: number
  readonly min: number | null
  readonly max: number | null
  readonly mean: number | null
  /** √(Σ(x−x̄)²/n): of all values, not of a sample. */
  readonly std: number | null
  /** Values that are 0 (or −0), as a share of all. */
  readonly zeros: number
  readonly nan: number
  readonly infinite: number
}

export type StatisticsSoFar = {
  readonly add: (values: Float32Array) => void
  readonly now: () => TensorStatistics
}

/**
 * Statistics of values that come in pieces of any size. Mean and spread of each piece by two passes, the pieces put together
 * after Chan, Golub and LeVeque (1983): a sum of squares over thousands of millions of values would lose every digit.
 */
export function tensorStatistics(): StatisticsSoFar {
  let [values, finite, zeros, nan, infinite] = [0, 0, 0, 0, 0]
  let [min, max, mean, squares] = [Infinity, -Infinity, 0, 0]
  return {
    add(piece) {
      const found = look(piece)
      values += piece.length
      zeros += found.zeros
      nan += found.nan
      infinite += piece.length - found.finite - found.nan
      if (found.finite === 0) return
      min = Math.min(min, found.min)
      max = Math.max(max, found.max)
      const apart = found.mean - mean
      const both = finite + found.finite
      mean += (apart * found.finite) / both
      squares += found.squares + (apart * apart * finite * found.finite) / both
      finite = both
    },
    now() {
      const counts = { values, zeros: values === 0 ? 0 : zeros / values, nan, infinite }
      if (finite === 0) return { ...counts, min: null, max: null, mean: null, std: null }
      assert(squares >= 0 && min <= max, 'a spread is not negative')
      // Rounding may carry the mean of equal values past them by a last digit.
      const within = Math.min(max, Math.max(min, mean))
      return { ...counts, min, max, mean: within, std: Math.sqrt(squares / finite) }
    },
  }
}

function look(piece: Float32Array) {
  let [finite, zeros, nan, sum] = [0, 0, 0, 0]
  let [min, max] = [Infinity, -Infinity]
  for (let at = 0; at < piece.length; at += 1) {
    const value = piece[at] ?? 0
    if (value - value !== 0) {
      if (value !== value) nan += 1
      continue
    }
    finite += 1
    sum += value
    if (value === 0) zeros += 1
    if (value < min) min = value
    if (value > max) max = value
  }
  const mean = finite === 0 ? 0 : sum / finite
  return { finite, zeros, nan, min, max, mean, squares: squaresAround(piece, mean) }
}

function squaresAround(piece: Float32Array, mean: number): number {
  let squares = 0
  for (let at = 0; at < piece.length; at += 1) {
    const apart = (piece[at] ?? 0) - mean
    // NaN and infinities are unequal to themselves once subtracted.
    if (apart - apart === 0) squares += apart * apart
  }
  return squares
}

import { LOG_LENGTH } from './prompt-shape.ts'
import type { Row } from './feature-scale.ts'

/** Least squares of the gain on the log length alone: one number, so it needs few labels and no penalty. */
export function fitLengthLine(rows: readonly Row[], target: Float64Array): (row: Row) => number {
  const mean = target.reduce((sum, value) => sum + value, 0) / Math.max(1, target.length)
  let [moment, squares] = [0, 0]
  for (const [index, { shape }] of rows.entries()) {
    const length = shape[LOG_LENGTH] ?? 0
    moment += length * ((target[index] ?? 0) - mean)
    squares += length * length
  }
  const slope = squares === 0 ? 0 : moment / squares
  return ({ shape }) => slope * (shape[LOG_LENGTH] ?? 0)
}

import type { Row } from './feature-scale.ts'
import { SHAPE_FEATURES } from './prompt-shape.ts'

/** Ridge regression on the shape alone, above the mean; the penalty is that of as many prompts without any signal. */
export function fitShapeRidge(
  rows: readonly Row[],
  target: Float64Array,
  penalty: number,
): (row: Row) => number {
  const mean = target.reduce((sum, value) => sum + value, 0) / Math.max(1, target.length)
  const gram = Array.from({ length: SHAPE_FEATURES }, () => new Float64Array(SHAPE_FEATURES))
  const moments = new Float64Array(SHAPE_FEATURES)
  for (const [index, { shape }] of rows.entries()) {
    for (let i = 0; i < SHAPE_FEATURES; i += 1) {
      moments[i] = (moments[i] ?? 0) + (shape[i] ?? 0) * ((target[index] ?? 0) - mean)
      for (let j = 0; j <= i; j += 1) add(gram, i, j, (shape[i] ?? 0) * (shape[j] ?? 0))
    }
  }
  for (let i = 0; i < SHAPE_FEATURES; i += 1) add(gram, i, i, penalty)
  const weights = solveSymmetric(gram, moments)
  return ({ shape }) => weights.reduce((sum, weight, i) => sum + weight * (shape[i] ?? 0), 0)
}

/** Solves A·x = b for a positive definite A, of which the lower triangle is read: Cholesky, then two substitutions. */
function solveSymmetric(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const size = b.length
  const lower = a.map((row) => row.slice())
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = at(lower, i, j)
      for (let k = 0; k < j; k += 1) sum -= at(lower, i, k) * at(lower, j, k)
      set(lower, i, j, i === j ? Math.sqrt(sum) : sum / at(lower, j, j))
    }
  }
  const x = b.slice()
  for (let i = 0; i < size; i += 1) {
    for (let k = 0; k < i; k += 1) x[i] = (x[i] ?? 0) - at(lower, i, k) * (x[k] ?? 0)
    x[i] = (x[i] ?? 0) / at(lower, i, i)
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < size; k += 1) x[i] = (x[i] ?? 0) - at(lower, k, i) * (x[k] ?? 0)
    x[i] = (x[i] ?? 0) / at(lower, i, i)
  }
  return x
}

function at(matrix: readonly Float64Array[], i: number, j: number): number {
  return matrix[i]?.[j] ?? 0
}

function set(matrix: readonly Float64Array[], i: number, j: number, value: number): void {
  const row = matrix[i]
  if (row !== undefined) row[j] = value
}

function add(matrix: readonly Float64Array[], i: number, j: number, value: number): void {
  set(matrix, i, j, at(matrix, i, j) + value)
}

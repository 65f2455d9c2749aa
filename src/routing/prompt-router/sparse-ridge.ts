/** Numbers of a prompt by column; what is absent is 0. */
export type SparseRow = { readonly columns: Uint32Array; readonly weights: Float32Array }

/**
 * Ridge regression of `target` on rows of about unit length: min Σ(wᵀx − (y − ȳ))² + penalty · |w|², by conjugate
 * gradients on the normal equations (Hestenes and Stiefel 1952). Gives wᵀx, that is the gain above the mean.
 */
export function fitSparseRidge(
  rows: readonly SparseRow[],
  target: Float64Array,
  options: { readonly columns: number; readonly penalty: number },
): (row: SparseRow) => number {
  const { columns, penalty } = options
  const mean = target.reduce((sum, value) => sum + value, 0) / Math.max(1, target.length)
  const weights = new Float64Array(columns)
  const residual = new Float64Array(columns)
  for (const [index, row] of rows.entries()) addScaled(residual, row, (target[index] ?? 0) - mean)
  const direction = residual.slice()
  const image = new Float64Array(columns)
  const start = dot(residual, residual)
  let error = start
  for (let round = 0; round < MAX_ROUNDS && error > SETTLED * start; round += 1) {
    image.fill(0)
    for (const row of rows) addScaled(image, row, weightedSum(direction, row))
    addTo(image, direction, penalty)
    const step = error / dot(direction, image)
    addTo(weights, direction, step)
    addTo(residual, image, -step)
    const next = dot(residual, residual)
    for (let column = 0; column < columns; column += 1)
      direction[column] = (residual[column] ?? 0) + (next / error) * (direction[column] ?? 0)
    error = next
  }
  return (row) => weightedSum(weights, row)
}

/** With penalties from 3 up, 5 to 20 rounds reach the tolerance: rows are of unit length, so the system is well posed. */
const MAX_ROUNDS = 40
const SETTLED = 1e-6

function weightedSum(vector: Float64Array, { columns, weights }: SparseRow): number {
  let sum = 0
  for (let at = 0; at < columns.length; at += 1) sum += (vector[columns[at] ?? 0] ?? 0) * (weights[at] ?? 0)
  return sum
}

function addScaled(vector: Float64Array, { columns, weights }: SparseRow, factor: number): void {
  for (let at = 0; at < columns.length; at += 1) {
    const column = columns[at] ?? 0
    vector[column] = (vector[column] ?? 0) + factor * (weights[at] ?? 0)
  }
}

function addTo(vector: Float64Array, other: Float64Array, factor: number): void {
  for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] ?? 0) + factor * (other[at] ?? 0)
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0)
  return sum
}

/**
 * Weights ≥ 0 with which the parts of a router are added: least squares of the gain on what each part said about prompts
 * it was not trained on, pulled towards `prior` as far as the labels are few (the posterior mode under weights around
 * `prior` with a spread of one quarter). Left to a few hundred labels alone, the choice between parts would be chance.
 */
export function fitBlend(
  parts: readonly Float64Array[],
  target: Float64Array,
  prior: readonly number[],
): Float64Array {
  const n = Math.max(1, target.length)
  const mean = target.reduce((sum, value) => sum + value, 0) / n
  const centred = target.map((value) => value - mean)
  const gram = parts.map((part) => Float64Array.from(parts, (other) => dot(part, other)))
  const moments = Float64Array.from(parts, (part) => dot(part, centred))
  const pull = dot(centred, centred) / n / SPREAD ** 2
  const weights = Float64Array.from(prior)
  // No spread in the gains: nothing to learn, and nothing to divide by.
  if (pull === 0) return weights
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [part, row] of gram.entries()) {
      const own = row[part] ?? 0
      const others = dot(row, weights) - own * (weights[part] ?? 0)
      const best = ((moments[part] ?? 0) - others + pull * (prior[part] ?? 0)) / (own + pull)
      weights[part] = Math.max(0, best)
    }
  }
  return weights
}

const SPREAD = 0.25
/** Coordinate descent on at most seven parts settles far earlier. */
const ROUNDS = 200

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
}

/** How far apart the values of two tensors of one shape are. */
export type ValueDifferences = {
  readonly values: number
  /** Values that are not the same; two NaN are. */
  readonly changed: number
  /** |a − b|; of pairs of which one is NaN or infinite nothing is said but their number. Null where there is no other pair. */
  readonly largest: number | null
  readonly mean: number | null
  /** Σ|a − b| / Σ|a|: 0.01 is one per cent of what was there. Null where that was nothing. */
  readonly relative: number | null
  readonly not_finite: number
}

export type DifferencesSoFar = {
  readonly add: (a: Float32Array, b: Float32Array) => void
  readonly now: () => ValueDifferences
}

export function valueDifferences(): DifferencesSoFar {
  let [values, changed, notFinite] = [0, 0, 0]
  let [largest, sum, size] = [0, 0, 0]
  return {
    add(a, b) {
      values += a.length
      for (let at = 0; at < a.length; at += 1) {
        const [one, other] = [a[at] ?? 0, b[at] ?? 0]
        const apart = Math.abs(one - other)
        if (apart - apart !== 0) {
          notFinite += 1
          if (!Object.is(one, other)) changed += 1
          continue
        }
        size += Math.abs(one)
        if (apart === 0) continue
        changed += 1
        sum += apart
        if (apart > largest) largest = apart
      }
    },
    now() {
      const compared = values - notFinite
      const known = compared > 0
      return {
        values,
        changed,
        largest: known ? largest : null,
        mean: known ? sum / compared : null,
        relative: size > 0 ? sum / size : null,
        not_finite: notFinite,
      }
    },
  }
}

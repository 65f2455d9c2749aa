/** The middle value, or the mean of the two middle ones; null of nothing. */
export function medianOf(values: ArrayLike<number>): number | null {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const [below, above] = [sorted[middle - 1], sorted[middle]]
  if (above === undefined) return null
  return sorted.length % 2 === 1 || below === undefined ? above : (below + above) / 2
}

/** A category's mean gain is pulled to the overall mean as if by this many further items. */
export const PSEUDO_COUNTS = 10

/** Mean gain of each category above the overall mean, shrunk; 0 for a category that training did not see, or none. */
export function fitCategoryGain(
  categories: readonly (string | undefined)[],
  target: Float64Array,
): (category: string | undefined) => number {
  const mean = target.reduce((sum, value) => sum + value, 0) / Math.max(1, target.length)
  const sums = new Map<string, { sum: number; n: number }>()
  for (const [index, category] of categories.entries()) {
    if (category === undefined) continue
    const entry = sums.get(category) ?? { sum: 0, n: 0 }
    sums.set(category, { sum: entry.sum + (target[index] ?? 0) - mean, n: entry.n + 1 })
  }
  return (category) => {
    const entry = category === undefined ? undefined : sums.get(category)
    return entry === undefined ? 0 : entry.sum / (entry.n + PSEUDO_COUNTS)
  }
}

/**
 * The names nearest to `given` by edit distance, best first and at most `limit`: none further than a third of its
 * length plus one, unless it holds `given` whole.
 */
export function nearestNames(given: string, names: Iterable<string>, limit = 3): readonly string[] {
  const wanted = given.slice(0, MAX_COMPARED_CHARS).toLowerCase()
  const furthest = Math.floor(wanted.length / 3) + 1
  const ranked: { name: string; distance: number }[] = []
  for (const name of names) {
    const distance = editDistance(wanted, name.slice(0, MAX_COMPARED_CHARS).toLowerCase())
    if (distance <= furthest || name.toLowerCase().includes(wanted)) ranked.push({ name, distance })
  }
  return ranked
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map((entry) => entry.name)
}

// The distance costs the product of the lengths; a 1 MB model name must not cost a second of CPU.
const MAX_COMPARED_CHARS = 128

/** Levenshtein distance with adjacent transpositions counted once (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let twoBack: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(
        (previous[j] ?? 0) + 1,
        (current[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (twoBack[j - 2] ?? 0) + 1)
      current.push(best)
    }
    twoBack = previous
    previous = current
  }
  return previous[b.length] ?? 0
}

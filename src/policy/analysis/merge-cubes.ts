/** A set of combinations: of each fact, which of its cells (by bit). `label` keeps sets apart that mean different things. */
export type Cube = { readonly masks: readonly bigint[]; readonly label: string }

/**
 * The same combinations in fewer sets: two that differ in one fact only become one. What is left is small and says
 * nothing twice; that no smaller one exists is not promised.
 */
export function mergeCubes(cubes: readonly Cube[]): readonly Cube[] {
  let merged = cubes
  for (;;) {
    const before = merged.length
    const facts = merged[0]?.masks.length ?? 0
    for (let fact = 0; fact < facts; fact += 1) merged = mergedOver(fact, merged)
    if (merged.length === before) return merged
  }
}

function mergedOver(fact: number, cubes: readonly Cube[]): readonly Cube[] {
  const groups = new Map<string, Cube>()
  for (const cube of cubes) {
    const key = `${cube.label}\n${cube.masks.map((mask, at) => (at === fact ? '' : mask)).join()}`
    const other = groups.get(key)
    groups.set(key, other === undefined ? cube : union(cube, other))
  }
  return [...groups.values()]
}

function union(cube: Cube, other: Cube): Cube {
  return { ...cube, masks: cube.masks.map((mask, at) => mask | (other.masks[at] ?? 0n)) }
}

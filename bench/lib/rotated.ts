/** Each round begins with another one: whoever always came after the same neighbour would inherit what it leaves behind. */
export function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

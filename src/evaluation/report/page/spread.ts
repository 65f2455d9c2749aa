/**
 * Places `gap` apart and between 0 and `height`, in the order of those wanted, which ascend: each moves down as far as the
 * one before needs, then up as far as the lower end needs. They fit where there are at most `height / gap` of them.
 */
export function spread(wanted: readonly number[], gap: number, height: number): readonly number[] {
  const lowered: number[] = []
  for (const each of wanted) lowered.push(Math.max(each, (lowered.at(-1) ?? -gap / 2) + gap))
  let below = height + gap / 2
  return lowered
    .toReversed()
    .map((each) => (below = Math.min(each, below - gap)))
    .toReversed()
}

/** Bytes of a file: `from` included, `to` not. */
export type Range = { readonly from: number; readonly to: number }

/** The same with one more, sorted and merged. */
export function withRange(ranges: readonly Range[], added: Range): readonly Range[] {
  if (added.from >= added.to) return ranges
  const before = ranges.filter(({ to }) => to < added.from)
  const after = ranges.filter(({ from }) => from > added.to)
  const touching = ranges.slice(before.length, ranges.length - after.length)
  const from = Math.min(added.from, ...touching.map((range) => range.from))
  const to = Math.max(added.to, ...touching.map((range) => range.to))
  return [...before, { from, to }, ...after]
}

/** What is missing of `total` bytes. `done` is sorted and merged. */
export function gapsOf(done: readonly Range[], total: number): readonly Range[] {
  const ends = [0, ...done.map(({ to }) => to)]
  const starts = [...done.map(({ from }) => from), total]
  return ends.flatMap((from, index) => {
    const to = starts[index] ?? total
    return from < to ? [{ from, to }] : []
  })
}

/** Cut so that no piece is longer than `most`. */
export function piecesOf(gaps: readonly Range[], most: number): readonly Range[] {
  return gaps.flatMap(({ from, to }) =>
    Array.from({ length: Math.ceil((to - from) / most) }, (_, index) => ({
      from: from + index * most,
      to: Math.min(to, from + (index + 1) * most),
    })),
  )
}

export function bytesOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0)
}

/** How far the file is whole from its start. */
export function prefixOf(done: readonly Range[]): number {
  const [first] = done
  return first?.from === 0 ? first.to : 0
}

/** A line of one text that is not in the other; numbers count from 1 in its own text. */
export type LineDifference = { readonly side: 'a' | 'b'; readonly line: number; readonly text: string }

// Lines of the parts that differ, on each side: 1,500² lengths of two bytes are 4.5 MB. The longest templates in use have
// 500 lines; of longer ones every line between the first and the last difference is listed.
const MAX_LINES = 1_500

/** The fewest lines to take out of `a` and put in to make `b` (longest common subsequence), in reading order. */
export function lineDifferences(a: string, b: string): readonly LineDifference[] {
  const [left, right] = [a.split('\n'), b.split('\n')]
  const start = sameAtStart(left, right)
  const end = sameAtEnd(left, right, start)
  const [inA, inB] = [left.slice(start, left.length - end), right.slice(start, right.length - end)]
  const small = inA.length <= MAX_LINES && inB.length <= MAX_LINES
  const found = small ? fewest(inA, inB) : [...all('a', inA), ...all('b', inB)]
  return found.map((each) => ({ ...each, line: each.line + start }))
}

function sameAtStart(a: readonly string[], b: readonly string[]): number {
  let count = 0
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1
  return count
}

function sameAtEnd(a: readonly string[], b: readonly string[], start: number): number {
  let count = 0
  const most = Math.min(a.length, b.length) - start
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count += 1
  return count
}

function all(side: 'a' | 'b', lines: readonly string[]): readonly LineDifference[] {
  return lines.map((text, place) => ({ side, line: place + 1, text }))
}

function fewest(a: readonly string[], b: readonly string[]): readonly LineDifference[] {
  const width = b.length + 1
  const common = commonLengths(a, b)
  const found: LineDifference[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const [one, other] = [a[i], b[j]]
    if (one !== undefined && one === other) {
      i += 1
      j += 1
    } else if (one !== undefined && leads(common, (i + 1) * width + j, i * width + j + 1, other)) {
      found.push({ side: 'a', line: (i += 1), text: one })
    } else {
      found.push({ side: 'b', line: (j += 1), text: other ?? '' })
    }
  }
  return found
}

/** Whether leaving out the line of `a` keeps as much in common as leaving out that of `b`. */
function leads(common: Uint16Array, withoutA: number, withoutB: number, other: string | undefined): boolean {
  return other === undefined || (common[withoutA] ?? 0) >= (common[withoutB] ?? 0)
}

/** At i · (|b| + 1) + j: the length of the longest common subsequence of a[i…] and b[j…]. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array {
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const at = i * width + j
      lengths[at] =
        a[i] === b[j]
          ? (lengths[at + width + 1] ?? 0) + 1
          : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0)
    }
  }
  return lengths
}

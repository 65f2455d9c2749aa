import type { Row } from './feature-scale.ts'

/** Neighbours asked, as in the measurements of RouteLLM-style tables that this follows. */
export const NEIGHBOURS = 40

/**
 * Beyond this the other parts know more, and the lists below get long: of 1,000 prompts a common word has 1,000 entries,
 * and a prompt of a page reads some 100,000 of them (0.2 ms).
 */
export const MOST_REMEMBERED = 1_000

/**
 * Mean gain of the 40 training prompts most alike by cosine, weighted by it, above the overall mean. Alike in the first
 * `columns`, those of words: letters find the same neighbours and take ten times as long, which for long prompts is 2 ms.
 */
export function fitNearestPrompts(
  rows: readonly Row[],
  target: Float64Array,
  columns: number,
): (row: Row) => number {
  const mean = target.reduce((sum, value) => sum + value, 0) / Math.max(1, target.length)
  const lists = invert(rows, columns)
  const alike = new Float64Array(rows.length)
  return (row) => {
    alike.fill(0)
    for (let at = 0; at < row.columns.length; at += 1) {
      const weight = row.weights[at] ?? 0
      const column = row.columns[at] ?? 0
      // The words of a prompt come before its characters.
      if (column >= columns) break
      const end = lists.starts[column + 1] ?? 0
      for (let entry = lists.starts[column] ?? 0; entry < end; entry += 1) {
        const prompt = lists.prompts[entry] ?? 0
        alike[prompt] = (alike[prompt] ?? 0) + weight * (lists.weights[entry] ?? 0)
      }
    }
    return weightedGain(alike, target, mean)
  }
}

type Lists = {
  readonly starts: Uint32Array
  readonly prompts: Uint16Array
  readonly weights: Float32Array
}

/** Prompts by column, those of column c from `starts[c]` to `starts[c + 1]`. */
function invert(rows: readonly Row[], columns: number): Lists {
  const starts = new Uint32Array(columns + 1)
  for (const row of rows) {
    for (const column of row.columns) {
      if (column >= columns) break
      starts[column + 1] = (starts[column + 1] ?? 0) + 1
    }
  }
  for (let column = 0; column < columns; column += 1)
    starts[column + 1] = (starts[column + 1] ?? 0) + (starts[column] ?? 0)
  const total = starts[columns] ?? 0
  const [prompts, weights] = [new Uint16Array(total), new Float32Array(total)]
  const next = starts.slice()
  for (const [prompt, row] of rows.entries()) {
    for (const [at, column] of row.columns.entries()) {
      if (column >= columns) break
      const entry = next[column] ?? 0
      next[column] = entry + 1
      prompts[entry] = prompt
      weights[entry] = row.weights[at] ?? 0
    }
  }
  return { starts, prompts, weights }
}

/** The nearest by a threshold, not by a sort: the 40th largest of 1,000 values. */
function weightedGain(alike: Float64Array, target: Float64Array, mean: number): number {
  const least = alike.length <= NEIGHBOURS ? 0 : largest(alike, NEIGHBOURS)
  let [sum, total, taken] = [0, 0, 0]
  for (let prompt = 0; prompt < alike.length && taken < NEIGHBOURS; prompt += 1) {
    const cosine = alike[prompt] ?? 0
    if (cosine <= 0 || cosine < least) continue
    sum += cosine * ((target[prompt] ?? 0) - mean)
    total += cosine
    taken += 1
  }
  return total === 0 ? 0 : sum / total
}

function largest(values: Float64Array, rank: number): number {
  return values.slice().sort()[values.length - rank] ?? 0
}

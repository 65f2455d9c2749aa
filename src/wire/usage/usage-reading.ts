import type { JsonObject } from '../../core/json.ts'
import { noUsage, type Usage } from '../../core/usage.ts'
import type { Counts } from './counts.ts'
import { splitInput, splitOutput, type InputCounts, type OutputCounts } from './split-counts.ts'

/** One usage object of a vendor, read. Both are absent where it holds no counts at all (`null`, `{}`). */
export type UsageReading = {
  readonly usage?: Usage
  /** The first field that is no count, in one line with what was expected; `usage` was read without it. */
  readonly fault?: string
}

export const nothingRead: UsageReading = {}

/** What a reader found: absent sides were not counted by the vendor. */
export type Told = {
  readonly input: InputCounts | undefined
  readonly output: OutputCounts | undefined
  /** Whether the vendor's own total is the sum of its parts; true where it gives none. */
  readonly adds: boolean
  readonly more?: Partial<Usage>
}

/** The last step of every reader: counts as disjoint buckets, with what contradicts itself and what is missing said. */
export function readingOf(
  counts: Counts,
  raw: JsonObject,
  { input, output, adds, more }: Told,
): UsageReading {
  const fault = counts.fault === undefined ? {} : { fault: counts.fault }
  if (input === undefined && output === undefined && !hasCounts(more)) return fault
  const { fits: inputFits, ...inputBuckets } = splitInput(input ?? { total: 0 })
  const { fits: outputFits, ...outputBuckets } = splitOutput(output ?? { total: 0 })
  const unknown = input === undefined ? 'input' : output === undefined ? 'output' : undefined
  const usage: Usage = {
    ...noUsage,
    ...inputBuckets,
    ...outputBuckets,
    ...more,
    ...((!adds || !inputFits || !outputFits) && { disputed: true }),
    ...(unknown !== undefined && { unknown }),
    raw,
  }
  return { usage, ...fault }
}

/** A bill, or a search that is billed by the call, is a count too. */
function hasCounts(more: Partial<Usage> | undefined): boolean {
  return more?.reportedNanoUsd !== undefined || (more?.rerankSearches ?? 0) > 0
}

/** `parts` where there is a total that is their sum, or no total to disagree with. */
export function addsUp(total: number | undefined, ...parts: readonly number[]): boolean {
  return total === undefined || total === parts.reduce((sum, part) => sum + part, 0)
}

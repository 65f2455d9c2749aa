import type { RequestRow } from '../api/admin.ts'

export type RowUsage = NonNullable<RequestRow['usage']>

/** What was read and what was written, out of the disjoint buckets. */
export function totalTokens(usage: RowUsage): { readonly input: number; readonly output: number } {
  return {
    input: usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    output: usage.outputTokens + usage.reasoningTokens,
  }
}

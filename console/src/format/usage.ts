import type { RequestRow } from '../api/admin.ts'

export type RowUsage = NonNullable<RequestRow['usage']>

/** What was read and what was written, out of the disjoint buckets. */
export function totalTokens(usage: RowUsage): { readonly input: number; readonly output: number } {
  const { read, written } = cacheTokens(usage)
  const media = mediaTokens(usage)
  return {
    input: usage.inputTokens + read + written + media.input,
    output: usage.outputTokens + usage.reasoningTokens + media.output,
  }
}

/** All that was read from a cache and written to one, whatever it was and however long it lives there. */
export function cacheTokens(usage: RowUsage): { readonly read: number; readonly written: number } {
  return {
    read: usage.cacheReadTokens + (usage.cacheReadAudioTokens ?? 0) + (usage.cacheReadImageTokens ?? 0),
    written: usage.cacheWriteTokens + (usage.cacheWrite1hTokens ?? 0),
  }
}

/** Sound, images and film, which vendors count by rules of their own. */
export function mediaTokens(usage: RowUsage): { readonly input: number; readonly output: number } {
  return {
    input: (usage.inputAudioTokens ?? 0) + (usage.inputImageTokens ?? 0) + (usage.inputVideoTokens ?? 0),
    output: (usage.outputAudioTokens ?? 0) + (usage.outputImageTokens ?? 0),
  }
}

import type { Usage } from '../../core/usage.ts'
import type { Bucket } from './price-row.ts'

export type BucketCount = readonly [bucket: Bucket, count: number]

/** What of a usage is billed, the empty buckets left out. */
export function bucketsOf(usage: Usage): readonly BucketCount[] {
  const counts: BucketCount[] = []
  for (const [bucket, field] of FIELDS) {
    const count = usage[field]
    if (count !== undefined && count > 0) counts.push([bucket, count])
  }
  return counts
}

type CountField = {
  [Field in keyof Usage]-?: Usage[Field] extends number | undefined ? Field : never
}[keyof Usage]

const FIELDS: readonly (readonly [Bucket, CountField])[] = [
  ['in_uncached', 'inputTokens'],
  ['in_cache_read', 'cacheReadTokens'],
  ['in_cache_read_audio', 'cacheReadAudioTokens'],
  ['in_cache_read_image', 'cacheReadImageTokens'],
  ['in_cache_write_5m', 'cacheWriteTokens'],
  ['in_cache_write_1h', 'cacheWrite1hTokens'],
  ['in_audio', 'inputAudioTokens'],
  ['in_image', 'inputImageTokens'],
  ['in_video', 'inputVideoTokens'],
  ['out_text', 'outputTokens'],
  ['out_reasoning', 'reasoningTokens'],
  ['out_audio', 'outputAudioTokens'],
  ['out_image', 'outputImageTokens'],
  ['web_search', 'webSearches'],
  ['rerank_search', 'rerankSearches'],
]

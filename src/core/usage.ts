import type { JsonObject } from './json.ts'

/**
 * Tokens of one answer in disjoint buckets: no token is counted twice, so a price per bucket sums to the bill.
 * Vendors disagree (OpenAI counts cached tokens inside `prompt_tokens`, Anthropic beside `input_tokens`); the reader of
 * src/wire/usage takes them apart before anyone else sees them. An absent optional bucket is 0.
 */
export type Usage = {
  /** Prompt tokens evaluated at full price: text, and whatever else the vendor does not count apart. */
  readonly inputTokens: number
  /** Prompt tokens read from the vendor's cache. */
  readonly cacheReadTokens: number
  /** Prompt tokens written to the vendor's cache for its shortest time (five minutes with Anthropic and Bedrock). */
  readonly cacheWriteTokens: number
  /** Prompt tokens written to the cache for an hour, which costs more. */
  readonly cacheWrite1hTokens?: number
  /** Cached prompt tokens of sound, where the vendor counts them apart from other cached ones. */
  readonly cacheReadAudioTokens?: number
  /** Cached prompt tokens of pictures, likewise. */
  readonly cacheReadImageTokens?: number
  readonly inputAudioTokens?: number
  readonly inputImageTokens?: number
  readonly inputVideoTokens?: number
  /** Answer tokens the client can read. */
  readonly outputTokens: number
  /** Answer tokens spent on reasoning that is billed apart from the visible answer. */
  readonly reasoningTokens: number
  readonly outputAudioTokens?: number
  readonly outputImageTokens?: number
  /** Searches of the web that the vendor's own tool made: billed by the call. */
  readonly webSearches?: number
  /** Searches of a reranker (Cohere): billed by the call, in place of tokens. */
  readonly rerankSearches?: number
  /** As the vendor says it: `default`, `priority`, `flex`, Anthropic's `fast`. */
  readonly serviceTier?: string
  /** The answer came out of the vendor's batch queue. */
  readonly batch?: true
  /** Where the vendor says that it computed: Anthropic's `inference_geo`. */
  readonly region?: string
  /** What the vendor says the call cost, in nano-dollars: OpenRouter's `usage.cost`. */
  readonly reportedNanoUsd?: number
  /** The vendor's counts contradict each other, such as a total that is not their sum. */
  readonly disputed?: true
  /** A side that the vendor did not count. Its bucket is 0 here, and its price is not. */
  readonly unknown?: 'input' | 'output'
  /** The vendor's own usage object, for whoever must explain a bill later. */
  readonly raw?: JsonObject
  /** `counted`: by the engine or vendor. `estimated`: by us, because the stream was cut before usage arrived. */
  readonly source: 'counted' | 'estimated'
}

export const noUsage: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  source: 'counted',
}

/** The whole prompt, cached or not: what tiers of context length are decided by. */
export function totalInputTokens(usage: Usage): number {
  return (
    usage.inputTokens +
    usage.cacheReadTokens +
    usage.cacheWriteTokens +
    (usage.cacheWrite1hTokens ?? 0) +
    (usage.cacheReadAudioTokens ?? 0) +
    (usage.cacheReadImageTokens ?? 0) +
    (usage.inputAudioTokens ?? 0) +
    (usage.inputImageTokens ?? 0) +
    (usage.inputVideoTokens ?? 0)
  )
}

export function totalOutputTokens(usage: Usage): number {
  return (
    usage.outputTokens +
    usage.reasoningTokens +
    (usage.outputAudioTokens ?? 0) +
    (usage.outputImageTokens ?? 0)
  )
}

/** Everything that was written to a cache, however long it lives there. */
export function totalCacheWriteTokens(usage: Usage): number {
  return usage.cacheWriteTokens + (usage.cacheWrite1hTokens ?? 0)
}

/** Everything that was read from a cache, whatever it was. */
export function totalCacheReadTokens(usage: Usage): number {
  return usage.cacheReadTokens + (usage.cacheReadAudioTokens ?? 0) + (usage.cacheReadImageTokens ?? 0)
}

/**
 * The counts of two calls together, to be shown. Not to be priced: tiers of context length, service tiers and regions are
 * those of one call, and stay only where both agree.
 */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    ...optionalCounts(a, b),
    ...inCommon(a, b),
    source: a.source === 'estimated' || b.source === 'estimated' ? 'estimated' : 'counted',
  }
}

const OPTIONAL_COUNTS = [
  'cacheWrite1hTokens',
  'cacheReadAudioTokens',
  'cacheReadImageTokens',
  'inputAudioTokens',
  'inputImageTokens',
  'inputVideoTokens',
  'outputAudioTokens',
  'outputImageTokens',
  'webSearches',
  'rerankSearches',
] as const

function optionalCounts(a: Usage, b: Usage): Partial<Usage> {
  const sums: Record<string, number> = {}
  for (const name of OPTIONAL_COUNTS)
    if (a[name] !== undefined || b[name] !== undefined) sums[name] = (a[name] ?? 0) + (b[name] ?? 0)
  return sums
}

function inCommon(a: Usage, b: Usage): Partial<Usage> {
  const reported = [a.reportedNanoUsd, b.reportedNanoUsd] as const
  const unknown = a.unknown ?? b.unknown
  return {
    ...(a.serviceTier !== undefined && a.serviceTier === b.serviceTier && { serviceTier: a.serviceTier }),
    ...(a.batch === true && b.batch === true && { batch: true }),
    ...(a.region !== undefined && a.region === b.region && { region: a.region }),
    // Half of a bill would look like all of it.
    ...(reported[0] !== undefined &&
      reported[1] !== undefined && { reportedNanoUsd: reported[0] + reported[1] }),
    ...((a.disputed === true || b.disputed === true) && { disputed: true }),
    ...(unknown !== undefined && { unknown }),
  }
}

/**
 * Tokens of one answer in disjoint buckets: no token is counted twice, so a price per bucket sums to the bill.
 * Vendors disagree (OpenAI counts cached tokens inside `prompt_tokens`, Anthropic beside `input_tokens`); the engine
 * that knows the vendor takes them apart before anyone else sees them.
 */
export type Usage = {
  /** Prompt tokens evaluated at full price. */
  readonly inputTokens: number
  /** Prompt tokens read from the vendor's cache. */
  readonly cacheReadTokens: number
  /** Prompt tokens written to the vendor's cache, where that is priced apart. */
  readonly cacheWriteTokens: number
  /** Answer tokens the client can read. */
  readonly outputTokens: number
  /** Answer tokens spent on reasoning that is billed apart from the visible answer. */
  readonly reasoningTokens: number
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

export function totalInputTokens(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
}

export function totalOutputTokens(usage: Usage): number {
  return usage.outputTokens + usage.reasoningTokens
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    source: a.source === 'estimated' || b.source === 'estimated' ? 'estimated' : 'counted',
  }
}

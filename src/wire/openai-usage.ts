import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { totalInputTokens, totalOutputTokens, type Usage } from '../core/usage.ts'

/**
 * A server's `usage` in disjoint buckets; undefined when it holds no counts (`null`, `{}`).
 *
 * OpenAI counts cached tokens inside `prompt_tokens` and reasoning inside `completion_tokens`. Counts a server makes
 * larger than their total are cut down to it, so that no bucket is ever negative.
 */
export function parseOpenAiUsage(value: unknown): Usage | undefined {
  if (!isJsonObject(value)) return undefined
  const prompt = countOf(value.prompt_tokens)
  const completion = countOf(value.completion_tokens)
  if (prompt === undefined && completion === undefined) return undefined
  const input = prompt ?? 0
  const cacheReadTokens = Math.min(cachedTokens(value), input)
  const cacheWriteTokens = Math.min(
    countOf(detail(value.prompt_tokens_details, 'cache_write_tokens')) ?? 0,
    input - cacheReadTokens,
  )
  const { outputTokens, reasoningTokens } = outputOf(value, input, completion ?? 0)
  return {
    inputTokens: input - cacheReadTokens - cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens,
    reasoningTokens,
    source: 'counted',
  }
}

export function renderOpenAiUsage(usage: Usage): JsonObject {
  const input = totalInputTokens(usage)
  const output = totalOutputTokens(usage)
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  }
}

/** OpenAI and vLLM say it in the details, DeepSeek as hits, Moonshot beside the totals. */
function cachedTokens(usage: JsonObject): number {
  return (
    countOf(detail(usage.prompt_tokens_details, 'cached_tokens')) ??
    countOf(usage.prompt_cache_hit_tokens) ??
    countOf(usage.cached_tokens) ??
    0
  )
}

function outputOf(usage: JsonObject, input: number, completion: number) {
  const reasoning = countOf(detail(usage.completion_tokens_details, 'reasoning_tokens')) ?? 0
  // xAI counts reasoning beside `completion_tokens`; only its total shows that.
  const beside = reasoning > 0 && countOf(usage.total_tokens) === input + completion + reasoning
  if (beside) return { outputTokens: completion, reasoningTokens: reasoning }
  const reasoningTokens = Math.min(reasoning, completion)
  return { outputTokens: completion - reasoningTokens, reasoningTokens }
}

function detail(details: Json | undefined, key: string): Json | undefined {
  return isJsonObject(details) ? details[key] : undefined
}

function countOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

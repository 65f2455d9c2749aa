import { isJsonObject, type JsonObject } from '../core/json.ts'
import { totalCacheReadTokens, totalInputTokens, totalOutputTokens, type Usage } from '../core/usage.ts'
import { readOpenAiShape, type UsageHint } from './usage/openai-shape.ts'

/** A server's `usage` in disjoint buckets; undefined when it holds no counts (`null`, `{}`). */
export function parseOpenAiUsage(value: unknown, hint?: UsageHint): Usage | undefined {
  return isJsonObject(value) ? readOpenAiShape(value, hint).usage : undefined
}

/**
 * The same of a whole answer or a chunk of one: which tier served it, and so what it costs, is said beside the usage.
 * `maker` is wire and host, such as `openai-chat:api.x.ai`.
 */
export function usageOfAnswer(answer: unknown, maker?: string): Usage | undefined {
  if (!isJsonObject(answer)) return undefined
  const usage = parseOpenAiUsage(answer['usage'], hintOf(maker))
  const tier = answer['service_tier']
  return usage !== undefined && typeof tier === 'string' && usage.serviceTier === undefined
    ? { ...usage, serviceTier: tier }
    : usage
}

/** Two servers count reasoning beside the completion; elsewhere a total that does not add up is a doubt. */
function hintOf(maker: string | undefined): UsageHint {
  if (maker?.endsWith(':generativelanguage.googleapis.com') === true) return { seller: 'google' }
  return maker?.endsWith(':api.x.ai') === true ? { seller: 'xai' } : {}
}

export function renderOpenAiUsage(usage: Usage): JsonObject {
  const input = totalInputTokens(usage)
  const output = totalOutputTokens(usage)
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: totalCacheReadTokens(usage) },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  }
}

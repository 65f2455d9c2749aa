import type { JsonObject } from '../../core/json.ts'
import { totalCacheReadTokens, totalInputTokens, totalOutputTokens, type Usage } from '../../core/usage.ts'

export function renderResponseUsage(usage: Usage): JsonObject {
  const input = totalInputTokens(usage)
  const output = totalOutputTokens(usage)
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: totalCacheReadTokens(usage) },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: input + output,
  }
}

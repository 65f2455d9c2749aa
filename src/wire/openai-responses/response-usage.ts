import type { JsonObject } from '../../core/json.ts'
import { totalInputTokens, totalOutputTokens, type Usage } from '../../core/usage.ts'
import { parseOpenAiUsage } from '../openai-usage.ts'
import { isJsonObject } from '../../core/json.ts'

/** A response's `usage` in disjoint buckets: a chat completion's under other names. Undefined when it holds no counts. */
export function parseResponseUsage(value: unknown): Usage | undefined {
  if (!isJsonObject(value)) return undefined
  const { input_tokens, input_tokens_details, output_tokens, output_tokens_details, total_tokens } = value
  return parseOpenAiUsage({
    prompt_tokens: input_tokens ?? null,
    completion_tokens: output_tokens ?? null,
    total_tokens: total_tokens ?? null,
    prompt_tokens_details: input_tokens_details ?? null,
    completion_tokens_details: output_tokens_details ?? null,
  })
}

export function renderResponseUsage(usage: Usage): JsonObject {
  const input = totalInputTokens(usage)
  const output = totalOutputTokens(usage)
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: input + output,
  }
}

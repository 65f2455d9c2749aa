import type { JsonObject } from '../../core/json.ts'

/** The answer to `/v1/messages/count_tokens`. */
export function renderTokenCount(inputTokens: number): JsonObject {
  return { input_tokens: inputTokens }
}

/** What a server answered to it; undefined when it is not that. */
export function parseTokenCount(value: unknown): number | undefined {
  const tokens =
    typeof value === 'object' && value !== null && 'input_tokens' in value ? value.input_tokens : null
  return Number.isSafeInteger(tokens) && Number(tokens) >= 0 ? Number(tokens) : undefined
}

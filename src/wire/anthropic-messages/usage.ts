import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import {
  noUsage,
  totalCacheReadTokens,
  totalCacheWriteTokens,
  totalInputTokens,
  totalOutputTokens,
  type Usage,
} from '../../core/usage.ts'
import { setField } from '../json-extra.ts'
import { readAnthropicShape } from '../usage/anthropic-shape.ts'

export type UsageReader = {
  /** Takes the `usage` of one event, or of a whole answer. */
  readonly take: (usage: Json | undefined) => void
  /** Undefined when the server never counted. */
  readonly usage: () => Usage | undefined
  /** What else the server said beside the counts, such as `service_tier` and the time that cache writes live. */
  readonly details: () => JsonObject
}

/**
 * Every event repeats the counts of the message so far: they are never added up, and of each the largest stands, as some
 * servers send 0 for what they said before. What the counts mean is for src/wire/usage to say.
 */
export function createUsageReader(): UsageReader {
  const said: Record<string, Json> = {}
  return {
    take(usage) {
      if (isJsonObject(usage)) keepLargest(said, usage)
    },
    usage: () => readAnthropicShape(said).usage,
    details: () => Object.fromEntries(Object.entries(said).filter(([key]) => !COUNTS.has(key))),
  }
}

function keepLargest(said: Record<string, Json>, usage: JsonObject): void {
  for (const key of Object.keys(usage)) {
    const value = usage[key] ?? null
    const before = said[key]
    if (value === null || (typeof before === 'number' && typeof value === 'number' && value < before))
      continue
    setField(said, key, value)
  }
}

const COUNTS: ReadonlySet<string> = new Set([
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'output_tokens',
  'output_tokens_details',
])

/** `details` is what `UsageReader.details` kept of a server of this protocol. A client reads counts always, so none are 0. */
export function renderMessagesUsage(usage: Usage = noUsage, details: JsonObject = {}): JsonObject {
  const { reasoningTokens } = usage
  const cacheRead = totalCacheReadTokens(usage)
  const cacheWrite = totalCacheWriteTokens(usage)
  return {
    ...details,
    input_tokens: totalInputTokens(usage) - cacheRead - cacheWrite,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: totalOutputTokens(usage),
    ...(reasoningTokens === 0 ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  }
}

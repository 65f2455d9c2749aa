import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { noUsage, type Usage } from '../../core/usage.ts'
import { setField } from '../json-extra.ts'

export type UsageReader = {
  /** Takes the `usage` of one event, or of a whole answer. */
  readonly take: (usage: Json | undefined) => void
  /** Undefined when the server never counted. */
  readonly usage: () => Usage | undefined
  /** What else the server said beside the counts, such as `service_tier` and the time that cache writes live. */
  readonly details: () => JsonObject
}

/**
 * Anthropic counts cached tokens beside `input_tokens`, and thoughts inside `output_tokens`. Every event repeats the counts
 * of the message so far: they are never added up, and the largest stands, as some servers send 0 for what they said before.
 */
export function createUsageReader(): UsageReader {
  const counts: Record<Count, number> = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, thinking: 0 }
  const details: Record<string, Json> = {}
  let counted = false

  function takeCount(count: Count, value: Json | undefined): void {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return
    counts[count] = Math.max(counts[count], value)
    counted = true
  }

  return {
    take(usage) {
      if (!isJsonObject(usage)) return
      takeCount('input', usage.input_tokens)
      takeCount('cacheRead', usage.cache_read_input_tokens)
      takeCount('cacheWrite', usage.cache_creation_input_tokens)
      takeCount('output', usage.output_tokens)
      if (isJsonObject(usage.output_tokens_details))
        takeCount('thinking', usage.output_tokens_details.thinking_tokens)
      for (const key of Object.keys(usage))
        if (!COUNTS.has(key) && usage[key] !== null) setField(details, key, usage[key] ?? null)
    },
    usage: () => (counted ? inBuckets(counts) : undefined),
    details: () => details,
  }
}

type Count = 'input' | 'cacheRead' | 'cacheWrite' | 'output' | 'thinking'

const COUNTS: ReadonlySet<string> = new Set([
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'output_tokens',
  'output_tokens_details',
])

function inBuckets({ input, cacheRead, cacheWrite, output, thinking }: Record<Count, number>): Usage {
  const reasoningTokens = Math.min(thinking, output)
  return {
    inputTokens: input,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    outputTokens: output - reasoningTokens,
    reasoningTokens,
    source: 'counted',
  }
}

/** `details` is what `UsageReader.details` kept of a server of this protocol. A client reads counts always, so none are 0. */
export function renderMessagesUsage(usage: Usage = noUsage, details: JsonObject = {}): JsonObject {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage
  return {
    ...details,
    input_tokens: inputTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cacheReadTokens,
    output_tokens: outputTokens + reasoningTokens,
    ...(reasoningTokens === 0 ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  }
}

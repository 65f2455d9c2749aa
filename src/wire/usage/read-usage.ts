import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { readAnthropicShape } from './anthropic-shape.ts'
import { readAiSdkShape, readBedrockShape, readFlatAiSdkShape } from './camel-case-shapes.ts'
import { readGeminiShape } from './gemini-shape.ts'
import { readOpenAiShape, type UsageHint } from './openai-shape.ts'
import { readCohereShape, readLlamaServerShape, readOllamaShape } from './other-shapes.ts'
import { nothingRead, type UsageReading } from './usage-reading.ts'

/**
 * The usage object of any vendor in disjoint buckets, by its shape: one reader for the wire and for recorded usage.
 * Takes the object itself, or what vendors put around it (`{"usage":…}`, `{"usageMetadata":…}`, a whole answer).
 */
export function readUsage(raw: unknown, hint: UsageHint = {}): UsageReading {
  let at = raw
  for (let depth = 0; depth <= MAX_DEPTH && isJsonObject(at); depth += 1) {
    const read = readerOf(at, hint)
    if (read !== undefined) return read(at, hint)
    at = innerOf(at)
  }
  return nothingRead
}

/** `{"message":{"usage":{…}}}` is the deepest that a vendor puts it; a file may nest without end. */
const MAX_DEPTH = 3

type Reader = (raw: JsonObject, hint: UsageHint) => UsageReading

/** In this order: a word that only one vendor has decides before a word that several share. */
function readerOf(raw: JsonObject, hint: UsageHint): Reader | undefined {
  const has = (...names: readonly string[]): boolean => names.some((name) => name in raw)
  if (has(...GEMINI_WORDS)) return readGeminiShape
  if (isJsonObject(raw['inputTokens']) || isJsonObject(raw['outputTokens'])) return readAiSdk
  if (has('cachedInputTokens', 'reasoningTokens', 'promptTokens', 'completionTokens'))
    return readFlatAiSdkShape
  if (has('inputTokens', 'outputTokens', 'inputTokenCount', 'outputTokenCount')) return readBedrockShape
  if (has('prompt_tokens', 'completion_tokens', 'prompt_cache_hit_tokens')) return readOpenAiShape
  if (has('billed_units') || isJsonObject(raw['tokens'])) return readCohereShape
  if (has('input_tokens', 'output_tokens'))
    return saysAnthropic(raw, hint) ? readAnthropicShape : readOpenAiShape
  if (has('prompt_eval_count', 'eval_count')) return readOllamaShape
  if (has('prompt_n', 'predicted_n', 'tokens_evaluated', 'tokens_predicted')) return readLlamaServerShape
  if (has('total_tokens', 'cost', 'cost_in_usd_ticks')) return readOpenAiShape
  return undefined
}

/** A provider package passes on what its vendor said, which is more than its own sums say: billed units, hours in a cache. */
function readAiSdk(raw: JsonObject, hint: UsageHint): UsageReading {
  const vendors = readUsage(raw['raw'], hint)
  const whole = vendors.usage !== undefined && vendors.usage.unknown === undefined
  return whole ? vendors : readAiSdkShape(raw)
}

const GEMINI_WORDS = [
  'promptTokenCount',
  'candidatesTokenCount',
  'totalTokenCount',
  'thoughtsTokenCount',
  'prompt_token_count',
  'candidates_token_count',
  'total_token_count',
  'generation_token_count',
] as const

const ANTHROPIC_WORDS = [
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
  'cache_creation',
  'server_tool_use',
  'inference_geo',
  'speed',
  'iterations',
] as const

/** Messages and Responses share `input_tokens`; one counts cached tokens beside it and the other inside. */
function saysAnthropic(raw: JsonObject, { seller }: UsageHint): boolean {
  if ('input_tokens_details' in raw || 'input_token_details' in raw) return false
  return ANTHROPIC_WORDS.some((word) => word in raw) || seller === 'anthropic'
}

/** Where vendors put their usage in an answer, a chunk of one, or an event. */
const AROUND = [
  'usage',
  'usageMetadata',
  'usage_metadata',
  'amazon-bedrock-invocationMetrics',
  'meta',
  'timings',
  'x_groq',
  'message',
  'response',
  'metadata',
  'delta',
] as const

function innerOf(raw: JsonObject): JsonObject | undefined {
  for (const name of AROUND) {
    const inner = raw[name]
    if (isJsonObject(inner)) return inner
  }
  return undefined
}

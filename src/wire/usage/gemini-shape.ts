import type { JsonObject } from '../../core/json.ts'
import { billingWords } from './billing-words.ts'
import { Counts } from './counts.ts'
import type { InputCounts } from './split-counts.ts'
import { addsUp, readingOf, type UsageReading } from './usage-reading.ts'

/**
 * Gemini's `usageMetadata`: cached tokens are part of the prompt, what tools brought comes on top of it, and thoughts
 * stand beside the candidates. Zeros are left out of its JSON, so that only an explicit null is unknown.
 */
export function readGeminiShape(raw: JsonObject): UsageReading {
  const counts = new Counts(raw)
  const total = counts.of('totalTokenCount', 'total_token_count')
  const prompt = counts.of('promptTokenCount', 'prompt_token_count')
  const tools = counts.of('toolUsePromptTokenCount', 'tool_use_prompt_token_count') ?? 0
  const thoughts = counts.of('thoughtsTokenCount', 'thoughts_token_count') ?? 0
  const candidates = candidatesOf(counts, total !== undefined || thoughts > 0)
  const known = candidates ?? 0
  // On Vertex AI some models count thoughts inside the candidates; only the total tells them from the others.
  const inside = thoughts > 0 && known >= thoughts && total === (prompt ?? 0) + tools + known
  const answer = inside ? known : known + thoughts
  return readingOf(counts, raw, {
    input: prompt === undefined ? undefined : promptOf(counts, prompt + tools),
    output:
      candidates === undefined ? undefined : { total: answer, reasoning: thoughts, ...answerMedia(counts) },
    adds: addsUp(total, prompt ?? 0, tools, answer),
    more: billingWords(counts),
  })
}

const CANDIDATES = [
  'candidatesTokenCount',
  'candidates_token_count',
  'responseTokenCount',
  'response_token_count',
  'generation_token_count',
] as const

/** An absent count is 0 where others show that the object is whole; the first events of a stream have the prompt alone. */
function candidatesOf(counts: Counts, whole: boolean): number | undefined {
  const told = counts.of(...CANDIDATES)
  if (told !== undefined) return told
  return whole && !CANDIDATES.some((name) => counts.isNull(name)) ? 0 : undefined
}

function promptOf(counts: Counts, total: number): InputCounts {
  const prompt = byModality(counts, 'promptTokensDetails', 'prompt_tokens_details')
  const tools = byModality(counts, 'toolUsePromptTokensDetails', 'tool_use_prompt_tokens_details')
  const cached = byModality(counts, 'cacheTokensDetails', 'cache_tokens_details')
  return {
    total,
    cacheRead: counts.of('cachedContentTokenCount', 'cached_content_token_count'),
    audio: (prompt?.audio ?? 0) + (tools?.audio ?? 0),
    image: (prompt?.image ?? 0) + (tools?.image ?? 0),
    video: (prompt?.video ?? 0) + (tools?.video ?? 0),
    cacheReadMedia: cached,
  }
}

function answerMedia(counts: Counts) {
  const media = byModality(
    counts,
    'candidatesTokensDetails',
    'candidates_tokens_details',
    'responseTokensDetails',
    'response_tokens_details',
  )
  return { audio: media?.audio, image: media?.image }
}

type Media = { readonly audio: number; readonly image: number; readonly video: number }

/** `[{"modality":"AUDIO","tokenCount":12}, …]`; text and documents are what is left. */
function byModality(counts: Counts, ...names: readonly string[]): Media | undefined {
  const name = names.find((each) => counts.has(each))
  if (name === undefined) return undefined
  const sums = { audio: 0, image: 0, video: 0 }
  for (const entry of counts.each(name)) {
    const modality = entry.text('modality')?.toLowerCase()
    if (modality === 'audio' || modality === 'image' || modality === 'video')
      sums[modality] += entry.of('tokenCount', 'token_count') ?? 0
  }
  return sums
}

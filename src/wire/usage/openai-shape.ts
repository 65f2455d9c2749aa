import type { JsonObject } from '../../core/json.ts'
import { billingWords } from './billing-words.ts'
import { Counts } from './counts.ts'
import type { InputCounts, OutputCounts } from './split-counts.ts'
import { addsUp, readingOf, type UsageReading } from './usage-reading.ts'

/** Whose usage it is, where the shape alone does not tell: a seller of src/catalog/prices. */
export type UsageHint = { readonly seller?: string }

/**
 * Chat completions, Responses and everybody who speaks them (Azure, DeepSeek, Mistral, OpenRouter, Groq, xAI, Together,
 * vLLM, Ollama): cached tokens are part of the prompt and reasoning is part of the completion.
 */
export function readOpenAiShape(raw: JsonObject, { seller }: UsageHint = {}): UsageReading {
  const counts = new Counts(raw)
  const total = counts.of('total_tokens')
  const sides = bothSides(counts, total)
  const { prompt, completion } = sides
  if (prompt === undefined && completion === undefined)
    return readingOf(counts, raw, {
      input: undefined,
      output: undefined,
      adds: true,
      more: billingWords(counts),
    })
  const answer = answerOf(counts, { prompt: prompt ?? 0, completion: completion ?? 0, total }, seller)
  return readingOf(counts, raw, {
    input: prompt === undefined ? undefined : promptOf(counts, prompt),
    output: completion === undefined ? undefined : answer.output,
    adds: answer.adds && hitsAndMissesAdd(counts, prompt),
    more: billingWords(counts),
  })
}

/** A side that is absent is what the total leaves of the other. A total alone is an embedding's or a reranker's prompt. */
function bothSides(counts: Counts, total: number | undefined) {
  const prompt = counts.of('prompt_tokens', 'input_tokens')
  const completion = counts.of('completion_tokens', 'output_tokens')
  if (total === undefined) return { prompt: prompt ?? hitsAndMisses(counts), completion }
  if (prompt === undefined && completion === undefined) return { prompt: total, completion: 0 }
  return {
    prompt: prompt ?? difference(total, completion),
    completion: completion ?? difference(total, prompt),
  }
}

function difference(total: number, part: number | undefined): number | undefined {
  return part === undefined || part > total ? undefined : total - part
}

/** DeepSeek tells the prompt twice: whole, and as what its cache held and what it did not. */
function hitsAndMisses(counts: Counts): number | undefined {
  const hit = counts.of('prompt_cache_hit_tokens')
  const miss = counts.of('prompt_cache_miss_tokens')
  return hit === undefined || miss === undefined ? undefined : hit + miss
}

function hitsAndMissesAdd(counts: Counts, prompt: number | undefined): boolean {
  const told = hitsAndMisses(counts)
  return told === undefined || prompt === undefined || told === prompt
}

function promptOf(counts: Counts, total: number): InputCounts {
  const details = counts.in('prompt_tokens_details', 'input_tokens_details', 'input_token_details')
  const cached = details.in('cached_tokens_details')
  const created = details.in('cache_creation')
  const write1h = created.of('ephemeral_1h_input_tokens')
  const write =
    details.of('cache_write_tokens', 'cache_creation_tokens', 'cache_creation_input_tokens') ??
    counts.of('cache_creation_input_tokens') ??
    created.of('ephemeral_5m_input_tokens')
  const tellsCachedMedia = cached.has('audio_tokens') || cached.has('image_tokens')
  return {
    total,
    // OpenAI and vLLM say it in the details, DeepSeek as hits, Moonshot and Together beside the totals.
    cacheRead:
      details.of('cached_tokens') ??
      counts.of('prompt_cache_hit_tokens', 'cached_tokens', 'num_cached_tokens', 'cache_read_input_tokens'),
    cacheWrite: write === undefined ? undefined : Math.max(0, write - (write1h ?? 0)),
    cacheWrite1h: write1h,
    audio: details.of('audio_tokens'),
    image: details.of('image_tokens'),
    video: details.of('video_tokens'),
    cacheReadMedia: tellsCachedMedia
      ? { audio: cached.of('audio_tokens') ?? 0, image: cached.of('image_tokens') ?? 0, video: 0 }
      : undefined,
  }
}

type Totals = { readonly prompt: number; readonly completion: number; readonly total: number | undefined }

function answerOf(
  counts: Counts,
  { prompt, completion, total }: Totals,
  seller: string | undefined,
): { readonly output: OutputCounts; readonly adds: boolean } {
  const details = counts.in('completion_tokens_details', 'output_tokens_details', 'output_token_details')
  const reasoning = details.of('reasoning_tokens', 'thinking_tokens') ?? counts.of('reasoning_tokens') ?? 0
  const media = { audio: details.of('audio_tokens'), image: details.of('image_tokens') }
  const inside = { output: { total: completion, reasoning, ...media }, adds: true }
  if (total === prompt + completion) return inside
  // xAI counts reasoning beside `completion_tokens`; elsewhere only the total shows that a server does.
  const beside = { output: { total: completion + reasoning, reasoning, ...media }, adds: true }
  if (reasoning > 0 && total === prompt + completion + reasoning) return beside
  if (total === undefined) return seller === 'xai' ? beside : inside
  // Gemini's OpenAI surface leaves thoughts out of the completion, and has no other word for them than the total.
  const hidden = total - prompt - completion
  if (seller === 'google' && hidden > 0)
    return { output: { total: completion + hidden, reasoning: hidden, ...media }, adds: true }
  return { ...inside, adds: addsUp(total, prompt, completion) }
}

import type { JsonObject } from '../../core/json.ts'
import { billingWords } from './billing-words.ts'
import { Counts } from './counts.ts'
import { addsUp, readingOf, type UsageReading } from './usage-reading.ts'

/**
 * Bedrock's Converse (and what its models say in `invocationMetrics`): cached tokens stand beside `inputTokens`; how long
 * they live is told in `cacheDetails` alone.
 */
export function readBedrockShape(raw: JsonObject): UsageReading {
  const counts = new Counts(raw)
  const input = counts.of('inputTokens', 'inputTokenCount')
  const output = counts.of('outputTokens', 'outputTokenCount')
  const cacheRead = counts.of('cacheReadInputTokens', 'cacheReadInputTokenCount') ?? 0
  const details = writesOf(counts)
  const write = counts.of('cacheWriteInputTokens', 'cacheWriteInputTokenCount') ?? details.all
  const total = counts.of('totalTokens', 'totalTokenCount')
  const prompt = (input ?? 0) + cacheRead + write
  return readingOf(counts, raw, {
    input:
      input === undefined
        ? undefined
        : { total: prompt, cacheRead, cacheWrite: write - details.hour, cacheWrite1h: details.hour },
    output: output === undefined ? undefined : { total: output },
    // Its total has been seen with the cached tokens and, before there were any, without.
    adds:
      (addsUp(total, prompt, output ?? 0) || addsUp(total, input ?? 0, output ?? 0)) && details.all <= write,
    more: billingWords(counts),
  })
}

/** `[{"ttl":"1h","inputTokens":12}, …]` */
function writesOf(counts: Counts): { readonly all: number; readonly hour: number } {
  const sums = { all: 0, hour: 0 }
  for (const detail of counts.each('cacheDetails')) {
    const tokens = detail.of('inputTokens') ?? 0
    sums.all += tokens
    if (detail.text('ttl') === '1h') sums.hour += tokens
  }
  return sums
}

/** A provider package of the Vercel AI SDK, version 3 and later: sums and parts of both sides. */
export function readAiSdkShape(raw: JsonObject): UsageReading {
  const counts = new Counts(raw)
  const input = counts.in('inputTokens')
  const output = counts.in('outputTokens')
  const cacheRead = input.of('cacheRead')
  const cacheWrite = input.of('cacheWrite')
  const noCache = input.of('noCache')
  const prompt = input.of('total') ?? noCache
  const answer = output.of('total') ?? output.of('text')
  return readingOf(counts, raw, {
    input: prompt === undefined ? undefined : { total: prompt, cacheRead, cacheWrite },
    output: answer === undefined ? undefined : { total: answer, reasoning: output.of('reasoning') },
    adds: true,
  })
}

/** The same before version 3, flat: cached tokens and reasoning are part of their sides. */
export function readFlatAiSdkShape(raw: JsonObject): UsageReading {
  const counts = new Counts(raw)
  const prompt = counts.of('inputTokens', 'promptTokens')
  const answer = counts.of('outputTokens', 'completionTokens')
  return readingOf(counts, raw, {
    input: prompt === undefined ? undefined : { total: prompt, cacheRead: counts.of('cachedInputTokens') },
    output: answer === undefined ? undefined : { total: answer, reasoning: counts.of('reasoningTokens') },
    adds: addsUp(counts.of('totalTokens'), prompt ?? 0, answer ?? 0),
  })
}

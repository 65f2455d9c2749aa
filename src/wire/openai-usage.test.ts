import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { totalInputTokens, totalOutputTokens, type Usage } from '../core/usage.ts'
import { parseOpenAiUsage, renderOpenAiUsage } from './openai-usage.ts'
import { withoutRaw } from './usage/without-raw.conformance.ts'

const nothing = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
}

describe('parseOpenAiUsage', () => {
  test.each([
    [
      'OpenAI: cached tokens are part of the prompt',
      {
        prompt_tokens: 100,
        completion_tokens: 20,
        prompt_tokens_details: { cached_tokens: 64 },
        completion_tokens_details: { reasoning_tokens: 15 },
      },
      { inputTokens: 36, cacheReadTokens: 64, outputTokens: 5, reasoningTokens: 15 },
    ],
    [
      'DeepSeek: hits and misses',
      { prompt_tokens: 100, completion_tokens: 1, prompt_cache_hit_tokens: 30, prompt_cache_miss_tokens: 70 },
      { inputTokens: 70, cacheReadTokens: 30, outputTokens: 1 },
    ],
    [
      'Moonshot: cached tokens beside the totals',
      { prompt_tokens: 100, completion_tokens: 1, cached_tokens: 30 },
      { inputTokens: 70, cacheReadTokens: 30, outputTokens: 1 },
    ],
    [
      'cache writes are part of the prompt',
      {
        prompt_tokens: 100,
        completion_tokens: 1,
        prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 80 },
      },
      { inputTokens: 10, cacheReadTokens: 10, cacheWriteTokens: 80, outputTokens: 1 },
    ],
    [
      'vLLM: null details',
      { prompt_tokens: 5, completion_tokens: 2, prompt_tokens_details: null },
      { inputTokens: 5, outputTokens: 2 },
    ],
    ['embeddings: no completion', { prompt_tokens: 5, total_tokens: 5 }, { inputTokens: 5 }],
    [
      'a server that caches more than there was',
      { prompt_tokens: 5, completion_tokens: 0, cached_tokens: 9 },
      { cacheReadTokens: 5, disputed: true },
    ],
    [
      'a server that reasons more than it answered',
      { prompt_tokens: 0, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 9 } },
      { reasoningTokens: 5, disputed: true },
    ],
  ])('%s', (_vendor, usage, expected) => {
    expect(parseOpenAiUsage(usage)).toEqual({ ...nothing, ...expected, source: 'counted', raw: usage })
  })

  test('xAI: reasoning beside the completion, which only the total tells', () => {
    const url = new URL('../../fixtures/openai/xai-reasoning.response.json', import.meta.url)
    const { usage } = JSON.parse(readFileSync(url, 'utf8')) as { usage: unknown }
    expect(parseOpenAiUsage(usage)).toMatchObject({
      inputTokens: 26,
      cacheReadTokens: 6,
      outputTokens: 3,
      reasoningTokens: 100,
    })
  })

  test.each([
    null,
    undefined,
    {},
    [],
    5,
    { prompt_tokens: null },
    { prompt_tokens: -1 },
    { prompt_tokens: '5' },
    { prompt_tokens: 1.5 },
  ])('finds no counts in %j', (value) => {
    expect(parseOpenAiUsage(value)).toBeUndefined()
  })

  test('never makes a bucket negative, and never counts a prompt token twice', () => {
    const count = fc.oneof(fc.nat(1_000_000_000), fc.constantFrom(null, -1, 0.5, 'x', 1e18))
    const details = fc.record({ cached_tokens: count, cache_write_tokens: count, reasoning_tokens: count })
    const usage = fc.record({
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: count,
      prompt_tokens_details: fc.option(details),
      completion_tokens_details: fc.option(details),
      cached_tokens: count,
    })
    fc.assert(
      fc.property(usage, (value) => {
        const parsed = parseOpenAiUsage(value)
        if (parsed === undefined) return
        const tokens = Object.values(parsed).filter((each) => typeof each === 'number')
        expect(Math.min(...tokens)).toBeGreaterThanOrEqual(0)
        const prompt = value.prompt_tokens
        const isCount = typeof prompt === 'number' && Number.isInteger(prompt) && prompt >= 0 && prompt <= 1e9
        if (isCount) expect(totalInputTokens(parsed)).toBe(prompt)
        else expect(parsed.unknown === 'input' || value.total_tokens === totalOf(parsed)).toBe(true)
      }),
    )
  })
})

function totalOf(usage: Usage): number {
  return totalInputTokens(usage) + totalOutputTokens(usage)
}

test('usage comes back as it was rendered, but for cache writes, which OpenAI has no word for', () => {
  const count = fc.nat(1_000_000)
  const usage: fc.Arbitrary<Usage> = fc.record({
    inputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    source: fc.constant('counted'),
  })
  fc.assert(
    fc.property(usage, (used) => {
      const rendered = renderOpenAiUsage(used)
      expect(rendered).toMatchObject({
        prompt_tokens: totalInputTokens(used),
        completion_tokens: totalOutputTokens(used),
        total_tokens: totalInputTokens(used) + totalOutputTokens(used),
      })
      expect(withoutRaw(parseOpenAiUsage(rendered))).toEqual({
        ...used,
        inputTokens: used.inputTokens + used.cacheWriteTokens,
        cacheWriteTokens: 0,
      })
    }),
  )
})

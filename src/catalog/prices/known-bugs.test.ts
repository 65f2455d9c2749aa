import { describe, expect, test } from 'vitest'
import { fromUsd } from '../../core/money.ts'
import type { Usage } from '../../core/usage.ts'
import { createChatStreamParser } from '../../wire/openai-chat/parse-answer.ts'
import { readUsage } from '../../wire/usage/read-usage.ts'
import type { Model } from '../model.ts'
import { chargeFor } from './charge.ts'
import { embeddedBook } from './embedded-book.ts'
import { priceUsage, type UsageToPrice } from './price-usage.ts'

const AT = Date.parse('2026-11-22T03:00:00Z')

function usageOf(raw: object, seller = 'openai'): Usage {
  const { usage } = readUsage(raw, { seller })
  if (usage === undefined) throw new TypeError('no counts')
  return usage
}

function priced(seller: string, model: string, raw: object, more: Partial<UsageToPrice> = {}) {
  return priceUsage(embeddedBook, { seller, model, usage: usageOf(raw, seller), atMs: AT, ...more })
}

/** Mistakes that other gateways were reported to make with money; the numbers are those of their issues. */
describe('accounting mistakes of others', () => {
  test('a write to the cache is billed once, though its total and its parts both name it (LiteLLM #9812, #5443)', () => {
    const usage = {
      input_tokens: 3,
      cache_creation_input_tokens: 12304,
      cache_creation: { ephemeral_5m_input_tokens: 12304, ephemeral_1h_input_tokens: 0 },
      cache_read_input_tokens: 0,
      output_tokens: 550,
    }
    // 3 × 3 + 12304 × 3.75 + 550 × 15 = 54,399 µ$, and not 12,307 × 3 more.
    expect(priced('anthropic', 'claude-sonnet-4-5', usage).nanoUsd).toBe(54_399_000)
  })

  test('cached tokens are not counted at the full rate as well (LiteLLM #11364, Langfuse #10592, #12306)', () => {
    const usage = {
      prompt_tokens: 10_000,
      completion_tokens: 0,
      prompt_tokens_details: { cached_tokens: 9_000 },
    }
    // 1000 × 2.50 + 9000 × 0.25
    expect(priced('openai', 'gpt-5.4', usage).nanoUsd).toBe(4_750_000)
  })

  test('fields that merely have "input" in their names are not added up (Langfuse #9386)', () => {
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 60, text_tokens: 100 },
      input_cached_tokens: 60,
      output_tokens: 0,
      total_tokens: 100,
    }
    // 40 × 2.50 + 60 × 0.25
    expect(priced('openai', 'gpt-5.4', usage).nanoUsd).toBe(115_000)
  })

  test('what OpenAI writes to its cache is billed as a write (LiteLLM #33772)', () => {
    const usage = {
      prompt_tokens: 1_000,
      completion_tokens: 0,
      prompt_tokens_details: { cache_write_tokens: 1_000 },
    }
    expect(priced('openai', 'gpt-6-sol', usage).nanoUsd).toBe(2_500_000)
  })

  test('flex is not billed as the usual tier (LiteLLM #13810)', () => {
    const usage = { prompt_tokens: 1_000, completion_tokens: 1_000 }
    expect(priced('openai', 'gpt-5', usage, { tier: 'flex' }).nanoUsd).toBe(5_625_000)
  })

  test('cached tokens of a batch are half of the cached rate (LiteLLM PR #38341)', () => {
    const usage = {
      prompt_tokens: 1_000,
      completion_tokens: 0,
      prompt_tokens_details: { cached_tokens: 1_000 },
    }
    expect(priced('openai', 'gpt-5.4', usage, { batch: true }).nanoUsd).toBe(125_000)
  })

  test('a batch above 272,000 tokens is half of the rate above (LiteLLM PR #39861)', () => {
    const usage = { prompt_tokens: 300_000, completion_tokens: 0 }
    expect(priced('openai', 'gpt-6-sol', usage, { batch: true }).nanoUsd).toBe(600_000_000)
  })

  test('priority above the threshold has one rate and not a product of two (LiteLLM PR #30450)', () => {
    const usage = { prompt_tokens: 300_000, completion_tokens: 0 }
    expect(priced('openai', 'gpt-5.4', usage, { tier: 'priority' }).nanoUsd).toBe(1_500_000_000)
  })

  test('an explicit 0 is 0 and nothing that is missing (LiteLLM PR #36723)', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 0,
      total_tokens: 100,
      prompt_tokens_details: { cached_tokens: 0 },
      prompt_cache_hit_tokens: 100,
    }
    expect(usageOf(usage)).toMatchObject({ inputTokens: 100, cacheReadTokens: 0, outputTokens: 0 })
    expect(priced('openai', 'gpt-5.4', usage).status).toBe('priced')
  })

  test('thoughts of Gemini are priced, and not only in the total (Langfuse #16321)', () => {
    const usage = {
      promptTokenCount: 0,
      candidatesTokenCount: 1,
      thoughtsTokenCount: 999,
      totalTokenCount: 1000,
    }
    expect(priced('google', 'gemini-2.5-pro', usage).nanoUsd).toBe(10_000_000)
  })

  test.each([
    ['google', 'gemini-9-ultra'],
    ['openai', 'gpt-7'],
    ['openai', 'ft:gpt-4o:acme::1'],
    ['nvidia', 'meta/muse-glimmer-30b'],
    ['ollama', 'qwen3:8b'],
  ])('%s %s, which nobody has priced, is unpriced and not free (LiteLLM #10242, #6133)', (seller, model) => {
    const charge = priced(seller, model, { prompt_tokens: 10, completion_tokens: 10 })
    expect(charge).toMatchObject({ nanoUsd: null, status: 'unpriced' })
    expect(charge.lines.map(({ priceRow, nanoUsd }) => [priceRow, nanoUsd])).toEqual([
      [null, null],
      [null, null],
    ])
  })

  test('a price of ones own is charged once for cached tokens (LiteLLM #40006, PR #31282)', () => {
    const model = modelWith({
      kind: 'metered',
      tokens: {
        inputPerMillion: fromUsd(3),
        cacheReadPerMillion: fromUsd(0.3),
        cacheWritePerMillion: fromUsd(3.75),
        outputPerMillion: fromUsd(15),
      },
    })
    const usage = usageOf({ prompt_tokens: 1_000, completion_tokens: 100, cached_tokens: 600 })
    // 400 × 3 + 600 × 0.30 + 100 × 15
    expect(chargeFor(model, usage, AT).nanoUsd).toBe(2_880_000)
  })

  test('a model of the configuration without a price keeps the tiers of its seller (LiteLLM #30135)', () => {
    const usage = usageOf({ prompt_tokens: 272_001, completion_tokens: 0 })
    expect(chargeFor(modelWith({ kind: 'unpriced' }), usage, AT).nanoUsd).toBe(1_360_005_000)
  })

  test('usage on a chunk with choices is read, once, and the last word of each field stands', () => {
    const parser = createChatStreamParser('openai-chat:x.example')
    const chunk = (content: string, usage: object | null, finish_reason: string | null = null) =>
      parser.push(JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }], usage }))
    const events = [
      ...chunk('a', { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 4 } }),
      ...chunk('b', { prompt_tokens: 10, completion_tokens: 2 }),
      ...chunk('c', { prompt_tokens: 10, completion_tokens: 3 }, 'stop'),
      ...chunk('', null),
      ...parser.push('[DONE]'),
    ]
    const counted = events.filter((event) => event.kind === 'usage')
    expect(counted).toHaveLength(1)
    expect(counted[0]?.usage).toMatchObject({ inputTokens: 6, cacheReadTokens: 4, outputTokens: 3 })
  })

  test('the tier that stands beside the usage is part of it', () => {
    const parser = createChatStreamParser('openai-chat:api.openai.com')
    const usage = { prompt_tokens: 1_000, completion_tokens: 0, total_tokens: 1_000 }
    const choices = [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }]
    const events = [
      ...parser.push(JSON.stringify({ choices, service_tier: 'flex' })),
      ...parser.push(JSON.stringify({ choices: [], usage })),
      ...parser.push('[DONE]'),
    ]
    const [counted] = events.filter((event) => event.kind === 'usage')
    expect(counted?.usage.serviceTier).toBe('flex')
    expect(chargeFor(modelWith({ kind: 'unpriced' }), counted?.usage ?? usageOf({}), AT).nanoUsd).toBe(
      1_250_000,
    )
  })
})

function modelWith(price: Model['price']): Model {
  return {
    name: 'mine',
    binding: {
      engine: 'openai',
      vendor: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      upstreamModel: 'gpt-5.4',
    },
    price,
    toy: false,
    origin: 'config',
  }
}

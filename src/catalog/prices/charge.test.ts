import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromUsd } from '../../core/money.ts'
import { noUsage, totalInputTokens, totalOutputTokens, type Usage } from '../../core/usage.ts'
import type { Binding, Model } from '../model.ts'
import { chargeFor, worstCaseOf } from './charge.ts'
import { embeddedBook } from './embedded-book.ts'
import type { SellerPrices } from './offer.ts'
import { priceBook } from './price-book.ts'
import { amountOf, priceUsage } from './price-usage.ts'
import { isInWindow } from './price-row.ts'
import { rowsOf } from './rows-of.ts'
import { sellerOf } from './seller-of.ts'

const AT = Date.parse('2026-11-22T03:00:00Z')
const DAY_MS = 86_400_000

function modelOf(binding: Binding, price: Model['price'] = { kind: 'unpriced' }): Model {
  return { name: 'mine', binding, price, toy: false, origin: 'config' }
}

const claude = modelOf({
  engine: 'anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  upstreamModel: 'claude-opus-4-6',
})
const used: Usage = { ...noUsage, inputTokens: 1_000, outputTokens: 100 }

describe('a charge', () => {
  test('of a model without a price in the configuration is by the list of its seller', () => {
    // 1000 × 5 + 100 × 25
    expect(chargeFor(claude, used, AT)).toEqual({
      lines: [
        {
          bucket: 'in_uncached',
          tokens: 1_000,
          priceRow: 'anthropic/claude-opus-4-6/in_uncached@2026-11-22',
          nanoUsd: 5_000_000,
        },
        {
          bucket: 'out_text',
          tokens: 100,
          priceRow: 'anthropic/claude-opus-4-6/out_text@2026-11-22',
          nanoUsd: 2_500_000,
        },
      ],
      nanoUsd: 7_500_000,
      status: 'priced',
    })
  })

  test('of weights of ones own is none, and says what was used', () => {
    const owned = modelOf(claude.binding, { kind: 'owned' })
    const charge = chargeFor(owned, used, AT)
    expect(charge).toMatchObject({ nanoUsd: 0, status: 'owned' })
    expect(charge.lines.map(({ bucket, tokens }) => [bucket, tokens])).toEqual([
      ['in_uncached', 1_000],
      ['out_text', 100],
    ])
  })

  test('by the configuration holds for every tier and hour, and never goes stale', () => {
    const tokens = {
      inputPerMillion: fromUsd(2),
      cacheReadPerMillion: fromUsd(1),
      cacheWritePerMillion: fromUsd(3),
      outputPerMillion: fromUsd(4),
    }
    const model = modelOf(claude.binding, { kind: 'metered', tokens })
    const usage: Usage = {
      ...used,
      cacheReadTokens: 10,
      cacheWrite1hTokens: 20,
      serviceTier: 'priority',
      batch: true,
    }
    const charge = chargeFor(model, usage, AT + 3_000 * DAY_MS)
    // 1000 × 2 + 10 × 1 + 20 × 3 + 100 × 4
    expect(charge).toMatchObject({ nanoUsd: 2_470_000, status: 'priced' })
    expect(charge.lines[0]?.priceRow).toBe('config:mine/in_uncached')
  })

  test('is stale when nobody has looked at the price for 45 days, and still says the amount', () => {
    const checkedMs = Date.parse('2026-11-22')
    expect(chargeFor(claude, used, checkedMs + 45 * DAY_MS).status).toBe('priced')
    expect(chargeFor(claude, used, checkedMs + 45 * DAY_MS + 1)).toMatchObject({
      nanoUsd: 7_500_000,
      status: 'stale',
    })
  })

  test('is disputed when the vendor contradicts itself, and still says the amount', () => {
    expect(chargeFor(claude, { ...used, disputed: true }, AT)).toMatchObject({
      nanoUsd: 7_500_000,
      status: 'disputed',
    })
  })

  test('of a usage with one side uncounted is unpriced, with the other side priced', () => {
    const charge = chargeFor(claude, { ...noUsage, outputTokens: 100, unknown: 'input' }, AT)
    expect(charge).toMatchObject({ nanoUsd: null, status: 'unpriced', lines: [{ nanoUsd: 2_500_000 }] })
  })

  test('with a bucket that the seller does not price is unpriced', () => {
    const charge = chargeFor(claude, { ...used, outputAudioTokens: 1 }, AT)
    expect(charge).toMatchObject({
      nanoUsd: null,
      status: 'unpriced',
      because: 'no price is known of out_audio',
    })
    expect(charge.lines.at(-1)).toEqual({ bucket: 'out_audio', tokens: 1, priceRow: null, nanoUsd: null })
  })

  test('in a tier that the seller does not price is unpriced', () => {
    expect(chargeFor(claude, { ...used, serviceTier: 'provisioned_throughput' }, AT).status).toBe('unpriced')
  })

  test('of no usage at all is a price of 0', () => {
    expect(chargeFor(claude, noUsage, AT)).toEqual({ lines: [], nanoUsd: 0, status: 'priced' })
  })
})

describe('the bill of a reseller', () => {
  const asked = (usage: Usage, model = 'openai/gpt-5.4') =>
    priceUsage(embeddedBook, { seller: 'openrouter', model, usage, atMs: AT })

  test('is believed, with what the maker would have charged beside it', () => {
    expect(asked({ ...used, reportedNanoUsd: 4_100_000 })).toEqual({
      lines: [{ bucket: 'reported', tokens: 1_100, priceRow: 'reported/openrouter', nanoUsd: 4_100_000 }],
      nanoUsd: 4_100_000,
      status: 'priced',
      computedNanoUsd: 4_000_000,
    })
  })

  test('that was not sent leaves the call unpriced: its prices are not those of the maker', () => {
    expect(asked(used)).toMatchObject({ nanoUsd: null, status: 'unpriced' })
  })

  test('of 0 is right for a model that is called free, and doubted for any other', () => {
    expect(asked({ ...used, reportedNanoUsd: 0 }, 'z-ai/glm-4.5-air:free').status).toBe('priced')
    expect(asked({ ...used, reportedNanoUsd: 0 }).status).toBe('disputed')
  })

  test('that is not what its own price list comes to is disputed', () => {
    const list: SellerPrices = {
      seller: 'router',
      source: 'a page',
      checkedOn: '2026-11-22',
      confidence: 'catalogued',
      billsItself: true,
      offers: [{ model: 'm', usd: { in: 1, out: 1 } }],
    }
    const at = (reportedNanoUsd: number) =>
      priceUsage(priceBook([list]), {
        seller: 'router',
        model: 'm',
        usage: { ...used, reportedNanoUsd },
        atMs: AT,
      })
    expect(at(1_105_000)).toMatchObject({ status: 'priced', computedNanoUsd: 1_100_000 })
    expect(at(1_106_000)).toMatchObject({ status: 'disputed', nanoUsd: 1_106_000 })
  })
})

describe('rounding', () => {
  test.each([
    [1n, 499_999, 0],
    [1n, 500_000, 1],
    [1n, 1_499_999, 1],
    [3_625_000n, 1, 4],
    [3_625_000n, 100, 363],
    [3_624_999n, 100, 362],
  ])('%d nano-dollars per million for %d tokens are %d: to the nearest, half up', (price, tokens, amount) => {
    expect(amountOf({ nanoUsd: price, per: 1_000_000n }, tokens)).toBe(amount)
  })

  test('is exact where a product is past what a number holds', () => {
    expect(amountOf({ nanoUsd: 150_000_000_001n, per: 1_000_000n }, 999_999_999)).toBe(149_999_999_851_000)
  })
})

describe('the worst case', () => {
  const asUsage: fc.Arbitrary<Usage> = fc.record({
    inputTokens: fc.nat(300_000),
    cacheReadTokens: fc.nat(300_000),
    cacheWriteTokens: fc.nat(1_000),
    cacheWrite1hTokens: fc.nat(1_000),
    outputTokens: fc.nat(100_000),
    reasoningTokens: fc.nat(100_000),
    source: fc.constant('counted'),
  })
  const names = [
    'openai/gpt-6-sol',
    'deepseek/deepseek-v4-pro',
    'anthropic/claude-opus-4-6',
    'google/gemini-2.5-pro',
  ]

  test.each(names)('of %s is never less than what it then costs', (name) => {
    const [vendor = '', upstreamModel = ''] = name.split('/')
    const model = modelOf({ engine: 'openai', vendor, baseUrl: 'https://x.example/v1', upstreamModel })
    const hour = fc.integer({ min: 0, max: 400 }).map((hours) => AT + hours * 3_600_000)
    fc.assert(
      fc.property(asUsage, hour, (usage, atMs) => {
        const inputTokens = totalInputTokens(usage)
        const worst = worstCaseOf(model, { inputTokens, maxOutputTokens: totalOutputTokens(usage), atMs })
        const { nanoUsd } = chargeFor(model, usage, atMs)
        if (nanoUsd !== null) expect(worst).toBeGreaterThanOrEqual(nanoUsd)
      }),
      { seed: 5, numRuns: 300 },
    )
  })

  test('of what nobody has priced is unpriced, and of ones own weights nothing', () => {
    const unknown = modelOf({ engine: 'openai', baseUrl: 'http://10.0.0.7/v1', upstreamModel: 'qwen3' })
    expect(worstCaseOf(unknown, { inputTokens: 1, maxOutputTokens: 1 })).toBe('unpriced')
    const owned = modelOf(unknown.binding, { kind: 'owned' })
    expect(worstCaseOf(owned, { inputTokens: 1, maxOutputTokens: 1 })).toBe(0)
  })

  test('of fast mode is dearer than of the usual speed', () => {
    const order = { inputTokens: 1_000, maxOutputTokens: 1_000 }
    // An hour in the cache, in the US: 1000 × 11 + 1000 × 27.50; six times that in fast mode.
    expect(worstCaseOf(claude, order)).toBe(38_500_000)
    expect(worstCaseOf(claude, { ...order, tier: 'fast' })).toBe(231_000_000)
  })
})

describe('the embedded prices', () => {
  const rows = embeddedBook.sellers.flatMap((seller) =>
    seller.offers.flatMap((offer) => rowsOf(seller, offer)),
  )

  test('are thousands of rows, each with an id of its own, a source and a day', () => {
    expect(rows.length).toBeGreaterThan(2_000)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    for (const { source, checkedOn } of rows) {
      expect(source).not.toBe('')
      expect(checkedOn).toMatch(/^2026-\d\d-\d\d$/)
    }
  })

  test('are found under the names that models go by', () => {
    for (const seller of embeddedBook.sellers)
      for (const { model } of seller.offers)
        expect(embeddedBook.find(seller.seller, model)?.model.toLowerCase(), model).toBe(model.toLowerCase())
  })

  test('have no price of 0 but those that are called free', () => {
    const zero = rows.filter(({ nanoUsd }) => nanoUsd === 0n)
    expect(new Set(zero.map(({ seller, bucket }) => `${seller} ${bucket}`))).toEqual(
      new Set(['zai in_cache_write_5m']),
    )
  })
})

describe('prices of the configuration', () => {
  const own: SellerPrices = {
    seller: 'openai',
    source: 'our contract',
    checkedOn: '2026-11-01',
    confidence: 'catalogued',
    offers: [{ model: 'gpt-5.4', usd: { in: 2, out: 12 } }],
  }
  const book = priceBook(embeddedBook.sellers, [own])
  const find = (usage: Usage, model = 'gpt-5.4') =>
    priceUsage(book, { seller: 'openai', model, usage, atMs: AT })

  test('take the place of the embedded ones of that model, and of no other', () => {
    expect(find(used)).toMatchObject({ nanoUsd: 3_200_000, status: 'priced' })
    expect(find(used, 'gpt-5.4-mini').nanoUsd).toBe(1_200_000)
    expect(find({ ...used, cacheReadTokens: 1 })).toMatchObject({ status: 'unpriced' })
  })

  test('of 0 are a gap, unless they are called free', () => {
    const zero = (free: boolean) =>
      priceBook([
        {
          ...own,
          offers: [{ model: 'm', usd: { in: 0, out: 0 }, ...(free && { free: ['in', 'out', 'reasoning'] }) }],
        },
      ])
    const at = (free: boolean) =>
      priceUsage(zero(free), { seller: 'openai', model: 'm', usage: used, atMs: AT })
    expect(at(true)).toMatchObject({ nanoUsd: 0, status: 'priced' })
    expect(at(false)).toMatchObject({ nanoUsd: null, status: 'unpriced' })
  })

  test.each([
    [{ in: Number.NaN }, /from 0 up/],
    [{ in: -1 }, /from 0 up/],
  ])('that are no prices are refused: %j', (usd, message) => {
    const wrong: SellerPrices = { ...own, offers: [{ model: 'm', usd, free: ['in'] }] }
    expect(() => priceBook([], [wrong])).toThrow(message)
  })
})

test('a window is open on its days and hours, in UTC, before 1970 too', () => {
  const window = { days: [4], fromMinute: 60, toMinute: 120, exceptDates: ['1970-01-08'] }
  const open = (at: string) => isInWindow(window, Date.parse(at))
  expect(open('1970-01-01T01:00:00Z')).toBe(true)
  expect(open('1970-01-01T02:00:00Z')).toBe(false)
  expect(open('1970-01-02T01:00:00Z')).toBe(false)
  expect(open('1970-01-08T01:30:00Z')).toBe(false)
  expect(open('1969-12-25T01:30:00Z')).toBe(true)
  expect(open('1969-12-24T01:30:00Z')).toBe(false)
})

describe('who sells a model', () => {
  const at = (baseUrl: string) => ({ engine: 'openai' as const, baseUrl, upstreamModel: 'm' })
  test.each<readonly [string, Binding, object | undefined]>([
    [
      'a vendor by name',
      { ...at('https://proxy.example/v1'), vendor: 'gemini' },
      { seller: 'google', model: 'm' },
    ],
    ['a vendor by address', at('https://api.mistral.ai/v1'), { seller: 'mistral', model: 'm' }],
    [
      'an address with a region',
      at('https://eu.api.openai.com/v1'),
      { seller: 'openai', model: 'm', region: 'eu' },
    ],
    ['a resource of Azure', at('https://mine.openai.azure.com/openai/v1'), { seller: 'azure', model: 'm' }],
    [
      'a region of Vertex AI',
      at('https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/openapi'),
      { seller: 'google', model: 'm' },
    ],
    ['a server of ones own', at('http://127.0.0.1:8000/v1'), undefined],
    ['a local vendor', { ...at('http://127.0.0.1:11434/v1'), vendor: 'ollama' }, undefined],
    [
      'a provider package',
      { engine: 'ai-sdk', package: '@ai-sdk/amazon-bedrock', upstreamModel: 'm' },
      { seller: 'bedrock', model: 'm' },
    ],
    [
      'a package of somebody else',
      { engine: 'ai-sdk', package: '@openrouter/ai-sdk-provider', upstreamModel: 'm' },
      { seller: 'openrouter', model: 'm' },
    ],
    ['weights', { engine: 'llama', weights: 'm.gguf' }, undefined],
  ])('%s', (_, binding, sold) => {
    expect(sellerOf(modelOf(binding))).toEqual(sold)
  })
})

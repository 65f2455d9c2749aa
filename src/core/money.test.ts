import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { costOf, fromUsd, nanoUsd, toUsd, type Price } from './money.ts'
import { addUsage, noUsage, type Usage } from './usage.ts'

const tokens = fc.integer({ min: 0, max: 2_000_000 })
const usage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWriteTokens: tokens,
  outputTokens: tokens,
  reasoningTokens: tokens,
  source: fc.constantFrom('counted', 'estimated'),
})
// Up to 200 dollars per million tokens.
const perMillion = fc.integer({ min: 0, max: 200e9 }).map(nanoUsd)
const metered = fc
  .record({
    inputPerMillion: perMillion,
    cacheReadPerMillion: perMillion,
    cacheWritePerMillion: perMillion,
    outputPerMillion: perMillion,
  })
  .map((prices): Price => ({ kind: 'metered', tokens: prices }))

function amountOf(price: Price, used: Usage): number {
  const cost = costOf(price, used)
  if (cost.kind !== 'metered') throw new TypeError('expected a metered cost')
  return cost.nanoUsd
}

describe('costOf', () => {
  test('prices every bucket once: 1,000 tokens in, 500 of them cached, 200 out, 100 of them reasoning', () => {
    const price: Price = {
      kind: 'metered',
      tokens: {
        inputPerMillion: fromUsd(3),
        cacheReadPerMillion: fromUsd(0.3),
        cacheWritePerMillion: fromUsd(3.75),
        outputPerMillion: fromUsd(15),
      },
    }
    const used = {
      ...noUsage,
      inputTokens: 500,
      cacheReadTokens: 500,
      outputTokens: 100,
      reasoningTokens: 100,
    }
    expect(costOf(price, used)).toEqual({ kind: 'metered', nanoUsd: 1_500_000 + 150_000 + 3_000_000 })
  })

  test('prices cached sound as cached, an hour in the cache by its own price, and pictures as the text of their side', () => {
    const price: Price = {
      kind: 'metered',
      tokens: {
        inputPerMillion: fromUsd(3),
        cacheReadPerMillion: fromUsd(0.3),
        cacheWritePerMillion: fromUsd(3.75),
        cacheWrite1hPerMillion: fromUsd(6),
        outputPerMillion: fromUsd(15),
      },
    }
    const used: Usage = {
      ...noUsage,
      cacheReadAudioTokens: 100,
      cacheWriteTokens: 10,
      cacheWrite1hTokens: 20,
      inputImageTokens: 30,
      outputAudioTokens: 40,
    }
    // 100 × 0.30 + 10 × 3.75 + 20 × 6 + 30 × 3 + 40 × 15 = 877.5 µ$
    expect(costOf(price, used)).toEqual({ kind: 'metered', nanoUsd: 877_500 })
  })

  test('is a whole number, never below the exact bill and less than one nano-dollar above it', () => {
    fc.assert(
      fc.property(metered, usage, (price, used) => {
        if (price.kind !== 'metered') return
        const { inputPerMillion, cacheReadPerMillion, cacheWritePerMillion, outputPerMillion } = price.tokens
        const exact =
          BigInt(used.inputTokens) * BigInt(inputPerMillion) +
          BigInt(used.cacheReadTokens) * BigInt(cacheReadPerMillion) +
          BigInt(used.cacheWriteTokens) * BigInt(cacheWritePerMillion) +
          BigInt(used.outputTokens + used.reasoningTokens) * BigInt(outputPerMillion)
        const amount = BigInt(amountOf(price, used)) * 1_000_000n
        expect(amount).toBeGreaterThanOrEqual(exact)
        expect(amount - exact).toBeLessThan(1_000_000n)
      }),
    )
  })

  test('of two answers is at least the cost of both together: requests split up are never cheaper', () => {
    fc.assert(
      fc.property(metered, usage, usage, (price, a, b) => {
        const apart = amountOf(price, a) + amountOf(price, b)
        const together = amountOf(price, addUsage(a, b))
        expect(apart).toBeGreaterThanOrEqual(together)
        expect(apart - together).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('is never zero where something was used that has a price', () => {
    const price = { kind: 'metered' as const, tokens: oneNanoPerMillion() }
    expect(amountOf(price, { ...noUsage, outputTokens: 1 })).toBe(1)
    expect(amountOf(price, noUsage)).toBe(0)
  })

  test('of a model without a known price stays unknown, and of owned weights has no bill', () => {
    expect(costOf({ kind: 'unpriced' }, { ...noUsage, inputTokens: 9 })).toEqual({ kind: 'unpriced' })
    expect(costOf({ kind: 'owned' }, { ...noUsage, inputTokens: 9 })).toEqual({ kind: 'owned' })
  })
})

describe('dollars', () => {
  test('come back as they were written, down to a nano-dollar', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 }), (nanos) => {
        expect(fromUsd(toUsd(nanoUsd(nanos)))).toBe(nanos)
      }),
    )
  })

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    '%s is no amount of nano-dollars',
    (value) => {
      expect(() => nanoUsd(value)).toThrow(/whole number of nano-dollars/)
    },
  )

  test.each([-0.01, Number.NaN, Number.POSITIVE_INFINITY])('%s dollars is no price', (value) => {
    expect(() => fromUsd(value)).toThrow(/from 0 up/)
  })
})

function oneNanoPerMillion() {
  const one = nanoUsd(1)
  return { inputPerMillion: one, cacheReadPerMillion: one, cacheWritePerMillion: one, outputPerMillion: one }
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addUsage, noUsage, totalInputTokens, totalOutputTokens, type Usage } from './usage.ts'

const count = fc.nat(1_000_000)
const usage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  source: fc.constantFrom('counted', 'estimated'),
})

describe('addUsage', () => {
  test('does not care about order or grouping', () => {
    fc.assert(
      fc.property(usage, usage, usage, (a, b, c) => {
        expect(addUsage(a, b)).toEqual(addUsage(b, a))
        expect(addUsage(addUsage(a, b), c)).toEqual(addUsage(a, addUsage(b, c)))
        expect(addUsage(a, noUsage)).toEqual(a)
      }),
    )
  })

  test('neither loses nor invents a token', () => {
    fc.assert(
      fc.property(usage, usage, (a, b) => {
        const sum = addUsage(a, b)
        expect(totalInputTokens(sum)).toBe(totalInputTokens(a) + totalInputTokens(b))
        expect(totalOutputTokens(sum)).toBe(totalOutputTokens(a) + totalOutputTokens(b))
      }),
    )
  })

  test('is an estimate as soon as one part of it is', () => {
    expect(addUsage(noUsage, { ...noUsage, source: 'estimated' }).source).toBe('estimated')
  })
})

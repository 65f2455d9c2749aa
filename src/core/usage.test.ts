import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addUsage, noUsage, totalInputTokens, totalOutputTokens, type Usage } from './usage.ts'

const count = fc.nat(1_000_000)
const usage = fc.record(
  {
    inputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    cacheWrite1hTokens: count,
    cacheReadAudioTokens: count,
    inputAudioTokens: count,
    inputImageTokens: count,
    inputVideoTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    outputAudioTokens: count,
    outputImageTokens: count,
    webSearches: count,
    source: fc.constantFrom('counted', 'estimated'),
  },
  {
    requiredKeys: [
      'inputTokens',
      'cacheReadTokens',
      'cacheWriteTokens',
      'outputTokens',
      'reasoningTokens',
      'source',
    ],
  },
) as fc.Arbitrary<Usage>

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

  test('keeps what was said of a call only where both say it, and no bill of one of them', () => {
    const one: Usage = { ...noUsage, serviceTier: 'flex', region: 'us', batch: true, reportedNanoUsd: 5 }
    const other: Usage = { ...noUsage, serviceTier: 'flex', region: 'global', disputed: true, raw: {} }
    expect(addUsage(one, other)).toEqual({ ...noUsage, serviceTier: 'flex', disputed: true })
    expect(addUsage(one, one)).toEqual({ ...one, reportedNanoUsd: 10 })
  })

  test('is an estimate as soon as one part of it is', () => {
    expect(addUsage(noUsage, { ...noUsage, source: 'estimated' }).source).toBe('estimated')
  })
})

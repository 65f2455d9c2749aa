import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitsForCertain, mayBeShortened, refusesLongPrompts } from './prompt-window.ts'

const old = { contextTokens: 4096, ownBytes: 100, refuses: false }

test.each([
  ['0.12.11', false],
  ['0.13.0-rc1', true],
  ['0.33.2', true],
  ['1.0.0', true],
  ['not a version', false],
])('Ollama %s refuses a long prompt when told to: %s', (version, expected) => {
  expect(refusesLongPrompts(version)).toBe(expected)
})

test('as many bytes as the context has tokens fit whatever the tokenizer is', () => {
  expect(fitsForCertain(ascii(3995), old)).toBe(true)
  expect(fitsForCertain(ascii(3996), old)).toBe(false)
  expect(fitsForCertain({ ...ascii(10), pictures: true }, old)).toBe(false)
})

describe('whatever is left of a prompt that was too long is recognised', () => {
  // 1 byte for a token is the densest there is; prose has 4 to 6, and messages are of any length.
  const prompt = fc.record({
    context: fc.integer({ min: 512, max: 131_072 }),
    messages: fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 80 }),
    bytesPerToken: fc.double({ min: 4, max: 6, noNaN: true }),
  })

  test('the front cut away until half is left, by new servers and old ones', () => {
    fc.assert(
      fc.property(prompt, fc.boolean(), fc.integer({ min: 0, max: 5 }), (drawn, refuses, keep) => {
        const { context, messages, bytesPerToken } = drawn
        const had = sum(messages)
        fc.pre(had >= context)
        const left = context - Math.max(Math.floor((context - keep) / 2), 1)
        const window = { contextTokens: context, ownBytes: 0, refuses }
        return mayBeShortened(left, ascii(had * bytesPerToken), window)
      }),
      { seed: 20_261_123, numRuns: 2000 },
    )
  })

  test('the oldest messages dropped until the rest fits, by old servers', () => {
    fc.assert(
      fc.property(prompt, ({ context, messages, bytesPerToken }) => {
        const had = sum(messages)
        fc.pre(had >= context)
        const kept = messages.filter((_, index) => sum(messages.slice(index)) < context)
        const window = { contextTokens: context, ownBytes: 0, refuses: false }
        return mayBeShortened(Math.max(1, sum(kept)), ascii(had * bytesPerToken), window)
      }),
      { seed: 20_261_123, numRuns: 2000 },
    )
  })
})

test('an old server is not believed about what nobody can estimate', () => {
  const hindi = { bytes: 6000, units: 2000, pictures: false }
  expect(mayBeShortened(1500, hindi, old)).toBe(true)
  expect(mayBeShortened(1500, hindi, { ...old, refuses: true })).toBe(false)
  expect(mayBeShortened(1500, { ...ascii(6000), pictures: true }, old)).toBe(true)
  expect(mayBeShortened(1500, ascii(6000), old)).toBe(false)
})

function ascii(bytes: number) {
  return { bytes, units: bytes, pictures: false }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUCKETS, readPrompt, WORD_BUCKETS } from './prompt-features.ts'
import { LOG_LENGTH, SHAPE_FEATURES } from './prompt-shape.ts'

test('any text gives finite features, each bucket once, the same every time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (prompt) => {
      const { buckets, counts, shape } = readPrompt(prompt)
      expect(new Set(buckets).size).toBe(buckets.length)
      expect(buckets.every((bucket) => bucket < BUCKETS)).toBe(true)
      expect(counts.every((count) => count > 0)).toBe(true)
      expect(shape.length).toBe(SHAPE_FEATURES)
      expect(shape.every((value) => Number.isFinite(value))).toBe(true)
      expect([...readPrompt(prompt).buckets].join()).toBe([...buckets].join())
    }),
    { numRuns: 50 },
  )
})

test('case, white space and which digits a number has do not change the n-grams', () => {
  const { buckets } = readPrompt('How many  Eggs\nare 16 eggs?')
  expect(readPrompt('how many eggs are 73 eggs?').buckets).toEqual(buckets)
  expect(readPrompt('how many eggs are 163 eggs?').buckets).not.toEqual(buckets)
})

test('an empty prompt has no n-grams, and "ab" a word and one pair of characters with its borders', () => {
  expect(readPrompt('').buckets.length).toBe(0)
  const { buckets } = readPrompt('ab')
  expect([...buckets].filter((bucket) => bucket < WORD_BUCKETS).length).toBe(1)
  // " ab", "ab " and " ab ".
  expect([...buckets].filter((bucket) => bucket >= WORD_BUCKETS).length).toBe(3)
})

test('a prompt of a million characters is read at both ends only, and its whole length is known', () => {
  const long = `first words ${'x'.repeat(1_000_000)} last words`
  const { buckets, shape } = readPrompt(long)
  expect(buckets.length).toBeLessThan(100)
  expect(shape[LOG_LENGTH]).toBeCloseTo(Math.log1p(long.length))
})

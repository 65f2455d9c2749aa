import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { gradeOf, itemWith, openPure } from './scorer.conformance.ts'

function grade(output: string, gold: string | string[], settings: JsonObject = {}): number | string {
  return gradeOf(openPure('rouge-l', settings), itemWith(gold), output)
}

test('the examples of the paper: order counts, and gaps do not', () => {
  const gold = 'police killed the gunman'
  expect(grade('police kill the gunman', gold)).toBeCloseTo(3 / 4, 12)
  expect(grade('the gunman kill police', gold)).toBeCloseTo(2 / 4, 12)
  expect(grade('the gunman police killed', gold)).toBeCloseTo(2 / 4, 12)
})

test('beta weighs recall against precision', () => {
  // LCS 2, gold 4 words, output 2 words: R = 1/2, P = 1.
  const [recall, precision] = [0.5, 1]
  const expected = (beta: number): number =>
    ((1 + beta ** 2) * recall * precision) / (recall + beta ** 2 * precision)
  expect(grade('a b', 'a b c d', { beta: 1 })).toBeCloseTo(expected(1), 12)
  expect(grade('a b', 'a b c d', { beta: 8 })).toBeCloseTo(expected(8), 12)
})

test('words are words in every script, without their case and marks', () => {
  expect(grade('दवा, दिन में दो बार!', 'दवा दिन में दो बार')).toBe(1)
  expect(grade('गोळी जेवणानंतर घ्या', 'गोळी जेवणाआधी घ्या')).toBeCloseTo(2 / 3, 12)
  expect(grade('خذ الدواء مرتين', 'خذ الدواء مرتين يوميا')).toBeCloseTo((2 * 3) / 7, 12)
  expect(grade('กินยาวันละสองครั้ง', 'กินยา')).toBeGreaterThan(0)
  expect(grade('TAKE It', 'take it.')).toBe(1)
})

test('of several golds the nearest counts', () => {
  expect(grade('a b', ['x y', 'a b'])).toBe(1)
})

test('the common subsequence is as long as a plain recursion finds it', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 9 })
  const plain = (a: readonly string[], b: readonly string[]): number => {
    const [first, ...others] = a
    if (first === undefined || b.length === 0) return 0
    const at = b.indexOf(first)
    return Math.max(plain(others, b), at < 0 ? 0 : 1 + plain(others, b.slice(at + 1)))
  }
  fc.assert(
    fc.property(words, words, (gold, output) => {
      const common = plain(gold, output)
      expect(grade(output.join(' '), gold.join(' '))).toBeCloseTo(
        (2 * common) / (gold.length + output.length),
        12,
      )
    }),
    { seed: 9, numRuns: 500 },
  )
})

test('a gold of more words than a number has bits', () => {
  const gold = Array.from({ length: 100 }, (_, word) => `w${word}`)
  expect(grade(gold.join(' '), gold.join(' '))).toBe(1)
  expect(grade(gold.slice(20, 90).join(' '), gold.join(' '))).toBeCloseTo(140 / 170, 12)
  expect(grade(gold.toReversed().join(' '), gold.join(' '))).toBeCloseTo(1 / 100, 12)
})

test('an output that never stops is measured in time and scores next to nothing', () => {
  const gold = Array.from({ length: 4000 }, (_, word) => `w${word}`).join(' ')
  const start = process.threadCpuUsage()
  expect(grade('w1 w2 '.repeat(100_000), gold)).toBeLessThan(0.001)
  expect(process.threadCpuUsage(start).user).toBeLessThan(5_000_000)
})

test('a gold without words, or with too many, is refused', () => {
  const { fault } = openPure('rouge-l')
  expect(fault(itemWith('…'))).toBe('"gold" holds no word')
  expect(fault(itemWith('w '.repeat(4097)))).toBe('"gold" is longer than 4096 words')
  expect(fault(itemWith())).toMatch(/^"gold" is missing/)
})

import { expect, test } from 'vitest'
import type { Json, JsonObject } from '../../core/json.ts'
import { gradeOf, itemWith, openPure, scoreNow } from './scorer.conformance.ts'

function grade(output: string, gold: Json, settings: JsonObject = {}): number | string {
  return gradeOf(openPure('number', settings), itemWith(gold), output)
}

function taken(output: string, settings: JsonObject = {}): string {
  const score = scoreNow(openPure('number', settings), itemWith(1), output)
  return score.kind === 'scored' ? score.answer : score.why
}

test('without a setting the number after the last marker counts, and the last one where no marker stands', () => {
  expect(taken('3 + 4 = 7\n#### 7\nChecked in 2 ways.')).toBe('7')
  expect(taken('The answer is 5. No: the answer is $6, of 10.')).toBe('6')
  expect(taken('so \\boxed{x = 12} in 3 steps')).toBe('12')
  expect(taken('**Answer:** 1,250 of 2,000')).toBe('1250')
  expect(taken('सही उत्तर: १८ (कुल २०)')).toBe('18')
  expect(taken('الجواب: ١٨ من ٢٠')).toBe('18')
  expect(taken('first 3, then 4')).toBe('4')
  expect(taken('7 is what the answer is')).toBe('7')
})

test('the first, the last or only a marked number is taken on demand', () => {
  const text = 'We have 3. The answer is 4, or 5.'
  expect(taken(text, { take: 'first' })).toBe('3')
  expect(taken(text, { take: 'last' })).toBe('5')
  expect(taken(text, { take: 'marked' })).toBe('4')
  expect(taken('We have 3.', { take: 'marked' })).toBe('no number follows a marker in the output')
  expect(taken('Résultat = 9 sur 10', { take: 'marked', markers: 'RÉSULTAT =' })).toBe('9')
  expect(taken('no idea')).toBe('the output holds no number')
})

test('a letter that grows in lower case does not move the place after the marker', () => {
  expect(taken('İİİİİİİİ 1 answer: 2')).toBe('2')
})

test('equal values are right in any notation, and no rounding makes two numbers one', () => {
  expect(grade('18.0', '18')).toBe(1)
  expect(grade('$1,250.00', 1250)).toBe(1)
  expect(grade('0.75', '3/4')).toBe(1)
  expect(grade('0.1', 0.1)).toBe(1)
  expect(grade('-5', '5')).toBe(0)
  expect(grade('10000000000000000001', '10000000000000000000')).toBe(0)
  expect(grade('7', ['6', 7])).toBe(1)
})

test('tolerances are exact at their edge', () => {
  expect(grade('1.01', 1, { tolerance: 0.01 })).toBe(1)
  expect(grade('1.0100001', 1, { tolerance: 0.01 })).toBe(0)
  expect(grade('0.333', '1/3', { relative_tolerance: 0.001 })).toBe(1)
  expect(grade('102', 100, { relative_tolerance: 0.02 })).toBe(1)
  expect(grade('-98', -100, { relative_tolerance: 0.02 })).toBe(1)
  expect(grade('103', 100, { relative_tolerance: 0.02 })).toBe(0)
})

test('percent is a sign to drop, or a hundredth', () => {
  expect(grade('50 %', 50)).toBe(1)
  expect(grade('50 %', 0.5, { percent: 'hundredths' })).toBe(1)
})

test('a gold that is no number is refused, without being repeated', () => {
  const { fault } = openPure('number')
  expect(fault(itemWith('about 12 secrets'))).toBe(
    '"gold" does not suit; expected a number, or a list of numbers any of which is right',
  )
  expect(fault(itemWith(['1', null]))).toMatch(/^"gold" does not suit/)
  expect(fault(itemWith())).toMatch(/^"gold" is missing/)
})

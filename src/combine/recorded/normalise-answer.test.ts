import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normaliseAnswer } from './normalise-answer.ts'

const same = (...answers: readonly string[]): void => {
  expect(new Set(answers.map((answer) => JSON.stringify(normaliseAnswer(answer)))).size).toBe(1)
}
const rule = (answer: string): string => normaliseAnswer(answer).rule

test('numbers are compared by value, whatever the sign of money, the grouping or the script', () => {
  same('1,000', '1000.0', '$1000', '$ 1,000.00', '1e3', ' 1000. ', '+1000', '१०००', '١٠٠٠', '1000 €', '01000')
  expect(normaliseAnswer('1,000')).toEqual({ rule: 'number', text: '1000' })
  same('-0.50', '−.5', '-$0.5', '$-0.5', '-5e-1')
  same('0', '-0', '0.000')
  same('12,34,567', '1234567')
  same('50%', '50')
})

test('a comma that does not group digits makes a text: 1,5 is 1.5 in some places only', () => {
  for (const text of ['1,5', '1,0000', '1.000.000', '12.5.1', '--3', '-$-3', '1e999', '.', ','])
    expect(rule(text)).toBe('text')
})

test('digits beyond what a floating-point number holds stay apart', () => {
  expect(normaliseAnswer('12345678901234567890')).not.toEqual(normaliseAnswer('12345678901234567891'))
})

test('a choice is one letter, bare or marked', () => {
  same('B', 'b', '(b)', '[B]', 'B.', 'b)', ' B ')
  expect(rule('B')).toBe('choice')
  expect(rule('(BC)')).toBe('text')
})

test('JSON is compared by value', () => {
  same('{"a":1,"b":[2,3]}', '{ "b": [2.0, 3], "a": 1 }')
  expect(rule('[1,2]')).toBe('json')
  expect(normaliseAnswer('[1,2]')).not.toEqual(normaliseAnswer('[2,1]'))
  expect(rule('[see above]')).toBe('text')
  expect(rule(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toMatch(/json|text/)
})

test('a day is one day in every spelling that leaves no doubt about the month', () => {
  same(
    '2026-11-22',
    '2026/11/22',
    '22 Nov 2026',
    'November 22, 2026',
    '22nd november 2026',
    '22/11/2026',
    '11/22/2026',
  )
  expect(rule('03/04/2026')).toBe('text')
  expect(rule('04/04/2026')).toBe('date')
  expect(rule('2026-02-29')).toBe('text')
  expect(rule('2024-02-29')).toBe('date')
  same('1 sept 2026', 'Sep. 1, 2026', '2026-9-1')
})

test('everything else is compared without regard to case, space and a final full stop', () => {
  same('New  Delhi', 'new delhi.', ' NEW DELHI ', 'ｎｅｗ ｄｅｌｈｉ')
  same('नई दिल्ली', 'नई दिल्ली।')
  expect(rule('')).toBe('none')
  expect(rule(' \n')).toBe('none')
})

test('normalising twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.double().map(String), fc.json()), (answer) => {
      const once = normaliseAnswer(answer)
      expect(normaliseAnswer(once.text)).toEqual(once)
    }),
  )
})

test('a finite number normalises to a text with the same value', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), (value) => {
      fc.pre(Math.abs(value) === 0 || Math.abs(value) > 1e-15)
      const { rule: used, text } = normaliseAnswer(String(value))
      expect(used).toBe('number')
      expect(Number(text)).toBe(value === 0 ? 0 : value)
    }),
  )
})

import { expect, test } from 'vitest'
import { gradeOf, itemWith, openPure, scoreNow } from './scorer.conformance.ts'

test('a pattern of the settings stands for every item and needs no gold', () => {
  const scorer = openPure('regex', { pattern: '^ICD-10: [A-Z]\\d{2}', flags: 'm' })
  expect(scorer.fault(itemWith())).toBeUndefined()
  expect(gradeOf(scorer, itemWith(), 'Code below\nICD-10: E11.9')).toBe(1)
  expect(gradeOf(scorer, itemWith(), 'icd-10: e11')).toBe(0)
})

test('without one each gold is a pattern, and a wrong one is a fault of its item', () => {
  const scorer = openPure('regex', { flags: 'i' })
  expect(gradeOf(scorer, itemWith(['^no', 'ye+s']), 'Oh YEEES')).toBe(1)
  expect(scorer.fault(itemWith('(secret'))).toBe(
    '"gold" is no regular expression of JavaScript (Unicode mode)',
  )
  expect(scorer.fault(itemWith())).toBe('"gold" is missing; expected a regular expression, or a list of them')
})

test('with extract the first group is compared with the gold', () => {
  const scorer = openPure('regex', { pattern: 'diagnosis: (.+)', extract: true, flags: 'i' })
  expect(scoreNow(scorer, itemWith('Flu'), 'Diagnosis: flu \nRest.')).toEqual({
    kind: 'scored',
    score: 1,
    answer: 'flu',
  })
  expect(gradeOf(scorer, itemWith('Flu'), 'Diagnosis: cold')).toBe(0)
  expect(gradeOf(scorer, itemWith('Flu'), 'cold')).toBe('the pattern finds nothing in the output')
  expect(scorer.fault(itemWith())).toMatch(/^"gold" is missing/)
})

test.each([
  [{ pattern: '(?=x)' }, 'scorer regex: setting "pattern" looks ahead or behind, which may take for ever'],
  [{ pattern: 'x', extract: true }, 'scorer regex: "extract" needs a "pattern" with a group in brackets'],
  [{ extract: true }, 'scorer regex: "extract" needs a "pattern" with a group in brackets'],
  [
    { flags: 'g' },
    'scorer regex: setting "flags": expected some of the letters i (case), m (lines) and s (dot is anything)',
  ],
  [
    { flags: 'ii' },
    'scorer regex: setting "flags": expected some of the letters i (case), m (lines) and s (dot is anything)',
  ],
])('settings %j are refused', (settings, line) => {
  expect(() => openPure('regex', settings)).toThrow(line)
})

test('an output too long to be read in time is unparsed, not cut', () => {
  expect(gradeOf(openPure('regex', { pattern: 'x' }), itemWith(), 'x'.repeat(100_001))).toBe(
    'the output is longer than 100000 characters',
  )
})

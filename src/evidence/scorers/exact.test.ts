import { expect, test } from 'vitest'
import type { Json, JsonObject } from '../../core/json.ts'
import { gradeOf, itemWith, openPure } from './scorer.conformance.ts'

function grade(output: string, gold: Json, settings: JsonObject = {}): number | string {
  return gradeOf(openPure('exact', settings), itemWith(gold), output)
}

test('only white space around the output and the way accents are composed count for nothing', () => {
  expect(grade('  Zo\u00EB\n', 'Zoe\u0308')).toBe(1)
  expect(grade('Zoë.', 'Zoë')).toBe(0)
  expect(grade('zoë', 'Zoë')).toBe(0)
  expect(grade('New  York', 'New York')).toBe(0)
})

test('any of several golds is right, and a gold may be a number or a truth value', () => {
  expect(grade('UK', ['United Kingdom', 'UK'])).toBe(1)
  expect(grade('42', 42)).toBe(1)
  expect(grade('false', false)).toBe(1)
})

test('case and punctuation are ignored when the settings say so, in every script', () => {
  expect(grade('İZMİR', 'i̇zmi̇r', { ignore_case: true })).toBe(1)
  expect(
    grade('A well known, fact!', 'a well-known fact', { ignore_case: true, ignore_punctuation: true }),
  ).toBe(1)
  expect(grade('हाँ।', 'हाँ', { ignore_punctuation: true })).toBe(1)
  expect(grade('resume', 'résumé', { ignore_case: true, ignore_punctuation: true })).toBe(0)
})

test('an item without a gold that a text can be is refused before anything is paid for', () => {
  const { fault } = openPure('exact', { ignore_punctuation: true })
  const expected = 'a text, or a list of texts any of which is right'
  expect(fault(itemWith())).toBe(`"gold" is missing; expected ${expected}`)
  expect(fault(itemWith({ a: 1 }))).toBe(`"gold" does not suit; expected ${expected}`)
  expect(fault(itemWith([]))).toBe(`"gold" does not suit; expected ${expected}`)
  expect(fault(itemWith(['yes', '…']))).toBe('"gold" is empty once folded; nothing could match it')
})

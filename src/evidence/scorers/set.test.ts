import { expect, test } from 'vitest'
import type { Json, JsonObject } from '../../core/json.ts'
import { listInText } from './list-in-text.ts'
import { gradeOf, itemWith, openPure, scoreNow } from './scorer.conformance.ts'

test.each([
  ['a JSON list', 'Here: ["a", 1, true]', ['a', '1', 'true']],
  ['an empty JSON list', '[]', []],
  ['bullets between talk', 'These are:\n\n- **a**\n* b, c\n3) d\nHope it helps.', ['a', 'b, c', 'd']],
  ['bullets with stars', '* a\n* b', ['a', 'b']],
  ['Devanagari numbers', '१. दवा\n२. जाँच', ['दवा', 'जाँच']],
  ['lines', 'Drugs:\na\nb c', ['a', 'b c']],
  ['semicolons', 'a, b; c', ['a, b', 'c']],
  ['commas and and', 'The drugs are: a, b, and c', ['a', 'b', 'c']],
  ['and without a comma before', 'a, b and c', ['a', 'b', 'c']],
  ['and without a list', 'bread and butter', ['bread and butter']],
  ['Hindi', 'दवा, जाँच और आराम', ['दवा', 'जाँच', 'आराम']],
  ['Arabic commas', 'دواء، راحة', ['دواء', 'راحة']],
  ['numbers with groups', '1,000, 2,500', ['1,000', '2,500']],
  ['single digits', '1,2,3', ['1', '2', '3']],
  ['a ratio', '1:2', ['1:2']],
  ['none', 'None.', []],
  ['one element', 'a', ['a']],
])('a list as %s', (_, text, elements) => {
  expect(listInText(text)).toEqual(elements)
})

function grade(output: string, gold: Json, settings: JsonObject = {}): number | string {
  return gradeOf(openPure('set', settings), itemWith(gold), output)
}

test('F1, precision and recall are those of the sets', () => {
  const gold = ['a', 'b', 'c', 'd']
  expect(grade('a, b, x', gold, { measure: 'precision' })).toBeCloseTo(2 / 3, 12)
  expect(grade('a, b, x', gold, { measure: 'recall' })).toBe(0.5)
  expect(grade('a, b, x', gold)).toBeCloseTo((2 * (2 / 3) * 0.5) / (2 / 3 + 0.5), 12)
  expect(grade('a, b, x', gold, { measure: 'all' })).toBe(0)
  expect(grade('D; C; b; A; a', gold, { measure: 'all' })).toBe(1)
  expect(grade('x', gold)).toBe(0)
})

test('elements are the same when only case, quotes, full stops or the notation of a number differ', () => {
  expect(grade('"Aspirin".\n1,000\n१२', ['aspirin', 1000, '12'])).toBe(1)
})

test('lists inside the gold are annotators to be joined, or synonyms of one element', () => {
  const gold = [['ASA', 'aspirin'], ['ibuprofen']]
  expect(grade('aspirin, ibuprofen', gold, { measure: 'recall' })).toBeCloseTo(2 / 3, 12)
  expect(grade('aspirin, ibuprofen', gold, { nested: 'synonyms' })).toBe(1)
  // Naming one drug twice is one drug.
  expect(grade('ASA, aspirin', gold, { nested: 'synonyms', measure: 'recall' })).toBe(0.5)
})

test('an empty list is right where the gold is empty, and only there', () => {
  expect([grade('none', []), grade('[]', []), grade('a', []), grade('none', ['a'])]).toEqual([1, 1, 0, 0])
})

test('the answer is the set in one order, so that votes can compare it', () => {
  const scorer = openPure('set')
  expect(scoreNow(scorer, itemWith(['a']), 'B, a')).toMatchObject({ answer: '["a","b"]' })
  expect(scoreNow(scorer, itemWith(['a']), '- A\n- b')).toMatchObject({ answer: '["a","b"]' })
})

test('a gold that is no list is refused; a text that is one is read as outputs are', () => {
  const { fault } = openPure('set')
  expect(fault(itemWith({ a: 1 }))).toMatch(/^"gold" does not suit; expected a list/)
  expect(fault(itemWith([{ a: 1 }]))).toMatch(/does not suit/)
  expect(fault(itemWith())).toMatch(/is missing/)
  expect(grade('b, a', 'a; b')).toBe(1)
})

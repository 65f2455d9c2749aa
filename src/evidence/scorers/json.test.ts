import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../core/json.ts'
import { calendarDay } from './calendar-day.ts'
import { jsonInText } from './json-in-text.ts'
import { gradeOf, itemWith, openPure, scoreNow } from './scorer.conformance.ts'

describe('JSON in a text', () => {
  test.each([
    ['alone', ' {"a": [1, {"b": "}"}]} ', { a: [1, { b: '}' }] }],
    ['in a fence', 'Sure:\n```json\n{"a": 1}\n```\nDone {ok}.', { a: 1 }],
    ['the last of several', 'first {"a": 1}, then {"a": 2}', { a: 2 }],
    ['behind a bracket that is none', 'The set {x | x > 2} and {"a": "\\"}"}', { a: '"}' }],
    ['inside one that does not close', '{ {"a": 1}', { a: 1 }],
    ['none', 'no {object} here', undefined],
    ['cut off', '{"a": 1', undefined],
    ['a list where an object is wanted', '[1, 2]', undefined],
  ])('%s', (_, text, value) => {
    expect(jsonInText(text, '{')).toEqual(value)
  })
})

test('a day is one day in every way of writing it that nobody can misread', () => {
  const same = [
    '2026-11-22',
    '2026/11/22',
    '22 Nov 2026',
    '22nd of November 2026',
    'Nov. 22, 2026',
    '22/11/2026',
    '11/22/2026',
    '2026-11-22T00:00:00Z',
  ]
  expect(new Set(same.map(calendarDay))).toEqual(new Set(['2026-11-22']))
  expect(
    ['03/04/2026', '2026-02-30', '31 April 2026', '2026-11-22T10:00:00Z', 'November', ''].map(calendarDay),
  ).toEqual(Array.from({ length: 6 }))
  expect([calendarDay('04/04/2026'), calendarDay('29 Feb 2024'), calendarDay('29 Feb 2023')]).toEqual([
    '2026-04-04',
    '2024-02-29',
    undefined,
  ])
})

function grade(output: Json, gold: Json, settings: JsonObject = {}): number | string {
  return gradeOf(
    openPure('json', settings),
    itemWith(gold),
    typeof output === 'string' ? output : JSON.stringify(output),
  )
}

const GOLD = { name: 'Asha Rao', age: 41, city: 'Pune', seen: '2026-11-22' }

test('the score is the share of the fields that match by value', () => {
  expect(grade({ age: '41', city: ' Pune', seen: '22/11/2026', name: 'Asha Rao' }, GOLD)).toBe(1)
  expect(grade({ age: 41.0, city: 'pune', seen: '23/11/2026' }, GOLD)).toBe(0.25)
  expect(grade({ age: 41, city: 'pune' }, GOLD, { ignore_case: true })).toBe(0.5)
  expect(grade({ ...GOLD, age: 42 }, GOLD, { score: 'all' })).toBe(0)
})

test('only the fields of the settings count, also inside others', () => {
  const gold = { who: { name: 'A', 'x.y': 1 }, 'x.y': 2, other: 3 }
  expect(grade({ who: { name: 'A' }, other: 9 }, gold, { fields: ['who.name'] })).toBe(1)
  expect(grade({ 'x.y': 2 }, gold, { fields: ['x.y', 'other'] })).toBe(0.5)
  expect(openPure('json', { fields: 'who.age' }).fault(itemWith(gold))).toBe(
    '"gold" has no field "who.age", which the scorer\'s settings name',
  )
})

test('a null is the same as nothing, and further fields are let be or counted as wrong', () => {
  expect(grade({ a: 1 }, { a: 1, b: null })).toBe(1)
  expect(grade({ a: 1, b: null, c: 3 }, { a: 1 }, { extra: 'count' })).toBe(0.5)
  expect(grade({ a: 1, c: 3 }, { a: 1 })).toBe(1)
})

test('identifiers keep their leading zeros, and names of the language itself are no fields', () => {
  expect(grade({ id: '7' }, { id: '007' })).toBe(0)
  expect(grade('{"a": 1}', JSON.parse('{"constructor": 1, "a": 1}') as Json)).toBe(0.5)
  expect(grade('{"__proto__": 1}', JSON.parse('{"__proto__": 1}') as Json)).toBe(1)
})

test('a gold list is compared as a whole and in its order', () => {
  expect([grade('so: [1, "2"]', [1, 2]), grade('[2, 1]', [1, 2])]).toEqual([1, 0])
})

test('the answer is the object in one form, so that votes can compare it', () => {
  const scorer = openPure('json')
  const answers = ['{"b": 1.0, "a": "1 Jan 2026"}', '```\n{"a":"2026-01-01","b":1}\n```'].map((output) =>
    scoreNow(scorer, itemWith({ a: 1 }), output),
  )
  expect(answers[0]).toEqual(answers[1])
})

test('what cannot be compared is a fault of the item, or no answer', () => {
  const { fault } = openPure('json')
  expect(fault(itemWith('Asha'))).toBe('"gold" does not suit; expected a JSON object or list')
  expect(fault(itemWith({}))).toBe('"gold" has no fields to compare')
  expect(fault(itemWith('{"a": 1}'))).toBeUndefined()
  expect(grade('no object', GOLD)).toBe('the output holds no JSON object')
  expect(grade(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`, GOLD)).toBe(
    'the JSON of the output is nested deeper than 32',
  )
})

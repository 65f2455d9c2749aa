import { expect, test } from 'vitest'
import { gradeOf, itemWith, openPure } from './scorer.conformance.ts'

const item = itemWith(['aspirin', 'water'])

test.each([
  ['all', 'Aspirin with water', 1],
  ['all', 'Aspirin with milk', 0],
  ['any', 'Aspirin with milk', 1],
  ['any', 'Tea', 0],
  ['none', 'Tea', 1],
  ['none', 'Tea with water', 0],
])('with require %s, "%s" scores %d', (require, output, score) => {
  expect(gradeOf(openPure('contains', { require }), item, output)).toBe(score)
})

test('texts of the settings stand for every item, which then needs no gold', () => {
  const scorer = openPure('contains', { texts: 'I cannot', require: 'none', ignore_case: false })
  expect(scorer.fault(itemWith())).toBeUndefined()
  expect([gradeOf(scorer, itemWith(), 'I cannot say'), gradeOf(scorer, itemWith(), 'i cannot say')]).toEqual([
    0, 1,
  ])
})

test('whole words are not found inside longer ones, also where a vowel sign or a joined letter makes them longer', () => {
  const scorer = openPure('contains', { whole_words: true })
  expect(gradeOf(scorer, itemWith('art'), 'heart and art')).toBe(1)
  expect(gradeOf(scorer, itemWith('art'), 'hearts')).toBe(0)
  expect(gradeOf(scorer, itemWith('कल'), 'कला')).toBe(0)
  expect(gradeOf(scorer, itemWith('कल'), 'वह कल आएगा')).toBe(1)
  expect(gradeOf(scorer, itemWith('𝒜'), 'x𝒜')).toBe(0)
  expect(gradeOf(scorer, itemWith('北京'), '答案是北京吗')).toBe(1)
})

test('an item without texts is refused', () => {
  const { fault } = openPure('contains')
  expect(fault(itemWith())).toBe('"gold" is missing; expected a text or a list of texts')
  expect(fault(itemWith(' '))).toBe('"gold" is empty; every output holds it')
})

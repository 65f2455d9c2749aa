import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Item } from '../../evidence/item.ts'
import { fieldText, parsePromptTemplate, placeholders, renderPrompt } from './prompt-template.ts'

const item: Item = {
  task: 'exam',
  item: 'q1',
  prompt: 'What is {{x}}?',
  gold: 'B',
  context: 'page 3',
  options: ['aspirin', 'ibuprofen'],
  more: { hint: 'think', tries: 3, tags: ['a', 'b'], nothing: null },
}

function render(source: string): string {
  return renderPrompt(parsePromptTemplate(source), item)
}

test('fields of the item stand where the template names them', () => {
  expect(render('{{context}}\n\nQ: {{ prompt }}\n{{options}}\nA:')).toBe(
    'page 3\n\nQ: What is {{x}}?\nA. aspirin\nB. ibuprofen\nA:',
  )
})

test('braces of the item are its own: what it says is not a template', () => {
  expect(render('{{prompt}} {{hint}}')).toBe('What is {{x}}? think')
})

test('fields that are not ours may be used too, as text or as JSON', () => {
  expect(render('{{hint}} {{tries}} {{tags}}')).toBe('think 3 ["a","b"]')
  expect(fieldText(item, 'nothing')).toBeUndefined()
  expect(fieldText(item, 'toString')).toBeUndefined()
})

test('a backslash makes braces mean themselves, and JSON needs none', () => {
  expect(render('\\{{prompt}} {"a": {"b": 1}} {{}} { {prompt} }')).toBe(
    '{{prompt}} {"a": {"b": 1}} {{}} { {prompt} }',
  )
})

test('the right answer has no place in a prompt', () => {
  expect(fieldText(item, 'gold')).toBeUndefined()
})

test('a placeholder knows where it stands in its text', () => {
  expect(placeholders(parsePromptTemplate('ab {{prompt}} {{नाम}}'))).toEqual([
    { field: 'prompt', index: 3 },
    { field: 'नाम', index: 14 },
  ])
})

test('a template without placeholders is its own text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('{{'))
      expect(render(text)).toBe(text)
    }),
    { seed: 11 },
  )
})

import { expect, test } from 'vitest'
import { table, widthOf } from './table.ts'

test('columns are as wide as their widest cell, and no line ends in spaces', () => {
  const rows = [
    ['NAME', 'SIZE', 'STATE'],
    ['a', '10.0 GiB', 'ready'],
    ['much-longer', '-', ''],
  ]
  expect(table(rows)).toBe('NAME         SIZE      STATE\na            10.0 GiB  ready\nmuch-longer  -')
})

test('no rows are no text', () => {
  expect(table([])).toBe('')
})

test.each([
  ['abc', 3],
  ['नि', 1],
  ['模型', 4],
  ['é', 1],
  ['👩‍🔬', 2],
])('%s is %i cells wide', (text, width) => {
  expect(widthOf(text)).toBe(width)
})

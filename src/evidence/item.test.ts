import { expect, test } from 'vitest'
import { parseItemLine } from './item.ts'

const parse = (text: string, line = 7) => parseItemLine(text, { file: 'items.jsonl', line })

test('a line becomes an item; absent and null fields are absent, and fields that are not ours are kept', () => {
  const row = { task: 't', item: '1', prompt: 'p', gold: ['a'], lang: null, category: '', split: 'seen' }
  expect(parse(JSON.stringify(row))).toEqual({
    kind: 'item',
    item: { task: 't', item: '1', prompt: 'p', gold: ['a'], more: { split: 'seen' } },
  })
  const options = { task: 't', item: '1', prompt: '', options: ['x', 'y'], context: 'doc', cluster: 'c' }
  expect(parse(JSON.stringify(options))).toEqual({ kind: 'item', item: options })
  expect(parse('  ')).toEqual({ kind: 'blank' })
  expect(parse(`\uFEFF${JSON.stringify(options)}`, 1)).toEqual({ kind: 'item', item: options })
})

test('options by letter are a list in their order, and any other keys are refused', () => {
  const options = (value: unknown) =>
    parse(JSON.stringify({ task: 't', item: '1', prompt: 'p', options: value }))
  expect(options({ B: 'y', A: 'x' })).toMatchObject({ item: { options: ['x', 'y'] } })
  for (const wrong of [{ A: 'x', C: 'y' }, { first: 'x' }, { A: 3 }, 'x'])
    expect(options(wrong)).toMatchObject({ kind: 'problem' })
})

test.each([
  [
    '{"task":"t","item":"1","prompt":"sec',
    'the line is cut off or no JSON object; expected one item per line',
  ],
  ['["t"]', 'the line is cut off or no JSON object; expected one item per line'],
  ['{"item":"1","prompt":"secret"}', '"task" is missing; expected the name of a task'],
  ['{"task":"t","item":1,"prompt":"secret"}', '"item" is missing; expected the name of an item'],
  ['{"task":"t","item":"1"}', '"prompt" is missing; expected a text'],
  ['{"task":"t","item":"1","prompt":"secret","cluster":3}', '"cluster" is no text; expected a text'],
  [
    '{"task":"t","item":"1","prompt":"secret","options":["a",2]}',
    '"options" is no list of texts; expected ["first", "second"]',
  ],
])('%s is refused with its place and without its text', (text, fault) => {
  expect(parse(text)).toEqual({ kind: 'problem', problem: `items.jsonl:7: ${fault}` })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../core/json.ts'
import { jsonInAnswer } from './json-in-answer.ts'

const texts = (answer: string): readonly string[] => jsonInAnswer(answer).map(({ text }) => text)

test.each([
  ['{"a": 1}', ['{"a": 1}']],
  [' \n"yes"\n', ['"yes"']],
  ['12345678901234567890', ['12345678901234567890']],
  ['Here it is:\n```json\n{"a": [1, 2]}\n```\nAnything else?', ['{"a": [1, 2]}']],
  ['First {"a": 1}, no: {"a": 2} [see note]', ['{"a": 1}', '{"a": 2}']],
  ['{"a": "}]\\"{"} and more', ['{"a": "}]\\"{"}']],
  ['{not json} {"a": 1}', ['{"a": 1}']],
  ['{"a": 1', []],
  ['', []],
  ['no', []],
])('finds the values of %j as they were written', (answer, found) => {
  expect(texts(answer)).toEqual(found)
})

test('what nests deeper than a client may send is no answer', () => {
  expect(texts('['.repeat(129) + ']'.repeat(129))).not.toContain('['.repeat(129) + ']'.repeat(129))
  expect(texts('['.repeat(128) + ']'.repeat(128))).toHaveLength(1)
})

test('brackets without end cost a bounded number of looks', () => {
  expect(texts('{'.repeat(200_000))).toEqual([])
})

test('a long list of short values is read once, not once for each of them', () => {
  expect(texts(`${'[1] '.repeat(50_000)}.`)).toHaveLength(50_000)
})

test('any object comes out of any prose around it', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))
  const prose = fc.string().map((text) => text.replaceAll(/[[\]{}"]/g, ''))
  fc.assert(
    fc.property(object, prose, prose, (value, before, after) => {
      const text = JSON.stringify(value)
      const found = jsonInAnswer(`${before}.${text}.${after}`)
      expect(found).toEqual([{ text, value: JSON.parse(text) as Json }])
    }),
    { seed: 4, numRuns: 300 },
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MusivumError } from '../core/errors.ts'
import { MAX_JSON_DEPTH, MAX_JSON_KEYS, scanJson } from './json-scan.ts'
import { spacedJson } from './spaced-json.conformance.ts'

const key = fc.string({
  unit: fc.constantFrom('"', '\\', '\n', '{', '}', ':', ',', 'a', 'é', '👋', '\ud83d'),
  maxLength: 5,
})

describe('scanJson', () => {
  test('finds the members of the outermost object where JSON.parse finds them', () => {
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue({ maxDepth: 3 })).chain(spacedJson), (text) => {
        const parsed = JSON.parse(text) as Record<string, unknown>
        const found = scanJson(text).map(({ key, valueStart, end }) => [
          key,
          JSON.parse(text.slice(valueStart, end)),
        ])
        expect(found).toEqual(
          Object.keys(parsed).length === 0 ? [] : found.map(([key]) => [key, parsed[String(key)]]),
        )
        expect(new Set(found.map(([key]) => key))).toEqual(new Set(Object.keys(parsed)))
      }),
    )
  })

  test.each([
    ['{"model":"a","model":"b"}', 'model'],
    ['{"model":"a","mod\\u0065l":"b"}', 'model'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"messages":[{},{"content":[{"text":"x","type":"text","text":"y"}]}]}', 'messages[1].content[0].text'],
    ['{"a":{"x":1},"b":{"x":1,"y":[1,2,{"z":0}],"x":2}}', 'b.x'],
    [`{${Array.from({ length: 40 }, (_, index) => `"k${index}":0`).join()},"k7":1}`, 'k7'],
    ['{"a":{"the words of a client":1,"the words of a client":2}}', 'a.(a key)'],
  ])('refuses a key that stands twice in one object: %s', (text, path) => {
    expect(() => scanJson(text)).toThrow(`${path}: this key stands twice`)
  })

  test.each([
    '[{"a":1},{"a":1}]',
    '{"a":{"a":{"a":"a"}}}',
    '{"a":"\\"a\\":1,\\"a\\":2","b":"a"}',
    '{"a":1,"A":2}',
  ])('takes the same key in different objects, or in text: %s', (text) => {
    expect(() => scanJson(text)).not.toThrow()
  })

  test('takes many objects of many keys each, all of the same names', () => {
    const large = `{${Array.from({ length: 40 }, (_, index) => `"k${index}":0`).join()}}`
    expect(() => scanJson(`[${large},${large},{"a":${large}}]`)).not.toThrow()
  })

  test('refuses nesting beyond the bound, and only beyond it', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(() => scanJson(nested(MAX_JSON_DEPTH))).not.toThrow()
    expect(() => scanJson(nested(MAX_JSON_DEPTH + 1))).toThrow(/deeper than 128 levels/)
    expect(() => scanJson('{"a":'.repeat(1_000_000))).toThrow(/deeper than 128 levels/)
  })

  test('refuses a body of nothing but keys', () => {
    const many = Array.from({ length: MAX_JSON_KEYS + 1 }, (_, index) => `{"k${index}":0}`)
    expect(() => scanJson(`[${many.join()}]`)).toThrow(/more than 100000 keys/)
  })

  test('ends on any text at all, with nothing but our own refusals', () => {
    const jsonLike = fc.string({
      unit: fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', '1', ' ', 'a'),
    })
    fc.assert(
      fc.property(jsonLike, (text) => {
        try {
          scanJson(text)
        } catch (error) {
          expect((error as MusivumError).code).toBe('request.invalid')
        }
      }),
    )
  })
})

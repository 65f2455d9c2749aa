import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ggufHeaderBytes, type Written } from './gguf-bytes.conformance.ts'
import { headerDifferences } from './header-differences.ts'
import type { GgufHeader } from './header.ts'
import { lineDifferences } from './line-differences.ts'
import { parseGgufHeader } from './parse-header.ts'

function header(metadata: Readonly<Record<string, Written>>): GgufHeader {
  const { header: bytes, fileBytes } = ggufHeaderBytes({ metadata: Object.entries(metadata) })
  const parsed = parseGgufHeader(bytes, fileBytes, { name: 'x', keep: new Set(Object.keys(metadata)) })
  if (parsed.kind === 'more') throw new TypeError('the header was cut')
  return parsed.header
}

function texts(...items: readonly string[]): Written {
  return { kind: 'array', of: 'text', items }
}

describe('what two headers say otherwise', () => {
  test('a template is compared line by line', () => {
    const [a, b] = ['one\ntwo\nthree', 'one\nTWO\nthree\nfour'].map((template) =>
      header({ 'tokenizer.chat_template': template }),
    )
    const { template } = headerDifferences(a ?? header({}), b ?? header({}))
    expect(template).toMatchObject({
      same: false,
      lines: [
        { side: 'a', line: 2, text: 'two' },
        { side: 'b', line: 2, text: 'TWO' },
        { side: 'b', line: 4, text: 'four' },
      ],
    })
    expect(template.a).not.toBe(template.b)
  })

  test('a vocabulary that differs in its last token only is another one, and so is a longer one', () => {
    const tokens = Array.from({ length: 40 }, (_, place) => `t${place}`)
    const a = header({ 'tokenizer.ggml.tokens': texts(...tokens) })
    const b = header({ 'tokenizer.ggml.tokens': texts(...tokens.slice(0, -1), 'other', 'more') })
    expect(headerDifferences(a, b).tokenizer).toEqual({
      same: false,
      lists: [
        {
          list: 'tokens',
          items: [40, 41],
          changed: 2,
          first: [
            { place: 39, a: 't39', b: 'other' },
            { place: 40, a: null, b: 'more' },
          ],
        },
      ],
    })
    expect(headerDifferences(a, a)).toMatchObject({ tokenizer: { same: true }, metadata: { same: true } })
  })

  test('a vocabulary that only one of them has, is a difference', () => {
    const a = header({ 'tokenizer.ggml.tokens': texts('a', 'b') })
    expect(headerDifferences(a, header({})).tokenizer.lists).toMatchObject([{ items: [2, null], changed: 2 }])
  })

  test('metadata is named by what was added, removed and changed', () => {
    const a = header({ 'general.name': 'one', 'x.count': 3, gone: true, list: texts('a', 'b') })
    const b = header({ 'general.name': 'two', 'x.count': 3, new: 1, list: texts('a', 'c') })
    expect(headerDifferences(a, b).metadata).toEqual({
      same: false,
      added: ['new'],
      removed: ['gone'],
      changed: [
        { key: 'general.name', a: 'one', b: 'two' },
        { key: 'list', a: '2 x text: "a" "b"', b: '2 x text: "a" "c"' },
      ],
    })
  })
})

describe('the lines in which two texts differ', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 })

  test('taken out and put in make the one of the other', () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const found = lineDifferences(a.join('\n'), b.join('\n'))
        const out = new Set(found.filter(({ side }) => side === 'a').map(({ line }) => line))
        const into = new Map(found.filter(({ side }) => side === 'b').map(({ line, text }) => [line, text]))
        const kept = a.filter((_, place) => !out.has(place + 1))
        const made = b.map((_, place) => into.get(place + 1) ?? kept.shift())
        expect(made).toEqual(b)
        expect(kept).toEqual([])
      }),
      { seed: 11, numRuns: 500 },
    )
  })

  test('of texts too long to compare, all that lies between the first and the last', () => {
    const long = (mark: string) => ['same', ...Array.from({ length: 2000 }, () => mark), 'end'].join('\n')
    const found = lineDifferences(long('x'), long('y'))
    expect(found).toHaveLength(4000)
    expect(found[0]).toEqual({ side: 'a', line: 2, text: 'x' })
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Wanted } from './json-part.ts'
import { jsonParts } from './json-parts.ts'
import { JsonScanner } from './json-scanner.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-parts-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function partsOf(text: string | Uint8Array, ...wanted: readonly Wanted[]): Promise<readonly string[]> {
  writeFileSync(join(folder, 'a.json'), text)
  const parts: string[] = []
  const world = { cwd: folder, signal: new AbortController().signal }
  for await (const { path, value } of jsonParts('a.json', world, wanted))
    parts.push(`/${path.join('/')} ${JSON.stringify(value)}`)
  return parts
}

test('only what is wanted is given, wherever it stands', async () => {
  const text = '{"skip":{"a":[1,{"b":"]}"}]},"rows":[{"x":1},7,"t"],"end":{"name":"\\"q\\\\"}}'
  expect(await partsOf(text, { at: '/rows/*' }, { at: '/end/name' })).toEqual([
    '/rows/0 {"x":1}',
    '/rows/1 7',
    '/rows/2 "t"',
    '/end/name "\\"q\\\\"',
  ])
})

test('of an object only some fields, of the rest nothing is held', async () => {
  const text = '[{"id":1,"log":[{"deep":"}"}],"score":0.5},{"score":1},null]'
  expect(await partsOf(text, { at: '/*', only: ['id', 'score'] })).toEqual([
    '/0 {"id":1,"score":0.5}',
    '/1 {"score":1}',
    '/2 null',
  ])
})

test('the whole document, a number at its very end, and keys with slashes', async () => {
  expect(await partsOf(' 42', { at: '' })).toEqual(['/ 42'])
  expect(await partsOf('{"a/b":{"~":1}}', { at: '/a~1b/~0' })).toEqual(['/a/b/~ 1'])
})

test('NaN and Infinity, which Python writes, are no numbers; within a text they are text', async () => {
  expect(await partsOf('[NaN,{"s":-Infinity,"t":"NaN"}]', { at: '/*' })).toEqual([
    '/0 null',
    '/1 {"s":null,"t":"NaN"}',
  ])
})

test('a packed document is read as the plain one', async () => {
  expect(await partsOf(gzipSync('{"a":["ä"]}'), { at: '/a/*' })).toEqual(['/a/0 "ä"'])
})

describe('a document that is no JSON is named with the line', () => {
  test.each([
    [
      'cut off in a row',
      '{"rows":[\n{"x":1},\n{"x":',
      /a\.json:3: the JSON document is cut off here \(inside of \/rows\/1/,
    ],
    ['cut off in a text', '{"rows":["abc', /a\.json:1: the JSON document is cut off/],
    ['empty', '', /a\.json:1: the JSON document is cut off/],
    ['no comma', '{"rows":[1 2]}', /a\.json:1: two values stand side by side/],
    ['no value', '{"rows":\n,}', /a\.json:2: there is no value here/],
    ['no key', '{rows:1}', /a\.json:1: there is no key here/],
    ['something after it', '{"rows":[]}\n{}', /a\.json:2: something follows the JSON document/],
    [
      'not UTF-8',
      Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]),
      /a\.json:1: here or soon after it is not UTF-8/,
    ],
  ])('%s', async (_, text, line) => {
    await expect(partsOf(text, { at: '/rows/*' })).rejects.toThrow(line)
  })
})

test('a document cut into pieces at any two places gives the same as whole', () => {
  const wanted = [{ at: '/l/*' }, { at: '/o', only: ['a'] }]
  const scan = (...pieces: readonly string[]) => {
    const scanner = new JsonScanner('f', wanted)
    for (const piece of pieces) scanner.add(piece)
    scanner.end()
    return scanner.takeParts()
  }
  const json = fc.json({ maxDepth: 3 })
  const cuts = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  fc.assert(
    fc.property(json, json, cuts, (a, b, shares) => {
      const text = `{"o": {"a":${a},"b":${b}},\n"l":[${b} ,${a}]}`
      const [from = 0, to = 0] = shares
        .map((share) => Math.floor(share * text.length))
        .toSorted((x, y) => x - y)
      const parts = scan(text.slice(0, from), text.slice(from, to), text.slice(to))
      expect(parts).toEqual([
        { path: ['o'], value: { a: JSON.parse(a) as unknown } },
        { path: ['l', '0'], value: JSON.parse(b) as unknown },
        { path: ['l', '1'], value: JSON.parse(a) as unknown },
      ])
    }),
    { seed: 11, numRuns: 400 },
  )
})

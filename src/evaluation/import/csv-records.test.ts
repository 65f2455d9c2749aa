import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csvRecords } from './csv-records.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-csv-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function recordsOf(text: string): Promise<readonly string[]> {
  writeFileSync(join(folder, 'a.csv'), text)
  const world = { cwd: folder, signal: new AbortController().signal }
  const records: string[] = []
  for await (const record of csvRecords('a.csv', world))
    records.push(
      `${record.where.line} ${record.kind === 'fields' ? JSON.stringify(record.fields) : record.fault}`,
    )
  return records
}

test('quotes may hold commas, doubled quotes and line breaks, and a record is named by its first line', async () => {
  const text = 'a,b\r\n"x, ""y""","1\n2"\r\n,\r\n'
  expect(await recordsOf(text)).toEqual(['1 ["a","b"]', '2 ["x, \\"y\\"","1\\n2"]', '4 ["",""]'])
})

test('a byte order mark is no part of the first column, and empty lines between records are none', async () => {
  expect(await recordsOf('\uFEFF"a",b\n\nc,d\n\n')).toEqual(['1 ["a","b"]', '3 ["c","d"]'])
})

test.each([
  [
    'text after a closing quote',
    'a\n"x"y,1\nz,2',
    '2 field 1 has a quote in the wrong place; expected "a ""b"" c"',
  ],
  [
    'a quote within a bare field',
    'a\nx"y"z,1',
    '2 field 1 has a quote in the wrong place; expected "a ""b"" c"',
  ],
  [
    'a quote that is never closed',
    'a\nok\n"x\ny\n',
    '3 a quote that opens here is never closed; expected a closing "',
  ],
])('%s is told with its line', async (_, text, told) => {
  expect(await recordsOf(text)).toContain(told)
})

test('whatever is written after RFC 4180 is read back', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', '😀'), maxLength: 6 })
  const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 })
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  await fc.assert(
    fc.asyncProperty(rows, async (table) => {
      const text = table.map((row) => row.map(quoted).join(',')).join('\r\n')
      const read = await recordsOf(text)
      expect(read.map((record) => record.replace(/^\d+ /, ''))).toEqual(
        table.map((row) => JSON.stringify(row)),
      )
    }),
    { seed: 7, numRuns: 200 },
  )
})

import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { commandLine } from './command-line.conformance.ts'

const { folder, run, save } = commandLine()

const ROWS = [
  { id: 'a', text: 'mail 😀 a@b.com', other: 'c@d.com' },
  { id: 2, text: 'आधार ३९९८ ७६५४ ३२११', lang: 'hi' },
  { id: 3, text: 'nothing here' },
]

function linesOf(text: string): readonly unknown[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

test('each line becomes one line of JSON with places in code points', async () => {
  const { code, out } = await run(`privacy scan ${save('a.jsonl.gz', ROWS)} --json`)
  expect(code).toBe(0)
  expect(linesOf(out)).toEqual([
    {
      id: 'a',
      spans: [{ entity: 'EMAIL_ADDRESS', start: 7, end: 14, score: 1 }],
      labels: ['contact', 'sensitivity:2', 'names:not-covered'],
    },
    {
      id: 2,
      spans: [{ entity: 'IN_AADHAAR', start: 5, end: 19, score: 1 }],
      labels: ['national-id', 'sensitivity:3', 'names:not-covered'],
    },
    { id: 3, spans: [], labels: ['sensitivity:0', 'names:not-covered'] },
  ])
})

test('a folder is counted, copied without what was found, and left as it was', async () => {
  mkdirSync(join(folder, 'in', 'deep'), { recursive: true })
  writeFileSync(join(folder, 'in', 'deep', 'note.txt'), 'ssn: 536-90-4399\n')
  writeFileSync(join(folder, 'in', 'data.bin'), 'a\0b')
  save('in/rows.jsonl.gz', ROWS)
  const { code, out, err } = await run('privacy scan in --redact clean')
  expect({ code, err }).toEqual({ code: 0, err: 'in/data.bin: not text, left out\n' })
  expect(out).toMatch(/^US_SSN +1$/m)
  expect(out).toContain('3 found in 4 texts; names of people, places and organisations were not looked for')
  expect(readFileSync(join(folder, 'clean/deep/note.txt'), 'utf8')).toBe('ssn: <US_SSN>\n')
  const [first] = linesOf(gunzipSync(readFileSync(join(folder, 'clean/rows.jsonl.gz'))).toString())
  expect(first).toEqual({ id: 'a', text: 'mail 😀 <EMAIL_ADDRESS>' })
  expect((await run('privacy scan in --redact clean')).err).toContain('--force writes over it')
  expect((await run('privacy scan in --redact in/out')).err).toContain('expected another place')
})

test('SARIF says where, and not what', async () => {
  writeFileSync(join(folder, 'code.txt'), 'first\n😀 key a@b.com\n')
  const { out, code } = await run('privacy scan code.txt --sarif --fail-on-found')
  const report = JSON.parse(out) as {
    version: string
    runs: { results: { ruleId: string; locations: unknown[] }[] }[]
  }
  expect([code, report.version, out.includes('a@b.com')]).toEqual([1, '2.1.0', false])
  expect(report.runs[0]?.results).toMatchObject([
    {
      ruleId: 'EMAIL_ADDRESS',
      locations: [
        { physicalLocation: { region: { startLine: 2, startColumn: 7, endLine: 2, endColumn: 14 } } },
      ],
    },
  ])
})

test('recognisers, allowed values and the form of record numbers come from a file', async () => {
  writeFileSync(
    join(folder, 'own.yaml'),
    'recognisers:\n  - { entity: FILE_NO, pattern: "F-[0-9]{4}" }\nallow: [a@b.com]\n',
  )
  writeFileSync(join(folder, 'text.txt'), 'F-1234 a@b.com')
  const { out } = await run('privacy scan text.txt --recognisers own.yaml --json')
  expect(linesOf(out)).toMatchObject([{ spans: [{ entity: 'FILE_NO' }] }])
  writeFileSync(join(folder, 'own.yaml'), 'recognisers:\n  - { entity: FILE_NO, pattern: "F-(?=x)" }\n')
  const wrong = await run('privacy scan text.txt --recognisers own.yaml')
  expect([wrong.code, wrong.err]).toEqual([
    2,
    expect.stringContaining('own.yaml: recogniser FILE_NO: the pattern is no RE2'),
  ])
})

test('a bad line is told with its place and without its text', async () => {
  const { code, err } = await run(
    `privacy scan ${save('bad.jsonl', [ROWS[0] ?? {}], '{"id":1,"txt":"secret words"}\n')}`,
  )
  expect(code).toBe(2)
  expect(err).toContain('bad.jsonl:2: "text" is missing or no text')
  expect(err).not.toContain('secret words')
})

test('verify gives true, false, or null where nothing can be checked', async () => {
  const rows = [
    { entity: 'IBAN_CODE', value: 'AT61 1904 3002 3457 3201' },
    { entity: 'US_NPI', value: '1234567890' },
    { entity: 'PHONE_NUMBER', value: '+1 415 555 0132' },
  ]
  const { code, out } = await run(`privacy verify ${save('numbers.jsonl', rows)} --json`)
  expect(code).toBe(0)
  expect(linesOf(out)).toEqual(rows.map((row, at) => ({ ...row, valid: [true, false, null][at] })))
  expect((await run('privacy verify numbers.jsonl --fail-on-invalid')).code).toBe(1)
  const bad = await run(`privacy verify ${save('bad-numbers.jsonl', [{ entity: 1 }])}`)
  expect([bad.code, bad.err]).toEqual([
    2,
    expect.stringContaining('bad-numbers.jsonl:1: expected a line such as'),
  ])
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FIXTURES } from '../evaluation/import/import-run.conformance.ts'
import { evidenceImport } from './evidence-import.ts'
import { parseArguments } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-cli-import-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Ran = { readonly code: number; readonly out: string; readonly notes: readonly string[] }

async function run(line: string): Promise<Ran> {
  let out = ''
  const notes: string[] = []
  const terminal: Terminal = {
    env: {},
    cwd: FIXTURES,
    signal: new AbortController().signal,
    write: (text) => (out += text),
    note: (text) => notes.push(text),
    interactive: false,
    input: { kind: 'other', read: () => Promise.resolve('') },
  }
  const words = line.replace('OUT', folder).split(' ')
  const code = await evidenceImport.run(parseArguments(evidenceImport, words), terminal)
  return { code, out: out.replaceAll(folder, 'OUT'), notes }
}

test('people read what came in, what was scored 0, and what was not used', async () => {
  const { code, out, notes } = await run('lm-eval/acme__tiny-1b --out OUT/a')
  expect(code).toBe(0)
  expect(out.split('\n').slice(3)).toEqual([
    '',
    '4 items and 4 outcomes of 1 model in 2 tasks: OUT/a/items.jsonl, OUT/a/outcomes.jsonl',
    'failed, in the call or the scoring: 0; without an answer: 1; both score 0 and are kept',
    'not used: 2 rows, rows of the filter flexible-extract',
    'left out: lm-eval/acme__tiny-1b/results_2026-03-01T10-00-00.123456.json, it holds only the averages of a run',
    '',
  ])
  expect(notes.every((note) => note.startsWith('lm-eval/acme__tiny-1b/samples_'))).toBe(true)
})

test('--json is one document with every count', async () => {
  const { out } = await run(
    'ragas/results.csv --model rag --metric answer_relevancy --task swifts --out OUT/b --json',
  )
  expect(JSON.parse(out)).toEqual({
    rows: 3,
    items: 3,
    outcomes: 3,
    errors: 0,
    unparsed: 1,
    wrong: 0,
    skipped: [],
    tasks: ['swifts'],
    models: ['rag'],
    sources: [{ path: 'ragas/results.csv', format: 'ragas', rows: 3 }],
    written: ['OUT/b/items.jsonl', 'OUT/b/outcomes.jsonl'],
    differing_items: 0,
    left_out: [],
  })
  expect(readFileSync(join(folder, 'b', 'outcomes.jsonl'), 'utf8').split('\n')[0]).toMatch(
    /^\{"task":"swifts","item":"case-[0-9a-f]{16}","model":"rag","score":0\.91,"answer":"In August","chars":9\}$/,
  )
})

test.each([
  ['--out OUT/c', 'evidence import needs a file or folder'],
  ['mirage', 'evidence import needs --out FOLDER'],
  ['absent.jsonl --out OUT/c', 'absent.jsonl: there is no such file or folder'],
  ['mirage --out OUT/c --format miraje', 'there is no format "miraje"; did you mean mirage?'],
])('`evidence import %s` is refused in one line', async (line, told) => {
  await expect(run(line)).rejects.toThrow(told)
})

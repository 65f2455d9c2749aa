import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readTask } from './read-task.ts'

const folder = mkdtempSync(join(tmpdir(), 'evidence-task-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const notes: string[] = []
const world = { cwd: folder, note: (line: string) => void notes.push(line) }

const MINIMAL = `task: triage
items: items.jsonl
scorer: exact
reference: large
candidates: [small]
margin: 0.03
`

function read(text: string | Uint8Array) {
  writeFileSync(join(folder, 'task.yaml'), text)
  return readTask('task.yaml', world)
}

/** The one line that a wrong file gets. */
async function fault(text: string | Uint8Array): Promise<string> {
  return read(text).then(
    () => 'no fault',
    (error: Error) => error.message,
  )
}

test('a task of six lines has everything else filled in', async () => {
  const task = await read(MINIMAL)
  expect(task).toMatchObject({
    name: 'triage',
    itemFiles: ['items.jsonl'],
    prompt: { source: '{{prompt}}' },
    system: undefined,
    reference: 'large',
    candidates: ['small'],
    margin: 0.03,
    confidence: 0.95,
    samples: 1,
    sampling: { temperature: 0 },
    limits: { concurrency: 8, concurrencyPerModel: 4, attempts: 4, maxCostUsd: undefined },
    combine: [],
  })
  expect(task.where('margin')).toBe('task.yaml:6:1')
})

test('several samples leave the temperature to the server, unless it is given', async () => {
  expect((await read(`${MINIMAL}samples: 3\n`)).sampling).toEqual({})
  expect((await read(`${MINIMAL}samples: 3\nsampling: {temperature: 0.7, seed: 5}\n`)).sampling).toEqual({
    temperature: 0.7,
    seed: 5,
  })
  expect((await read(`${MINIMAL}sampling: {temperature: null}\n`)).sampling).toEqual({})
})

test('a model alone gets no more calls at a time than the whole run', async () => {
  const { limits } = await read(`${MINIMAL}limits: {concurrency: 2, max_cost_usd: 1.5, timeout_s: 30}\n`)
  expect(limits).toMatchObject({ concurrency: 2, concurrencyPerModel: 2, maxCostUsd: 1.5, timeoutMs: 30_000 })
})

test('files of items are found beside the task file', async () => {
  writeFileSync(join(folder, 'sub.yaml'), MINIMAL.replace('items.jsonl', '[a.jsonl, ../b.jsonl]'))
  const { itemFiles } = await readTask('./sub.yaml', world)
  expect(itemFiles).toEqual(['a.jsonl', join('..', 'b.jsonl')])
})

test.each([
  [
    'an unknown key',
    `${MINIMAL}limits:\n  atempts: 3\n`,
    /^task\.yaml:8:3: limits\.atempts: unknown key; did you mean attempts\?$/,
  ],
  [
    'a mistyped required key',
    MINIMAL.replace('reference', 'refrence'),
    /^task\.yaml:4:1: refrence: unknown key; did you mean reference\?$/,
  ],
  [
    'a missing key',
    MINIMAL.replace('margin: 0.03\n', ''),
    /^task\.yaml:1:1: margin: is missing; expected a number from 0 to 1$/,
  ],
  [
    'a margin in points',
    MINIMAL.replace('0.03', '3'),
    /^task\.yaml:6:1: margin: expected a number from 0 to 1, found 3$/,
  ],
  [
    'a list where a name belongs',
    MINIMAL.replace('large', '[large]'),
    /^task\.yaml:4:1: reference: expected the name of a model, found a list$/,
  ],
  [
    'no candidates',
    MINIMAL.replace('[small]', '[]'),
    /^task\.yaml:5:1: candidates: expected at least one model, found a list$/,
  ],
  [
    'the reference as a candidate',
    MINIMAL.replace('[small]', '[small, large]'),
    /^task\.yaml:5:21: candidates\.1: is the reference/,
  ],
  ['a candidate twice', MINIMAL.replace('[small]', '[small, small]'), /candidates\.1: is named twice/],
  [
    'an unknown method',
    `${MINIMAL}combine: [{method: votes, members: [small]}]\n`,
    /^task\.yaml:7:12: combine\.0\.method: expected one of vote, /,
  ],
  [
    'a combination of a stranger',
    `${MINIMAL}combine:\n  - {method: vote, members: [tiny]}\n`,
    /^task\.yaml:8:5: combine\.0: names "tiny"; expected/,
  ],
  [
    'a cascade to nowhere',
    `${MINIMAL}combine:\n  - {method: cascade, members: [small]}\n`,
    /a cascade needs `escalate`/,
  ],
  ['text that is no YAML', `${MINIMAL}prompt: "half\n`, /^task\.yaml:\d+:\d+: .*quote/],
  ['a list', '- a\n- b\n', /^task\.yaml:1:1: expected a mapping, found a list$/],
  ['nothing', '', /^task\.yaml:1:1: \w+: is missing/],
  [
    'a bomb of aliases',
    `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c]\n`,
    /^task\.yaml:1: an alias/,
  ],
  ['bytes that are no text', new Uint8Array([0x66, 0xff, 0xfe]), /^task\.yaml: is not UTF-8/],
])('%s is one line with its place and what was expected', async (_, text, expected) => {
  expect(await fault(text)).toMatch(expected)
})

test('a file that is not there, a folder and a huge file are each said as what they are', async () => {
  await expect(readTask('nope.yaml', world)).rejects.toThrow(
    'nope.yaml: there is no such file; expected a task file in YAML',
  )
  await expect(readTask('.', world)).rejects.toThrow(/^\.: (is no regular file|the file cannot be read)/)
  writeFileSync(join(folder, 'huge.yaml'), 'x'.repeat(2 ** 20 + 1))
  await expect(readTask('huge.yaml', world)).rejects.toThrow(/^huge\.yaml: has 1048577 bytes, at most/)
})

test('a text of the file is never repeated, because it may be part of a prompt or a key', async () => {
  const secret = 'patient Jane Roe'
  expect(await fault(MINIMAL.replace('0.03', `"${secret}"`))).not.toContain(secret)
  expect(await fault(`${MINIMAL}samples: ${secret}\n`)).not.toContain(secret)
})

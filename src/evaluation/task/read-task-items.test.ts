import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { readTaskItems } from './read-task-items.ts'
import { readTask } from './read-task.ts'

const folder = mkdtempSync(join(tmpdir(), 'evidence-items-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let notes: string[]
beforeEach(() => {
  notes = []
})

type Row = Readonly<Record<string, unknown>>

async function read(rows: readonly (Row | string)[], more = '') {
  const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)))
  writeFileSync(join(folder, 'items.jsonl'), `${lines.join('\n')}\n`)
  writeFileSync(
    join(folder, 'task.yaml'),
    `task: triage\nitems: items.jsonl\nscorer: exact\nreference: l\ncandidates: [s]\nmargin: 0.1\n${more}`,
  )
  const world = {
    cwd: folder,
    signal: new AbortController().signal,
    note: (line: string) => void notes.push(line),
  }
  return readTaskItems(await readTask('task.yaml', world), world)
}

function row(item: string, more: Row = {}): Row {
  return { task: 'triage', item, prompt: `say ${item}`, gold: item, ...more }
}

test('items come in the order of the file with their lines, rows of other tasks are counted', async () => {
  const { items, others, files } = await read([row('b'), row('x', { task: 'add' }), '', row('a')])
  expect(items.map(({ item, where }) => [item.item, where])).toEqual([
    ['b', { file: 'items.jsonl', line: 1 }],
    ['a', { file: 'items.jsonl', line: 4 }],
  ])
  expect(others).toBe(1)
  expect(files).toEqual([
    { file: 'items.jsonl', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string, rows: 3 },
  ])
})

test('an item that is there twice is named with both lines', async () => {
  await expect(read([row('a'), row('b'), row('a')])).rejects.toThrow(
    'items.jsonl:3: item "a" was already given at items.jsonl:1; expected one line per item',
  )
})

test('a half-written line is named, and no prompt is repeated', async () => {
  const message = await read([row('a'), '{"task":"triage","item":"b","prompt":"Jane R']).then(
    () => 'no fault',
    (thrown: Error) => thrown.message,
  )
  expect(message).toMatch(/items\.jsonl:2: the line is cut off/)
  expect(message + notes.join()).not.toContain('Jane')
})

test('no row of the task: the tasks that are there are named', async () => {
  await expect(read([row('a', { task: 'triag' })])).rejects.toThrow(
    'task.yaml:1:1: no item is of task "triage"; the files hold triag',
  )
})

test('a placeholder that no item has is a slip of the template, on its own line, with the nearest name', async () => {
  const prompt = 'prompt: |\n  Read this.\n  {{contxt}}\n  {{prompt}}\n'
  await expect(read([row('a', { context: 'x' })], prompt)).rejects.toThrow(
    'task.yaml:9: {{contxt}} is a field that no item has; did you mean {{context}}?',
  )
  await expect(read([row('a')], 'system: "{{zzz}}"\n')).rejects.toThrow(
    /^task\.yaml:7: \{\{zzz\}\} .* they have task, item/,
  )
})

test('the right answer in the prompt is refused', async () => {
  await expect(read([row('a')], 'prompt: "{{prompt}} {{gold}}"\n')).rejects.toThrow(
    'task.yaml:7: {{gold}} would give the right answer away',
  )
})

test('items that lack a field which others have are named one by one', async () => {
  await expect(
    read([row('a', { context: 'x' }), row('b'), row('c')], 'prompt: "{{context}} {{prompt}}"\n'),
  ).rejects.toThrow('2 of 3 rows are wrong')
  expect(notes).toEqual([
    'items.jsonl:2: "context" is missing; the prompt at task.yaml:7 needs it',
    'items.jsonl:3: "context" is missing; the prompt at task.yaml:7 needs it',
  ])
})

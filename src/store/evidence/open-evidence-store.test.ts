import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Outcome } from '../../evidence/outcome.ts'
import type { KeptAnswer } from './evidence-store.ts'
import { openEvidenceStore } from './open-evidence-store.ts'

const root = mkdtempSync(join(tmpdir(), 'evidence-store-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const DAY_MS = 86_400_000

let nowMs: number
let home: string
let homes = 0
beforeEach(() => {
  nowMs = 1_800_000_000_000
  homes += 1
  home = join(root, `home-${homes}`)
})

function open(maxCacheBytes?: number) {
  return openEvidenceStore({
    home,
    clock: { now: () => nowMs },
    ...(maxCacheBytes !== undefined && { maxCacheBytes }),
  })
}

function answer(hash: string, more: Partial<KeptAnswer> = {}): KeptAnswer {
  return {
    hash,
    source: 'weights',
    text: 'billing',
    finishReason: 'stop',
    usage: { inputTokens: 10, outputTokens: 2 },
    cost: { kind: 'metered', nanoUsd: 1_500 },
    latencyMs: 12.5,
    promptChars: 40,
    ...more,
  }
}

test('an answer is found again by its hash, after the file was closed too', () => {
  const store = open()
  const kept = answer('a', { text: 'line\nहिन्दी \u0000 🎉' })
  store.keepAnswer(kept)
  store.keepAnswer(answer('b', { usage: null, cost: { kind: 'owned' }, finishReason: null }))
  store.close()
  const again = open()
  const { hash: _hash, source: _source, promptChars: _chars, ...content } = kept
  expect(again.findAnswer('a')).toEqual(content)
  expect(again.findAnswer('b')).toMatchObject({ usage: null, cost: { kind: 'owned' }, finishReason: null })
  expect(again.findAnswer('c')).toBeUndefined()
  again.close()
})

test('an answer under the same hash takes the place of the one before', () => {
  const store = open()
  store.keepAnswer(answer('a'))
  store.keepAnswer(answer('a', { text: 'pharmacy' }))
  expect(store.findAnswer('a')?.text).toBe('pharmacy')
  expect(store.answerFigures('weights').answers).toBe(1)
  store.close()
})

test('the cache keeps to its bound by dropping what was not used for longest, and never what was used today', () => {
  const bytes = 20_000
  const store = open(bytes)
  const text = 'x'.repeat(1_000)
  for (let place = 0; place < 10; place += 1) store.keepAnswer(answer(`old-${place}`, { text }))
  nowMs += 2 * DAY_MS
  expect(store.findAnswer('old-3')?.text).toBe(text)
  for (let place = 0; place < 40; place += 1) store.keepAnswer(answer(`new-${place}`, { text }))
  const left = (kind: string, count: number) =>
    Array.from({ length: count }, (_, place) => store.findAnswer(`${kind}-${place}`)).filter(
      (each) => each !== undefined,
    ).length
  expect(left('new', 40)).toBe(40)
  expect(left('old', 10)).toBe(1)
  expect(store.findAnswer('old-3')?.text).toBe(text)
  nowMs += 2 * DAY_MS
  store.keepAnswer(answer('newest', { text }))
  expect(left('new', 40)).toBeLessThan(15)
  expect(store.findAnswer('newest')?.text).toBe(text)
  store.close()
})

test('figures of a model are means over its own answers, and null where there is none', () => {
  const store = open()
  store.keepAnswer(answer('a', { latencyMs: 10, usage: { inputTokens: 10, outputTokens: 2 } }))
  store.keepAnswer(answer('b', { latencyMs: 20, usage: { inputTokens: 20, outputTokens: 4 } }))
  store.keepAnswer(answer('c', { source: 'other', latencyMs: 900 }))
  expect(store.answerFigures('weights')).toEqual({
    answers: 2,
    inputTokens: 15,
    outputTokens: 3,
    promptChars: 40,
    latencyMs: 15,
  })
  expect(store.answerFigures('nobody')).toMatchObject({ answers: 0, latencyMs: null })
  store.close()
})

const run = {
  task: 'triage',
  folder: '/evidence/triage',
  reference: 'l',
  candidates: ['s1', 's2'],
  items: 2,
  calls: 6,
}
const outcomes: readonly Outcome[] = [
  {
    task: 'triage',
    item: 'i1',
    model: 'l',
    score: 1,
    answer: 'billing',
    chars: 7,
    costUsd: 0.25,
    latencyMs: 3,
  },
  { task: 'triage', item: 'i1', model: 's1', score: 0, sample: '2', lang: 'mr', error: 'upstream.failed: …' },
]

test('a run is listed with its verdicts, newest first, and its outcomes come back as they were', () => {
  const store = open()
  store.startRun({ id: 'one', ...run })
  nowMs += 1_000
  store.startRun({ id: 'two', ...run })
  store.recordOutcomes('one', 'ab'.repeat(32), 'triage', outcomes)
  const verdict = {
    candidate: 's1',
    n: 2,
    difference: -0.5,
    verdict: 'undecided' as const,
    because: 'Not proven either way.',
  }
  store.finishRun('one', { state: 'complete', asked: 4, failed: 1, costNanoUsd: 7, verdicts: [verdict] })
  const [second, first] = store.listRuns(10)
  expect(second).toMatchObject({ id: 'two', state: 'running', endedMs: null, sha256: null, verdicts: [] })
  expect(first).toMatchObject({
    ...run,
    id: 'one',
    state: 'complete',
    asked: 4,
    failed: 1,
    costNanoUsd: 7,
    sha256: 'ab'.repeat(32),
    verdicts: [verdict],
  })
  expect([...store.outcomesOf('one')]).toEqual(outcomes)
  expect([...store.outcomesOf('two')]).toEqual([])
  expect(store.listRuns(1)).toHaveLength(1)
  store.close()
})

test('the same table of a second run is kept once', () => {
  const store = open()
  for (const id of ['one', 'two']) {
    store.startRun({ id, ...run })
    store.recordOutcomes(id, 'cd'.repeat(32), 'triage', outcomes)
  }
  expect([...store.outcomesOf('two')]).toEqual(outcomes)
  store.close()
  const size = statSync(join(home, 'data', 'main.db')).size
  const again = open()
  again.startRun({ id: 'three', ...run })
  again.recordOutcomes('three', 'cd'.repeat(32), 'triage', outcomes)
  again.close()
  expect(statSync(join(home, 'data', 'main.db')).size).toBe(size)
})

test('a score outside 0..1 is refused, and nothing of its table stays', () => {
  const store = open()
  store.startRun({ id: 'one', ...run })
  const [first] = outcomes
  const wrong = [...outcomes, { ...(first as Outcome), score: 2 }]
  expect(() => store.recordOutcomes('one', 'ef'.repeat(32), 'triage', wrong)).toThrow(/main\.db/)
  expect([...store.outcomesOf('one')]).toEqual([])
  expect(store.listRuns(1)[0]?.sha256).toBeNull()
  store.close()
})

test('the file and its folder are for their owner only', () => {
  open().close()
  expect(statSync(join(home, 'data', 'main.db')).mode & 0o077).toBe(0)
  expect(statSync(home).mode & 0o077).toBe(0)
})

test('a file that is no database is named in one line, and left as it is', () => {
  const text = 'not a database, but the letters of somebody\n'.repeat(50)
  mkdirSync(join(home, 'data'), { recursive: true })
  writeFileSync(join(home, 'data', 'main.db'), text)
  expect(() => open()).toThrow(/^main\.db in the home directory: the file is not a SQLite database/)
  expect(statSync(join(home, 'data', 'main.db')).size).toBe(text.length)
})

test('a home that cannot be made is said without its path', () => {
  writeFileSync(home, 'a file where a folder should be')
  expect(() => open()).toThrow(/^main\.db in the home directory: it cannot be opened \((EEXIST|ENOTDIR)\); /)
})

const program = `
  import { openEvidenceStore } from ${JSON.stringify(new URL('./open-evidence-store.ts', import.meta.url).href)}
  const [home, name, count] = process.argv.slice(1)
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const store = openEvidenceStore({ home, clock: { now: () => Date.now() } })
  for (let place = 0; place < Number(count); place += 1) {
    const cost = { kind: 'metered', nanoUsd: place }
    store.keepAnswer({ hash: name + place, source: name, text: 'answer ' + place, finishReason: 'stop', usage: null, cost, latencyMs: 1, promptChars: 1 })
    console.log(place)
  }
  store.close()
  process.stdin.destroy()
`

function startWriter(name: string, count: number) {
  const words = ['--input-type=module', '-e', program, home, name, String(count)]
  return spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
}

test('two processes that make the same file at the same moment both keep every answer', async () => {
  const writers = ['a', 'b'].map((name) => startWriter(name, 60))
  for (const writer of writers) {
    writer.stdout.resume()
    writer.stdin.write('go\n')
  }
  expect(await Promise.all(writers.map((writer) => once(writer, 'exit')))).toEqual([
    [0, null],
    [0, null],
  ])
  const store = open()
  expect([store.answerFigures('a').answers, store.answerFigures('b').answers]).toEqual([60, 60])
  store.close()
})

test('kill -9 loses no answer that was kept', async () => {
  const writer = startWriter('a', 1_000_000)
  writer.stdin.write('go\n')
  let last = -1
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line)
    if (last >= 50) writer.kill('SIGKILL')
  }
  const store = open()
  const found = Array.from({ length: last + 1 }, (_, place) => store.findAnswer(`a${place}`)?.text)
  expect(found).toEqual(Array.from({ length: last + 1 }, (_, place) => `answer ${place}`))
  store.close()
})

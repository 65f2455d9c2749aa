import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { uuidV7Ids } from '../../core/ids.ts'
import { readOutcomes } from '../read/read-outcomes.ts'
import type { Ask } from '../ask.ts'
import { ownModel, quickTime, reply } from './given-world.conformance.ts'
import { recordRun } from './record-run.ts'
import { readLock } from './run-folder.ts'
import { lockDifferences } from './run-lock.ts'
import { asked, runWorld } from './run-world.conformance.ts'

const MODELS = [ownModel('large'), ownModel('small')]

let around: ReturnType<typeof runWorld>
beforeEach(() => {
  around = runWorld('', 40)
})
afterEach(() => {
  around.store.close()
  rmSync(around.folder, { recursive: true, force: true })
})

/** The small model is right on the first item only. */
const answer: Ask = (call) => {
  const right = call.model === 'large' || asked(call) === '0'
  return Promise.resolve(reply(right ? asked(call) : 'no'))
}

const ids = uuidV7Ids(quickTime().clock, { bytes: (length) => new Uint8Array(length) })

async function record(ask: Ask = answer) {
  const { store, stop, folder } = around
  const prepared = await around.prepare(ask, MODELS)
  return recordRun({
    prepared,
    store,
    ids,
    signal: stop.signal,
    folder: { path: join(folder, 'out'), shown: 'out' },
  })
}

const fileOf = (name: string) => join(around.folder, 'out', name)
const textOf = (name: string) => readFileSync(fileOf(name), 'utf8')

test('a run leaves outcomes, answers, a lock and a report, and nothing half-written', async () => {
  await record()
  expect(readdirSync(join(around.folder, 'out')).toSorted()).toEqual([
    'answers.jsonl',
    'outcomes.jsonl',
    'report.html',
    'report.json',
    'run.lock.json',
  ])
  const [first] = textOf('answers.jsonl').split('\n')
  expect(JSON.parse(first ?? '')).toEqual({
    task: 't',
    item: 'i0',
    model: 'large',
    output: '0',
    finish_reason: 'stop',
    input_tokens: 10,
    output_tokens: 5,
  })
})

test('its outcomes are what every other command reads', async () => {
  await record()
  const table = await readOutcomes(['out/outcomes.jsonl'], around.world, { keepAnswers: true })
  const view = table.task('t')
  expect([view.items.length, view.models]).toEqual([40, ['large', 'small']])
  expect(view.column('large').scores.every((score) => score === 1)).toBe(true)
})

test('running again gives the same bytes', async () => {
  const names = ['outcomes.jsonl', 'answers.jsonl', 'run.lock.json', 'report.json']
  await record()
  const before = names.map(textOf)
  await record(() => Promise.reject(new Error('nothing is asked')))
  expect(names.map(textOf)).toEqual(before)
})

test('the store knows how the run ended and what it proved', async () => {
  await record()
  const [run] = around.store.listRuns(1)
  expect(run).toMatchObject({ task: 't', state: 'complete', items: 40, calls: 80, asked: 80, failed: 0 })
  expect(run?.verdicts).toMatchObject([
    { candidate: 'small', n: 40, difference: -0.975, verdict: 'inferior' },
  ])
  expect([...around.store.outcomesOf(run?.id ?? '')]).toHaveLength(80)
})

test('an interrupted run writes no files and says in the store that it was stopped', async () => {
  let calls = 0
  const stopping: Ask = (call, signal) => {
    calls += 1
    if (calls === 10) around.stop.abort(new Error('Ctrl-C'))
    signal.throwIfAborted()
    return answer(call, signal)
  }
  expect((await record(stopping)).result.state).toBe('interrupted')
  expect(readdirSync(around.folder)).not.toContain('out')
  expect(around.store.listRuns(1)[0]).toMatchObject({ state: 'interrupted', verdicts: [] })
})

test('a run that failed says so in the store', async () => {
  writeFileSync(join(around.folder, 'out'), 'a file where the folder should be')
  await expect(record()).rejects.toThrow(/^out: the folder cannot be written \((EEXIST|ENOTDIR)\)$/)
  expect(around.store.listRuns(1)[0]?.state).toBe('failed')
})

test('the lock fits the same inputs, and names whatever differs', async () => {
  const { prepared } = await record()
  const lock = (await readLock(join(around.folder, 'out'), 'out')) ?? {}
  expect(lockDifferences(lock, prepared.lock)).toEqual([])
  expect(lockDifferences(lock, { ...prepared.lock, musivum: '9.9.9' })).toEqual([])
  const other = await around.prepare(answer, [
    { ...ownModel('large'), identity: { engine: 'llama', sha256: 'newer' } },
    ownModel('small'),
  ])
  expect(lockDifferences(lock, other.lock)).toEqual(['models[large].sha256 is "newer", in the lock "large"'])
  writeFileSync(join(around.folder, 'items.jsonl'), textItems().replace('"gold":"3"', '"gold":"4"'))
  around.task('prompt: "Patient Jane: {{prompt}}"\n')
  const changed = lockDifferences(lock, (await around.prepare(answer, MODELS)).lock)
  expect(changed).toEqual([
    expect.stringMatching(/^task_file\.sha256 is "/),
    expect.stringMatching(/^items\[items\.jsonl\]\.sha256 is "/),
    'prompt is another text, in the lock another text',
  ])
  expect(changed.join()).not.toContain('Jane')
})

function textItems(): string {
  return readFileSync(join(around.folder, 'items.jsonl'), 'utf8')
}

test('two tables with other times and costs are the same table; with another answer they are not', async () => {
  const first = await record()
  const slower: Ask = async (call, signal) => ({ ...(await answer(call, signal)), latencyMs: 900 })
  const [one, two, three] = [first, await again(slower), await again(() => Promise.resolve(reply('no')))]
  expect(two.digests.tableSha256).toBe(one.digests.tableSha256)
  expect(two.digests.outcomesSha256).not.toBe(one.digests.outcomesSha256)
  expect(three.digests.tableSha256).not.toBe(one.digests.tableSha256)
})

/** The same run by somebody who has no answers yet. */
async function again(ask: Ask) {
  const { folder } = around
  around.store.close()
  rmSync(folder, { recursive: true, force: true })
  around = runWorld('', 40)
  return record(ask)
}

test('a file that is no lock is named', async () => {
  await record()
  writeFileSync(fileOf('run.lock.json'), '{"format": 7}')
  await expect(readLock(join(around.folder, 'out'), 'out')).rejects.toThrow(
    'out/run.lock.json: is no lock of this version; expected {"format": 1, …}',
  )
  expect(await readLock(around.folder, '.')).toBeUndefined()
})

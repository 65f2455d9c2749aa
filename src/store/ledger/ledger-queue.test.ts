import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { nanoUsd } from '../../core/money.ts'
import { openLedgerQueue, type LedgerQueue } from './ledger-queue.ts'
import type { OpenHold } from './open-hold.ts'

let holds = 0
function hold({ isHard = true, money = 10 } = {}): OpenHold {
  holds += 1
  return {
    id: `h${holds}`,
    requestId: `r${holds}`,
    nanoUsd: nanoUsd(money),
    overSoft: [],
    createdMs: 0,
    payer: { team: 't', project: '', key: 'k', task: '' },
    accounts: [],
    isHard,
    keepMs: 1_000,
    expiresMonotonicMs: 1_000,
    taken: null,
    state: 'open',
    writing: { batch: null, isKept: false, waiting: [] },
  }
}

function settle(queue: LedgerQueue, each: OpenHold, cost = 1): void {
  each.state = 'settled'
  const { requestId } = each
  const line = {
    requestId,
    atMs: 0,
    model: 'm',
    seller: null,
    purpose: 'answer',
    bucket: 'in_uncached',
    tokens: 1,
    priceRow: null,
    nanoUsd: nanoUsd(cost),
    status: 'priced',
    source: 'counted',
  } as const
  queue.settle({ hold: each, ending: { bookedMs: 0, spent: cost, outcome: 'settled' }, lines: [line] })
}

test('a writer that dies between writing and saying so is started again, and every line counts once', async () => {
  const { queue, file, said } = await openWith(diesAfterCommit({ times: 2, every: 2 }))
  for (let count = 0; count < 30; count += 1) {
    const one = hold()
    queue.keep(one)
    if (count % 10 === 0) await queue.kept(one)
    settle(queue, one)
  }
  await queue.flush()
  expect(said.filter((line) => line.includes('is started again'))).toHaveLength(2)
  expect(queue.problem()).toBe(null)
  expect(sums(file)).toEqual({ settlements: 30, lines: 30, total: 30, batches: 0 })
})

test('a writer that dies again at once is given up: who waits is told, and what is lost is said', async () => {
  const { queue } = await openWith(diesAfterCommit({ times: 100, every: 1 }))
  const one = hold()
  queue.keep(one)
  await expect(queue.kept(one)).rejects.toMatchObject({ code: 'store.unavailable' })
  await expect(queue.flush()).rejects.toMatchObject({ code: 'store.unavailable' })
  expect(queue.problem()).toBe('the ledger is not written any more, 1 entries are lost: its thread stopped')
})

test('a disk that fails and recovers gets every line once; meanwhile hard holds are refused and soft ones go on', async () => {
  const { queue, file, said } = await openWith(failsCommits(3))
  const [first, soft] = [hold(), hold({ isHard: false })]
  queue.keep(first)
  queue.keep(soft)
  const refused = expect(queue.kept(first)).rejects.toThrow('the disk reports an input/output error')
  await queue.kept(soft)
  await refused
  expect(queue.problem()).toBe('the ledger is not written: the disk reports an input/output error')
  settle(queue, first, 3)
  settle(queue, soft, 4)
  await queue.flush()
  expect(said).toEqual([
    'the ledger is not written: the disk reports an input/output error',
    'the ledger is written again, and nothing was lost',
  ])
  expect(sums(file)).toEqual({ settlements: 2, lines: 7, total: 7, batches: 0 })
})

test('a batch of holds goes when the last of them is settled or has moved to a later one', async () => {
  const { queue, file } = await openWith('')
  const [first, second, third] = [hold(), hold(), hold()]
  for (const each of [first, second, third]) queue.keep(each)
  await Promise.all([first, second, third].map((each) => queue.kept(each)))
  expect(sums(file)).toMatchObject({ batches: 1 })
  settle(queue, first)
  queue.keep(second)
  await queue.flush()
  expect(sums(file)).toMatchObject({ batches: 2 })
  settle(queue, third)
  await queue.flush()
  expect(sums(file)).toMatchObject({ batches: 1 })
  settle(queue, second)
  await queue.flush()
  expect(sums(file)).toEqual({ settlements: 3, lines: 3, total: 3, batches: 0 })
})

test('a hold of nothing that nobody waits for is on the disk a moment later', async () => {
  const { queue, file } = await openWith('')
  const free = hold({ isHard: false, money: 0 })
  queue.keep(free)
  await expect.poll(() => sums(file)).toMatchObject({ batches: 1 })
  settle(queue, free, 0)
  await queue.flush()
  expect(sums(file)).toEqual({ settlements: 1, lines: 0, total: 0, batches: 0 })
})

test('a hold of nothing goes at once when an answer waits for it', async () => {
  const { queue, file } = await openWith('')
  const free = hold({ isHard: false, money: 0 })
  queue.keep(free)
  await queue.kept(free)
  expect(sums(file)).toMatchObject({ batches: 1 })
  settle(queue, free, 0)
  await queue.flush()
})

/** The thread ends with a batch on the disk and the answer unsent, `times` times, at every `every`th batch it has written. */
const diesAfterCommit = ({ times, every }: { times: number; every: number }): string => `
  let batches = 0
  const say = parentPort.postMessage.bind(parentPort)
  parentPort.postMessage = (message) => {
    if (message.kind === 'written' && (batches += 1) % ${every} === 0 && count() < ${times}) {
      note()
      process.exit(1)
    }
    say(message)
  }`

/** The disk takes nothing, so many times. */
const failsCommits = (times: number): string => `
  const exec = DatabaseSync.prototype.exec
  let started = false
  parentPort.on('message', ({ kind }) => { started = kind === 'write' })
  DatabaseSync.prototype.exec = function (text) {
    if (started && text === 'COMMIT' && count() < ${times}) {
      note()
      throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
    }
    return exec.call(this, text)
  }`

/** The real writer with something before it. */
async function openWith(
  before: string,
): Promise<{ queue: LedgerQueue; file: string; said: readonly string[] }> {
  const directory = mkdtempSync(join(tmpdir(), 'ledger-queue-'))
  const file = join(directory, 'ledger.db')
  closeSync(openSync(file, 'a'))
  const code = join(directory, 'writer.mjs')
  writeFileSync(code, writerWith(before, join(directory, 'notes')))
  const said: string[] = []
  const queue = await openLedgerQueue({
    start: { file, maxPages: null },
    keepDays: () => 90,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    log: (line) => said.push(line),
    code: pathToFileURL(code),
  })
  onTestFinished(async () => {
    await queue.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return { queue, file, said }
}

function writerWith(before: string, notes: string): string {
  return `
    import { parentPort } from 'node:worker_threads'
    import { appendFileSync, existsSync, readFileSync } from 'node:fs'
    import { DatabaseSync } from 'node:sqlite'
    const notes = ${JSON.stringify(notes)}
    const count = () => (existsSync(notes) ? readFileSync(notes, 'utf8').length : 0)
    const note = () => appendFileSync(notes, 'x')
    ${before}
    await import(${JSON.stringify(new URL('./write-thread.ts', import.meta.url).href)})
  `
}

function sums(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return database
      .prepare(
        `SELECT
          (SELECT count(*) FROM settlement) AS settlements,
          (SELECT sum(nano_usd) FROM line) AS lines,
          (SELECT nano_usd FROM spend WHERE unit = 'total' AND kind = 'nothing') AS total,
          (SELECT count(*) FROM hold_batch) AS batches`,
      )
      .get()
  } finally {
    database.close()
  }
}

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { uuidV7Ids } from '../core/ids.ts'
import { logMigrations } from './migrations.ts'
import type { Store } from './store.ts'
import { openSqliteStore, type StoreLimits } from './sqlite.ts'
import { describeStore, row } from './store.conformance.ts'

// How long a state may take to come on a busy machine; the tests go on as soon as it is there.
const PATIENCE = { timeout: 20_000 }
const home = mkdtempSync(join(tmpdir(), 'store-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

describeStore('the store in SQLite', () => open(newDirectory()))

test('what was written is there after the store is opened again', async () => {
  const directory = newDirectory()
  const kept = row()
  const first = await open(directory)
  first.appendRequest(kept)
  await first.close()
  const second = await openInTest(directory)
  expect(await second.findRequest(kept.id)).toEqual(kept)
})

test('closing leaves one file, which only its owner can read', async () => {
  const directory = newDirectory()
  const store = await open(directory)
  store.appendRequest(row())
  await store.pageRequests({ limit: 1 })
  await store.close()
  expect(existsSync(join(directory, 'logs.db-wal'))).toBe(false)
  expect(statSync(join(directory, 'logs.db')).mode & 0o777).toBe(0o600)
})

test('a question to a closed store is refused and does not start it again', async () => {
  const store = await open(newDirectory())
  await store.close()
  await expect(store.pageRequests({ limit: 1 })).rejects.toMatchObject({ code: 'store.unavailable' })
})

test('a row with an impossible value is lost alone, and said', async () => {
  const store = await openInTest(newDirectory())
  const [good, bad, alsoGood] = [row(), row({ durationMs: Number.NaN }), row()]
  for (const one of [good, bad, alsoGood]) store.appendRequest(one)
  expect((await store.pageRequests({ limit: 10 })).rows).toEqual([alsoGood, good])
  expect(store.health()).toMatchObject({
    droppedRows: 1,
    problem: expect.stringContaining('a row was refused'),
  })
})

test('a full queue refuses rows and counts them, and takes rows again when it is empty', async () => {
  const store = await openInTest(newDirectory(), { maxQueuedRows: 10 })
  const taken = Array.from({ length: 13 }, () => store.appendRequest(row()))
  expect(taken.filter(Boolean)).toHaveLength(10)
  expect(store.health()).toMatchObject({ queuedRows: 10, droppedRows: 3, problem: expect.any(String) })
  await store.flush()
  expect(store.health()).toEqual({ queuedRows: 0, droppedRows: 3, problem: null })
  expect(store.appendRequest(row())).toBe(true)
})

test('a row whose facts are too many to keep is kept without them', async () => {
  const store = await openInTest(newDirectory())
  const clearances = Array.from({ length: 200 }, (_, at) => `everything about ward ${at} of the old building`)
  const crowded = row({ facts: { request: {}, principal: { kind: 'key', clearances } } })
  store.appendRequest(crowded)
  expect(await store.findRequest(crowded.id)).toEqual({ ...crowded, facts: null })
})

// ---- what is kept

test('the log keeps the newest rows up to its limit, and the sums of all', async () => {
  const store = await openInTest(newDirectory(), { keeps: () => ({ maxRows: 100, maxDays: 90 }) })
  const rows = Array.from({ length: 3_000 }, () => row())
  for (const one of rows) store.appendRequest(one)
  const kept = await vi.waitUntil(async () => {
    const ids = await allIds(store)
    return ids.length <= 110 && ids
  }, PATIENCE)
  expect(kept).toEqual(
    rows
      .map(({ id }) => id)
      .toReversed()
      .slice(0, kept.length),
  )
  expect(kept.length).toBeGreaterThanOrEqual(100)
  const sums = await store.rollups({
    unit: 'day',
    fromMs: rows[0]?.atMs ?? 0,
    toMs: (rows.at(-1)?.atMs ?? 0) + 1,
  })
  expect(sums.reduce((total, { requests }) => total + requests, 0)).toBe(3_000)
})

test('a limit that changes while the log is open holds from the next rows on', async () => {
  let maxRows = 1_000
  const store = await openInTest(newDirectory(), { keeps: () => ({ maxRows, maxDays: 90 }) })
  expect(await store.oldestRequest()).toBeNull()
  for (let count = 0; count < 50; count += 1) store.appendRequest(row())
  expect(await allIds(store)).toHaveLength(50)
  maxRows = 10
  store.appendRequest(row())
  await vi.waitUntil(async () => (await allIds(store)).length === 10, PATIENCE)
  expect(await store.oldestRequest()).toBe((await allIds(store)).at(-1))
})

test('rows and minutes that are too old are gone after the next start, days stay', async () => {
  const directory = newDirectory()
  const [old, young] = [row(), rowAt(Date.UTC(2026, 11, 30))]
  const first = await open(directory)
  for (const one of [old, young]) first.appendRequest(one)
  await first.close()
  const later = await openInTest(directory, { keeps: () => ({ maxRows: 1_000, maxDays: 30 }) }, young.atMs)
  await vi.waitUntil(async () => (await later.findRequest(old.id)) === undefined, PATIENCE)
  expect(await later.findRequest(young.id)).toEqual(young)
  const around = { fromMs: old.atMs, toMs: old.atMs + 1 }
  expect(await later.rollups({ unit: 'minute', ...around })).toEqual([])
  expect(await later.rollups({ unit: 'day', ...around })).toHaveLength(1)
})

// ---- what goes wrong

test('a full disk loses rows, says so once, and the log goes on when there is space again', async () => {
  const directory = newDirectory()
  const lines: string[] = []
  const store = await openInTest(directory, { maxPages: 60 }, Date.now(), lines)
  await fillUp(store)
  expect(store.health()).toMatchObject({ problem: 'the request log loses rows: the disk is full' })
  const lost = store.health().droppedRows
  expect(lost).toBeGreaterThan(0)

  const other = anotherProcess(directory)
  other.exec('DELETE FROM request')
  other.close()
  const after = row()
  store.appendRequest(after)
  expect(await store.findRequest(after.id)).toEqual(after)
  expect(store.health()).toEqual({ queuedRows: 0, droppedRows: lost, problem: null })
  expect(lines).toEqual([
    'the request log loses rows: the disk is full',
    `the request log is written again; ${lost} rows were lost since the start`,
  ])
})

test('a file system without space loses rows and nothing else', async ({ skip }) => {
  const directory = newDirectory()
  mkdirSync(directory)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', directory])
  if (mounted.status !== 0) skip('mounting a small file system needs more rights than this process has')
  onTestFinished(() => void spawnSync('umount', [directory]))
  const store = await open(directory)
  // Before the umount above: hooks of a test run last first.
  onTestFinished(() => store.close())
  const ballast = join(directory, 'ballast')
  writeFileSync(ballast, new Uint8Array(1024 * 1024))
  await fillUp(store)
  expect(store.health().problem).toBe('the request log loses rows: the disk is full')
  rmSync(ballast)
  const after = row()
  store.appendRequest(after)
  expect(await store.findRequest(after.id)).toEqual(after)
  expect(store.health().problem).toBeNull()
})

test('a writer that waits for a lock of another process delays rows and loses none', async () => {
  const directory = newDirectory()
  const store = await openInTest(directory)
  const other = anotherProcess(directory)
  other.exec('BEGIN IMMEDIATE')
  const waiting = row()
  store.appendRequest(waiting)
  const flushed = store.flush()
  expect(store.health().queuedRows).toBe(1)
  other.exec('COMMIT')
  other.close()
  await flushed
  expect(store.health()).toEqual({ queuedRows: 0, droppedRows: 0, problem: null })
})

test('a file that is not a database is refused in one line and left as it was', async () => {
  const directory = newDirectory()
  const file = join(directory, 'logs.db')
  mkdirSync(directory)
  writeFileSync(file, 'precious notes '.repeat(2_000))
  await expect(open(directory)).rejects.toMatchObject({
    code: 'store.unavailable',
    message: 'the request log cannot be used: the file is not a SQLite database, or it is damaged',
  })
  expect(readFileSync(file, 'utf8')).toBe('precious notes '.repeat(2_000))
})

test('a database cut short is refused in one line', async () => {
  const directory = newDirectory()
  const store = await open(directory)
  store.appendRequest(row())
  await store.close()
  const file = join(directory, 'logs.db')
  writeFileSync(file, readFileSync(file).subarray(0, 10_000))
  await expect(open(directory)).rejects.toMatchObject({ code: 'store.unavailable' })
})

test('a database of a newer version is refused with what to do', async () => {
  const directory = newDirectory()
  await (await open(directory)).close()
  const other = anotherProcess(directory)
  const known = logMigrations.length
  other.exec(`INSERT INTO schema_migration VALUES (${known + 1}, 'from the future', 'x', 0)`)
  other.close()
  const words = new RegExp(`schema ${known + 1} and this version knows ${known}.*newer version`)
  await expect(open(directory)).rejects.toThrow(words)
})

test('a home that is no directory is refused without naming its path', async () => {
  const inTheWay = newDirectory()
  writeFileSync(inTheWay, '')
  const opened = open(join(inTheWay, 'data'))
  await expect(opened).rejects.toMatchObject({ code: 'store.unavailable' })
  await expect(opened).rejects.not.toThrow(home)
})

test('a directory that may not be written is refused', async ({ skip }) => {
  if (process.getuid?.() === 0) skip('the rights of a directory do not bind this user')
  const directory = newDirectory()
  mkdirSync(directory)
  chmodSync(directory, 0o500)
  await expect(open(directory)).rejects.toThrow(/cannot be written/)
})

let directories = 0

function newDirectory(): string {
  directories += 1
  return join(home, String(directories))
}

function open(
  directory: string,
  limits: StoreLimits = {},
  nowMs = Date.now(),
  lines: string[] = [],
): Promise<Store> {
  const clock = { now: () => nowMs, monotonic: () => performance.now() }
  return openSqliteStore({ directory, clock, log: (line) => lines.push(line), limits })
}

/** A connection of its own, which waits for its turn as another process would. */
function anotherProcess(directory: string): DatabaseSync {
  return new DatabaseSync(join(directory, 'logs.db'), { timeout: 10_000 })
}

async function openInTest(...options: Parameters<typeof open>): Promise<Store> {
  const store = await open(...options)
  onTestFinished(() => store.close())
  return store
}

function rowAt(atMs: number): ReturnType<typeof row> {
  const ids = uuidV7Ids(
    { now: () => atMs, monotonic: () => 0 },
    { bytes: (length) => new Uint8Array(length) },
  )
  return row({ id: ids.next(), atMs })
}

async function allIds(store: Store): Promise<readonly string[]> {
  const ids: string[] = []
  for (let before: string | null = 'ffffffff'; before !== null;) {
    const page: Awaited<ReturnType<Store['pageRequests']>> = await store.pageRequests({ limit: 200, before })
    ids.push(...page.rows.map(({ id }) => id))
    before = page.next
  }
  return ids
}

// 5,000 rows of 700 bytes are more than any disk of these tests holds.
async function fillUp(store: Store): Promise<void> {
  for (let count = 0; count < 5_000 && store.health().droppedRows === 0; count += 1) {
    store.appendRequest(row())
    if (count % 50 === 49) await store.flush()
  }
}

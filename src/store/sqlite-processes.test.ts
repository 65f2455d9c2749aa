import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { row } from './store.conformance.ts'

const home = mkdtempSync(join(tmpdir(), 'store-processes-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('kill -9 loses no row that was flushed, and leaves sums that equal the rows', async () => {
  const directory = join(home, 'killed')
  const flushed = new Set<string>()
  for (const batches of [1, 4, 9, 16, 25]) {
    const child = startChild(directory)
    child.stdin.write('go\n')
    for await (const line of createInterface({ input: child.stdout })) {
      for (const id of JSON.parse(line) as string[]) flushed.add(id)
      if (flushed.size >= batches * ROWS_PER_BATCH) child.kill('SIGKILL')
    }
  }
  const { ids, counted, size } = look(directory)
  expect([...flushed].filter((id) => !ids.has(id))).toEqual([])
  expect(flushed.size).toBeGreaterThanOrEqual(25 * ROWS_PER_BATCH)
  expect([counted, size]).toEqual([ids.size, ids.size])
})

test('two processes that create the same log at the same moment both work, and no row is lost', async () => {
  for (const attempt of [1, 2, 3]) {
    const directory = join(home, `shared-${attempt}`)
    const children = [startChild(directory, 10), startChild(directory, 10)]
    for (const child of children) child.stdin.write('go\n')
    const written = await Promise.all(children.map(readToEnd))
    const { ids, counted, size } = look(directory)
    expect(written.flat()).toHaveLength(2 * 10 * ROWS_PER_BATCH)
    expect(ids).toEqual(new Set(written.flat()))
    expect([counted, size]).toEqual([ids.size, ids.size])
  }
})

const ROWS_PER_BATCH = 20

// Waits for a word on its standard input, so that two of them begin together; then prints the ids of each flushed batch.
const program = `
  import { openSqliteStore } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)}
  import { uuidV7Ids } from ${JSON.stringify(new URL('../core/ids.ts', import.meta.url).href)}
  import { randomBytes } from 'node:crypto'
  const [directory, batches, template] = process.argv.slice(1)
  const clock = { now: () => Date.now(), monotonic: () => performance.now() }
  const ids = uuidV7Ids(clock, { bytes: (length) => randomBytes(length) })
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const store = await openSqliteStore({ directory, clock, log: (line) => console.error(line) })
  for (let batch = 0; batch < Number(batches); batch += 1) {
    const rows = Array.from({ length: ${ROWS_PER_BATCH} }, () => ({ ...JSON.parse(template), id: ids.next(), atMs: Date.now() }))
    for (const row of rows) if (!store.appendRequest(row)) throw new Error('the queue is full')
    await store.flush()
    if (store.health().droppedRows > 0) throw new Error(store.health().problem)
    console.log(JSON.stringify(rows.map(({ id }) => id)))
  }
  await store.close()
  process.stdin.destroy()
`

type Child = ChildProcessByStdio<Writable, Readable, null>

function startChild(directory: string, batches = 100_000): Child {
  const words = ['--input-type=module', '-e', program, directory, String(batches), JSON.stringify(row())]
  return spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
}

async function readToEnd(child: Child): Promise<readonly string[]> {
  const ended = once(child, 'exit')
  const ids: string[] = []
  for await (const line of createInterface({ input: child.stdout }))
    ids.push(...(JSON.parse(line) as string[]))
  expect(await ended).toEqual([0, null])
  return ids
}

function look(directory: string): { ids: ReadonlySet<string>; counted: unknown; size: unknown } {
  const database = new DatabaseSync(join(directory, 'logs.db'))
  try {
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    const ids = database.prepare('SELECT id FROM request').all()
    const sums = database.prepare(`SELECT sum(requests) AS counted FROM rollup WHERE unit = 'minute'`).get()
    const size = database.prepare('SELECT rows FROM log_size').get()
    return { ids: new Set(ids.map(({ id }) => String(id))), counted: sums?.['counted'], size: size?.['rows'] }
  } finally {
    database.close()
  }
}

import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { row } from './store.conformance.ts'
import { openWriteQueue, type WriteQueue } from './write-queue.ts'

test('a writer that dies between writing and saying so is started again, and every row counts once', async () => {
  const { queue, file, lines } = await openWithWriterThatDies({ times: 1 })
  for (let count = 0; count < 30; count += 1) queue.append(row())
  await queue.flush()
  expect(queue.health()).toEqual({ queuedRows: 0, droppedRows: 0, problem: null })
  expect(lines).toEqual([
    expect.stringContaining('the writer stopped (its thread stopped) and is started again'),
  ])
  expect(counts(file)).toEqual({ rows: 30, counted: 30 })
})

test('a writer that dies again at once is given up: rows are counted as lost and nobody waits for ever', async () => {
  const { queue, file } = await openWithWriterThatDies({ times: 100 })
  for (let count = 0; count < 30; count += 1) queue.append(row())
  await queue.flush()
  expect(queue.health()).toEqual({
    queuedRows: 0,
    droppedRows: 30,
    problem: 'the request log loses rows: the writer stopped and cannot go on: its thread stopped',
  })
  expect(queue.append(row())).toBe(false)
  expect(queue.health().droppedRows).toBe(31)
  // They had reached the disk in fact; what nobody confirmed is counted as lost all the same, and never twice in the sums.
  expect(counts(file)).toEqual({ rows: 30, counted: 30 })
})

test('a writer that dies, recovers and dies much later is started again both times', async () => {
  const { queue, lines } = await openWithWriterThatDies({ times: 2, every: 2 })
  for (let batch = 0; batch < 5; batch += 1) {
    queue.append(row())
    await queue.flush()
  }
  expect(lines).toHaveLength(2)
  expect(queue.health()).toEqual({ queuedRows: 0, droppedRows: 0, problem: null })
})

/** The real writer, but for `times` times its thread ends with the batch on disk and the answer unsent, at every `every`th batch. */
async function openWithWriterThatDies({ times, every = 1 }: { times: number; every?: number }): Promise<{
  queue: WriteQueue
  file: string
  lines: readonly string[]
}> {
  const directory = mkdtempSync(join(tmpdir(), 'write-queue-'))
  const file = join(directory, 'logs.db')
  closeSync(openSync(file, 'a'))
  const writerFile = join(directory, 'dying-writer.mjs')
  writeFileSync(writerFile, dyingWriter(join(directory, 'deaths'), times, every))
  const lines: string[] = []
  const queue = await openWriteQueue({
    start: { file, maxPages: null },
    keeps: () => ({ maxRows: 1_000, maxDays: 90 }),
    maxQueuedRows: 100,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    log: (line) => lines.push(line),
    writerFile: pathToFileURL(writerFile),
  })
  onTestFinished(async () => {
    await queue.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return { queue, file, lines }
}

function dyingWriter(deathsFile: string, times: number, every: number): string {
  return `
    import { parentPort } from 'node:worker_threads'
    import { appendFileSync, existsSync, readFileSync } from 'node:fs'
    const deathsFile = ${JSON.stringify(deathsFile)}
    const deaths = () => (existsSync(deathsFile) ? readFileSync(deathsFile, 'utf8').length : 0)
    const say = parentPort.postMessage.bind(parentPort)
    let batches = 0
    parentPort.postMessage = (message) => {
      if (message.kind === 'written' && (batches += 1) % ${every} === 0 && deaths() < ${times}) {
        appendFileSync(deathsFile, 'x')
        process.exit(1)
      }
      say(message)
    }
    await import(${JSON.stringify(new URL('./writer.ts', import.meta.url).href)})
  `
}

function counts(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return database
      .prepare(
        `SELECT (SELECT count(*) FROM request) AS rows,
                (SELECT sum(requests) FROM rollup WHERE unit = 'hour') AS counted`,
      )
      .get()
  } finally {
    database.close()
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { openLogForWriting } from './log-file.ts'
import { logWriter } from './log-writer.ts'
import { toValues } from './request-row.ts'
import { row } from './store.conformance.ts'

test('a lock that is never released loses the batch, with the reason, and the next batch is written', () => {
  const { database, file } = newLog()
  const writer = logWriter(database)
  database.exec('PRAGMA busy_timeout = 0')
  const other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  const rows = [toValues(row()), toValues(row())]
  expect(writer.write(rows)).toEqual({
    kind: 'written',
    lost: 2,
    problem: 'another process holds the write lock',
    logRows: 0,
  })
  other.exec('ROLLBACK')
  other.close()
  expect(writer.write(rows)).toEqual({ kind: 'written', lost: 0, problem: null, logRows: 2 })
})

test('a batch that is sent twice is in the log once and in the sums once', () => {
  const { database } = newLog()
  const writer = logWriter(database)
  const rows = [toValues(row()), toValues(row())]
  writer.write(rows)
  writer.write(rows)
  expect(database.prepare('SELECT count(*) AS rows FROM request').get()).toEqual({ rows: 2 })
  expect(database.prepare('SELECT rows FROM log_size').get()).toEqual({ rows: 2 })
  expect(database.prepare('SELECT unit, sum(requests) AS requests FROM rollup GROUP BY unit').all()).toEqual([
    { unit: 'day', requests: 2 },
    { unit: 'hour', requests: 2 },
    { unit: 'minute', requests: 2 },
  ])
})

test('a sum of money that would no longer be exact is refused and not rounded', () => {
  const { database } = newLog()
  const writer = logWriter(database)
  const dear = { cost: { kind: 'metered', nanoUsd: Number.MAX_SAFE_INTEGER } } as const
  expect(writer.write([toValues(row(dear))]).lost).toBe(0)
  expect(writer.write([toValues(row(dear))])).toMatchObject({ lost: 1, problem: expect.any(String) })
  expect(database.prepare('SELECT count(*) AS rows FROM request').get()).toEqual({ rows: 1 })
})

function newLog(): { database: DatabaseSync; file: string } {
  const directory = mkdtempSync(join(tmpdir(), 'log-writer-'))
  const file = join(directory, 'logs.db')
  const database = openLogForWriting(file, 0)
  onTestFinished(() => {
    database.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return { database, file }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openLogForWriting } from './log-file.ts'
import { loggedRequests } from './logged-requests.ts'
import { migrate } from './migrate.ts'
import { logMigrations } from './migrations.ts'
import { columns, toValues } from './request-row.ts'
import { openSqliteStore } from './sqlite.ts'
import { row } from './store.conformance.ts'

const root = mkdtempSync(join(tmpdir(), 'logged-requests-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A home folder with its data folder. */
function newHome(): string {
  const home = mkdtempSync(join(root, 'home-'))
  mkdirSync(join(home, 'data'))
  return home
}

const fileOf = (home: string) => join(home, 'data', 'logs.db')

test('every row is read, newest first and page by page, while the gateway has the log open', async () => {
  const home = newHome()
  const directory = join(home, 'data')
  const clock = { now: () => row().atMs, monotonic: () => 0 }
  const store = await openSqliteStore({ directory, clock, log: () => undefined })
  onTestFinished(() => store.close())
  const rows = Array.from({ length: 450 }, () => row())
  for (const each of rows) store.appendRequest(each)
  await store.flush()
  expect([...loggedRequests(home)]).toEqual(rows.toReversed())
})

test('where no gateway has run there is nothing to read', () => {
  expect([...loggedRequests(newHome())]).toEqual([])
  expect([...loggedRequests(join(root, 'nowhere'))]).toEqual([])
})

test('rows of before facts were kept come back without, after the log was brought to this version', () => {
  const home = newHome()
  const old = row()
  writeOldLog(home, old)
  openLogForWriting(fileOf(home), 0).close()
  expect([...loggedRequests(home)]).toEqual([{ ...old, facts: null }])
})

test('a log that no gateway of this version has opened yet is refused with what to do', () => {
  const home = newHome()
  writeOldLog(home, row())
  expect(() => [...loggedRequests(home)]).toThrow('start the gateway of this version once')
})

test('a damaged log is said in one line without its path', () => {
  const home = newHome()
  writeFileSync(fileOf(home), 'this is no database, whatever its name says')
  expect(() => [...loggedRequests(home)]).toThrow(
    /^logs\.db in the home directory cannot be read: the file is not a SQLite database/,
  )
})

/** As the version before facts were kept wrote it. */
function writeOldLog(home: string, old: ReturnType<typeof row>): void {
  const database = new DatabaseSync(fileOf(home))
  const before = logMigrations.filter(({ sql }) => !sql.includes('facts'))
  migrate(database, before, 0)
  const kept = columns.filter((column) => column !== 'facts')
  const values = toValues(old).filter((_, at) => columns[at] !== 'facts')
  database
    .prepare(`INSERT INTO request (${kept.join(', ')}) VALUES (${kept.map(() => '?').join(', ')})`)
    .run(...values)
  database.close()
}

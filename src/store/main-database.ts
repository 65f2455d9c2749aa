import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MusivumError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { useWriteAheadLog } from './log-file.ts'
import { mainMigrations } from './main-migrations.ts'
import { makeFolder } from './make-folder.ts'
import { migrate } from './migrate.ts'
import { sayProblem } from './sqlite-problem.ts'
import { begin, commit, rollback, setSynchronousFull, setWriteAheadLogLimit } from './statements.ts'

// Longer than any transaction of ours but the recording of a large table: 350,000 outcomes take about 2 s.
const BUSY_TIMEOUT_MS = 15_000

/**
 * data/main.db in the home folder: what must not be lost. Several processes may open it; every commit is on the disk.
 *
 * @throws MusivumError `store.unavailable`: damaged, full, made by a newer version
 */
export function openMainDatabase(home: string, clock: Pick<Clock, 'now'>): DatabaseSync {
  return guarded(() => {
    const folder = join(home, 'data')
    const file = join(folder, 'main.db')
    makeFolder(folder)
    // Made here, because answers are for their owner's eyes: SQLite gives its other files the same rights.
    closeSync(openSync(file, 'a', 0o600))
    const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
    try {
      useWriteAheadLog(database)
      for (const pragma of [setSynchronousFull, setWriteAheadLogLimit]) database.exec(pragma)
      migrate(database, mainMigrations, clock.now(), 'main.db')
      return database
    } catch (error) {
      database.close()
      throw error
    }
  })
}

/** Failures of the file as `store.unavailable`, without its path. */
export function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    // The message of the file system names the path, which is nobody's business but the operator's.
    const code = cause instanceof Error && 'syscall' in cause && 'code' in cause ? String(cause.code) : ''
    const problem = code === '' ? sayProblem(cause) : `it cannot be opened (${code})`
    throw new MusivumError(
      'store.unavailable',
      `main.db in the home directory: ${problem}; make room there or choose another with --home`,
      {},
      { cause },
    )
  }
}

export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec(begin)
  try {
    const result = work()
    database.exec(commit)
    return result
  } catch (error) {
    if (database.isTransaction) database.exec(rollback)
    throw error
  }
}

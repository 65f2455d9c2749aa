import { DatabaseSync } from 'node:sqlite'
import { MusivumError } from '../core/errors.ts'
import { migrate } from './migrate.ts'
import { logMigrations } from './migrations.ts'
import { isBusy } from './sqlite-problem.ts'
import * as sql from './statements.ts'

// Longer than any transaction of ours (a batch of 512 rows takes about 10 ms), so it ends only when a stranger holds the lock.
const BUSY_TIMEOUT_MS = 5_000

/** logs.db for the one thread that writes it. Throws a MusivumError or an error of SQLite, see `sayProblem`. */
export function openLogForWriting(file: string, nowMs: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    database.exec(sql.setPageSize)
    useWriteAheadLog(database)
    for (const pragma of [sql.setSynchronousNormal, sql.setSmallCache, sql.setWriteAheadLogLimit]) {
      database.exec(pragma)
    }
    migrate(database, logMigrations, nowMs)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** logs.db for the thread that answers questions about it. */
export function openLogForReading(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  database.exec(sql.setSmallCache)
  return database
}

/**
 * Two processes that create the same file and switch it at the same moment would wait for each other; SQLite sees that
 * and answers "busy" at once, without its timeout. So the waiting is ours.
 */
export function useWriteAheadLog(database: DatabaseSync): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const mode = database.prepare(sql.setWriteAheadLog).get()?.['journal_mode']
      if (mode === 'wal') return
      throw new MusivumError(
        'store.unavailable',
        'the file system of the home directory has no shared memory for write-ahead logging; choose a local disk',
      )
    } catch (error) {
      if (!isBusy(error) || attempt === MAX_WAL_ATTEMPTS) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_RETRY_MS)
    }
  }
}

// 250 × 20 ms = 5 s, the same patience as for any other lock. The other process needs a few milliseconds.
const MAX_WAL_ATTEMPTS = 250
const WAL_RETRY_MS = 20

import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MusivumError } from '../../core/errors.ts'
import { useWriteAheadLog } from '../log-file.ts'
import { makeFolder } from '../make-folder.ts'
import { migrate } from '../migrate.ts'
import { isBusy, sayProblem } from '../sqlite-problem.ts'
import { setSmallCache, setSynchronousFull, setWriteAheadLogLimit } from '../statements.ts'
import { ledgerMigrations } from './ledger-migrations.ts'

// Only one process writes here; a reader that comes or goes holds a lock for moments.
const BUSY_TIMEOUT_MS = 5_000
// A gateway that was told to stop may take this long to write its last lines while the next one starts.
const OWNER_TIMEOUT_MS = 2_000

/** data/ledger.db in the home folder, made with its folder when missing: it is for its owner's eyes. */
export function ledgerFile(home: string): string {
  const file = join(home, 'data', 'ledger.db')
  guardedLedger(() => {
    makeFolder(join(home, 'data'))
    closeSync(openSync(file, 'a', 0o600))
  })
  return file
}

/**
 * Makes this process the one that writes the ledger, until the function it returns is called or the process ends, however it
 * does. The lock is SQLite's own on a file beside, so that others can read the ledger meanwhile.
 *
 * @throws MusivumError `store.unavailable`: another process has it
 */
export function ownLedger(home: string, waitMs = OWNER_TIMEOUT_MS): () => void {
  return guardedLedger(() => {
    const file = join(home, 'data', 'ledger.lock')
    closeSync(openSync(file, 'a', 0o600))
    const lock = new DatabaseSync(file, { timeout: waitMs })
    try {
      lock.exec('BEGIN EXCLUSIVE')
      return () => lock.close()
    } catch (error) {
      lock.close()
      if (!isBusy(error)) throw error
      throw new MusivumError(
        'store.unavailable',
        'another gateway keeps the ledger of this home directory; stop it, or choose another with --home',
      )
    }
  })
}

/** For the one thread that writes. Every commit is on the disk when it returns. */
export function openLedgerForWriting(file: string, nowMs: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    useWriteAheadLog(database)
    for (const pragma of [setSynchronousFull, setSmallCache, setWriteAheadLogLimit]) database.exec(pragma)
    migrate(database, ledgerMigrations, nowMs, 'ledger.db')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

export function openLedgerForReading(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  database.exec(setSmallCache)
  return database
}

/** Failures of the file as `store.unavailable`, without its path. */
export function guardedLedger<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    const code = cause instanceof Error && 'syscall' in cause && 'code' in cause ? String(cause.code) : ''
    const problem = code === '' ? sayProblem(cause) : `it cannot be opened (${code})`
    throw new MusivumError('store.unavailable', `ledger.db in the home directory: ${problem}`, {}, { cause })
  }
}

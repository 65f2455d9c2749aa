import { join } from 'node:path'
import { MusivumError, toMusivumError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { makeFolder } from '../store/make-folder.ts'
import { openMemoryStore } from '../store/memory.ts'
import { openSqliteStore, type SqliteStoreOptions } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'

export type RequestLogOptions = {
  readonly home: string
  readonly clock: Clock
  readonly limits: NonNullable<SqliteStoreOptions['limits']>
  readonly log: (line: string) => void
}

/**
 * The request log under the home directory. Where that cannot be written the gateway still answers: it keeps the newest
 * rows in memory, and says so here and in the store's health.
 */
export async function openRequestLog(options: RequestLogOptions): Promise<Store> {
  const { home, clock, limits, log } = options
  try {
    const directory = folderIn(home)
    return await openSqliteStore({ directory, clock, log, limits })
  } catch (cause) {
    const problem = `the request log is kept in memory only: ${toMusivumError(cause).message}`
    log(problem)
    return openMemoryStore({ problem })
  }
}

function folderIn(home: string): string {
  const directory = join(home, 'data')
  try {
    makeFolder(directory)
    return directory
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    const why = `the home directory cannot be written (${code}); choose another with --home`
    throw new MusivumError('store.unavailable', why, {}, { cause })
  }
}

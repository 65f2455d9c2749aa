import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { toMusivumError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
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
    const directory = join(home, 'data')
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return await openSqliteStore({ directory, clock, log, limits })
  } catch (cause) {
    const problem = `the request log is kept in memory only: ${toMusivumError(cause).message}`
    log(problem)
    return openMemoryStore({ problem })
  }
}

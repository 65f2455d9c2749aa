import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { MusivumError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { USUAL_LIMITS, type LogLimits } from './log-limits.ts'
import { makeFolder } from './make-folder.ts'
import { idRange, startRange } from './query-bounds.ts'
import { readThread } from './read-thread.ts'
import type { RequestPage, RequestRow, Rollup, Store } from './store.ts'
import { openWriteQueue } from './write-queue.ts'

export type SqliteStoreOptions = {
  /** Holds logs.db; made when missing. */
  readonly directory: string
  readonly clock: Clock
  /** One line for the operator, when something begins or stops to go wrong. */
  readonly log: (line: string) => void
  readonly limits?: StoreLimits
}

export type StoreLimits = {
  /** How much is kept, asked whenever it matters: what changes meanwhile is in force within the hour. */
  readonly keeps?: () => LogLimits
  /** Rows waiting for the disk. Default 8,192: at 1,000 answers a second a stall of eight seconds, about 20 MB of memory. */
  readonly maxQueuedRows?: number
  /** Tests only: a disk of this many pages of 8 KB. */
  readonly maxPages?: number
}

/**
 * The embedded store: logs.db in `directory`, written by one thread and read by another. Several processes may open the
 * same directory. Rejects with `store.unavailable` when the file is damaged, made by a newer version, or cannot be
 * written; it is then left as it was, and what to do without a log is the caller's decision.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { directory, clock, log, limits = {} } = options
  const file = join(directory, 'logs.db')
  makeFile(directory, file)
  const queue = await openWriteQueue({
    start: { file, maxPages: limits.maxPages ?? null },
    keeps: limits.keeps ?? (() => USUAL_LIMITS),
    maxQueuedRows: limits.maxQueuedRows ?? 8_192,
    clock,
    log,
  })
  const reader = readThread({ file })

  return {
    appendRequest: (row) => queue.append(row),
    async pageRequests(query) {
      // Checked here as well, so that a wrong question is the caller's error and not the reader's.
      idRange(query)
      await queue.flush()
      return JSON.parse(await reader.ask({ kind: 'page', query })) as RequestPage
    },
    async findRequest(id) {
      await queue.flush()
      return (JSON.parse(await reader.ask({ kind: 'find', id })) as RequestRow | null) ?? undefined
    },
    async rollups(query) {
      startRange(query)
      await queue.flush()
      return JSON.parse(await reader.ask({ kind: 'rollups', query })) as Rollup[]
    },
    async oldestRequest() {
      await queue.flush()
      return JSON.parse(await reader.ask({ kind: 'oldest' })) as string | null
    },
    health: () => queue.health(),
    flush: () => queue.flush(),
    async close() {
      // The reader first: whoever closes the file last moves the write-ahead log into it.
      await reader.close()
      await queue.close()
    },
  }
}

/** Made here and not by SQLite, because the log is for its owner's eyes: SQLite gives its other files the same rights. */
function makeFile(directory: string, file: string): void {
  try {
    makeFolder(directory)
    closeSync(openSync(file, 'a', 0o600))
  } catch (cause) {
    // The message of the file system names the path, which is nobody's business but the operator's.
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    throw new MusivumError(
      'store.unavailable',
      `logs.db cannot be written in the home directory (${code}); make it writable or choose another`,
      {},
      { cause },
    )
  }
}

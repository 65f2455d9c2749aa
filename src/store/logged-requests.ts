import { statSync } from 'node:fs'
import { join } from 'node:path'
import { MusivumError } from '../core/errors.ts'
import { openLogForReading } from './log-file.ts'
import { logReader } from './log-reader.ts'
import { logMigrations } from './migrations.ts'
import { sayProblem } from './sqlite-problem.ts'
import { listMigrations } from './statements.ts'
import type { RequestRow } from './store.ts'

// The most that one question may ask for; about 200 KB.
const PAGE_ROWS = 200

/**
 * Every row of the request log of a home folder, newest first, read beside the gateway that writes it: what arrives meanwhile is not
 * among them. None where no gateway has run.
 *
 * @throws MusivumError `store.unavailable`: damaged, or of a version that kept less
 */
export function* loggedRequests(home: string): Generator<RequestRow> {
  const file = join(home, 'data', 'logs.db')
  // A gateway makes the file first and its tables a moment later.
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return
  const database = guarded(() => openLogForReading(file))
  try {
    const known = guarded(() => database.prepare(listMigrations).all().length)
    if (known < logMigrations.length) throw new MusivumError('store.unavailable', OLDER)
    const reader = logReader(database)
    let before: string | undefined
    for (;;) {
      const query = { limit: PAGE_ROWS, ...(before === undefined ? {} : { before }) }
      const { rows, next } = guarded(() => reader.page(query))
      yield* rows
      if (next === null) return
      before = next
    }
  } finally {
    database.close()
  }
}

const OLDER =
  'the request log was written by an earlier version, which kept less; start the gateway of this version once'

/** Failures of the file without its path. */
function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    const message = `logs.db in the home directory cannot be read: ${sayProblem(cause)}`
    throw new MusivumError('store.unavailable', message, {}, { cause })
  }
}

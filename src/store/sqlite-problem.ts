import { MusivumError } from '../core/errors.ts'

/** What went wrong with a database file, in a few words without its path: `the disk is full`. */
export function sayProblem(error: unknown): string {
  if (error instanceof MusivumError) return error.message
  const code = primaryCode(error)
  if (code === undefined) return error instanceof Error ? error.message : String(error)
  return PROBLEMS[code] ?? `SQLite reports error ${code}`
}

/** True when the statement was refused because of the row itself: the transaction is whole, and other rows may go on. */
export function isRowRefused(error: unknown): boolean {
  const code = primaryCode(error)
  return code === SQLITE_CONSTRAINT || code === SQLITE_MISMATCH || code === SQLITE_TOOBIG
}

export function isBusy(error: unknown): boolean {
  const code = primaryCode(error)
  return code === SQLITE_BUSY || code === SQLITE_LOCKED
}

// https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_TOOBIG = 18
const SQLITE_CONSTRAINT = 19
const SQLITE_MISMATCH = 20

const PROBLEMS: Readonly<Record<number, string>> = {
  3: 'the file may not be opened',
  [SQLITE_BUSY]: 'another process holds the write lock',
  [SQLITE_LOCKED]: 'another process holds the write lock',
  7: 'there is no memory left for the database',
  8: 'the file is read-only',
  10: 'the disk reports an input/output error',
  11: 'the file is damaged',
  13: 'the disk is full',
  14: 'the file cannot be opened',
  [SQLITE_TOOBIG]: 'a value is too large',
  [SQLITE_CONSTRAINT]: 'a value is outside what its column may hold',
  [SQLITE_MISMATCH]: 'a value has the wrong type',
  26: 'the file is not a SQLite database, or it is damaged',
}

/** The low byte of SQLite's extended result code. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined
  return error.errcode & 0xff
}

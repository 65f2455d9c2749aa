import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { MusivumError } from '../core/errors.ts'
import { cannotWrite, type Shelf } from './shelf.ts'

export type LockOptions = {
  readonly signal: AbortSignal
  /** Told once when somebody else has it: `waits for process 4711`. */
  readonly onWait: (owner: string) => void
}

/** Gives the lock back. What a process held that is gone, however it went, is free. */
export type Release = () => void

/**
 * Waits until nobody else works under this name, then keeps everybody else out. The lock is SQLite's own on a file: the
 * operating system takes it from a dead owner, which no file with a process number in it can promise.
 */
export async function lockName(shelf: Shelf, name: string, options: LockOptions): Promise<Release> {
  const deadline = performance.now() + LONGEST_WAIT_MS
  for (let waiting = false; performance.now() < deadline; waiting = true) {
    options.signal.throwIfAborted()
    const release = tryLock(shelf, name)
    if (release !== undefined) return release
    if (!waiting) options.onWait(ownerOf(shelf, name))
    await delay(POLL_MS, undefined, { signal: options.signal })
  }
  throw new MusivumError(
    'store.unavailable',
    `${name} has been worked on for a day by ${ownerOf(shelf, name)}`,
  )
}

// 800 GB at 10 MB/s: longer than a day, nobody waits for somebody else's download.
const LONGEST_WAIT_MS = 86_400_000
const POLL_MS = 200

/** Undefined when somebody has it. */
export function tryLock(shelf: Shelf, name: string): Release | undefined {
  const release = held(shelf, name, 'BEGIN EXCLUSIVE')
  if (release === undefined) return undefined
  const owner = join(shelf.locks, `${name}.owner`)
  writeFileSync(owner, String(process.pid), { mode: 0o600 })
  return () => {
    rmSync(owner, { force: true })
    release()
  }
}

/** While it is held, nothing is removed from the blobs: a pull keeps them before any manifest says so. */
export function holdBlobs(shelf: Shelf): Release {
  const release = held(shelf, BLOBS, 'BEGIN; SELECT count(*) FROM sqlite_master', REMOVAL_MS)
  if (release !== undefined) return release
  throw new MusivumError(
    'store.unavailable',
    'blobs are being removed right now; start the same command again',
  )
}

/** For removing blobs; undefined while any pull runs. */
export function ownBlobs(shelf: Shelf): Release | undefined {
  return held(shelf, BLOBS, 'BEGIN EXCLUSIVE')
}

const BLOBS = '.blobs'
/** Removing takes moments; a pull that starts meanwhile waits for it. */
const REMOVAL_MS = 5000

function held(shelf: Shelf, name: string, statement: string, waitMs = 0): Release | undefined {
  const file = join(shelf.locks, `${name}.lock`)
  try {
    closeSync(openSync(file, 'a', 0o600))
  } catch (cause) {
    throw cannotWrite(cause)
  }
  const lock = new DatabaseSync(file, { timeout: waitMs })
  try {
    lock.exec(statement)
    return () => lock.close()
  } catch (cause) {
    lock.close()
    if (isBusy(cause)) return undefined
    throw cannotWrite(cause)
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
function isBusy(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && (cause.errcode === 5 || cause.errcode === 6)
}

function ownerOf(shelf: Shelf, name: string): string {
  try {
    const pid = readFileSync(join(shelf.locks, `${name}.owner`), 'utf8')
    return /^\d{1,10}$/.test(pid) ? `process ${pid}` : 'another process'
  } catch {
    // Locked a moment ago: its owner has not written its number yet.
    return 'another process'
  }
}

import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const HEARTBEAT_MS = 2_000
// Fifteen missed heartbeats: a machine under heavy load may miss a few, a dead holder misses all of them.
const STALE_AFTER_MS = 15 * HEARTBEAT_MS
const POLL_MS = 200

/**
 * Runs `work` while no other process runs theirs for the same directory name. A directory, because making one is
 * atomic on every file system; the holder touches it, so that a lock left behind by a killed process is recognised.
 *
 * @template T
 * @param {string} directory
 * @param {() => Promise<T>} work
 * @param {{ onWait?: () => void }} [options]
 * @returns {Promise<T>}
 */
export async function withLock(directory, work, { onWait } = {}) {
  const token = randomUUID()
  let told = false
  while (!tryTake(directory, token)) {
    if (isStale(directory)) {
      breakLock(directory)
      continue
    }
    if (!told) onWait?.()
    told = true
    await sleep(POLL_MS)
  }
  const heartbeat = setInterval(() => touch(directory), HEARTBEAT_MS)
  heartbeat.unref()
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    if (readOwner(directory)?.token === token) rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * @param {string} directory
 * @param {string} token
 */
function tryTake(directory, token) {
  try {
    mkdirSync(directory)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false
    throw error
  }
  writeFileSync(join(directory, 'owner.json'), JSON.stringify({ pid: process.pid, host: hostname(), token }))
  return true
}

/** @param {string} directory */
function isStale(directory) {
  const touchedMs = statSync(directory, { throwIfNoEntry: false })?.mtimeMs
  if (touchedMs === undefined) return false
  if (Date.now() - touchedMs > STALE_AFTER_MS) return true
  const owner = readOwner(directory)
  return owner !== undefined && owner.host === hostname() && !isAlive(owner.pid)
}

/**
 * Renames before it removes: of two processes that find the same stale lock only one can rename it. A third that took
 * the lock in between has its live lock put back.
 *
 * @param {string} directory
 */
function breakLock(directory) {
  const aside = `${directory}.${randomUUID()}`
  try {
    renameSync(directory, aside)
    if (isStale(aside)) rmSync(aside, { recursive: true, force: true })
    else renameSync(aside, directory)
  } catch (error) {
    // Another process broke it first, or took it anew: both are found out by trying to take it again.
    if (
      !['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(String(/** @type {NodeJS.ErrnoException} */ (error).code))
    )
      throw error
  }
}

/**
 * @param {string} directory
 * @returns {{ pid: number, host: string, token: string } | undefined}
 */
function readOwner(directory) {
  try {
    return JSON.parse(readFileSync(join(directory, 'owner.json'), 'utf8'))
  } catch {
    // Taken a moment ago and not signed yet, or gone: the age of the directory decides.
    return undefined
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

/** @param {string} directory */
function touch(directory) {
  try {
    utimesSync(directory, new Date(), new Date())
  } catch {
    // The lock was taken from us after a long pause of this process; the token check at the end leaves it alone.
  }
}

import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '../main-database.ts'
import { isBusy } from '../sqlite-problem.ts'
import type { Key } from './accounts.ts'
import * as sql from './statements.ts'

export type KeyUse = {
  note(id: string, atMs: number): void
  /** The key with its last use, written or not. */
  withUse<T extends Key | undefined>(key: T): T
  close(): void
}

const WRITE_EVERY_MS = 60_000
// One short transaction of about 5 ms; 100,000 keys used within a minute take 200 of them, one at a time.
const KEYS_AT_ONCE = 500
const NEXT_CHUNK_MS = 200

/** When keys were last used: noted in memory at every request, written once a minute. A crash forgets a minute of it. */
export function keyUse(database: DatabaseSync): KeyUse {
  const noteUse = database.prepare(sql.noteUse)
  const used = new Map<string, number>()
  let timer = setTimeout(write, WRITE_EVERY_MS).unref()

  return {
    note: (id, atMs) => void used.set(id, atMs),
    withUse(key) {
      const atMs = key && used.get(key.id)
      return key && atMs !== undefined ? { ...key, lastUsedMs: Math.max(atMs, key.lastUsedMs ?? 0) } : key
    },
    close() {
      clearTimeout(timer)
      while (used.size > 0 && writeChunk());
    },
  }

  function write(): void {
    const all = writeChunk() && used.size === 0
    timer = setTimeout(write, all ? WRITE_EVERY_MS : NEXT_CHUNK_MS).unref()
  }

  /** False when somebody else writes at the moment: not worth waiting for, as everything else here would wait too. */
  function writeChunk(): boolean {
    const chunk = [...used].slice(0, KEYS_AT_ONCE)
    if (chunk.length === 0) return true
    try {
      database.exec(sql.waitForNobody)
      transaction(database, () => {
        for (const [id, atMs] of chunk) noteUse.run(Math.trunc(atMs), id)
      })
      for (const [id, atMs] of chunk) if (used.get(id) === atMs) used.delete(id)
      return true
    } catch (error) {
      if (isBusy(error)) return false
      // The disk does not take it. What is lost is a date in a table, and everything else that writes says the same aloud.
      used.clear()
      return true
    } finally {
      database.exec(sql.waitAsUsual)
    }
  }
}

import type { DatabaseSync } from 'node:sqlite'
import { sayProblem } from '../sqlite-problem.ts'
import * as sql from './statements.ts'

export type ChangeWatch = {
  /** Looks at once, after a change of this process. */
  catchUp(): void
  onRevoked(listener: (keyId: string) => void): () => void
  onChanged(listener: () => void): () => void
  close(): void
}

// Twice within the second in which a change by another process is to be seen. A look costs some 5 µs.
const LOOK_EVERY_MS = 400
// 60 bytes each; another process rarely changes more than one key at a time.
const KEYS_AT_ONCE = 1_000

/**
 * Sees what other processes change. SQLite says for almost nothing whether anybody else wrote to the file; a revision says
 * whether it was about accounts, and which keys.
 */
export function changeWatch(
  database: DatabaseSync,
  forgetKey: (id: string) => void,
  log: (line: string) => void,
): ChangeWatch {
  const dataVersion = database.prepare(sql.dataVersion)
  const currentRevision = database.prepare(sql.currentRevision)
  const keysChangedSince = database.prepare(sql.keysChangedSince)
  const revokedListeners = new Set<(keyId: string) => void>()
  const changedListeners = new Set<() => void>()
  let seenVersion = dataVersion.get()?.['data_version']
  let seenRevision = readRevision()
  let problem: string | null = null
  const timer = setInterval(look, LOOK_EVERY_MS).unref()

  return {
    catchUp,
    onRevoked: (listener) => listen(revokedListeners, listener),
    onChanged: (listener) => listen(changedListeners, listener),
    close: () => clearInterval(timer),
  }

  function look(): void {
    try {
      const version = dataVersion.get()?.['data_version']
      if (version !== seenVersion) catchUp()
      seenVersion = version
      setProblem(null)
    } catch (error) {
      setProblem(sayProblem(error))
    }
  }

  function catchUp(): void {
    const revision = readRevision()
    if (revision === seenRevision) return
    const revoked = changedKeys()
    seenRevision = revision
    for (const id of revoked) for (const listener of revokedListeners) listener(id)
    for (const listener of changedListeners) listener()
  }

  /** Forgets every key that has changed, and says which of them are revoked. */
  function changedKeys(): readonly string[] {
    const revoked: string[] = []
    for (let from = seenRevision; ;) {
      const rows = keysChangedSince.all(from, KEYS_AT_ONCE)
      for (const { id, revokedMs } of rows) {
        forgetKey(String(id))
        if (revokedMs !== null) revoked.push(String(id))
      }
      if (rows.length < KEYS_AT_ONCE) return revoked
      from = Number(rows.at(-1)?.['revision'])
    }
  }

  function readRevision(): number {
    return Number(currentRevision.get()?.['revision'])
  }

  /** Said once when it begins and once when it ends. */
  function setProblem(now: string | null): void {
    if (now === problem) return
    problem = now
    log(now === null ? 'changes of keys are seen again' : `changes of keys are not seen: ${now}`)
  }
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing, or says at once why not. Not by Node's own `recursive`: where a folder
 * that is there answers a new entry with ENOENT, as /proc/1 does, it takes that folder for missing, finds it there, and tries
 * again for ever (Node 24.21; in the main thread, where not even Ctrl-C ends it).
 *
 * @throws what the file system says: `EACCES`, `EROFS`, `EEXIST` for something that is no folder, `ENOENT` …
 */
export function makeFolder(path: string, mode = 0o700): void {
  if (isFolder(path)) return
  const above = dirname(path)
  if (above !== path) makeFolder(above, mode)
  try {
    mkdirSync(path, { mode })
  } catch (cause) {
    // Another process made it meanwhile.
    if (!isFolder(path)) throw cause
  }
}

function isFolder(path: string): boolean {
  // EACCES where something on the way may not be looked into: that is thrown, and says it.
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, lstat, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Shelf } from './shelf.ts'
import { cannotWrite } from './shelf.ts'

export type Hashed = { readonly sha256: string; readonly bytes: number }

export type HashOptions = {
  readonly signal: AbortSignal
  readonly onBytes?: (bytes: number) => void
}

const READ_BYTES = 1024 * 1024

export async function hashFile(path: string, { signal, onBytes }: HashOptions): Promise<Hashed> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES, signal })) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
    onBytes?.(bytes)
  }
  return { sha256: hash.digest('hex'), bytes }
}

export function blobPath({ blobs }: Shelf, sha256: string): string {
  return join(blobs, `sha256-${sha256}`)
}

/** What is wrong with a blob without reading it: null when it is there with its size. */
export async function blobProblem(shelf: Shelf, { sha256, bytes }: Hashed): Promise<string | null> {
  const stats = await lstat(blobPath(shelf, sha256)).catch(() => null)
  if (stats === null) return 'its blob is gone'
  // A link would let somebody else decide what is loaded.
  if (!stats.isFile()) return 'its blob is no file'
  return stats.size === bytes ? null : `its blob has ${stats.size} bytes, expected ${bytes}`
}

/** The same after reading all of it. */
export async function checkBlob(shelf: Shelf, file: Hashed, options: HashOptions): Promise<string | null> {
  const problem = await blobProblem(shelf, file)
  if (problem !== null) return problem
  const { sha256 } = await hashFile(blobPath(shelf, file.sha256), options)
  return sha256 === file.sha256 ? null : `its blob has the sha256 ${sha256}, expected ${file.sha256}`
}

/**
 * Makes a blob of a finished file: on the disk first, then under its name, so that after a power cut there is the whole
 * file or none.
 */
export async function keepBlob(shelf: Shelf, path: string, sha256: string, ours: boolean): Promise<void> {
  const place = blobPath(shelf, sha256)
  try {
    await syncFile(path)
    // A slip of an editor cannot change it then. A hard link has its owner's rights, which are not ours to change.
    if (ours) await chmod(path, 0o444)
    await rename(path, place)
    // Renaming one link of a file over another one of it does nothing and leaves both.
    await rm(path, { force: true })
    await syncFolder(shelf.blobs)
  } catch (cause) {
    throw cannotWrite(cause)
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; its file systems write a rename through by themselves.
  if (process.platform !== 'win32') await syncFile(path)
}

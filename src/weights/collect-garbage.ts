import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MusivumError } from '../core/errors.ts'
import { cannotWrite, openShelf, type Shelf } from './shelf.ts'
import { ownBlobs } from './shelf-lock.ts'
import { readShelf } from './read-shelf.ts'

export type GarbageOptions = {
  readonly home: string
  readonly nowMs: number
  readonly dryRun: boolean
  /** After one model is removed nothing else is touched. */
  readonly only?: 'blobs'
}

export type Collected = {
  readonly blobs: number
  readonly partials: number
  /** Kept, because a pull may still go on with them. */
  readonly youngPartials: number
  readonly freedBytes: number
  /** Nothing was removed, because a pull is running. */
  readonly busy: boolean
  /** Manifests that cannot be read: nothing is removed while there are any, since nobody knows what they need. */
  readonly unread: readonly string[]
}

/** A pull that nobody took up again for a week is not going on. */
const STALE_PARTIAL_MS = 7 * 86_400_000

const NOTHING = { blobs: 0, partials: 0, youngPartials: 0, freedBytes: 0 }

/** Removes what no manifest needs: blobs, and partial files that are older than a week. */
export async function collectGarbage(options: GarbageOptions): Promise<Collected> {
  const shelf = openShelf(options.home)
  const release = ownBlobs(shelf)
  if (release === undefined) return { ...NOTHING, busy: true, unread: [] }
  try {
    const { manifests, problems } = readShelf(shelf)
    const unread = problems.map(({ name }) => name)
    if (unread.length > 0) return { ...NOTHING, busy: false, unread }
    const needed = new Set(manifests.flatMap(({ files }) => files.map(({ sha256 }) => `sha256-${sha256}`)))
    const blobs = (await filesIn(shelf.blobs)).filter(({ name }) => isBlob(name) && !needed.has(name))
    const partials = options.only === 'blobs' ? [] : await filesIn(shelf.partial)
    const stale = partials.filter(({ changedMs }) => options.nowMs - changedMs > STALE_PARTIAL_MS)
    const names = new Set(manifests.map(({ name }) => name))
    if (!options.dryRun) await removeAll(shelf, { blobs, stale, names })
    const freedBytes = [...blobs, ...stale].reduce((sum, { bytes }) => sum + bytes, 0)
    return {
      blobs: blobs.length,
      partials: stale.length,
      youngPartials: partials.length - stale.length,
      freedBytes,
      busy: false,
      unread,
    }
  } catch (cause) {
    throw cause instanceof MusivumError ? cause : cannotWrite(cause)
  } finally {
    release()
  }
}

type Waste = {
  readonly blobs: readonly FileInFolder[]
  readonly stale: readonly FileInFolder[]
  readonly names: ReadonlySet<string>
}

async function removeAll(shelf: Shelf, { blobs, stale, names }: Waste): Promise<void> {
  for (const { name } of blobs) await rm(join(shelf.blobs, name), { force: true })
  for (const { name } of stale) await rm(join(shelf.partial, name), { recursive: true, force: true })
  // Locks of files are held beside that of the blobs, which is ours now; those of names need not be.
  for (const name of await readdir(shelf.locks))
    if (/^(?:sha256|source)-[0-9a-f]{32,64}\.lock$/.test(name))
      await rm(join(shelf.locks, name), { force: true })
  // Links of split models that are gone; while one exists, its blob takes room.
  for (const name of await readdir(shelf.parts))
    if (!names.has(name)) await rm(join(shelf.parts, name), { recursive: true, force: true })
}

/** Something else that somebody put there is not ours to remove. */
function isBlob(name: string): boolean {
  return /^sha256-[0-9a-f]{64}$/.test(name)
}

type FileInFolder = { readonly name: string; readonly bytes: number; readonly changedMs: number }

async function filesIn(folder: string): Promise<readonly FileInFolder[]> {
  const names = await readdir(folder)
  return Promise.all(
    names.map(async (name) => {
      const { size, blocks, mtimeMs } = await lstat(join(folder, name))
      // Partial files have holes, and Windows counts no blocks.
      return { name, bytes: blocks > 0 ? Math.min(size, blocks * 512) : size, changedMs: mtimeMs }
    }),
  )
}

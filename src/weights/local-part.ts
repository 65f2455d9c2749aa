import { createHash, randomUUID } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, link, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid, MusivumError } from '../core/errors.ts'
import { hashFile, type Hashed } from './blobs.ts'
import { readWeightsHeader } from './check-weights.ts'
import type { BringOptions, Brought, Part } from './delivery.ts'
import { isHeavy } from './file-roles.ts'
import type { FileRole } from './remote-types.ts'
import { cannotWrite, type Shelf } from './shelf.ts'

export type LocalFile = {
  readonly path: string
  /** For messages and the manifest: never a path. */
  readonly name: string
  readonly role: FileRole
  readonly sha256: string | null
  /** Another program keeps it as we do and never writes into it: one copy on the disk is enough. */
  readonly mayLink: boolean
}

/** A file of this machine. @throws MusivumError `request.invalid` when it is none or may not be read */
export async function localPart(shelf: Shelf, file: LocalFile): Promise<Part> {
  const bytes = await sizeOf(file)
  return {
    name: file.name,
    role: file.role,
    bytes,
    sha256: file.sha256,
    key: null,
    keptBytes: () => Promise.resolve(0),
    ...(isHeavy(file.role) && { header: () => readWeightsHeader(file.path, file.name) }),
    bring: (options) => bring(shelf, file, bytes, options),
  }
}

async function sizeOf({ path, name }: LocalFile): Promise<number> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) throw invalid(`${name} is not a file but a folder or a device`)
    return stats.size
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    const denied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES'
    throw invalid(
      denied
        ? `${name} may not be read by this user`
        : `${name} is not there; a path counts from the working directory`,
    )
  }
}

async function bring(shelf: Shelf, file: LocalFile, total: number, options: BringOptions): Promise<Brought> {
  const path = join(shelf.partial, `copy-${randomUUID()}`)
  const onBytes = meter(total, options)
  try {
    const shared = file.mayLink && (await tried(link(file.path, path)))
    // A file system that shares blocks copies forty gigabytes in a moment, and both copies stay apart.
    const cloned = shared || (await tried(copyFile(file.path, path, constants.COPYFILE_FICLONE_FORCE)))
    const hashed = cloned
      ? await hashFile(path, { signal: options.signal, onBytes })
      : await copied(file.path, path, { signal: options.signal, onBytes })
    return { path, ...hashed, ours: !shared }
  } catch (cause) {
    // Begun anew another time: reading it again costs what checking a half copy would.
    await rm(path, { force: true })
    if (options.signal.aborted || !isWriteProblem(cause)) throw cause
    throw cannotWrite(cause)
  }
}

/** False when this file system, or the border between two, does not do it. */
async function tried(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}

async function copied(from: string, to: string, { signal, onBytes }: CopyOptions): Promise<Hashed> {
  const hash = createHash('sha256')
  const target = await open(to, 'wx', 0o600)
  let bytes = 0
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: COPY_BYTES, signal })) {
      const part = chunk as Buffer
      hash.update(part)
      await target.writeFile(part)
      bytes += part.length
      onBytes(bytes)
    }
  } finally {
    await target.close()
  }
  return { sha256: hash.digest('hex'), bytes }
}

type CopyOptions = { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void }

const COPY_BYTES = 1024 * 1024

function meter(total: number, { onProgress }: BringOptions): (bytes: number) => void {
  const startMs = performance.now()
  return (bytes) => {
    const seconds = Math.max(0.001, (performance.now() - startMs) / 1000)
    onProgress({ bytes, total, perSecond: bytes / seconds })
  }
}

function isWriteProblem(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS' || code === 'EACCES' || code === 'EPERM'
}

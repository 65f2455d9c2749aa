import { createHash } from 'node:crypto'
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { MusivumError } from '../../core/errors.ts'
import type { DownloadPlace } from '../remote-types.ts'
import { flushFolder, readState, writeState, type DownloadState } from './download-state.ts'
import { bytesOf, prefixOf, withRange, type Range } from './ranges.ts'

/** Of which content the file will be. Without an identity, or without a length, nothing can be gone on with. */
export type Wanted = {
  readonly name: string
  readonly total: number | null
  readonly identity: string | null
}

export type PartialPaths = { readonly partial: string; readonly state: string; readonly whole: string }

export function pathsOf({ folder, key }: DownloadPlace): PartialPaths {
  return {
    partial: join(folder, `${key}.partial`),
    state: join(folder, `${key}.state.json`),
    whole: join(folder, `${key}.whole`),
  }
}

/** Both files of a download that is given up, or that starts anew. */
export async function discardPartial(place: DownloadPlace): Promise<void> {
  const { partial, state } = pathsOf(place)
  // The state first: without it the other claims nothing.
  await rm(state, { force: true })
  await rm(partial, { force: true })
}

// Flushing costs what the disk costs, so it takes at most a tenth of the time; a killed process fetches again what came
// in since, a quarter of a second's worth on a disk that is not slow.
const SAVE_MS = 250
const SAVE_SHARE = 9

const HASH_STEP_BYTES = 1024 * 1024

/**
 * A sparse file that is filled from several places at once, and a small one beside it that says which bytes are there.
 * The small one is written after the bytes it speaks of were flushed, so it never claims what a crash can take away.
 *
 * The hash follows the download: it reads back what is whole from the start, which the system still has in memory, so
 * what is hashed is what is in the file, in one pass and with 1 MiB of memory, in whatever order the bytes came. After
 * an interruption it begins at the start again, while the rest is fetched.
 */
export class PartialFile {
  /** The bytes of an earlier attempt that are kept. */
  readonly resumed: number
  /** There was an earlier attempt, at another content. */
  readonly hadOther: boolean
  readonly #handle: FileHandle
  readonly #paths: PartialPaths
  readonly #wanted: Wanted
  #done: readonly Range[]
  #hash = createHash('sha256')
  #hashed = 0
  readonly #hashBuffer = Buffer.allocUnsafe(HASH_STEP_BYTES)
  #hashing: Promise<void> | undefined
  #saving: Promise<void> | undefined
  #nextSaveMs: number
  #stopped = false
  #failure: unknown

  private constructor(handle: FileHandle, paths: PartialPaths, wanted: Wanted, kept: Kept) {
    this.#handle = handle
    this.#paths = paths
    this.#wanted = wanted
    this.#done = kept.done
    this.#nextSaveMs = performance.now() + SAVE_MS
    this.resumed = bytesOf(kept.done)
    this.hadOther = kept.hadOther
    this.#hashOn()
  }

  /** @throws MusivumError `store.unavailable` when the folder cannot be written */
  static async open(place: DownloadPlace, wanted: Wanted): Promise<PartialFile> {
    const paths = pathsOf(place)
    try {
      const kept = await keptOf(paths, wanted)
      const handle = kept.done.length > 0 ? await open(paths.partial, 'r+') : await emptied(paths)
      return new PartialFile(handle, paths, wanted, kept)
    } catch (cause) {
      throw diskFailure(cause, wanted, 0)
    }
  }

  get done(): readonly Range[] {
    return this.#done
  }

  get bytes(): number {
    return bytesOf(this.#done)
  }

  /** Resolves when the system has the bytes; callers wait for it, so that no more than one chunk each is in memory. */
  async write(at: number, chunk: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw diskFailure(this.#failure, this.#wanted, this.bytes)
    try {
      for (let put = 0; put < chunk.length;) {
        put += (await this.#handle.write(chunk, put, chunk.length - put, at + put)).bytesWritten
      }
    } catch (cause) {
      throw diskFailure(cause, this.#wanted, this.bytes)
    }
    this.#done = withRange(this.#done, { from: at, to: at + chunk.length })
    this.#hashOn()
    this.#saveIfDue()
  }

  /** Forgets what is there, for a server that can only start from the beginning. */
  async startOver(): Promise<void> {
    await this.#settle()
    await rm(this.#paths.state, { force: true })
    this.#done = []
    this.#hash = createHash('sha256')
    this.#hashed = 0
    this.#stopped = false
  }

  /** Everything is here: flushed, cut to its length, hashed to the end. Does not close. */
  async finish(total: number): Promise<string> {
    try {
      await this.#hashing
      await this.#hashUpTo()
      await this.#saving
      if (this.#failure !== undefined) throw this.#failure
      await this.#handle.truncate(total)
      await this.#handle.sync()
    } catch (cause) {
      throw diskFailure(cause, this.#wanted, this.bytes)
    }
    return this.#hash.digest('hex')
  }

  /** Under the name that says it is whole. From here on no state is needed. */
  async publish(): Promise<string> {
    const { partial, whole, state } = this.#paths
    try {
      await rename(partial, whole)
      await flushFolder(whole)
      await rm(state, { force: true })
    } catch (cause) {
      throw diskFailure(cause, this.#wanted, this.bytes)
    }
    return whole
  }

  /** Says on disk what is there, so that the next attempt goes on from here. */
  async close(): Promise<void> {
    await this.#settle()
    try {
      if (this.#done.length > 0) await this.#save()
    } catch {
      // A full disk, most often, which the caller has been told already. The state from before is still true.
    } finally {
      await this.#handle.close()
    }
  }

  /** After `publish`, and when it is discarded: nothing more is to be said on disk. */
  async closeOnly(): Promise<void> {
    await this.#settle()
    await this.#handle.close()
  }

  async #settle(): Promise<void> {
    this.#stopped = true
    await this.#hashing
    await this.#saving
  }

  #hashOn(): void {
    // In steps of some size: a chunk of 64 KiB is not worth a turn of its own.
    if (prefixOf(this.#done) - this.#hashed < HASH_STEP_BYTES) return
    this.#hashing ??= this.#hashUpTo()
      .catch((thrown: unknown) => (this.#failure ??= thrown))
      .then(() => (this.#hashing = undefined))
  }

  async #hashUpTo(): Promise<void> {
    const buffer = this.#hashBuffer
    while (!this.#stopped && this.#hashed < prefixOf(this.#done)) {
      const length = Math.min(HASH_STEP_BYTES, prefixOf(this.#done) - this.#hashed)
      const { bytesRead } = await this.#handle.read(buffer, 0, length, this.#hashed)
      if (bytesRead === 0) throw new Error('the partial file became shorter')
      this.#hash.update(buffer.subarray(0, bytesRead))
      this.#hashed += bytesRead
    }
  }

  #saveIfDue(): void {
    if (this.#saving !== undefined || performance.now() < this.#nextSaveMs) return
    const startedMs = performance.now()
    this.#saving = this.#save()
      .catch((thrown: unknown) => (this.#failure ??= thrown))
      .then(() => {
        const tookMs = performance.now() - startedMs
        this.#nextSaveMs = performance.now() + Math.max(SAVE_MS, SAVE_SHARE * tookMs)
        this.#saving = undefined
      })
  }

  async #save(): Promise<void> {
    const { total, identity } = this.#wanted
    if (total === null || identity === null) return
    // Taken before the flush: what is written meanwhile is not claimed.
    const done = this.#done
    await this.#handle.datasync()
    await writeState(this.#paths.state, { total, identity, done })
  }
}

type Kept = { readonly done: readonly Range[]; readonly hadOther: boolean }

async function keptOf(paths: PartialPaths, { total, identity }: Wanted): Promise<Kept> {
  const state = await readState(paths.state)
  if (state === undefined) return { done: [], hadOther: false }
  const same = state.total === total && state.identity === identity
  if (!same) return { done: [], hadOther: true }
  return { done: (await isThere(paths.partial, state)) ? state.done : [], hadOther: false }
}

/** Somebody may have removed or cut the one and left the other. */
async function isThere(path: string, { done }: DownloadState): Promise<boolean> {
  try {
    return (await stat(path)).size >= (done.at(-1)?.to ?? 0)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw cause
  }
}

async function emptied(paths: PartialPaths): Promise<FileHandle> {
  // First, or a crash in between leaves a state that speaks of bytes which are no more.
  await rm(paths.state, { force: true })
  return open(paths.partial, 'w+')
}

function diskFailure(cause: unknown, { name, total }: Wanted, kept: number): unknown {
  if (cause instanceof MusivumError) return cause
  const { code } = cause as NodeJS.ErrnoException
  const what = DISK_WORDS[code ?? '']
  if (what === undefined) return cause
  const of = total === null ? '' : ` of ${total}`
  const line = `${name}: ${what}. ${kept}${of} bytes are kept; the same command goes on from there.`
  return new MusivumError('store.unavailable', line, { kept, total }, { cause })
}

const DISK_WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk of the weights is full; make room',
  EDQUOT: 'the quota on the disk of the weights is used up; make room',
  EFBIG: 'the disk of the weights takes no file of this size; use another file system',
  EROFS: 'the folder of the weights is read-only; set --home to one that can be written',
  EACCES: 'the folder of the weights may not be written; set --home to one that can be',
  EPERM: 'the folder of the weights may not be written; set --home to one that can be',
  ENOENT: 'the folder of the weights is not there any more',
  EIO: 'the disk of the weights failed',
}

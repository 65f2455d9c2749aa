import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MusivumError } from '../../core/errors.ts'
import { isUuidV7, uuidV7TimeMs } from '../../core/ids.ts'
import type { ContentEntry, ContentLog, LoggedContent } from './content-log.ts'
import { openFrames, sealFrame } from './sealed-frames.ts'

export type ContentLogOptions = {
  /** Holds data/content, with a folder for each day (UTC); made when something is written. */
  readonly home: string
  /** 32 bytes; asked for when something is written or read. */
  readonly key: () => Uint8Array
  /**
   * The id of the first request whose row the request log keeps, or the start of one: content of those before it goes, as their
   * rows did. Null: nothing goes, as by a command beside the gateway.
   */
  readonly firstKept: () => Promise<string | null>
  /** One line for the operator. */
  readonly log: (line: string) => void
}

// The largest answer that is collected has 64 Mi characters, at most 192 MiB of UTF-8, and JSON escapes little of it.
const MAX_ENTRY_BYTES = 256 * 1024 * 1024
// A request that is tried with ten models at once and answered by each.
const MAX_FILE_BYTES = 1024 * 1024 * 1024
// Nobody is shown content without its row; this is how much longer it lies on the disk.
const TIDY_EVERY_MS = 600_000

/** Opens nothing and makes nothing: most gateways never log content. */
export function openContentLog(options: ContentLogOptions): ContentLog {
  const { log } = options
  const root = join(options.home, 'data', 'content')
  const tidy = (): Promise<void> => deleteOld(root, options)
  const tidyNow = (): void => {
    tidy().catch((error: unknown) => log(`old content stays: ${codeOf(error)}`))
  }
  // Also where nothing is logged any more: what was logged before has a right to be forgotten.
  tidyNow()
  const timer = setInterval(tidyNow, TIDY_EVERY_MS).unref()
  return {
    write: (requestId, entry) => write(root, options, requestId, entry),
    read: (requestId) => read(root, options, requestId),
    tidy,
    close: () => clearInterval(timer),
  }
}

async function write(
  root: string,
  { key }: ContentLogOptions,
  requestId: string,
  entry: ContentEntry,
): Promise<void> {
  const text = JSON.stringify(entry)
  if (Buffer.byteLength(text) > MAX_ENTRY_BYTES)
    throw unavailable('cannot take an entry of more than 256 MiB')
  const frame = sealFrame(key(), requestId, text)
  try {
    await append(folderOf(root, requestId), requestId, frame)
  } catch (cause) {
    throw unavailable(`cannot be written (${codeOf(cause)}); make room in the home directory`, cause)
  }
}

async function append(folder: string, requestId: string, frame: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = await open(fileIn(folder, requestId), 'a', 0o600)
  try {
    const { size } = await file.stat()
    try {
      await file.appendFile(frame)
      await file.datasync()
    } catch (error) {
      // Half a frame would hide every one that is written after it. Where even this fails, the reader says that the end is missing.
      await file.truncate(size).catch(() => undefined)
      throw error
    }
  } finally {
    await file.close()
  }
}

async function read(
  root: string,
  { key, firstKept }: ContentLogOptions,
  requestId: string,
): Promise<LoggedContent | undefined> {
  const path = fileIn(folderOf(root, requestId), requestId)
  const first = await firstKept()
  if (first !== null && requestId < first) return undefined
  const file = await bytesOf(path)
  if (file === undefined) return undefined
  try {
    const { texts, whole } = openFrames(key(), requestId, file)
    return { entries: texts.map((text) => JSON.parse(text) as ContentEntry), whole }
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    throw unavailable('was written under another key than that of data/scope.key, or changed since', cause)
  }
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) throw unavailable('has more than 1 GiB about this request')
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    if (codeOf(cause) === 'ENOENT') return undefined
    throw unavailable(`cannot be read (${codeOf(cause)})`, cause)
  }
}

async function deleteOld(root: string, { firstKept }: ContentLogOptions): Promise<void> {
  const days = (await namesIn(root)).filter((day) => /^\d{4}-\d{2}-\d{2}$/.test(day))
  // The thread that knows the first row costs 15 MB: not for a gateway that has no content.
  const first = days.length === 0 ? null : await firstKept()
  if (first === null) return
  const firstDay = dayOf(uuidV7TimeMs(first))
  for (const day of days.filter((each) => each < firstDay))
    await rm(join(root, day), { recursive: true, force: true })
  const files = days.includes(firstDay) ? await namesIn(join(root, firstDay)) : []
  for (const file of files.filter((each) => each < first))
    await rm(join(root, firstDay, file), { force: true })
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
}

function folderOf(root: string, requestId: string): string {
  // An id becomes the name of a file: one that is none could name any other.
  if (!isUuidV7(requestId)) throw new MusivumError('request.invalid', 'id: expected the UUID of a request')
  return join(root, dayOf(uuidV7TimeMs(requestId)))
}

function fileIn(folder: string, requestId: string): string {
  return join(folder, `${requestId}.sealed`)
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}

function unavailable(how: string, cause?: unknown): MusivumError {
  return new MusivumError('store.unavailable', `the content log ${how}`, {}, { cause })
}

import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Range } from './ranges.ts'

/** What is known of a partial file: of which content, and which of its bytes are on the disk. */
export type DownloadState = {
  readonly total: number
  /** See `Probe.identity`. Bytes of two contents must not meet in one file. */
  readonly identity: string
  /** Sorted and merged. */
  readonly done: readonly Range[]
}

/** Undefined when there is none, or none that can be believed: the download then starts anew. */
export async function readState(path: string): Promise<DownloadState | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
  const parsed = State.safeParse(parsedJson(text))
  return parsed.success && isSound(parsed.data) ? parsed.data : undefined
}

const whole = z.number().int().nonnegative()
const State = z.object({
  version: z.literal(1),
  total: whole,
  identity: z.string().min(1),
  done: z.array(z.object({ from: whole, to: whole })).max(100_000),
})

function isSound({ total, done }: DownloadState): boolean {
  return done.every(({ from, to }, index) => from < to && to <= total && (done[index - 1]?.to ?? -1) < from)
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Edited or cut by hand: it is written whole or not at all by us. The schema refuses what comes of it.
    return undefined
  }
}

/** Whole or not at all, also when the power goes: written beside, flushed, and moved into place. */
export async function writeState(path: string, state: DownloadState): Promise<void> {
  const beside = `${path}.new`
  const file = await open(beside, 'w')
  try {
    await file.writeFile(JSON.stringify({ version: 1, ...state }))
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}

/** A name in a folder is on the disk when the folder is. */
export async function flushFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } catch (cause) {
    // Windows and some network file systems cannot; the rename itself has happened.
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'EPERM' && code !== 'EINVAL' && code !== 'EISDIR') throw cause
  } finally {
    await folder.close()
  }
}

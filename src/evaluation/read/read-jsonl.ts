import { isUtf8 } from 'node:buffer'
import { createReadStream, type ReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { invalid, MusivumError } from '../../core/errors.ts'
import { showWhere, type Where } from '../../evidence/outcome.ts'
import type { World } from '../world.ts'

/**
 * Calls `onLine` with every line of a file, gzip or not, without its line break: one after the other, so that a table of
 * any size is read in the memory of its longest line. Files are named as the user typed them.
 *
 * @throws MusivumError `request.invalid`, as `file:line: …`: a file that is absent, cut off or damaged as gzip, not
 *   UTF-8, or with a line over the limit
 */
export async function readJsonl(
  file: string,
  world: Pick<World, 'cwd' | 'signal' | 'progress'>,
  onLine: (text: string, where: Where) => void,
  /** Waited for before more is read: for whoever writes as much as there is to read. */
  breathe?: () => Promise<void>,
): Promise<void> {
  const lines = new LineSplitter(file, onLine)
  const path = resolve(world.cwd, file)
  const whole = world.progress === undefined ? 0 : await sizeOf(path)
  const source = createReadStream(path, { signal: world.signal, highWaterMark: READ_BYTES })
  try {
    for await (const chunk of unzipped(file, source)) {
      lines.add(chunk)
      await breathe?.()
      if (source.bytesRead >= SHOWN_FROM_BYTES) world.progress?.(howFar(lines.where(), source, whole))
    }
    lines.end()
  } catch (thrown) {
    throw world.signal.aborted || thrown instanceof MusivumError ? thrown : unreadable(lines.where(), thrown)
  } finally {
    source.destroy()
    world.progress?.('')
  }
}

/** Less than this is read before anybody has read the line about it. */
const SHOWN_FROM_BYTES = 8 * 1024 * 1024

/** 0 for what has no size, such as a pipe; whether the file can be read at all is what reading it says. */
function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

function howFar(where: Where, source: ReadStream, whole: number): string {
  const read = source.bytesRead
  // A file that still grows is past the size it had.
  const share = whole >= read ? `${Math.floor((100 * read) / whole)} %` : `${Math.floor(read / 2 ** 20)} MiB`
  return `reading ${where.file}: ${share}, line ${where.line.toLocaleString('en')}`
}

const READ_BYTES = 256 * 1024

/** A line is one outcome or one item with its documents: a thousand pages of 4 KiB. */
const MAX_LINE_BYTES = 4 * 1024 * 1024

async function* unzipped(file: string, source: Readable): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const first = await chunks.next()
  if (first.done === true) return
  const start = first.value
  // By content and not by name: many a download is unpacked on the way and keeps its `.gz`.
  const whole = Readable.from(rejoined(start, chunks), { objectMode: false })
  if (isGzip(start)) {
    // Whoever reads the unpacked stream gets the failure of either; the callback is only where it would go otherwise.
    yield* pipeline(whole, createGunzip({ chunkSize: READ_BYTES }), () => undefined)
    return
  }
  if (file.endsWith('.gz') && !looksLikeJson(start))
    throw invalid(`${file}:1: the file is named .gz and is no gzip file; expected gzip, or lines of JSON`)
  yield* whole
}

async function* rejoined(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

function isGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b
}

function looksLikeJson(start: Buffer): boolean {
  return /^\uFEFF?\s*\{/.test(start.toString('utf8', 0, 64))
}

/** Bytes as lines: a character that lies across two chunks is decoded whole, because only whole lines are decoded. */
class LineSplitter {
  readonly #file: string
  readonly #onLine: (text: string, where: Where) => void
  #held: Buffer[] = []
  #heldBytes = 0
  #lines = 0

  constructor(file: string, onLine: (text: string, where: Where) => void) {
    this.#file = file
    this.#onLine = onLine
  }

  /** The line that is being read. */
  where(): Where {
    return { file: this.#file, line: this.#lines + 1 }
  }

  add(chunk: Buffer): void {
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, to))
      this.#emit()
      from = to + 1
    }
    this.#hold(chunk.subarray(from))
  }

  end(): void {
    if (this.#heldBytes > 0) this.#emit()
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return
    this.#held.push(part)
    this.#heldBytes += part.length
    if (this.#heldBytes > MAX_LINE_BYTES)
      throw invalid(
        `${showWhere(this.where())}: the line is longer than ${MAX_LINE_BYTES} bytes; expected JSON Lines, one object per line`,
      )
  }

  #emit(): void {
    const [only = EMPTY] = this.#held
    const bytes = this.#held.length > 1 ? Buffer.concat(this.#held) : only
    const text = bytes.toString('utf8')
    // Looked at only where a replacement stands: it may also be in the text itself.
    if (text.includes('\uFFFD') && !isUtf8(bytes))
      throw invalid(`${showWhere(this.where())}: the line is not UTF-8; expected a file saved as UTF-8`)
    const where = this.where()
    this.#held = []
    this.#heldBytes = 0
    this.#lines += 1
    this.#onLine(text, where)
  }
}

const NEWLINE = 0x0a
const EMPTY = Buffer.alloc(0)

function unreadable(where: Where, cause: unknown): MusivumError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? ''
  const fault = FAULTS[code]
  if (fault !== undefined)
    return new MusivumError('request.invalid', `${where.file}: ${fault}`, {}, { cause })
  if (code === 'Z_BUF_ERROR')
    return damaged(where, 'the gzip file is cut off here; expected the whole file', cause)
  if (code.startsWith('Z_'))
    return damaged(where, 'the gzip file is damaged here; expected a whole one', cause)
  // A mistake of ours, such as a failed assertion, must not be told as one of the file.
  if (code === '' || code.startsWith('ERR_')) throw cause
  return new MusivumError(
    'request.invalid',
    `${where.file}: the file cannot be read (${code})`,
    {},
    { cause },
  )
}

function damaged(where: Where, fault: string, cause: unknown): MusivumError {
  return new MusivumError('request.invalid', `${showWhere(where)}: ${fault}`, {}, { cause })
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; expected JSON Lines, packed as .gz or not',
  EISDIR: 'this is a folder; expected a file of JSON Lines',
  EACCES: 'this account may not read the file',
}

import { createReadStream } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { createGunzip } from 'node:zlib'
import { invalid, MusivumError } from '../../core/errors.ts'
import { isJsonObject } from '../../core/json.ts'
import { readJsonl } from '../../evaluation/read/read-jsonl.ts'
import { showWhere, type Where } from '../../evidence/outcome.ts'
import type { Terminal } from '../terminal.ts'

/** One text: a line of JSON Lines, or a whole file. */
export type TextRecord = {
  readonly id: string | number
  readonly text: string
  readonly lang?: string
  /** As the user named it, or found below the folder the user named; `-` is standard input. */
  readonly file: string
  /** Of JSON Lines, from 1; absent: the text is the whole file. */
  readonly line?: number
}

export type OnText = (record: TextRecord) => void

/**
 * Reads a file, every file below a folder, or standard input. JSON Lines are streamed; any other file is one text.
 *
 * @throws MusivumError `request.invalid`, as `file:line: …`
 */
export async function readTexts(
  path: string,
  terminal: Terminal,
  onText: OnText,
  /** Waited for before more is read: for whoever is slower than the disk. */
  breathe?: () => Promise<void>,
): Promise<void> {
  if (path === '-') return readInput(terminal, onText)
  const whole = resolve(terminal.cwd, path)
  const stats = await lstat(whole).catch((cause: unknown) => {
    throw new MusivumError('request.invalid', `${path}: there is no such file or folder`, {}, { cause })
  })
  if (!stats.isDirectory()) return readFile(path, terminal, { onText, breathe })
  for (const file of await filesBelow(whole)) {
    terminal.signal.throwIfAborted()
    await readFile(join(path, relative(whole, file)), terminal, { onText, breathe }, true)
    await breathe?.()
  }
}

async function readInput(terminal: Terminal, onText: OnText): Promise<void> {
  const text = await terminal.input.read()
  if (!looksLikeJsonl(text)) return onText({ id: '-', text, file: '-' })
  for (const [index, line] of text.split('\n').entries())
    if (line.trim() !== '') onText(recordOf(line, { file: '-', line: index + 1 }))
}

/** The first line is an object with a text: anything else that begins with a brace is a text itself. */
function looksLikeJsonl(text: string): boolean {
  const first = parsed(text.slice(0, text.indexOf('\n') === -1 ? undefined : text.indexOf('\n')))
  return isJsonObject(first) && typeof first['text'] === 'string'
}

type Reader = { readonly onText: OnText; readonly breathe: (() => Promise<void>) | undefined }

async function readFile(
  file: string,
  terminal: Terminal,
  { onText, breathe }: Reader,
  inFolder = false,
): Promise<void> {
  if (isJsonlName(file)) {
    const onLine = (line: string, where: Where): void => {
      if (line.trim() !== '') onText(recordOf(line, where))
    }
    return readJsonl(file, terminal, onLine, breathe)
  }
  const bytes = await bytesOf(file, terminal)
  if (inFolder && bytes.includes(0)) return terminal.note(`${file}: not text, left out`, 'dim')
  onText({ id: file, text: decoded(file, bytes), file })
}

export function isJsonlName(file: string): boolean {
  return /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(file)
}

function recordOf(line: string, where: Where): TextRecord {
  const row = parsed(line)
  if (!isJsonObject(row)) throw invalid(`${showWhere(where)}: not a JSON object; ${EXPECTED}`)
  const { id = where.line, text, lang } = row
  if (typeof text !== 'string')
    throw invalid(`${showWhere(where)}: "text" is missing or no text; ${EXPECTED}`)
  if (typeof id !== 'string' && typeof id !== 'number')
    throw invalid(`${showWhere(where)}: "id" is neither text nor number; ${EXPECTED}`)
  return { id, text, ...(typeof lang === 'string' && { lang }), file: where.file, line: where.line }
}

const EXPECTED = 'expected a line such as {"id":"1","text":"…"}'

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    // Said by the caller, with the place; the parser's own words would quote the line.
    return undefined
  }
}

/** One text is held whole, and as long again folded: larger ones come as JSON Lines, which are streamed. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024

async function bytesOf(file: string, { cwd, signal }: Terminal): Promise<Buffer> {
  const source = createReadStream(resolve(cwd, file), { signal })
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of file.endsWith('.gz') ? source.pipe(createGunzip()) : source) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size > MAX_TEXT_BYTES)
        throw invalid(
          `${file}: over ${MAX_TEXT_BYTES} bytes; expected less, or JSON Lines, which may have any size`,
        )
    }
  } catch (thrown) {
    if (thrown instanceof MusivumError || signal.aborted) throw thrown
    const code = String((thrown as NodeJS.ErrnoException).code ?? 'damaged')
    throw new MusivumError(
      'request.invalid',
      `${file}: the file cannot be read (${code})`,
      {},
      { cause: thrown },
    )
  } finally {
    source.destroy()
  }
  return Buffer.concat(chunks)
}

function decoded(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new MusivumError(
      'request.invalid',
      `${file}: not UTF-8; expected a file saved as UTF-8`,
      {},
      { cause },
    )
  }
}

/** In the order of their names. Links are not followed: they may lead out of the folder, or round in circles. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

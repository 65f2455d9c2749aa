import { isUtf8 } from 'node:buffer'
import { invalid } from '../../core/errors.ts'
import { showWhere, type Where } from '../../evidence/outcome.ts'
import type { World } from '../world.ts'
import { fileChunks } from './file-chunks.ts'

export type Line = { readonly text: string; readonly where: Where }

/**
 * The lines of a file, gzip or not, without their line breaks (LF or CRLF), numbered from 1.
 *
 * @throws MusivumError `request.invalid`: what `fileChunks` throws, a line that is not UTF-8 or over the limit
 */
export async function* fileLines(
  file: string,
  world: Pick<World, 'cwd' | 'signal'>,
): AsyncGenerator<Line, void, undefined> {
  let line = 0
  let held: Buffer[] = []
  for await (const chunk of fileChunks(file, world)) {
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      line += 1
      yield decoded([...held, chunk.subarray(from, to)], { file, line })
      held = []
      from = to + 1
    }
    held.push(chunk.subarray(from))
    refuseEndless(held, { file, line: line + 1 })
  }
  if (held.some(({ length }) => length > 0)) yield decoded(held, { file, line: line + 1 })
}

const NEWLINE = 0x0a

/** Four times the longest line of our own formats: foreign logs repeat the prompt once per option. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

function refuseEndless(held: readonly Buffer[], where: Where): void {
  const bytes = held.reduce((sum, { length }) => sum + length, 0)
  if (bytes > MAX_LINE_BYTES)
    throw invalid(
      `${showWhere(where)}: the line is longer than ${MAX_LINE_BYTES} bytes; expected one row per line`,
    )
}

function decoded(parts: readonly Buffer[], where: Where): Line {
  const [only = EMPTY] = parts
  const bytes = parts.length > 1 ? Buffer.concat(parts) : only
  const text = bytes.toString('utf8')
  // Looked at only where a replacement stands: it may also be in the text itself.
  if (text.includes('\uFFFD') && !isUtf8(bytes))
    throw invalid(`${showWhere(where)}: the line is not UTF-8; expected a file saved as UTF-8`)
  return { text: text.endsWith('\r') ? text.slice(0, -1) : text, where }
}

const EMPTY = Buffer.alloc(0)

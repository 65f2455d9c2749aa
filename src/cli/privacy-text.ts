import { createReadStream } from 'node:fs'
import { basename, resolve } from 'node:path'
import { invalid, MusivumError } from '../core/errors.ts'
import type { Arguments, Command, Option } from './command.ts'
import { hasSwitch, wholeNumberOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const chunkOption: Option = {
  name: 'chunk',
  value: 'N',
  about: 'Read it in pieces of N characters, as a stream would bring it. The result is the same.',
}

/** Something that takes a text in pieces and gives another one, with what it held at the end. */
export type Filter = { readonly push: (text: string) => string; readonly end: () => string }

/** A file, or standard input, through a filter to standard output; with --json all of it is returned instead, for a document. */
export async function filterText(
  command: Command,
  args: Arguments,
  terminal: Terminal,
  filter: Filter,
): Promise<string> {
  const size = wholeNumberOption(args, 'chunk', 1, 1_000_000)
  let kept = ''
  const give = hasSwitch(args, 'json') ? (text: string) => void (kept += text) : terminal.write
  for await (const text of piecesOf(command, args, terminal)) {
    for (const piece of size === undefined ? [text] : cut(text, size)) give(filter.push(piece))
    await terminal.written?.()
    terminal.signal.throwIfAborted()
  }
  give(filter.end())
  return kept
}

/** All of it, for what can only be done when its end is known. */
export async function wholeText(command: Command, args: Arguments, terminal: Terminal): Promise<string> {
  let text = ''
  for await (const piece of piecesOf(command, args, terminal)) {
    text += piece
    if (text.length > MAX_WHOLE_CHARS)
      throw invalid(
        `${command.name} --names takes at most ${MAX_WHOLE_CHARS} characters, which a model reads`,
      )
  }
  return text
}

/** Some thousand pages, which keep a model busy for an hour. */
const MAX_WHOLE_CHARS = 4 * 1024 * 1024

/** Of so many UTF-16 units: a piece may end inside a character, as those of a network do. */
function* cut(text: string, size: number): Iterable<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

async function* piecesOf(command: Command, args: Arguments, terminal: Terminal): AsyncIterable<string> {
  const [file, ...others] = args.operands
  if (others.length > 0) throw invalid(`${command.name} takes one file, or none for standard input`)
  if (file === undefined || file === '-') {
    yield await terminal.input.read()
    return
  }
  // A mark of byte order belongs to the text, and `mask` without anything to mask must not change a byte.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    const bytes = createReadStream(resolve(terminal.cwd, file), { signal: terminal.signal })
    for await (const chunk of bytes) yield decoder.decode(chunk as Uint8Array, { stream: true })
    yield decoder.decode()
  } catch (cause) {
    throw readProblem(basename(file), cause)
  }
}

function readProblem(file: string, cause: unknown): unknown {
  if (cause instanceof TypeError)
    return new MusivumError('request.not_utf8', `${file} is not UTF-8 text`, {}, { cause })
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ENOENT') return invalid(`${file}: there is no such file`)
  return /^E[A-Z]+$/.test(code) ? invalid(`${file} cannot be read (${code})`) : cause
}

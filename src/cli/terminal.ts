import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import { styleText } from 'node:util'
import { MusivumError } from '../core/errors.ts'
import { progressLine } from './progress-line.ts'

/** The world of a command: what it reads, where it writes, and how it learns that nobody wants the result any more. */
export type Terminal = {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** Aborted by Ctrl-C, and when the reader of standard output has gone (`| head`). */
  readonly signal: AbortSignal
  /** Text as it is, for results. */
  readonly write: (text: string) => void
  /** Resolves when what was written is on its way: a pipe takes it no faster than it is read. */
  readonly written?: () => Promise<void>
  /** A line for people on standard error: progress, warnings, what an answer cost. */
  readonly note: (line: string, look?: 'dim' | 'yellow' | 'red') => void
  /** A line on standard error, drawn over the one before; '' removes it. Absent where no terminal shows it. */
  readonly progress?: (text: string) => void
  /** True when a person looks at standard output. */
  readonly interactive: boolean
  /** Asks whoever sits at the terminal for one line; absent where nobody can be asked. */
  readonly ask?: (question: string) => Promise<string>
  readonly input: Input
}

export type Input = {
  /**
   * `piped`: a file or a shell's pipe, so somebody meant it. `other`: inherited from a program that may never close it.
   * Waiting for that beside a text that was given would hang every caller that spawns us without closing the pipe.
   */
  readonly kind: 'typed' | 'piped' | 'other'
  /** All of it, as text. */
  readonly read: () => Promise<string>
}

export function processTerminal(signal: AbortSignal): Terminal {
  const line = progressLine(process.stderr, process.env)
  return {
    env: process.env,
    cwd: process.cwd(),
    signal,
    write: (text) => {
      line?.clear()
      process.stdout.write(text)
    },
    written: async () => {
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain', { signal })
    },
    note: (text, look) => {
      line?.clear()
      // `styleText` leaves the colours out for files, pipes and NO_COLOR.
      const styled = look === undefined ? text : styleText(look, text, { stream: process.stderr })
      process.stderr.write(`${styled}\n`)
    },
    ...(line && { progress: line.show }),
    interactive: process.stdout.isTTY,
    ...(process.stdin.isTTY &&
      process.stderr.isTTY && {
        ask: (question: string) => {
          line?.clear()
          return askLine(question, signal)
        },
      }),
    input: { kind: inputKind(), read: () => readAll(addAbortSignal(signal, process.stdin)) },
  }
}

/** On standard error: standard output may be on its way into a file. */
async function askLine(question: string, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  // Without this, Ctrl-C at the question would end the question and not the command.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await reader.question(question, { signal })
  } finally {
    reader.close()
  }
}

function inputKind(): Input['kind'] {
  if (process.stdin.isTTY) return 'typed'
  try {
    const stats = fstatSync(0)
    return stats.isFile() || stats.isFIFO() ? 'piped' : 'other'
  } catch {
    // Standard input is closed: reading it gives nothing, which is said where a question is missed.
    return 'other'
  }
}

// The gateway takes 32 MiB at most by default; more than that was piped in by mistake.
const MAX_INPUT_BYTES = 32 * 1024 * 1024

async function readAll(input: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of input) {
    const part = Buffer.from(chunk as Uint8Array)
    bytes += part.length
    if (bytes > MAX_INPUT_BYTES) throw tooLarge()
    chunks.push(part)
  }
  return decoded(Buffer.concat(chunks))
}

function tooLarge(): MusivumError {
  return new MusivumError('request.too_large', `standard input has more than ${MAX_INPUT_BYTES} bytes`)
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new MusivumError('request.not_utf8', 'standard input is not UTF-8 text', {}, { cause })
  }
}

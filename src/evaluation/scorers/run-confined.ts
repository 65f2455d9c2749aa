import { execFile, spawn, type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { MusivumError } from '../../core/errors.ts'
import type { ConfinedProgram, Confinement } from './confinement.ts'

export type ConfinedEnd = {
  /** By itself, or because it used up its time, output or memory. */
  readonly how: 'ended' | 'time' | 'output' | 'memory'
  /** 128 and the number of the signal where one ended it. */
  readonly exitCode: number
  /** What it wrote to descriptor 3, whole lines and the rest. */
  readonly report: string
  /** What it printed as errors; it may hold anything and is shown to nobody. */
  readonly errors: string
}

/**
 * Runs a program confined and resolves when it and everything it started are gone. `input` is its standard input.
 * Rejects when the signal aborts, and with `internal` when the confinement itself cannot be started.
 */
export async function runConfined(
  confinement: Confinement,
  program: ConfinedProgram,
  input: string,
  signal: AbortSignal,
): Promise<ConfinedEnd> {
  signal.throwIfAborted()
  const [file = '', ...args] = confinement.wrap(program)
  const child = spawn(file, args, {
    cwd: '/',
    // Its own group, so that what stands between us and the program dies with it.
    detached: true,
    env: { PATH: TOOLS },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const ending = new Ending(child)
  const timer = setTimeout(() => ending.end('time'), program.limits.seconds * 1000)
  const watch = confinement.watchMemory ? watchMemory(child, program.limits.memoryMb, ending) : undefined
  const onAbort = (): void => ending.end('aborted')
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await finished(child, ending, program, input, signal)
  } finally {
    clearTimeout(timer)
    clearInterval(watch)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Where the tools of the confinement are; the program gets an environment of its own. */
const TOOLS = '/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin'

type How = ConfinedEnd['how'] | 'aborted'

/** Ends a child for the first reason that comes up. */
class Ending {
  readonly #child: ChildProcess
  reason: How = 'ended'

  constructor(child: ChildProcess) {
    this.#child = child
  }

  end(reason: How): void {
    if (this.reason !== 'ended') return
    this.reason = reason
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // The whole group is gone already, which is what we wanted.
    }
    // Whoever still holds the other end must not keep us waiting.
    for (const stream of this.#child.stdio) stream?.destroy()
  }
}

async function finished(
  child: ChildProcess,
  ending: Ending,
  program: ConfinedProgram,
  input: string,
  signal: AbortSignal,
): Promise<ConfinedEnd> {
  const budget = { left: program.limits.outputBytes, over: () => ending.end('output') }
  const [, , errors, report] = child.stdio.map((stream, index) =>
    index === 0 ? [] : collect(stream as Readable | null, budget),
  )
  // A program that ends without reading its input breaks this pipe, which says nothing about its result.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
  const exitCode = await exit(child)
  if (ending.reason === 'aborted') throw signal.reason
  const text = (chunks: readonly Buffer[] | undefined): string => Buffer.concat(chunks ?? []).toString()
  return { how: ending.reason, exitCode, report: text(report), errors: text(errors) }
}

function collect(
  stream: Readable | null,
  budget: { left: number; readonly over: () => void },
): readonly Buffer[] {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => {
    budget.left -= chunk.length
    if (budget.left < 0) budget.over()
    else chunks.push(chunk)
  })
  // Destroyed by us, or by an end that nobody waits for; what was read so far is all there is.
  stream?.on('error', () => undefined)
  return chunks
}

function exit(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new MusivumError('internal', 'the program that confines code tests cannot be started', {}, { cause }),
      ),
    )
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 128)))
  })
}

/** Four times a second: a program that takes 1 GB in a second is at most 256 MB over when it is ended. */
const WATCH_MS = 250

function watchMemory(child: ChildProcess, memoryMb: number, ending: Ending): NodeJS.Timeout {
  return setInterval(() => {
    execFile('ps', ['-o', 'rss=', '-p', String(child.pid ?? 0)], (_, kilobytes) => {
      if (Number(kilobytes) > memoryMb * 1024) ending.end('memory')
    })
  }, WATCH_MS)
}

import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { MusivumError } from '../../core/errors.ts'
import { harmlessEnvironment } from '../llama/harmless-environment.ts'
import { optionsIn, type KnownOptions } from './server-arguments.ts'

/** Its help is 60 KB. */
const MAX_HELP_BYTES = 1024 * 1024
/** It looks for graphics processors before it answers, and a busy machine starts it slowly. */
const HELP_MS = 60_000

/**
 * Asks the program what it can be told, which also shows that it is one that runs on this machine.
 *
 * @throws MusivumError `engine.not_installed`
 */
export async function askOptions(binary: string, signal: AbortSignal): Promise<KnownOptions> {
  const { size, mtimeMs, ino } = await stat(binary)
  const identity = `${binary} ${size} ${mtimeMs} ${ino}`
  const known = answered.get(identity) ?? (await helpOf(binary, signal))
  if (answered.size >= MAX_PROGRAMS) answered.clear()
  answered.set(identity, known)
  return known
}

// A program says the same until its file changes. Some kilobytes each; a gateway starts one or two programs.
const answered = new Map<string, KnownOptions>()
const MAX_PROGRAMS = 16

async function helpOf(binary: string, signal: AbortSignal): Promise<KnownOptions> {
  const options = { env: harmlessEnvironment(), maxBuffer: MAX_HELP_BYTES, timeout: HELP_MS, signal }
  const { stdout, stderr } = await promisify(execFile)(binary, ['--help'], options).catch(
    (cause: unknown) => {
      signal.throwIfAborted()
      throw notTheProgram(binary, 'did not answer --help', cause)
    },
  )
  const known = optionsIn(`${stdout}\n${stderr}`)
  if (known.has('--model') && known.has('--parallel') && known.has('--api-key')) return known
  throw notTheProgram(binary, 'does not know --model, --parallel and --api-key')
}

function notTheProgram(binary: string, why: string, cause?: unknown): MusivumError {
  const message = `${basename(binary)} is not a llama-server that runs here: it ${why}.`
  return new MusivumError('engine.not_installed', message, {}, cause === undefined ? {} : { cause })
}

import { accessSync, constants, statSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { MusivumError } from '../../core/errors.ts'

/**
 * The `llama-server` to start: what the configuration names, else the environment variable LLAMA_SERVER, else the first of
 * the PATH.
 *
 * @throws MusivumError `engine.not_installed`
 */
export function findServerBinary(
  configured: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const named = configured ?? nonEmpty(env['LLAMA_SERVER'])
  if (named !== undefined) {
    if (canRun(named)) return named
    throw notThere(`${basename(named)} is not a program that can be run here`)
  }
  const found = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(canRun)
  if (found !== undefined) return found
  throw notThere('there is no llama-server in the PATH')
}

const NAMES = process.platform === 'win32' ? ['llama-server.exe'] : ['llama-server']

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Not there, or not ours to run: for whoever looks for a program that is the same.
    return false
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function notThere(why: string): MusivumError {
  const next = 'install llama.cpp, or name the program as `binary` or in LLAMA_SERVER'
  return new MusivumError('engine.not_installed', `llama-server cannot be started: ${why}; ${next}.`)
}

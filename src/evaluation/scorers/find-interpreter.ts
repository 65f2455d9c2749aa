import { execFile } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { invalid } from '../../core/errors.ts'
import type { Language } from './code-in-answer.ts'

export type Interpreter = {
  /** Absolute path. */
  readonly path: string
  /** Absolute paths that it has to read to run, standard library and installed packages. */
  readonly readable: readonly string[]
  /** "Python 3.13.2": another version may give another result. */
  readonly version: string
}

/** The Node.js that runs us, or the Python of that name or path; a path begins in `folder`. */
export async function findInterpreter(
  language: Language,
  name: string | undefined,
  folder: string,
): Promise<Interpreter> {
  if (language === 'javascript') {
    const path = realpathSync(process.execPath)
    return { path, readable: [path], version: `Node.js ${process.versions.node}` }
  }
  const command = name?.includes('/') === true ? resolve(folder, name) : (name ?? 'python3')
  try {
    const { stdout } = await promisify(execFile)(command, ['-I', '-c', PRINT_PLACES], {
      timeout: MAX_START_MS,
    })
    const [path = '', version = '', ...readable] = stdout.trim().split('\n')
    return { path, version: `Python ${version}`, readable: [path, realpathSync(path), ...readable] }
  } catch {
    // What it printed may name folders of this machine; that it does not run is enough to act on.
    throw invalid(
      `scorer code: "${name ?? 'python3'}" does not run here; install Python or set "interpreter"`,
    )
  }
}

/** An interpreter that takes longer to print five lines would spend every time limit on its own start. */
const MAX_START_MS = 10_000

const PRINT_PLACES =
  'import sys, platform; print(sys.executable, platform.python_version(), sys.prefix, sys.base_prefix, sep="\\n")'

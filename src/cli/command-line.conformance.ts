import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, expect } from 'vitest'
import { BARE_ENVIRONMENT } from '../../test/setup/bare-environment.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

/** Outcomes that came with the starter models: seven tasks, five models, 6,000 rows. */
export const STARTER = fileURLToPath(new URL('../../models/starter/outcomes.jsonl', import.meta.url))

export type Ended = { readonly code: number; readonly out: string; readonly err: string }
export type Row = Readonly<Record<string, unknown>>

/** The real command line in a process of its own and a folder that is gone after the tests of the file. */
export function commandLine(): CommandLine {
  const folder = mkdtempSync(join(tmpdir(), 'musivum-commands-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const run = (line: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> => {
    const options = { cwd: folder, env: { ...BARE_ENVIRONMENT, HOME: folder, ...env } }
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...line.split(' ')], options, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      )
    })
  }
  return {
    folder,
    run,
    async report(line, expected = 0) {
      const { code, out, err } = await run(`${line} --json`)
      expect({ code, err: code === expected ? '' : err }).toEqual({ code: expected, err: '' })
      return JSON.parse(out) as Record<string, unknown>
    },
    save(file, rows, end = '') {
      const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('') + end
      writeFileSync(join(folder, file), file.endsWith('.gz') ? gzipSync(text) : text)
      return file
    },
  }
}

type CommandLine = {
  readonly folder: string
  readonly run: (line: string, env?: NodeJS.ProcessEnv) => Promise<Ended>
  /** The document a command printed, when it ended with the code expected. */
  readonly report: (line: string, expected?: number) => Promise<Record<string, unknown>>
  readonly save: (file: string, rows: readonly Row[], end?: string) => string
}

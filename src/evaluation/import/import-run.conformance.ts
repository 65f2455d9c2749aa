import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../core/json.ts'
import { importEvidence, type ImportOptions, type ImportSummary } from './import-evidence.ts'

/** Samples of every format, written by us as the tools write them. */
export const FIXTURES = fileURLToPath(new URL('../../../fixtures/evidence/', import.meta.url))

export type ImportRun = {
  readonly summary: ImportSummary
  readonly items: readonly JsonObject[]
  readonly outcomes: readonly JsonObject[]
  readonly notes: readonly string[]
}

/** Imports from `cwd` into a folder of its own below `out`, and reads what was written. */
export async function importFrom(
  cwd: string,
  out: string,
  paths: string | readonly string[],
  options: Partial<ImportOptions> = {},
): Promise<ImportRun> {
  const notes: string[] = []
  const world = { cwd, signal: new AbortController().signal, note: (line: string) => notes.push(line) }
  const all = typeof paths === 'string' ? [paths] : paths
  const summary = await importEvidence({ paths: all, out, force: true, skipWrong: false, ...options }, world)
  const read = (name: string) =>
    summary.written.some((file) => file.endsWith(name)) ? linesOf(join(out, name)) : []
  return { summary, items: read('items.jsonl'), outcomes: read('outcomes.jsonl'), notes }
}

function linesOf(path: string): readonly JsonObject[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JsonObject)
}

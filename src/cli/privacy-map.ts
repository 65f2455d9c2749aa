import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { invalid } from '../core/errors.ts'
import { isJsonObject, type JsonObject } from '../core/json.ts'
import type { Terminal } from './terminal.ts'

/** What stands for what, as `--map` keeps it: whoever has this file can undo the masking, so only its owner may read it. */
export type StandInMap = {
  readonly scope: string
  readonly standIns: ReadonlyMap<string, string>
}

/** Undefined when there is no such file. One clear line when it is not a map. */
export function readMap(file: string, { cwd }: Pick<Terminal, 'cwd'>): StandInMap | undefined {
  const path = resolve(cwd, file)
  if (!existsSync(path)) return undefined
  const map = parsed(file, path)
  const { scope, stand_ins: standIns } = map
  if (map['version'] !== 1 || typeof scope !== 'string' || !isJsonObject(standIns)) throw noMap(file)
  const pairs = Object.entries(standIns)
  if (!pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string')) throw noMap(file)
  return { scope, standIns: new Map(pairs) }
}

function parsed(file: string, path: string): JsonObject {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw invalid(`${basename(file)} cannot be read (${codeOf(cause)})`)
  }
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch {
    // Told below: what was wrong with the JSON would quote a value.
  }
  throw noMap(file)
}

/** Written beside and renamed, so that neither a full disk nor Ctrl-C leaves half a map and values that nobody can restore. */
export function writeMap(file: string, map: StandInMap, { cwd }: Pick<Terminal, 'cwd'>): void {
  const path = resolve(cwd, file)
  const beside = `${path}.${process.pid}.new`
  const document = { version: 1, scope: map.scope, stand_ins: Object.fromEntries(map.standIns) }
  try {
    writeFileSync(beside, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(beside, path)
  } catch (cause) {
    rmSync(beside, { force: true })
    throw invalid(`${basename(file)} cannot be written (${codeOf(cause)})`)
  }
}

function noMap(file: string): Error {
  return invalid(
    `${basename(file)}: expected a map as \`musivum privacy mask --map\` writes it: version 1, scope, stand_ins`,
  )
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
}

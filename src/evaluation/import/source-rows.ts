import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { Where } from '../../evidence/outcome.ts'
import { csvRecords } from './csv-records.ts'
import { fileLines } from './file-lines.ts'
import type { ImportedRow, Source } from './importer.ts'
import { jsonParts } from './json-parts.ts'
import { parseLenientJson } from './parse-lenient-json.ts'

/** One row of a table, whatever it is kept in. `number` counts from 0, over broken rows too. */
export type SourceRow = { readonly where: Where; readonly number: number } & (
  { readonly kind: 'row'; readonly row: JsonObject } | { readonly kind: 'wrong'; readonly fault: string }
)

/** The rows of JSON Lines, of a JSON list, of CSV (all fields texts), or the one row of a JSON document. */
export function sourceRows({ path, head, world }: Source): AsyncGenerator<SourceRow, void, undefined> {
  switch (head?.container) {
    case 'csv':
      return csvRows(path, world)
    case 'list':
      return partRows(path, world, '/*')
    case 'document':
      return partRows(path, world, '')
    default:
      return lineRows(path, world)
  }
}

/** The rows of a source, each made ours by itself; broken ones stay what they are. */
export async function* convertedRows(
  source: Source,
  convert: (row: GoodRow) => ImportedRow,
): AsyncGenerator<ImportedRow, void, undefined> {
  for await (const row of sourceRows(source)) yield row.kind === 'wrong' ? row : convert(row)
}

export type GoodRow = SourceRow & { readonly kind: 'row' }

/** A place in a JSON document: the pointer of the list stands with the file, and the "line" counts its elements from 1. */
export function wherePart(file: string, path: readonly string[]): Where {
  const element = path.findLastIndex((key) => /^\d+$/.test(key))
  if (element === -1) return { file, line: 1 }
  return { file: `${file}#${pointerOf(path.slice(0, element))}`, line: Number(path[element]) + 1 }
}

/** The same for an element that has a name. */
export function whereNamed(file: string, path: readonly string[]): Where {
  return { file: `${file}#${pointerOf(path)}`, line: NO_ELEMENT }
}

const NO_ELEMENT = 0

function pointerOf(path: readonly string[]): string {
  return path.map((key) => `/${key}`).join('')
}

/** Every `file#/list:8` of a message as the JSON Pointer that it means, `file#/list/7`. */
export function withPointers(message: string): string {
  return message.replaceAll(/(#(?:\/[^\s:]*)?):(\d+)/g, (_, pointer: string, line: string) =>
    Number(line) === NO_ELEMENT ? pointer : `${pointer}/${Number(line) - 1}`,
  )
}

type World = Source['world']

async function* lineRows(path: string, world: World): AsyncGenerator<SourceRow, void, undefined> {
  let number = 0
  for await (const { text, where } of fileLines(path, world)) {
    if (text.trim() === '') continue
    yield { where, number, ...rowOf(parseLenientJson(text), text) }
    number += 1
  }
}

async function* partRows(path: string, world: World, at: string): AsyncGenerator<SourceRow, void, undefined> {
  let number = 0
  for await (const part of jsonParts(path, world, [{ at }])) {
    yield { where: wherePart(path, part.path), number, ...rowOf(part.value) }
    number += 1
  }
}

type Row =
  { readonly kind: 'row'; readonly row: JsonObject } | { readonly kind: 'wrong'; readonly fault: string }

function rowOf(value: Json | undefined, line?: string): Row {
  if (isJsonObject(value)) return { kind: 'row', row: value }
  const cut = value === undefined && line !== undefined && !line.trimEnd().endsWith('}')
  const fault = cut ? 'the line is cut off or not JSON' : 'the row is no JSON object'
  return { kind: 'wrong', fault: `${fault}; expected one {…} per row` }
}

async function* csvRows(path: string, world: World): AsyncGenerator<SourceRow, void, undefined> {
  let columns: readonly string[] | undefined
  let number = 0
  for await (const record of csvRecords(path, world)) {
    if (columns === undefined && record.kind === 'fields') {
      columns = record.fields.map((name) => name.trim())
      continue
    }
    const row: Row =
      record.kind === 'broken' ? { kind: 'wrong', fault: record.fault } : named(columns ?? [], record.fields)
    yield { where: record.where, number, ...row }
    number += 1
  }
}

function named(columns: readonly string[], fields: readonly string[]): Row {
  if (fields.length === columns.length)
    return { kind: 'row', row: Object.fromEntries(columns.map((name, place) => [name, fields[place] ?? ''])) }
  const fault = `the row has ${fields.length} fields; expected ${columns.length}, as the header has`
  return { kind: 'wrong', fault }
}

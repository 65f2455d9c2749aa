import { invalid } from '../../core/errors.ts'
import { showWhere, type Where } from '../../evidence/outcome.ts'
import type { World } from '../world.ts'
import { fileLines } from './file-lines.ts'

/** The fields of one record, or why it is none; `where` is its first line. */
export type CsvRecord = { readonly where: Where } & (
  | { readonly kind: 'fields'; readonly fields: readonly string[] }
  | { readonly kind: 'broken'; readonly fault: string }
)

/**
 * The records of a CSV file after RFC 4180: commas, fields in double quotes may hold commas, line breaks and doubled
 * quotes. Empty lines between records are left out, as spreadsheets leave them at the end.
 *
 * @throws MusivumError `request.invalid`: what `fileLines` throws, or a quote that is never closed
 */
export async function* csvRecords(
  file: string,
  world: Pick<World, 'cwd' | 'signal'>,
): AsyncGenerator<CsvRecord, void, undefined> {
  let open: OpenRecord | undefined
  for await (const { text, where } of fileLines(file, world)) {
    if (open === undefined && text === '') continue
    open = extended(open, text, where)
    if (open.inQuotes) continue
    yield { where: open.where, ...splitRecord(open.lines.join('\n')) }
    open = undefined
  }
  if (open !== undefined)
    yield {
      where: open.where,
      kind: 'broken',
      fault: 'a quote that opens here is never closed; expected a closing "',
    }
}

/** A record of which the lines so far end within quotes. Their number is kept and not counted again with each line. */
type OpenRecord = {
  readonly lines: string[]
  readonly where: Where
  readonly chars: number
  readonly inQuotes: boolean
}

function extended(open: OpenRecord | undefined, text: string, where: Where): OpenRecord {
  const lines = open?.lines ?? []
  lines.push(text)
  const chars = (open?.chars ?? 0) + text.length
  if (chars > MAX_RECORD_CHARS)
    throw invalid(
      `${showWhere(open?.where ?? where)}: a quote that opens here is not closed within ${MAX_RECORD_CHARS} characters`,
    )
  return {
    lines,
    where: open?.where ?? where,
    chars,
    inQuotes: (open?.inQuotes ?? false) !== hasOddQuotes(text),
  }
}

/** A quote that nobody closed would otherwise swallow the rest of the file. As long as the longest line. */
const MAX_RECORD_CHARS = 16 * 1024 * 1024

/** Doubled quotes are two, so within a record an odd number means that one is open. */
function hasOddQuotes(text: string): boolean {
  let odd = false
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) odd = !odd
  return odd
}

type Split = { kind: 'fields'; fields: readonly string[] } | { kind: 'broken'; fault: string }

/** The fields of one whole record. */
export function splitRecord(text: string): Split {
  const fields: string[] = []
  for (let at = 0; at <= text.length;) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at)
    if (field === undefined)
      return {
        kind: 'broken',
        fault: `field ${fields.length + 1} has a quote in the wrong place; expected "a ""b"" c"`,
      }
    fields.push(field.value)
    at = field.end + 1
  }
  return { kind: 'fields', fields }
}

type Field = { readonly value: string; readonly end: number }

function plainField(text: string, from: number): Field | undefined {
  const comma = text.indexOf(',', from)
  const end = comma === -1 ? text.length : comma
  const value = text.slice(from, end)
  return value.includes('"') ? undefined : { value, end }
}

function quotedField(text: string, from: number): Field | undefined {
  let at = text.indexOf('"', from + 1)
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  const end = at + 1
  if (at === -1 || (end < text.length && text[end] !== ',')) return undefined
  return { value: text.slice(from + 1, at).replaceAll('""', '"'), end }
}

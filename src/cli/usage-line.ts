import type { UsageToPrice } from '../catalog/prices/price-usage.ts'
import { sellerNamed } from '../catalog/sellers.ts'
import { invalid } from '../core/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { showWhere, type Where } from '../evidence/outcome.ts'
import { readUsage } from '../wire/usage/read-usage.ts'

/** One call that was recorded. Without `usage` the vendor counted nothing, such as a stream that nobody asked to count. */
export type RecordedCall = Omit<UsageToPrice, 'usage'> & Partial<Pick<UsageToPrice, 'usage'>>

/**
 * One line `{"seller","model","usage":<the vendor's raw object>,"at","tier"?,"batch"?,"region"?}`; undefined for an empty
 * one. Unknown fields are left alone, and null is as good as absent.
 *
 * @throws MusivumError `request.invalid`: `file:line: what was wrong; expected …`, never with what the usage holds
 */
export function parseUsageLine(line: string, where: Where): RecordedCall | undefined {
  const text = where.line === 1 && line.startsWith('\uFEFF') ? line.slice(1) : line
  if (text.trim() === '') return undefined
  const row = objectOf(text, where)
  const seller = sellerNamed(textOf(row, 'seller', where))
  const { usage, fault } = readUsage(usageOf(row, where), { seller })
  if (fault !== undefined) throw refused(where, fault)
  return {
    seller,
    model: textOf(row, 'model', where),
    atMs: instantOf(row, where),
    tier: optionalText(row, 'tier', where),
    region: optionalText(row, 'region', where),
    batch: optionalSwitch(row, 'batch', where),
    ...(usage && { usage }),
  }
}

function refused(where: Where, fault: string): Error {
  return invalid(`${showWhere(where)}: ${fault}`)
}

function objectOf(text: string, where: Where): JsonObject {
  const value = jsonOf(text)
  if (value === undefined) throw refused(where, 'the line is cut off or not JSON; expected one call per line')
  if (!isJsonObject(value)) throw refused(where, 'the line holds no JSON object; expected one call per line')
  return value
}

/** The parser's own message quotes the line. */
function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function textOf(row: JsonObject, name: string, where: Where): string {
  const value = row[name]
  if (typeof value === 'string' && value.trim() !== '') return value.trim()
  throw refused(where, `"${name}" is ${kindOf(value)}; expected the name of a ${name}`)
}

function optionalText(row: JsonObject, name: string, where: Where): string | undefined {
  const value = row[name] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw refused(where, `"${name}" is ${kindOf(value)}; expected a text`)
}

function optionalSwitch(row: JsonObject, name: string, where: Where): boolean | undefined {
  const value = row[name] ?? undefined
  if (value === undefined || typeof value === 'boolean') return value
  throw refused(where, `"${name}" is ${kindOf(value)}; expected true or false`)
}

function usageOf(row: JsonObject, where: Where): JsonObject | null {
  const value = row['usage']
  if (value === null || isJsonObject(value)) return value
  throw refused(where, `"usage" is ${kindOf(value)}; expected the usage object of the vendor, or null`)
}

/** With its place in the world: prices have hours, and an instant without a zone has 24 of them. */
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))?$/i

function instantOf(row: JsonObject, where: Where): number {
  const value = row['at']
  const atMs = typeof value === 'string' && INSTANT.test(value.trim()) ? Date.parse(value.trim()) : Number.NaN
  if (Number.isFinite(atMs)) return atMs
  throw refused(where, `"at" is ${kindOf(value)}; expected an instant such as 2026-11-22T03:00:00Z`)
}

function kindOf(value: Json | undefined): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'empty'
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'string' ? 'another text' : `a ${typeof value}`
}

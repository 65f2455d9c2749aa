import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'

/** Replaces what must not be seen in one text. The same text gives the same result. */
export type Mask = (text: string) => string

/** Every string in `value`, names of members excepted: those belong to whoever wrote the program. */
export function maskJson<Value extends Json>(value: Value, mask: Mask): Value {
  return maskAny(value, mask) as Value
}

function maskAny(value: Json, mask: Mask): Json {
  if (typeof value === 'string') return mask(value)
  if (typeof value !== 'object' || value === null) return value
  if (isJsonArray(value)) return value.map((item) => maskAny(item, mask))
  const masked: [string, Json][] = Object.entries(value as JsonObject).map(([name, item]) => [
    name,
    maskAny(item, mask),
  ])
  return Object.fromEntries(masked)
}

/**
 * The strings inside JSON text, members' names included: in the arguments of a tool call they may be a person's. All other
 * characters stay as they were. Text that is not JSON, as a model or a tool may leave it, is masked as text, and what it has of
 * string literals as the strings they stand for: an escape must not hide an `@`.
 */
export function maskJsonText(text: string, mask: Mask): string {
  if (!/[[{"]/.test(text)) return mask(text)
  const between = isJson(text) ? (piece: string) => maskNumbers(piece, mask) : mask
  let masked = ''
  let from = 0
  for (const { index, 0: literal } of text.matchAll(STRING)) {
    masked += between(text.slice(from, index)) + maskLiteral(literal, mask)
    from = index + literal.length
  }
  return masked + between(text.slice(from))
}

/** A whole string literal, or what an unfinished one holds. Linear: every character has one way to match. */
const STRING = /"(?:[^"\\]|\\.)*(?:"|$)/gs

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // Masked as text, which never lets through more.
  }
}

/** Between the strings of JSON stand numbers, and one may be somebody's telephone. */
function maskNumbers(text: string, mask: Mask): string {
  return text.replaceAll(/-?\d[\d.eE+-]*/g, (number) => {
    const masked = mask(number)
    // A stand-in is a word, and JSON has words only in quotes.
    return masked === number ? number : JSON.stringify(masked)
  })
}

function maskLiteral(literal: string, mask: Mask): string {
  const said = decoded(literal)
  if (said === undefined) return mask(literal)
  const masked = mask(said)
  return masked === said ? literal : JSON.stringify(masked)
}

function decoded(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined // Half a literal at the end of a broken call, or a raw line break in it: masked as it stands.
  }
}

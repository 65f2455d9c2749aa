import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { describeValue } from '../field-checks.ts'
import { checkedFormats } from './checked-formats.ts'
import { SchemaFault } from './schema-fault.ts'

type Check = (value: Json, path: string) => unknown

/** Keywords of JSON Schema that hold no schema themselves, and what their value must be. */
export const keywordChecks: ReadonlyMap<string, Check> = new Map(
  (
    [
      ['const', finiteAt],
      ['enum', (value, path) => arrayAt(value, path).forEach((each) => finiteAt(each, path))],
      ['type', checkTypes],
      ['required', textsAt],
      ['dependentRequired', checkNamedTexts],
      ['format', checkFormat],
      ['pattern', (value, path) => checkPattern(textAt(value, path), path)],
      ['uniqueItems', (value, path) => expect(typeof value === 'boolean', value, path, 'true or false')],
      ['multipleOf', (value, path) => expect(isNumber(value) && value > 0, value, path, 'a number over 0')],
      ['minimum maximum', (value, path) => expect(isNumber(value), value, path, 'a number')],
      // Draft 4 has true and false here.
      [
        'exclusiveMinimum exclusiveMaximum',
        (value, path) => expect(isNumber(value) || typeof value === 'boolean', value, path, 'a number'),
      ],
      [
        'minLength maxLength minItems maxItems minContains maxContains minProperties maxProperties',
        (value, path) => expect(isCount(value), value, path, 'a whole number from 0 up'),
      ],
    ] satisfies readonly (readonly [string, Check])[]
  ).flatMap(([words, check]) => words.split(' ').map((word) => [word, check] as const)),
)

export function checkPattern(pattern: string, path: string): void {
  try {
    new RegExp(pattern, 'u')
  } catch {
    // The message of JavaScript quotes the pattern.
    throw new SchemaFault(path, 'is no regular expression of JavaScript (Unicode mode)')
  }
}

export function objectAt(value: Json, path: string, expected: string): JsonObject {
  if (!isJsonObject(value)) throw unexpected(value, path, expected)
  return value
}

export function arrayAt(value: Json, path: string): readonly Json[] {
  if (!isJsonArray(value)) throw unexpected(value, path, 'a list')
  return value
}

export function textsAt(value: Json, path: string): readonly string[] {
  return arrayAt(value, path).map((each, index) => textAt(each, `${path}/${index}`))
}

function textAt(value: Json, path: string): string {
  if (typeof value !== 'string') throw unexpected(value, path, 'a string')
  return value
}

function checkNamedTexts(value: Json, path: string): void {
  for (const list of Object.values(objectAt(value, path, 'an object of lists'))) textsAt(list, path)
}

const TYPES: readonly Json[] = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']

function checkTypes(value: Json, path: string): void {
  for (const type of isJsonArray(value) ? value : [value])
    expect(TYPES.includes(type), type, path, 'the name of a JSON type, or a list of them')
}

function expect(right: boolean, value: Json, path: string, expected: string): void {
  if (!right) throw unexpected(value, path, expected)
}

function unexpected(value: Json, path: string, expected: string): SchemaFault {
  return new SchemaFault(path, `expected ${expected}, got ${describeValue(value)}`)
}

/** 1e999 is read as infinity, which no answer can write. */
function isNumber(value: Json): value is number {
  return Number.isFinite(value)
}

function finiteAt(value: Json, path: string): void {
  if (typeof value === 'number') expect(isNumber(value), value, path, 'numbers that a double holds')
  else if (isJsonArray(value)) for (const each of value) finiteAt(each, path)
  else if (isJsonObject(value)) for (const each of Object.values(value)) finiteAt(each, path)
}

/** A format that nobody checks would be promised and not held. */
function checkFormat(value: Json, path: string): void {
  if (!checkedFormats.includes(textAt(value, path)))
    throw new SchemaFault(
      path,
      `is a format that nobody here checks; ${checkedFormats.join(', ')} are checked`,
    )
}

function isCount(value: Json): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

import { MusivumError } from '../core/errors.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { nearestNames } from '../core/nearest.ts'

/**
 * Checks of a client's fields. `at` is the path of the object that holds the field, '' for the body itself. An
 * optional field may be absent or null, which OpenAI's clients send for "not set".
 */

/** `at.key`, as OpenAI writes it in `param`. */
export function pathOf(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`
}

/** The one form of "wrong type or value": where, what was expected, what was given. `path` '' is the body itself. */
export function invalid(path: string, expected: string, got: string): MusivumError {
  const where = path === '' ? 'the body' : path
  return new MusivumError('request.invalid', `${where}: expected ${expected}, got ${got}`, {
    param: path === '' ? null : path,
  })
}

/** A value as an error may show it. Strings are the client's text, so they are only called strings. */
export function describeValue(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (isJsonArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  return isJsonObject(value) ? 'an object' : String(value)
}

/** For fields with a closed set of words: lists them, and guesses which one was meant. */
export function invalidChoice(path: string, choices: readonly string[], got: Json | undefined): MusivumError {
  const quoted = choices.map((choice) => `"${choice}"`)
  const expected =
    quoted.length === 1 ? quoted.join() : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  if (typeof got !== 'string' || got === '') return invalid(path, expected, describeValue(got))
  const [meant] = nearestNames(got, choices, 1)
  return invalid(path, expected, meant === undefined ? 'another string' : `another string; "${meant}"?`)
}

export function requireObject(value: Json | undefined, path: string): JsonObject {
  if (!isJsonObject(value)) throw invalid(path, 'an object', describeValue(value))
  return value
}

export function requireString(object: JsonObject, key: string, at: string): string {
  const value = object[key]
  if (typeof value !== 'string') throw invalid(pathOf(at, key), 'a string', describeValue(value))
  return value
}

/** A string that says something: names, ids, models. */
export function requireName(object: JsonObject, key: string, at: string): string {
  const value = object[key]
  if (typeof value !== 'string' || value === '')
    throw invalid(pathOf(at, key), 'a non-empty string', describeValue(value))
  return value
}

export function optionalString(object: JsonObject, key: string, at: string): string | undefined {
  const value = object[key] ?? undefined
  if (value !== undefined && typeof value !== 'string')
    throw invalid(pathOf(at, key), 'a string', describeValue(value))
  return value
}

export function optionalBoolean(object: JsonObject, key: string, at: string): boolean | undefined {
  const value = object[key] ?? undefined
  if (value !== undefined && typeof value !== 'boolean')
    throw invalid(pathOf(at, key), 'true or false', describeValue(value))
  return value
}

export function optionalObject(object: JsonObject, key: string, at: string): JsonObject | undefined {
  const value = object[key] ?? undefined
  return value === undefined ? undefined : requireObject(value, pathOf(at, key))
}

export function optionalArray(object: JsonObject, key: string, at: string): readonly Json[] | undefined {
  const value = object[key] ?? undefined
  if (value === undefined) return undefined
  if (!isJsonArray(value)) throw invalid(pathOf(at, key), 'an array', describeValue(value))
  return value
}

export type Range = { readonly min: number; readonly max: number }

export function optionalNumber(
  object: JsonObject,
  key: string,
  at: string,
  range: Range,
): number | undefined {
  const value = object[key] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(range.min <= value && value <= range.max))
    throw invalid(pathOf(at, key), `a number from ${range.min} to ${range.max}`, describeValue(value))
  return value
}

/** Only whole numbers that a double holds exactly: another would reach the model as a different one. */
export function optionalInteger(
  object: JsonObject,
  key: string,
  at: string,
  range: Range,
): number | undefined {
  const value = object[key] ?? undefined
  if (value === undefined) return undefined
  if (!Number.isSafeInteger(value) || typeof value !== 'number' || value < range.min || value > range.max)
    throw invalid(pathOf(at, key), `a whole number ${rangeWords(range)}`, describeValue(value))
  return value
}

function rangeWords({ min, max }: Range): string {
  return max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
}

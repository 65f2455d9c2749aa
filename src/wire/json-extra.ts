import { MusivumError } from '../core/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { pathOf } from './field-checks.ts'

export const noFields: JsonObject = Object.freeze({})

/**
 * The members of `object` that we do not read, to be carried through. Refuses a key that differs from one we do read
 * only by case: Go's JSON reader, which Ollama uses, takes `"Model"` for `model`, so such a body would name one model
 * to our policy and another to the server.
 */
export function unknownFields(object: JsonObject, known: ReadonlySet<string>, at: string): JsonObject {
  let extra: Record<string, Json> | undefined
  for (const key of Object.keys(object)) {
    if (known.has(key)) continue
    if (known.has(foldCase(key))) throw wrongCase(at, foldCase(key))
    extra ??= {}
    setField(extra, key, object[key] ?? null)
  }
  return extra ?? noFields
}

/** Assignment that also works for the key `__proto__`, which would otherwise change what the object inherits. */
export function setField(object: Record<string, Json>, key: string, value: Json): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}

/** Extra fields of an object we read, which travel in the `extra` of its parent under the same key. */
export function nestedExtra(extra: JsonObject | undefined, key: string): JsonObject {
  const nested = extra?.[key]
  return isJsonObject(nested) ? nested : noFields
}

export function hasFields(object: JsonObject): boolean {
  for (const _ in object) return true
  return false
}

// Upper case first: Go folds ſ to s and the Kelvin sign to k as well.
function foldCase(key: string): string {
  return key.toUpperCase().toLowerCase()
}

function wrongCase(at: string, key: string): MusivumError {
  const path = pathOf(at, key)
  return new MusivumError(
    'request.invalid',
    `${path}: written in another case; field names are lower case, and some servers would take it for this one`,
    { param: path },
  )
}

import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

/** The fields that are there: our rows leave an unknown one out. */
export function present(fields: { readonly [name: string]: Json | undefined }): JsonObject {
  const known: { [name: string]: Json } = {}
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== null) known[name] = value
  return known
}

/** A text or a number as a name; undefined for anything else, the empty text included. */
export function nameIn(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/** What a model or a person wrote, as text: JSON where it is structured; undefined where there is nothing. */
export function textIn(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function objectIn(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

export function listIn(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : []
}

import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import type { Child } from './schema-part.ts'

/** What a reference of a readable schema points to; readers have refused those that point to nothing. */
export function schemaAt(root: JsonObject, reference: string): Child {
  const at = decodeURIComponent(reference)
  const schema = at
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<Json>(inner, root)
  return { schema, at }
}

function inner(value: Json, step: string): Json {
  if (isJsonArray(value)) return value[Number(step)] ?? true
  return isJsonObject(value) && Object.hasOwn(value, step) ? (value[step] ?? true) : true
}

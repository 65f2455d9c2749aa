import { isJsonArray, isJsonObject, type JsonObject } from '../core/json.ts'
import { describeValue, invalid, pathOf, requireObject } from './field-checks.ts'

/**
 * The outermost level of a tool's JSON schema: an object with properties. Servers answer a malformed one with anything
 * from a late 400 to a crashed worker. What lies deeper is the server's to judge: they know different dialects of it.
 */
export function checkToolSchema(schema: JsonObject, path: string): void {
  const type = schema.type ?? undefined
  const isObject = type === undefined || type === 'object' || (isJsonArray(type) && type.includes('object'))
  if (!isObject) throw invalid(pathOf(path, 'type'), '"object"', describeValue(type))
  checkProperties(schema, path)
  checkRequired(schema, path)
}

function checkProperties(schema: JsonObject, path: string): void {
  const at = pathOf(path, 'properties')
  const properties = schema.properties ?? undefined
  if (properties === undefined) return
  // The names of properties are the client's text: the path stops before them.
  for (const property of Object.values(requireObject(properties, at)))
    if (!isJsonObject(property) && typeof property !== 'boolean')
      throw invalid(`${at}.*`, 'a schema', describeValue(property))
}

function checkRequired(schema: JsonObject, path: string): void {
  const at = pathOf(path, 'required')
  const required = schema.required ?? undefined
  if (required === undefined) return
  if (!isJsonArray(required)) throw invalid(at, 'an array of strings', describeValue(required))
  const wrong = required.findIndex((name) => typeof name !== 'string')
  if (wrong !== -1) throw invalid(`${at}[${wrong}]`, 'a string', describeValue(required[wrong]))
}

import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { schemaAt } from './schema-at.ts'

/** Whether it is plain to see that no value meets both: by type, by listed values, or by a property that both must have. */
export function areDisjoint(root: JsonObject, a: Json, b: Json): boolean {
  const left = resolved(root, a)
  const right = resolved(root, b)
  if (left === undefined || right === undefined) return false
  const [leftValues, rightValues] = [fixedValues(left), fixedValues(right)]
  if (leftValues !== undefined && rightValues !== undefined && leftValues.every(isPlain))
    return !leftValues.some((value) => rightValues.includes(value))
  const [leftTypes, rightTypes] = [typesOf(left, leftValues), typesOf(right, rightValues)]
  if (leftTypes === undefined || rightTypes === undefined) return false
  if (!leftTypes.some((type) => rightTypes.includes(type))) return true
  // Only objects have properties to be told apart by.
  return (
    leftTypes.every((type) => type === 'object' || !rightTypes.includes(type)) &&
    byProperty(root, left, right)
  )
}

function byProperty(root: JsonObject, left: JsonObject, right: JsonObject): boolean {
  const { properties: a, required: needed } = left
  const { properties: b, required: alsoNeeded } = right
  if (!isJsonObject(a) || !isJsonObject(b) || !isJsonArray(needed) || !isJsonArray(alsoNeeded)) return false
  return needed.some((key) => {
    if (typeof key !== 'string' || !alsoNeeded.includes(key)) return false
    const [one, other] = [a[key], b[key]]
    return isValues(one) && isValues(other) && areDisjoint(root, one, other)
  })
}

function isValues(schema: Json | undefined): schema is JsonObject {
  return isJsonObject(schema) && fixedValues(schema) !== undefined
}

/** A schema that is only a reference is what it refers to; beside others it is more. */
function resolved(root: JsonObject, schema: Json): JsonObject | undefined {
  if (!isJsonObject(schema)) return undefined
  const { $ref } = schema
  const target = typeof $ref === 'string' ? schemaAt(root, $ref).schema : schema
  return isJsonObject(target) && !('$ref' in target) ? target : undefined
}

/** The values of a const or enum, as JSON text. */
function fixedValues(schema: JsonObject): readonly string[] | undefined {
  if (schema['const'] !== undefined) return [JSON.stringify(schema['const'])]
  const values = schema['enum']
  return isJsonArray(values) ? values.map((item) => JSON.stringify(item)) : undefined
}

/** Objects that are equal may be written in two ways. */
function isPlain(text: string): boolean {
  return !text.startsWith('{') && !text.startsWith('[')
}

function typesOf(schema: JsonObject, values: readonly string[] | undefined): readonly string[] | undefined {
  if (values !== undefined) return values.map((text) => typeName(JSON.parse(text) as Json))
  const { type } = schema
  const names = type === undefined ? undefined : ([type].flat() as readonly string[])
  // An integer is a number too, so the two must count as one type.
  return names?.map((name) => (name === 'integer' ? 'number' : name))
}

function typeName(item: Json): string {
  if (item === null) return 'null'
  return isJsonArray(item) ? 'array' : typeof item
}

import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { SchemaGap } from '../engine.ts'

/**
 * The keywords of a schema that llama.cpp's own converter (common/json-schema-to-grammar.cpp) does not surely hold an answer to.
 * It takes more than these and says in its log alone what it passed over: a pattern it cannot read becomes any string. Named
 * here, they are validated when the answer is there.
 */
export function serverSchemaGaps(schema: JsonObject): readonly SchemaGap[] {
  return gapsIn(schema, '#', 0)
}

/** Held wherever they stand. */
const HELD = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
])
/** Held where nothing stands beside them: what does is passed over. */
const HELD_ALONE = new Set(['anyOf', 'enum', 'const'])
/** They describe, or hold schemas for others to point at. */
const SILENT = new Set([
  'title',
  'description',
  'default',
  'examples',
  '$comment',
  '$schema',
  '$id',
  'deprecated',
])
/** No form for people is deeper; a schema that is must be validated whole. */
const MAX_DEPTH = 64

function gapsIn(schema: Json, path: string, depth: number): readonly SchemaGap[] {
  if (!isJsonObject(schema)) return schema === true ? [] : [{ keyword: 'false', path }]
  if (depth > MAX_DEPTH) return [{ keyword: 'properties', path }]
  const keywords = Object.keys(schema).filter((keyword) => !SILENT.has(keyword))
  const own = keywords.filter(
    (keyword) => !HELD.has(keyword) && !(HELD_ALONE.has(keyword) && isAlone(keywords)),
  )
  const inner = innerOf(schema, path).flatMap(([each, place]) => gapsIn(each, place, depth + 1))
  return [...own.map((keyword) => ({ keyword, path })), ...inner]
}

/** A type beside a list of values says nothing that the values do not. */
function isAlone(keywords: readonly string[]): boolean {
  return keywords.filter((keyword) => keyword !== 'type').length === 1
}

function innerOf(schema: JsonObject, path: string): readonly (readonly [Json, string])[] {
  const { properties, additionalProperties, items, anyOf } = schema
  return [
    ...(isJsonObject(properties)
      ? Object.entries(properties).map(
          ([name, each]) => [each, `${path}/properties/${escaped(name)}`] as const,
        )
      : []),
    // `false` is held: no other properties are written.
    ...(isJsonObject(additionalProperties)
      ? [[additionalProperties, `${path}/additionalProperties`] as const]
      : []),
    ...(isJsonObject(items) ? [[items, `${path}/items`] as const] : []),
    ...(isJsonArray(anyOf) ? anyOf.map((each, index) => [each, `${path}/anyOf/${index}`] as const) : []),
  ]
}

/** RFC 6901 */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

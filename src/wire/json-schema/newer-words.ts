import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'

/**
 * One schema in the words of draft 2020-12 where an older draft, or OpenAPI, has others: an array of `items`, `true` for
 * `exclusiveMinimum`, `nullable`. Its inner schemas stay as they are.
 */
export function newerWords(schema: JsonObject): JsonObject {
  if (!OLDER.some((word) => word in schema)) return schema
  return nullable(bounds(tuple(schema)))
}

const OLDER = ['items', 'additionalItems', 'exclusiveMinimum', 'exclusiveMaximum', 'nullable']

function tuple(schema: JsonObject): JsonObject {
  const { items, additionalItems, ...others } = schema
  if (items === undefined) return others
  if (!isJsonArray(items)) return { ...others, items }
  const rest = additionalItems === undefined ? {} : { items: additionalItems }
  // An empty tuple says nothing.
  return items.length === 0 ? { ...others, ...rest } : { ...others, prefixItems: items, ...rest }
}

function bounds(schema: JsonObject): JsonObject {
  return exclusive(exclusive(schema, 'minimum', 'exclusiveMinimum'), 'maximum', 'exclusiveMaximum')
}

function exclusive(schema: JsonObject, plain: string, word: string): JsonObject {
  const { [word]: flag, [plain]: bound, ...others } = schema
  if (typeof flag !== 'boolean') return schema
  if (bound === undefined) return others
  return { ...others, [flag ? word : plain]: bound }
}

function nullable(schema: JsonObject): JsonObject {
  const { nullable: flag, ...others } = schema
  if (typeof flag !== 'boolean') return schema
  const { type } = others
  if (!flag || type === undefined) return others
  const types: readonly Json[] = isJsonArray(type) ? type : [type]
  return types.includes('null') ? others : { ...others, type: [...types, 'null'] }
}

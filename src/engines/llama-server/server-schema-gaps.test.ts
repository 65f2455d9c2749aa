import { expect, test } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { serverSchemaGaps } from './server-schema-gaps.ts'

test.each<JsonObject>([
  { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'], additionalProperties: false },
  { type: 'array', items: { enum: ['a', 'b'] }, minItems: 1, maxItems: 3, description: 'what it is' },
  { anyOf: [{ type: 'string' }, { const: null }] },
])('%j is left to the grammar of the server', (schema) => {
  expect(serverSchemaGaps(schema)).toEqual([])
})

test.each<[JsonObject, string, string]>([
  [{ type: 'string', pattern: 'a+' }, 'pattern', '#'],
  [{ type: 'object', properties: { 'a/b': { minimum: 2 } } }, 'minimum', '#/properties/a~1b'],
  [{ type: 'array', items: { uniqueItems: true } }, 'uniqueItems', '#/items'],
  [{ oneOf: [{ type: 'string' }] }, 'oneOf', '#'],
  [{ anyOf: [{ not: {} }] }, 'not', '#/anyOf/0'],
])('%j is validated for %s as well', (schema, keyword, path) => {
  expect(serverSchemaGaps(schema)).toEqual([{ keyword, path }])
})

test('what stands beside alternatives is passed over by the server, so both are validated', () => {
  const schema = { type: 'object', properties: { a: {} }, anyOf: [{ required: ['a'] }] }
  expect(serverSchemaGaps(schema)).toEqual([{ keyword: 'anyOf', path: '#' }])
})

test('a schema without an end to its depth is validated, not followed', () => {
  const deep = Array.from({ length: 100 }).reduce<JsonObject>((inner) => ({ items: inner }), {})
  expect(serverSchemaGaps(deep)).toHaveLength(1)
})

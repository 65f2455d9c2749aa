import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MusivumError } from '../src/core/errors.ts'
import type { JsonObject } from '../src/core/json.ts'
import { jsonSchemaGrammar, schemaGaps } from '../src/engines/llama/json-grammar.ts'

const page = new URL('../docs/structured-output.md', import.meta.url)

/** A keyword, when, and a schema that shows how it is honoured then. */
const EXAMPLES: readonly (readonly [keyword: string, when: string, schema: JsonObject])[] = [
  ['type', '', { type: ['string', 'null'] }],
  ['const', '', { const: { a: 1 } }],
  ['enum', '', { enum: [1, 'a', null] }],
  ['properties', '', { properties: { a: true } }],
  ['required', '', { required: ['a'] }],
  ['additionalProperties', '', { properties: { a: true }, additionalProperties: { type: 'string' } }],
  ['patternProperties', 'one pattern alone', { patternProperties: { '^x-': true } }],
  ['patternProperties', 'otherwise', { properties: { a: true }, patternProperties: { '^x-': true } }],
  ['propertyNames', 'no declared properties', { propertyNames: { maxLength: 3 } }],
  ['propertyNames', 'otherwise', { properties: { a: true }, propertyNames: { maxLength: 3 } }],
  [
    'minProperties',
    'up to the required ones',
    { properties: { a: true }, required: ['a'], minProperties: 1 },
  ],
  ['minProperties', 'otherwise', { properties: { a: true, b: true }, minProperties: 1 }],
  ['maxProperties', 'no declared properties', { type: 'object', maxProperties: 3 }],
  ['maxProperties', 'fewer than are declared', { properties: { a: true, b: true }, maxProperties: 1 }],
  ['dependentRequired', '', { dependentRequired: { a: ['b'] } }],
  ['dependentSchemas', '', { dependentSchemas: { a: { required: ['b'] } } }],
  ['unevaluatedProperties', '', { unevaluatedProperties: false }],
  ['items', '', { items: { type: 'integer' } }],
  ['prefixItems', '', { prefixItems: [{ type: 'integer' }] }],
  ['minItems', '', { type: 'array', minItems: 2 }],
  ['maxItems', 'up to 1,000', { type: 'array', maxItems: 1000 }],
  ['maxItems', 'otherwise', { type: 'array', maxItems: 1001 }],
  ['uniqueItems', '', { type: 'array', uniqueItems: true }],
  ['contains', '', { contains: { const: 1 } }],
  ['minContains', '', { contains: { const: 1 }, minContains: 2 }],
  ['maxContains', '', { contains: { const: 1 }, maxContains: 2 }],
  ['unevaluatedItems', '', { unevaluatedItems: false }],
  ['minLength', '', { minLength: 3 }],
  ['maxLength', 'up to 1,000, alone', { maxLength: 1000 }],
  ['maxLength', 'otherwise', { maxLength: 100, pattern: '^a' }],
  ['pattern', 'literals, classes, groups, repetitions, anchors at the ends', { pattern: '^[A-Z]{2}-\\d+$' }],
  ['pattern', 'looking around, references back, `\\b`, `\\p`', { pattern: '^(?!a)' }],
  [
    'format',
    'date, time, date-time, duration, email, hostname, ipv4, ipv6, uuid, uri, json-pointer',
    { format: 'email' },
  ],
  ['format', 'uri-reference, uri-template, url, regex, the other pointers', { format: 'uri-reference' }],
  ['format', 'any other', { format: 'phone' }],
  ['minimum', 'of integers, and whole', { minimum: 3 }],
  ['minimum', 'a fraction', { minimum: 0.5 }],
  ['maximum', 'of integers, and whole', { maximum: 300 }],
  ['exclusiveMinimum', 'of integers, and whole', { exclusiveMinimum: 0 }],
  ['exclusiveMaximum', 'of integers, and whole', { exclusiveMaximum: 1 }],
  ['multipleOf', 'up to 1,000 integers, or 0.1, 0.01, …', { type: 'number', multipleOf: 0.01 }],
  ['multipleOf', 'otherwise', { type: 'integer', multipleOf: 5 }],
  ['allOf', '', { allOf: [{ minimum: 3 }, { type: 'integer' }] }],
  ['anyOf', '', { anyOf: [{ type: 'integer' }, { minimum: 3 }] }],
  [
    'oneOf',
    'options told apart by type, values or a property',
    { oneOf: [{ type: 'integer' }, { type: 'null' }] },
  ],
  ['oneOf', 'otherwise', { oneOf: [{ type: 'integer' }, { minimum: 3 }] }],
  ['not', '', { not: { type: 'null' } }],
  ['if', 'with `then` and `else`', JSON.parse('{"if":{"type":"null"},"then":false}') as JsonObject],
  ['$ref', 'to a place or an `$anchor` of the schema', { $defs: { a: { $anchor: 'n' } }, $ref: '#n' }],
  ['$ref', 'to anywhere else', { $ref: 'https://example.org/a' }],
  ['$id', 'below the top', { items: { $id: 'a' } }],
  ['$dynamicRef', '', { $dynamicRef: '#a' }],
  ['$schema', 'no draft of JSON Schema', { $schema: 'https://example.org/words' }],
]

function honoured(keyword: string, schema: JsonObject): string {
  try {
    jsonSchemaGrammar(schema)
  } catch (thrown) {
    if (thrown instanceof MusivumError && thrown.facts['keyword'] === keyword) return 'refused'
    throw thrown
  }
  const left = schemaGaps(schema).some((gap) => gap.keyword === keyword)
  return left ? 'grammar, then validation' : 'grammar'
}

test('docs/structured-output.md says how each keyword is honoured (to bring it up to date: UPDATE_DOCS=1)', () => {
  const text = readFileSync(page, 'utf8')
  const rows = EXAMPLES.map(
    ([keyword, when, schema]) => `| \`${keyword}\` | ${when} | ${honoured(keyword, schema)} |`,
  )
  const table = ['| keyword | when | honoured by |', '|---|---|---|', ...rows].join('\n')
  const current = text.replace(
    /<!-- keywords -->[^]*<!-- \/keywords -->/,
    () => `<!-- keywords -->\n\n${table}\n\n<!-- /keywords -->`,
  )
  expect(rows.length).toBeGreaterThan(40)
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, current)
  else expect(text).toBe(current)
})

import { getLlama, LlamaLogLevel, type Llama } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../core/json.ts'
import { MusivumError } from '../../core/errors.ts'
import { jsonObjectGrammar, jsonSchemaGrammar } from './json-grammar.ts'

let llama: Llama
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error })
})
afterAll(() => llama.dispose())

/** Whether the engine, reading our grammar, would let a model write this. */
async function allows(grammar: string, text: string): Promise<boolean> {
  const compiled = await llama.createGrammar({ grammar })
  return (compiled as unknown as { _testText(text: string): boolean })._testText(text)
}

const person = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' }, city: { type: 'string' } },
  required: ['age'],
}
const list = {
  $defs: {
    node: {
      type: 'object',
      properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
      required: ['next'],
    },
  },
  $ref: '#/$defs/node',
}
const shape = {
  oneOf: [
    {
      type: 'object',
      properties: { kind: { const: 'circle' }, r: { type: 'number' } },
      required: ['kind', 'r'],
    },
    { type: 'object', properties: { kind: { const: 'point' } }, required: ['kind'] },
  ],
}

describe('a schema as a grammar', () => {
  test.each<[string, JsonObject, readonly Json[], readonly Json[]]>([
    [
      'optional properties may be left out',
      person,
      [{ age: 1 }, { name: 'x', age: 1 }, { age: 1, city: 'y' }],
      [{ name: 'x' }, {}, { age: 1, more: 1 }],
    ],
    ['an integer is no fraction', { type: 'integer' }, [0, -7, 123456789], [1.5, '1', null]],
    [
      'an integer within bounds',
      { type: 'integer', minimum: 8, maximum: 112 },
      [8, 9, 10, 99, 100, 112],
      [7, 113, 120, 1, 0],
    ],
    [
      'an integer above a bound of its own kind',
      { type: 'integer', exclusiveMinimum: 0 },
      [1, 10, 907],
      [0, -1],
    ],
    [
      'the widest safe integers',
      { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      [-5, 5],
      [0.5],
    ],
    ['a number from zero up', { type: 'number', minimum: 0 }, [0, 0.5, 12.25], [-1, -0.5]],
    ['several types', { type: ['string', 'null'] }, ['x', null], [1, true]],
    [
      'an enum of anything',
      { enum: ['a', 'ab', 'say "hi"', 1, 12, null] },
      ['a', 'ab', 'say "hi"', 1, 12, null],
      ['b', 2, 'abc'],
    ],
    ['a constant', { const: 'fixed' }, ['fixed'], ['fix', 'fixed2']],
    [
      'any of several',
      { anyOf: [{ type: 'boolean' }, { type: 'array', items: { type: 'integer' } }] },
      [true, [1, 2], []],
      ['x', [true]],
    ],
    [
      'one of several that a constant tells apart',
      shape,
      [{ kind: 'circle', r: 1.5 }, { kind: 'point' }],
      [{ kind: 'square' }, { r: 1 }],
    ],
    [
      'a definition that refers to itself',
      list,
      [{ next: null }, { next: { next: null } }],
      [{}, { next: 1 }],
    ],
    [
      'lengths of strings',
      { type: 'string', minLength: 2, maxLength: 3 },
      ['ab', 'äöü', '\n\t'],
      ['a', 'abcd'],
    ],
    [
      'lengths of arrays',
      { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 3 },
      [
        [1, 2],
        [1, 2, 3],
      ],
      [[], [1], [1, 2, 3, 4]],
    ],
    ['an array that stays empty', { type: 'array', maxItems: 0 }, [[]], [[1]]],
    [
      'a tuple',
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false },
      [['a', 1]],
      [['a'], [1, 'a'], ['a', 1, 2]],
    ],
    [
      'a map',
      { type: 'object', additionalProperties: { type: 'integer' } },
      [{}, { a: 1, b: 2 }],
      [{ a: 'x' }],
    ],
    [
      'a date that exists',
      { type: 'string', format: 'date' },
      ['2024-02-29', '2023-02-28', '2000-02-29', '2026-04-30'],
      ['2023-02-29', '1900-02-29', '2026-04-31', '2026-13-01', '2026-00-10'],
    ],
    [
      'a time with its zone',
      { type: 'string', format: 'date-time' },
      ['2026-01-31T23:59:59Z', '2026-01-31T00:00:00.5+05:30'],
      ['2026-01-31', '2026-01-31T24:00:00Z', '2026-01-31T10:00:00'],
    ],
    [
      'a uuid',
      { type: 'string', format: 'uuid' },
      ['123e4567-e89b-12d3-a456-426614174000'],
      ['123e4567', ''],
    ],
    ['a schema that says nothing', { description: 'anything' }, [1, 'x', null, [{ a: [] }]], []],
    ['all of a single schema', { allOf: [{ type: 'boolean' }] }, [true], [1]],
  ])('%s', async (_, schema, good, bad) => {
    const grammar = jsonSchemaGrammar(schema)
    for (const value of good)
      expect(await allows(grammar, JSON.stringify(value)), JSON.stringify(value)).toBe(true)
    for (const value of bad)
      expect(await allows(grammar, JSON.stringify(value)), JSON.stringify(value)).toBe(false)
  })

  test('lets a model lay its JSON out over lines', async () => {
    const grammar = jsonSchemaGrammar(person)
    expect(await allows(grammar, JSON.stringify({ name: 'x', age: 1 }, null, 2))).toBe(true)
  })

  test('an object of any kind is an object', async () => {
    expect(await allows(jsonObjectGrammar(), '{"a": [1, {"b": null}], "c": "d"}')).toBe(true)
    expect(await allows(jsonObjectGrammar(), '[1]')).toBe(false)
  })

  test.each<[JsonObject, string, string]>([
    [{ type: 'string', pattern: '^a' }, 'pattern', '#'],
    [{ type: 'string', format: 'email' }, 'format', '#'],
    [{ type: 'object', properties: { n: { type: 'number', minimum: 0.5 } } }, 'minimum', '#/properties/n'],
    [{ type: 'integer', maximum: 10 }, 'maximum', '#'],
    [{ type: 'integer', minimum: 0, maximum: 5000 }, 'minimum', '#'],
    [{ type: 'array', items: { type: 'integer', multipleOf: 5 } }, 'multipleOf', '#/items'],
    [{ type: 'array', uniqueItems: true }, 'uniqueItems', '#'],
    [{ type: 'object', properties: { a: {} }, additionalProperties: true }, 'additionalProperties', '#'],
    [{ type: 'object', patternProperties: {} }, 'patternProperties', '#'],
    [{ type: 'object', properties: {}, required: ['ghost'] }, 'required', '#'],
    [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, 'oneOf', '#/oneOf'],
    [{ allOf: [{ type: 'integer' }, { enum: [1] }] }, 'allOf', '#/allOf'],
    [{ anyOf: [{ type: 'integer' }], minimum: 3 }, 'minimum', '#'],
    [{ not: { type: 'null' } }, 'not', '#'],
    [{ if: { type: 'null' } }, 'if', '#'],
    [{ type: 'date' }, 'type', '#'],
    [{ $ref: 'https://example.org/schema' }, '$ref', '#'],
    [{ $ref: '#/$defs/ghost' }, '$ref', '#'],
    [{ type: 'string', maxLength: 100_000 }, 'maxLength', '#'],
    [{ properties: { a: { enum: [] } } }, 'enum', '#/properties/a'],
  ])('%j is refused by name and place', (schema, keyword, path) => {
    const error = failure(schema)
    expect(error).toMatchObject({ code: 'request.unsupported', facts: { keyword, path } })
    expect(error.message).toContain(`${keyword} at ${path}`)
  })

  test('nesting without end is refused, not followed', () => {
    const deep = Array.from({ length: 100 }).reduce<JsonObject>((items) => ({ type: 'array', items }), {})
    expect(failure(deep).message).toContain('nests deeper')
  })
})

function failure(schema: JsonObject): MusivumError {
  try {
    jsonSchemaGrammar(schema)
  } catch (thrown) {
    if (thrown instanceof MusivumError) return thrown
    throw thrown
  }
  throw new TypeError('expected a refusal')
}

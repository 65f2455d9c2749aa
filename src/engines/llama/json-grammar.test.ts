import { getLlama, LlamaLogLevel, type Llama } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../core/json.ts'
import { MusivumError } from '../../core/errors.ts'
import { jsonObjectGrammar, jsonSchemaGrammar, schemaGaps, schemaUnknownWords } from './json-grammar.ts'

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
    [
      'numbers between bounds that may be fractions',
      { type: 'number', minimum: 0, exclusiveMaximum: 1 },
      [0, 0.5, 0.99],
      [1, -0.1, 1.5],
    ],
    [
      'a large range',
      { type: 'integer', minimum: 17, maximum: 65535 },
      [17, 999, 60000, 65535],
      [16, 65536, 100000],
    ],
    ['cents', { type: 'number', minimum: 0, multipleOf: 0.01 }, [1, 0.5, 12.25], [0.125, -1]],
    [
      'a pattern at both ends',
      { type: 'string', pattern: '^[A-Z]{2}-(\\d+|x)$' },
      ['AB-1', 'AB-x', 'ZZ-007'],
      ['A-1', 'AB-', 'AB-1 ', 'ab-1'],
    ],
    ['a pattern at neither end', { pattern: 'ab|c' }, ['ab', 'xabx', 'c', 'xc'], ['a', '', 'ba']],
    ['a pattern of quotes and line ends', { pattern: '^["\\n\\\\]$' }, ['"', '\n', '\\'], ['n', '']],
    ['an address', { type: 'string', format: 'email' }, ['ana.silva@example.org'], ['ana', 'ana@', '@b.c']],
    [
      'free keys beside declared ones',
      { type: 'object', properties: { id: { type: 'integer' } }, additionalProperties: { type: 'string' } },
      [{ id: 1 }, { id: 1, ide: 'x' }, { i: 'x', name: 'y' }, {}, { '': 'x' }],
      [{ id: 'x' }, { name: 1 }],
    ],
    ['a required property that is not declared', { required: ['a'] }, [{ a: [1] }], [{}, { b: 1 }]],
    [
      'keys of a pattern',
      { patternProperties: { '^x-': { type: 'integer' } } },
      [{}, { 'x-a': 1 }],
      [{ 'x-a': 'b' }],
    ],
    [
      'everything that several schemas say',
      {
        allOf: [
          { properties: { a: { type: 'integer' } }, required: ['a'] },
          { properties: { a: { minimum: 5 }, b: { type: 'null' } } },
        ],
      },
      [{ a: 5 }, { a: 9, b: null }],
      [{ a: 4 }, { b: null }, { a: 5, b: 1 }],
    ],
    [
      'a choice beside other keywords',
      { minimum: 3, anyOf: [{ type: 'integer' }, { maximum: 5 }] },
      [3, 4.5, 9],
      [2],
    ],
    ['a value out of two lists', { enum: [1, 'a', null], allOf: [{ enum: ['a', null] }] }, ['a', null], [1]],
    ['what a list must hold, first', { type: 'array', contains: { const: 7 } }, [[7], [7, 'x']], [[], ['x']]],
    ['a property that is forbidden', { properties: { a: false, b: true } }, [{}, { b: 1 }], [{ a: 1 }]],
    ['nullable', { type: 'string', nullable: true }, ['x', null], [1]],
    [
      'a list that may be its own item',
      { prefixItems: [{ type: 'integer' }, { $ref: '#' }], items: false },
      [[], [1], [1, [2, []]]],
      [[[1]], [1, 2]],
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
    [{ type: 'string', pattern: '^(?!a)' }, 'pattern', '#'],
    [{ type: 'string', pattern: '^a', maxLength: 5 }, 'maxLength', '#'],
    [{ type: 'string', format: 'uri-reference' }, 'format', '#'],
    [{ type: 'string', maxLength: 100_000 }, 'maxLength', '#'],
    [{ type: 'object', properties: { n: { type: 'number', minimum: 0.5 } } }, 'minimum', '#/properties/n'],
    [{ type: 'array', items: { type: 'integer', multipleOf: 5 } }, 'multipleOf', '#/items'],
    [{ type: 'array', uniqueItems: true }, 'uniqueItems', '#'],
    [{ patternProperties: { a: true, b: true } }, 'patternProperties', '#'],
    [{ properties: { a: true, b: true }, minProperties: 1 }, 'minProperties', '#'],
    [{ properties: { a: true }, propertyNames: { maxLength: 3 } }, 'propertyNames', '#'],
    [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, 'oneOf', '#'],
    [{ not: { type: 'null' } }, 'not', '#'],
    [JSON.parse('{"if":{"type":"null"},"then":false}') as JsonObject, 'if', '#'],
    [{ dependentRequired: { a: ['b'] } }, 'dependentRequired', '#'],
    [{ enum: ['a', 'abc'], maxLength: 2 }, 'maxLength', '#'],
  ])('%j is compiled, and validated for one keyword', (schema, keyword, path) => {
    expect(schemaGaps(schema)).toEqual([{ keyword, path }])
    expect(jsonSchemaGrammar(schema)).toContain('root ::=')
  })

  test.each<[JsonObject, string | undefined, string]>([
    [{ type: 'string', format: 'phone' }, 'format', '#'],
    [{ type: 'date' }, 'type', '#'],
    [{ $ref: 'https://example.org/schema' }, '$ref', '#'],
    [{ $ref: '#/$defs/ghost' }, '$ref', '#'],
    [{ items: { $dynamicRef: '#node' } }, '$dynamicRef', '#/items'],
    [{ $schema: 'https://example.org/words' }, '$schema', '#'],
    [{ $ref: '#' }, undefined, '#'],
    [
      { properties: { a: { enum: Array.from({ length: 1001 }, (_, index) => index) } } },
      'enum',
      '#/properties/a',
    ],
    [{ minimum: 3, maximum: 2 }, 'the schema', '#'],
    [{ properties: { next: { $ref: '#' } }, required: ['next'] }, 'the schema', '#'],
    [{ enum: Array.from({ length: 300 }, (_, index) => `${index}${'x'.repeat(1_000)}`) }, 'the schema', '#'],
  ])('%j is refused by name and place', (schema, keyword, path) => {
    const error = failure(schema)
    expect(error).toMatchObject({ code: 'request.unsupported', facts: { path } })
    expect(error.facts['keyword']).toBe(keyword)
    expect(error.message).toContain(path)
    expect(schemaGaps(schema)).toEqual([])
  })

  test('nesting without end is refused, not followed', () => {
    const deep = Array.from({ length: 100 }).reduce<JsonObject>((items) => ({ type: 'array', items }), {})
    expect(failure(deep).message).toContain('nested deeper')
  })

  test.each<[string, JsonObject]>([
    ['choices of choices', { allOf: Array.from({ length: 12 }, (_, index) => ({ anyOf: wide(index) })) }],
    [
      'long strings',
      {
        properties: Object.fromEntries(
          Array.from({ length: 300 }, (_, index) => [`p${index}`, { type: 'string', maxLength: 1000 }]),
        ),
      },
    ],
    ['lists in lists', { items: { items: { maxItems: 900 }, maxItems: 900 }, maxItems: 900 }],
    ['repetitions of repetitions', { pattern: '^((a{1,30}b){1,900}c){1,900}$' }],
    [
      'many free keys',
      {
        properties: Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`property${index}`, {}])),
        additionalProperties: true,
      },
    ],
  ])('a schema of %s is read by the engine within bounds, or refused', async (_, schema) => {
    const started = process.cpuUsage()
    const grammar = grammarOrRefusal(schema)
    if (grammar !== undefined) expect(await allows(grammar, '')).toBe(false)
    const { user } = process.cpuUsage(started)
    expect(user / 1_000_000).toBeLessThan(10)
  })
})

/** Three schemas that no leaf shares with others. */
function wide(index: number): readonly JsonObject[] {
  return [3, 5, 7].map((each) => ({ properties: { [`p${index}-${each}`]: {} } }))
}

function grammarOrRefusal(schema: JsonObject): string | undefined {
  try {
    return jsonSchemaGrammar(schema)
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'request.unsupported' })
    return undefined
  }
}

function failure(schema: JsonObject): MusivumError {
  try {
    jsonSchemaGrammar(schema)
  } catch (thrown) {
    if (thrown instanceof MusivumError) return thrown
    throw thrown
  }
  throw new TypeError('expected a refusal')
}

test('a word that no draft knows is passed over, and named', () => {
  expect(schemaUnknownWords({ properties: { a: { maxlength: 3 } } })).toEqual(['#/properties/a/maxlength'])
})

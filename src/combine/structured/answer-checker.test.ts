import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../core/json.ts'
import { answerChecker } from './answer-checker.ts'

const checkerOf = (schema: JsonObject) =>
  answerChecker({ kind: 'json-schema', name: 'answer', schema }, 'response_format')

const PERSON: JsonObject = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: 'integer', minimum: 0 },
    likes: { type: 'array', items: { enum: ['tea', 'coffee'] } },
  },
  required: ['name', 'age'],
  additionalProperties: false,
}

describe('an answer', () => {
  const check = checkerOf(PERSON)

  test.each([
    ['{"name": "Ada", "age": 36}', '{"name": "Ada", "age": 36}'],
    [
      'Sure!\n```json\n{"name":"Ada","age":36,"likes":["tea"]}\n```',
      '{"name":"Ada","age":36,"likes":["tea"]}',
    ],
    ['{"name": "Ada", "age": 36}\nI am sure, see [1].', '{"name": "Ada", "age": 36}'],
    ['{"name": "Bob"} is wrong, so {"name": "Ada", "age": 36}', '{"name": "Ada", "age": 36}'],
  ])('fits wherever in %j its JSON stands', (answer, json) => {
    expect(check(answer)).toEqual({ kind: 'fits', json })
  })

  test.each([
    ['{"name": "Ada"}', 'required', '#: Instance does not have required property "age".'],
    ['{"name": "Ada", "age": "36"}', 'type', '#/age: Instance type "string" is invalid. Expected "integer".'],
    ['{"name": "Ada", "age": -1}', 'minimum', '#/age: -1 is less than 0.'],
    ['{"name": "Ada", "age": 1, "x": 1}', 'additionalProperties', '#/x: This is not allowed here.'],
    [
      '{"name": "Ada", "age": 1, "likes": ["beer"]}',
      'enum',
      '#/likes/0: Instance does not match any of ["tea","coffee"].',
    ],
    ['I would rather not.', 'json', 'It holds no JSON.'],
    ['', 'json', 'It holds no JSON.'],
  ])('that is %j is told its place and what was expected', (answer, keyword, text) => {
    expect(check(answer)).toEqual({ kind: 'fault', faults: [text], keyword })
  })

  test('is told the first few of many faults', () => {
    const numbers = checkerOf({ type: 'array', items: { type: 'number' } })
    expect(numbers(JSON.stringify(Array(100).fill('x')))).toMatchObject({ faults: { length: 5 } })
  })

  test('longer than can be checked is a fault and not a stop', () => {
    expect(check(`"${'a'.repeat(300_000)}"`)).toMatchObject({ kind: 'fault', keyword: 'length' })
  })
})

test('JSON without a schema is any object, and nothing else', () => {
  const check = answerChecker({ kind: 'json' }, 'response_format')
  expect(check('well: {"a": {"b": []}}')).toEqual({ kind: 'fits', json: '{"a": {"b": []}}' })
  for (const other of ['[1]', '"text"', '5', 'null']) expect(check(other)).toMatchObject({ kind: 'fault' })
})

test.each([
  ['http://json-schema.org/draft-07/schema#', 'fits'],
  ['https://json-schema.org/draft/2020-12/schema', 'fault'],
])('what stands beside a reference counts by the draft that the schema names: %s', ($schema, kind) => {
  const check = checkerOf({ $schema, $defs: { a: {} }, $ref: '#/$defs/a', type: 'string' })
  expect(check('5').kind).toBe(kind)
})

test('a list that refers to itself ends with the answer', () => {
  const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: ['v'] }
  const check = checkerOf({ $defs: { node }, $ref: '#/$defs/node' })
  expect(check('{"v":1,"next":{"v":2,"next":{"v":3}}}').kind).toBe('fits')
  expect(check('{"v":1,"next":{"v":2,"next":{}}}')).toMatchObject({ keyword: 'required' })
})

const deep = (levels: number): JsonObject => (levels === 0 ? {} : { items: deep(levels - 1) })

test.each<[string, JsonObject]>([
  [
    '#/properties/a/minLength: expected a whole number from 0 up, got a string',
    { properties: { a: { minLength: '1' } } },
  ],
  ['#/type: expected the name of a JSON type, or a list of them, got a string', { type: 'text' }],
  ['#/anyOf: expected a list, got an object', { anyOf: {} }],
  ['#/anyOf/1: expected a schema, got 5', { anyOf: [true, 5] }],
  ['#/properties: expected an object of schemas, got an array', { properties: [1] }],
  ['#/required/0: expected a string, got 5', { required: [5] }],
  ['#/pattern: is no regular expression', { pattern: '(' }],
  ['#/patternProperties/(: is no regular expression', { patternProperties: { '(': {} } }],
  ['#/multipleOf: expected a number over 0, got 0', { multipleOf: 0 }],
  ['#/$ref: expected a place in this schema', { $ref: 'https://example.com/schema.json' }],
  ['#/properties/a/$ref: expected a place in this schema', { properties: { a: { $ref: 'other.json#/a' } } }],
  ['#/$ref: there is no schema at #/$defs/b', { $defs: { a: {} }, $ref: '#/$defs/b' }],
  ['#: refers to itself without end', { $ref: '#' }],
  [
    '#/$defs/a: refers to itself without end',
    { $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } },
  ],
  ['#/$dynamicRef: is not supported', { $dynamicRef: '#node' }],
  ['#/items/$id: is only supported at the top', { $id: 'https://example.com/a', items: { $id: 'b' } }],
  ['nested deeper than 64', deep(65)],
  ['more than 5000 schemas', { anyOf: Array<JsonObject>(5_000).fill({}) }],
  ['it is longer than 262144 characters', { description: 'x'.repeat(262_144) }],
])('a schema that cannot be checked is refused: %s', (why, schema) => {
  expect(() => checkerOf(schema)).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      message: expect.stringContaining(why) as string,
      facts: { param: 'response_format' },
    }),
  )
})

test('words that are no keywords, and annotations with schemas in them, are let be', () => {
  const schema = {
    $id: 'https://example.com/a',
    title: 5,
    examples: [{ $ref: 'x' }],
    'x-order': { $ref: 5 },
    default: {},
  }
  expect(checkerOf(schema)('5')).toEqual({ kind: 'fits', json: '5' })
})

test.each<[string, JsonObject, string]>([
  ['a pattern', { type: 'string', pattern: '^(a+)+$' }, `"${'a'.repeat(60)}b"`],
  [
    'references',
    {
      $defs: Object.fromEntries(
        Array.from({ length: 41 }, (_, index) => {
          const next = { $ref: `#/$defs/a${index + 1}` }
          return [`a${index}`, index === 40 ? { type: 'string' } : { allOf: [next, next] }]
        }),
      ),
      $ref: '#/$defs/a0',
    },
    '"x"',
  ],
])('%s that would take a lifetime is ended after half a second', (_, schema, answer) => {
  const started = performance.now()
  expect(() => checkerOf(schema)(answer)).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      message: expect.stringContaining('longer than 500 ms') as string,
    }),
  )
  expect(performance.now() - started).toBeLessThan(5_000)
})

test('the schema of the client is not written to', () => {
  const schema = { $defs: { a: { type: 'string' } }, $ref: '#/$defs/a' }
  checkerOf(schema)('"x"')
  expect(Object.getOwnPropertyNames(schema.$defs.a)).toEqual(['type'])
})

const anyName = fc.oneof(
  fc.constantFrom('a', 'b/c', 'd~', 'e f', '%', 'é', '__proto__', '\ud800'),
  fc.string({ maxLength: 2 }),
)
const anyKeyword = fc.constantFrom(
  '$defs',
  'properties',
  'patternProperties',
  'items',
  'anyOf',
  'not',
  'type',
  'enum',
  'minimum',
)

function anySchema(levels: number): fc.Arbitrary<Json> {
  const values = fc.jsonValue({ maxDepth: 1 }).map((json) => json as Json)
  const inner = levels === 0 ? values : anySchema(levels - 1)
  const schemas = fc.oneof(
    values,
    inner,
    fc.array(inner, { maxLength: 2 }),
    fc.dictionary(anyName, inner, { maxKeys: 2 }),
  )
  return fc.dictionary(anyKeyword, schemas, { maxKeys: 2 })
}

test('whatever is sent as a schema, an answer is checked against it or it is refused', () => {
  const pointer = (name: string) =>
    encodeURIComponent(name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))
  const referring = fc.tuple(anyName, anySchema(1)).map(([name, schema]): Json => ({
    $defs: { [name]: schema },
    $ref: `#/$defs/${pointer(name)}`,
  }))
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.dictionary(anyName, fc.jsonValue({ maxDepth: 1 })),
  )
  let checked = 0
  fc.assert(
    fc.property(fc.oneof(anySchema(2), referring), values, (schema, value) => {
      try {
        const { kind } = checkerOf(schema as JsonObject)(JSON.stringify(value))
        expect(['fits', 'fault']).toContain(kind)
        checked += 1
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'request.invalid' })
      }
    }),
    { seed: 4, numRuns: 1_000 },
  )
  expect(checked).toBeGreaterThan(100)
})

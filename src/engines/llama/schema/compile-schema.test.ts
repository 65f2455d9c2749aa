import { Validator } from '@cfworker/json-schema'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MusivumError } from '../../../core/errors.ts'
import type { Json, JsonObject } from '../../../core/json.ts'
import { jsonSchemaGrammar, schemaGaps } from '../json-grammar.ts'
import { readGbnf, type Grammar } from './gbnf.conformance.ts'

const anyName = fc.constantFrom('a', 'b', 'ab', 'a/b', '"q"', 'é')
const anyScalar = fc.constantFrom<Json>(null, true, 0, 1, 2.5, -3, 'a', 'ab', 'abc', '2024-02-29')
const anyCount = fc.integer({ min: 0, max: 4 })
const anyBound = fc.oneof(fc.integer({ min: -1200, max: 1200 }), fc.constantFrom(0.5, -2.25, 1e15, -1e20))
const anyPattern = fc.constantFrom(
  '^a',
  'b$',
  '^[ab]{1,3}$',
  'a|^$',
  '^(?!a)',
  '\\d',
  '^[^a]+$',
  '^.{2}$',
  '"',
)
const anyFormat = fc.constantFrom(
  'date',
  'date-time',
  'uuid',
  'email',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
  'hostname',
  'duration',
  'json-pointer',
)

function anySchema(levels: number): fc.Arbitrary<Json> {
  const leaf = fc.constantFrom<Json>(true, false, {}, { type: 'integer' }, { type: 'string' }, { $ref: '#' })
  const inner =
    levels === 0
      ? leaf
      : fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 4, arbitrary: anySchema(levels - 1) })
  const words: Readonly<Record<string, fc.Arbitrary<Json>>> = { ...scalarWords, ...schemaWords(inner) }
  const chosen = fc.uniqueArray(fc.constantFrom(...Object.keys(words)), { minLength: 1, maxLength: 4 })
  const keywords = chosen.chain((keys) =>
    fc.record(Object.fromEntries(keys.map((key) => [key, words[key] ?? fc.constant(true)]))),
  )
  return fc.tuple(anyType, keywords).map(([type, rest]) => (type === undefined ? rest : { type, ...rest }))
}

const anyType = fc.oneof(
  fc.constantFrom(undefined, 'object', 'array', 'string', 'number', 'integer', 'boolean'),
  fc.constantFrom<Json>(['string', 'null'], ['integer', 'object']),
)

const scalarWords = {
  const: anyScalar,
  enum: fc.array(anyScalar, { minLength: 1, maxLength: 4 }),
  minimum: anyBound,
  exclusiveMaximum: anyBound,
  multipleOf: fc.constantFrom(1, 2, 5, 0.5, 0.01),
  minLength: anyCount,
  maxLength: anyCount,
  pattern: anyPattern,
  format: anyFormat,
  minItems: anyCount,
  maxItems: anyCount,
  uniqueItems: fc.boolean(),
  minContains: anyCount,
  maxContains: anyCount,
  minProperties: anyCount,
  maxProperties: anyCount,
  required: fc.uniqueArray(anyName, { maxLength: 2 }),
}

function schemaWords(inner: fc.Arbitrary<Json>): Readonly<Record<string, fc.Arbitrary<Json>>> {
  const some = fc.array(inner, { minLength: 1, maxLength: 3 })
  const words = 'items contains additionalProperties propertyNames not if then else'.split(' ')
  return {
    ...Object.fromEntries(words.map((word) => [word, inner])),
    ...Object.fromEntries(['prefixItems', 'anyOf', 'oneOf', 'allOf'].map((word) => [word, some])),
    properties: fc.dictionary(anyName, inner, { maxKeys: 3 }),
    patternProperties: fc.dictionary(anyPattern, inner, { maxKeys: 2 }),
  }
}

type Compiled = {
  readonly grammar: Grammar
  readonly exact: boolean
  readonly valid: (text: string) => boolean
}

function compiled(schema: JsonObject): Compiled | undefined {
  try {
    const grammar = readGbnf(jsonSchemaGrammar(schema))
    const validator = new Validator(structuredClone(schema), '2020-12')
    return {
      grammar,
      exact: schemaGaps(schema).length === 0,
      valid: (text) => validator.validate(valueOf(text)).valid,
    }
  } catch (thrown) {
    if (thrown instanceof MusivumError) return undefined
    throw thrown
  }
}

/** Half a character, which the validator cannot take for a name, is as good as any other. */
function valueOf(text: string): unknown {
  return JSON.parse(text.replace(/(?<=[^\\](?:\\\\)*)\\u[dD][89a-fA-F]../g, 'x'))
}

const anyNumbers = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }))
const anyValues = fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 3, maxLength: 3 })

test('of any schema nothing can be written that is not valid, unless it is to be validated', () => {
  const counts = { exact: 0, gaps: 0, refused: 0 }
  fc.assert(
    fc.property(anySchema(2), anyValues, anyNumbers, (schema, values, numbers) => {
      const made = compiled(schema as JsonObject)
      counts[made === undefined ? 'refused' : made.exact ? 'exact' : 'gaps'] += 1
      if (made === undefined) return
      const written = Array.from({ length: 6 }, () => made.grammar.sample(() => numbers.next().value))
      // Whatever its keywords are, it is JSON.
      written.forEach(valueOf)
      const given = values.map((value) => JSON.stringify(value)).filter((text) => made.grammar.allows(text))
      if (made.exact) expect([...written, ...given].filter((text) => !made.valid(text))).toEqual([])
    }),
    { seed: 7, numRuns: 400 },
  )
  expect(counts.exact).toBeGreaterThan(100)
  expect(counts.gaps).toBeGreaterThan(60)
})

test('a range of numbers allows those in it and no others', () => {
  const words = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']
  const anyBounds = fc.dictionary(fc.constantFrom(...words), anyBound, { maxKeys: 3 })
  const type = fc.constantFrom('integer', 'number')
  const whole = fc.integer({ min: -1300, max: 1300 })
  const part = fc.constantFrom(0, 0.5, 0.25, 0.9375)
  fc.assert(
    fc.property(anyBounds, type, whole, part, (bounds, named, number, fraction) => {
      const made = compiled({ type: named, ...bounds })
      const given = [number, number + fraction, ...Object.values(bounds)].filter(
        (each) => Math.abs(each) < 1e15,
      )
      for (const text of given.map(String)) {
        const allowed = made?.grammar.allows(text) ?? false
        const valid = made?.valid(text) ?? false
        // A grammar that is too wide must still allow all that is valid.
        if (made?.exact === true || valid) expect([text, allowed]).toEqual([text, valid])
      }
    }),
    { seed: 11, numRuns: 400 },
  )
})

test('a pattern that is translated allows what the expression matches', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '\\d',
    '[ab]',
    '[^a]',
    '.',
    '\\.',
    '\\w',
    '\\s',
    '(a|bc)',
    '(?:ab|)',
    '[a-c0-9_-]',
    '"',
    '\\\\',
    'é',
    '\\u{1F642}',
  )
  const piece = fc
    .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '+?'))
    .map((pair) => pair.join(''))
  const pattern = fc.tuple(
    fc.constantFrom('', '^'),
    fc.array(piece, { maxLength: 4 }),
    fc.constantFrom('', '$'),
    fc.constantFrom('', '|^b$', '|c'),
  )
  const text = fc.string({ unit: fc.constantFrom(...Array.from('ab1.c "\\é🙂_-')), maxLength: 6 })
  let matched = 0
  fc.assert(
    fc.property(
      pattern,
      fc.array(text, { minLength: 8, maxLength: 8 }),
      ([before, pieces, after, other], texts) => {
        const written = `${before}${pieces.join('')}${after}${other}`
        const made = compiled({ type: 'string', pattern: written })
        expect(made?.exact, written).toBe(true)
        const expression = new RegExp(written, 'u')
        for (const each of texts) {
          if (expression.test(each)) matched += 1
          expect([written, each, made?.grammar.allows(JSON.stringify(each))]).toEqual([
            written,
            each,
            expression.test(each),
          ])
        }
      },
    ),
    { seed: 13, numRuns: 400 },
  )
  expect(matched).toBeGreaterThan(400)
})

test.each([
  'email',
  'hostname',
  'uri',
  'duration',
  'ipv4',
  'ipv6',
  'uuid',
  'date',
  'time',
  'date-time',
  'json-pointer',
])('what is written for the format %s is of it', (format) => {
  const made = compiled({ type: 'string', format })
  expect(made?.exact).toBe(true)
  let seed = 1
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
  const written = Array.from({ length: 300 }, () => made?.grammar.sample(random) ?? '')
  expect(written.filter((text) => made?.valid(text) !== true)).toEqual([])
})

import { format } from '@cfworker/json-schema'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { checkedFormats } from './checked-formats.ts'
import { readableSchema } from './readable-schema.ts'

test.each<[string, JsonObject, JsonObject]>([
  [
    'an anchor is a place',
    { $defs: { a: { $anchor: 'n' } }, $ref: '#n' },
    { $defs: { a: {} }, $ref: '#/$defs/a' },
  ],
  [
    'its own name is here',
    { $id: 'https://a.example/s', items: { $ref: 'https://a.example/s#' } },
    { items: { $ref: '#' } },
  ],
  [
    'a list of items, as it was written',
    { items: [true], additionalItems: false },
    { prefixItems: [true], items: false },
  ],
  ['a bound that is not allowed itself', { minimum: 3, exclusiveMinimum: true }, { exclusiveMinimum: 3 }],
  ['a bound that is', { maximum: 3, exclusiveMaximum: false }, { maximum: 3 }],
  ['nullable', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
  [
    'up to draft 7 a reference stands alone',
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      definitions: { a: {} },
      $ref: '#/definitions/a',
      type: 'null',
    },
    { definitions: { a: {} }, $ref: '#/definitions/a' },
  ],
])('%s', (_, schema, readable) => {
  expect(readableSchema(schema).schema).toEqual(readable)
})

test('words that no draft knows are passed over, and named', () => {
  const { schema, passedOver } = readableSchema({
    title: 'x',
    properties: { a: { maxlength: 3, type: 'string' } },
  })
  expect(schema).toEqual({ properties: { a: { type: 'string' } } })
  expect(passedOver).toEqual(['#/properties/a/maxlength'])
})

test('the formats that count as checked are those that the validator checks', () => {
  expect(checkedFormats).toEqual(Object.keys(format).toSorted())
})

import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { noUsage } from '../../core/usage.ts'
import { decodeVector, encodeVector } from './base64-vector.ts'
import { parseEmbeddingAnswer } from './parse-answer.ts'
import { parseEmbeddingRequest } from './parse-request.ts'
import { renderEmbeddingAnswer } from './render-answer.ts'
import { renderEmbeddingRequest } from './render-request.ts'
import { withoutRaw } from '../usage/without-raw.conformance.ts'

function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/openai/${name}.json`, import.meta.url), 'utf8')
}

const vector = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 })
const vectors = fc
  .array(vector, { minLength: 1, maxLength: 4 })
  .map((all) => all.map((one) => Float32Array.from(one)))

describe('an embedding request', () => {
  test('keeps the fields we do not know', () => {
    const parsed = parseEmbeddingRequest(fixture('openai-embeddings.request'))
    expect(parsed).toMatchObject({ model: 'text-embedding-3-small', encodingFormat: 'float' })
    expect(parsed.request).toEqual({
      inputs: ['The food was delicious', 'and the waiter'],
      dimensions: 4,
      extra: { user: 'user-1234' },
    })
  })

  test.each([
    ['one text', 'a', ['a']],
    ['several texts', ['a', 'b'], ['a', 'b']],
    ['one array of tokens', [1, 2], [[1, 2]]],
    ['several arrays of tokens', [[1], [2, 3]], [[1], [2, 3]]],
  ])('takes %s', (_what, input, inputs) => {
    expect(parseEmbeddingRequest(JSON.stringify({ model: 'm', input })).request.inputs).toEqual(inputs)
  })

  test.each([
    [{}, 'input: expected a string, or an array of strings or tokens, got nothing'],
    [{ input: [] }, 'input: expected a string, or an array of strings or tokens, got an empty array'],
    [{ input: '' }, 'input: expected a non-empty string, got an empty string'],
    [{ input: ['a', ''] }, 'input[1]: expected a non-empty string, got an empty string'],
    [{ input: ['a', 5] }, 'input[1]: expected a non-empty string, got 5'],
    [{ input: [1, 'a'] }, 'input[1]: expected a token id, got a string'],
    [{ input: [[1], []] }, 'input[1]: expected an array with at least one token, got an empty array'],
    [{ input: [[1], [-1]] }, 'input[1][0]: expected a token id, got -1'],
    [{ input: Array.from({ length: 2049 }, () => 'a') }, 'input: expected at most 2048 texts, got 2049'],
    [{ input: 'a', dimensions: 0 }, 'dimensions: expected a whole number from 1 to 65536, got 0'],
    [
      { input: 'a', encoding_format: 'bas64' },
      'encoding_format: expected "float" or "base64", got another string; "base64"?',
    ],
    [
      { input: 'a', Model: 'x' },
      'model: written in another case; field names are lower case, and some servers would take it for this one',
    ],
  ])('that is wrong gets one line: %j', (fields, message) => {
    expect(() => parseEmbeddingRequest(JSON.stringify({ model: 'm', ...fields }))).toThrow(
      expect.objectContaining({ code: 'request.invalid', message }),
    )
  })

  test('means the same when it is put together again', () => {
    const tokens = fc.array(fc.nat(), { minLength: 1, maxLength: 3 })
    const input = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
      tokens,
      fc.array(tokens, { minLength: 1 }),
    )
    const body = fc.record(
      {
        model: fc.string({ minLength: 1 }),
        input,
        dimensions: fc.integer({ min: 1, max: 4096 }),
        encoding_format: fc.constantFrom('float', 'base64', null),
        user: fc.string(),
      },
      { requiredKeys: ['model', 'input'] },
    )
    fc.assert(
      fc.property(body, (one) => {
        const { root: _root, ...parsed } = parseEmbeddingRequest(JSON.stringify(one))
        const rendered = renderEmbeddingRequest(parsed.request, parsed)
        const { root: _again, ...again } = parseEmbeddingRequest(JSON.stringify(rendered))
        expect(again).toEqual(parsed)
      }),
    )
  })
})

describe('an embedding answer', () => {
  test('is read from numbers and from base64 alike', () => {
    const numbers = parseEmbeddingAnswer(JSON.parse(fixture('openai-embeddings.response')), 2)
    const base64 = parseEmbeddingAnswer(JSON.parse(fixture('openai-embeddings-base64.response')), 2)
    expect(base64).toEqual(numbers)
    expect(numbers.vectors[1]).toEqual(Float32Array.from([-0.25, 0.75, 0.015797101, 1]))
    expect(withoutRaw(numbers.usage)).toEqual({ ...noUsage, inputTokens: 8 })
  })

  test('comes back bit for bit as it was rendered, in both formats', () => {
    fc.assert(
      fc.property(vectors, fc.constantFrom('float', 'base64'), fc.nat(1e9), (all, encodingFormat, tokens) => {
        const usage = { ...noUsage, inputTokens: tokens }
        const rendered = renderEmbeddingAnswer({ vectors: all, usage }, { model: 'm', encodingFormat })
        expect(rendered).toMatchObject({
          object: 'list',
          model: 'm',
          usage: { prompt_tokens: tokens, total_tokens: tokens },
        })
        const again = parseEmbeddingAnswer(JSON.parse(JSON.stringify(rendered)), all.length)
        expect(withoutRaw(again.usage)).toEqual(usage)
        // JSON has no negative zero; everything else must keep every bit.
        const expected = encodingFormat === 'base64' ? all : all.map((one) => one.map((value) => value + 0))
        expect(again.vectors).toEqual(expected)
      }),
    )
  })

  test('is put into the order of the inputs', () => {
    const data = [
      { index: 1, embedding: [2] },
      { index: 0, embedding: [1] },
    ]
    expect(parseEmbeddingAnswer({ data }, 2).vectors).toEqual([
      Float32Array.from([1]),
      Float32Array.from([2]),
    ])
  })

  test('without usage is marked as uncounted', () => {
    expect(parseEmbeddingAnswer({ data: [{ embedding: [1] }] }, 1).usage.source).toBe('estimated')
  })

  test.each([
    ['no data', {}],
    ['a vector too few', { data: [{ index: 0, embedding: [1] }] }],
    ['a vector too many', { data: [{ embedding: [1] }, { embedding: [1] }, { embedding: [1] }] }],
    [
      'one index twice',
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 0, embedding: [1] },
        ],
      },
    ],
    [
      'an index that is no position',
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 0.5, embedding: [1] },
        ],
      },
    ],
    ['vectors of two lengths', { data: [{ embedding: [1] }, { embedding: [1, 2] }] }],
    ['a number that is none', { data: [{ embedding: [1] }, { embedding: [null] }] }],
    ['a number too large for 32 bits', { data: [{ embedding: [1] }, { embedding: [1e300] }] }],
    ['half a float', { data: [{ embedding: [1] }, { embedding: 'AAA=' }] }],
    ['text that is not base64', { data: [{ embedding: [1] }, { embedding: 'not base64!' }] }],
  ])('with %s is refused', (_what, value) => {
    expect(() => parseEmbeddingAnswer(value, 2)).toThrow(
      expect.objectContaining({ code: 'upstream.bad_answer' }),
    )
  })

  test('that is an error is thrown as one', () => {
    expect(() => parseEmbeddingAnswer({ error: { message: 'x', code: 'overloaded' } }, 1)).toThrow(
      expect.objectContaining({ code: 'upstream.overloaded' }),
    )
  })
})

describe('a vector in base64', () => {
  test('is little-endian, as OpenAI and NumPy have it', () => {
    expect(encodeVector(Float32Array.from([1, -2]))).toBe('AACAPwAAAMA=')
  })

  test('of thousands of numbers comes back bit for bit', () => {
    const long = Float32Array.from({ length: 8192 }, (_, index) => Math.sin(index))
    expect(decodeVector(encodeVector(long))).toEqual(long)
  })
})

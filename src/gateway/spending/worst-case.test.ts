import { expect, test } from 'vitest'
import type { Model } from '../../catalog/model.ts'
import { fromUsd, type Price } from '../../core/money.ts'
import { parseChatRequest } from '../../wire/openai-chat/parse-request.ts'
import { worstCase, type Order } from './worst-case.ts'

const metered = (input: number, output: number): Price => ({
  kind: 'metered',
  tokens: {
    inputPerMillion: fromUsd(input),
    cacheReadPerMillion: fromUsd(input / 10),
    cacheWritePerMillion: fromUsd(input * 1.25),
    outputPerMillion: fromUsd(output),
  },
})

const model: Model = {
  name: 'm',
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel: 'm' },
  price: metered(1, 10),
  toy: false,
  origin: 'config',
}

function order(fields: object, stream = false): Order {
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...fields })
  return {
    content: parseChatRequest(body).conversation,
    stream,
    prompt: () => ({ atMost: 1_000, likely: 300 }),
  }
}

test('an answer costs at worst the dearest prompt and all that it may be long, as often as it is wanted', () => {
  // 1,000 tokens written to a cache at $1.25 a million, and 3 × 200 tokens at $10.
  expect(worstCase(model, order({ max_tokens: 200, n: 3 }), 1)).toMatchObject({
    whole: 1_000 * 1_250 + 600 * 10_000,
    bound: { tokens: 600, by: 'client' },
  })
})

test('where nobody set a limit, it is what answers rarely go beyond; more for one that thinks', () => {
  expect(worstCase(model, order({}), 1).bound).toEqual({ tokens: 4_096, limit: 4_096, by: 'nobody' })
  expect(worstCase(model, order({ reasoning_effort: 'high' }), 1).bound.tokens).toBe(32_768)
  const binding = { engine: 'anthropic', baseUrl: 'http://127.0.0.1:1', upstreamModel: 'm' } as const
  const anthropic: Model = { ...model, binding: { ...binding, defaultMaxTokens: 500 } }
  expect(worstCase(anthropic, order({}), 1).bound).toEqual({ tokens: 500, limit: 500, by: 'model' })
})

test('weights in a process of ours write no more than the context that they are given', () => {
  const binding = { engine: 'llama', weights: '/m.gguf', contextTokens: 512 } as const
  const boundOf = (fields: object) => worstCase({ ...model, binding }, order(fields), 1).bound
  expect(boundOf({})).toEqual({ tokens: 512, limit: 512, by: 'model' })
  expect(boundOf({ reasoning_effort: 'high' }).tokens).toBe(512)
  expect(boundOf({ max_tokens: 9_000, n: 2 })).toEqual({ tokens: 1_024, limit: 512, by: 'client' })
  expect(boundOf({ max_tokens: 200 }).tokens).toBe(200)
})

test('a budget of thoughts that comes on top of the limit of the client is part of what an answer costs', () => {
  const binding = { engine: 'anthropic', baseUrl: 'http://127.0.0.1:1', upstreamModel: 'm' } as const
  const boundOf = (fields: object, reasoning: 'budget' | 'adaptive') =>
    worstCase({ ...model, binding: { ...binding, reasoning } }, order({ max_tokens: 200, ...fields }), 1)
      .bound.tokens
  expect(boundOf({}, 'budget')).toBe(200)
  expect(boundOf({ reasoning_effort: 'high' }, 'budget')).toBe(200 + 30_400)
  expect(boundOf({ reasoning_effort: 'high' }, 'adaptive')).toBe(200)
  expect(boundOf({ reasoning: { max_tokens: 9_000 } }, 'adaptive')).toBe(200 + 9_000)
})

test('a form that is asked for twice costs both calls, the second with the first in its prompt', () => {
  const once = worstCase(model, order({ max_tokens: 200 }), 1).whole
  const twice = worstCase(model, order({ max_tokens: 200 }), 2).whole
  expect(Number(twice)).toBeGreaterThan(2 * Number(once) + 200 * 1_000)
})

test('a stream is set aside in slices only where what goes by says what it costs', () => {
  const inSlices = (fields: object, tries: 1 | 2, price: Price = model.price): boolean =>
    worstCase({ ...model, price }, order(fields, true), tries).inSlices
  expect(inSlices({}, 1)).toBe(true)
  expect(inSlices({ reasoning_effort: 'none' }, 1)).toBe(true)
  expect(inSlices({ reasoning_effort: 'low' }, 1)).toBe(false)
  expect(inSlices({}, 2)).toBe(false)
  expect(inSlices({}, 1, { kind: 'owned' })).toBe(false)
  expect(inSlices({}, 1, { kind: 'unpriced' })).toBe(false)
})

test('a limit beyond all reason is a large sum, and no mistake of ours', () => {
  const { whole } = worstCase(model, order({ max_tokens: Number.MAX_SAFE_INTEGER, n: 128 }), 1)
  expect(Number.isSafeInteger(whole)).toBe(true)
})

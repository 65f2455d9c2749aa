import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Ask } from '../ask.ts'
import { guessTokens } from './expected-cost.ts'
import { ownModel, pricedModel, reply, unpricedModel } from './given-world.conformance.ts'
import { plannedPower } from './planned-power.ts'
import { runWorld } from './run-world.conformance.ts'

let around: ReturnType<typeof runWorld>
beforeEach(() => {
  around = runWorld('sampling: {max_tokens: 20}\n', 10)
})
afterEach(() => {
  around.store.close()
  rmSync(around.folder, { recursive: true, force: true })
})

const nobody: Ask = () => Promise.reject(new Error('an estimate asks nothing'))
const answer: Ask = () =>
  Promise.resolve(
    reply('0', {
      usage: { inputTokens: 4, outputTokens: 1 },
      cost: { kind: 'metered', nanoUsd: 5e6 },
      latencyMs: 200,
    }),
  )

test('without any answer, prompts and the token limit say what a run may cost, and nobody knows the time', async () => {
  const { estimate } = await around.prepare(nobody, [pricedModel('large'), ownModel('small')])
  const [large, small] = estimate.models
  // "say 0" is 8 tokens by our guess, and an answer may take 20.
  expect(large).toMatchObject({
    calls: 10,
    cached: 0,
    inputTokens: 80,
    outputTokens: 200,
    costNanoUsd: 280 * 1e6,
    timeMs: null,
    basis: 'a guess',
  })
  expect(small).toMatchObject({ price: 'owned', costNanoUsd: 0 })
  expect(estimate).toMatchObject({ calls: 20, cached: 0, costNanoUsd: 280 * 1e6, timeMs: null })
})

test('answers to some of the calls say what the others will cost', async () => {
  const models = [pricedModel('large'), ownModel('small')]
  await (await around.prepare(answer, models, { limit: 6 })).run()
  const { estimate } = await around.prepare(nobody, models)
  expect(estimate.models[0]).toMatchObject({
    cached: 6,
    inputTokens: 16,
    outputTokens: 4,
    costNanoUsd: 20 * 1e6,
    timeMs: 200,
    basis: 'this task',
  })
  expect(estimate).toMatchObject({ cached: 12, costNanoUsd: 20 * 1e6 })
})

test('answers to other questions say how long a model takes', async () => {
  const models = [pricedModel('large'), ownModel('small')]
  await (await around.prepare(answer, models)).run()
  around.task('prompt: "Please {{prompt}}"\nlimits: {requests_per_minute: 60}\n')
  const { estimate } = await around.prepare(nobody, models)
  expect(estimate.models[0]).toMatchObject({
    cached: 0,
    outputTokens: 10,
    basis: 'earlier answers',
    timeMs: 10_000,
  })
})

test('a model without a price makes the sum unknown, not smaller', async () => {
  const { estimate, unpriced } = await around.prepare(nobody, [pricedModel('large'), unpricedModel('small')])
  expect(estimate.costNanoUsd).toBeNull()
  expect(unpriced).toEqual(['small'])
})

test('the planned power is the formula of the design: 30 % differing at 3 points needs 2,061 items', () => {
  expect(plannedPower(2_061, 0.03, 0.95, 0.3)).toEqual({
    differing: 0.3,
    detectable: expect.closeTo(0.03, 4) as number,
    itemsForVerdict: 2_061,
  })
  expect(plannedPower(100, 0, 0.95, 0.3).itemsForVerdict).toBeNull()
  expect(plannedPower(1, 0.03, 0.95, 1).detectable).toBe(1)
})

test('tokens are guessed by script: a Hindi text has more of them than an English one of its length', () => {
  expect(guessTokens('')).toBe(6)
  expect(guessTokens('twelve chars')).toBe(9)
  expect(guessTokens('नमस्ते दुनिया')).toBeGreaterThan(guessTokens('hello, world!'))
})

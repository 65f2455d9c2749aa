import { expect, test } from 'vitest'
import { machinePrice } from '../../catalog/machine-cost.ts'
import type { Binding, Model } from '../../catalog/model.ts'
import { modelFacts } from './model-values.ts'

function model(binding: Binding, more: Partial<Model> = {}): Model {
  return { name: 'm', binding, price: { kind: 'unpriced' }, toy: false, origin: 'config', ...more }
}

const openai = { engine: 'openai', baseUrl: 'https://api.openai.com/v1', upstreamModel: 'gpt' } as const

test('of a well-known seller the seat and the terms follow, and its contract is for somebody to state', () => {
  expect(modelFacts(model(openai), {})).toMatchObject({
    runs: 'remote',
    local: false,
    seller: 'openai',
    legal_seat: 'US',
    openness: 'closed',
    'licence.spdx': 'openai-api',
    'licence.outputs_may_train': 'no',
    baa: undefined,
    dpa: undefined,
    trains_on_data: undefined,
    retention_days: undefined,
    region: undefined,
    price_in_usd: undefined,
  })
})

test('what is stated wins over what follows', () => {
  const facts = {
    seller: 'broker',
    legalSeat: 'DE',
    runs: 'own-network',
    retentionDays: 7,
    licence: 'mit',
  } as const
  expect(modelFacts(model(openai, { facts }), {})).toMatchObject({
    seller: 'broker',
    legal_seat: 'DE',
    runs: 'own-network',
    local: true,
    retention_days: 7,
    'licence.spdx': 'mit',
    openness: 'open-permissive',
  })
})

test('weights in our own process keep nothing, train on nothing, and are ours', () => {
  expect(modelFacts(model({ engine: 'llama', weights: 'a.gguf' }), { country: 'IN' })).toMatchObject({
    runs: 'in-process',
    seller: 'self',
    legal_seat: 'IN',
    retention_days: 0,
    trains_on_data: false,
    region: 'on-premises',
    provenance: 0,
    openness: undefined,
  })
})

test('a model with endpoints of two sellers has none of them', () => {
  const elsewhere = [{ baseUrl: 'https://api.groq.com/openai/v1' }]
  const facts = modelFacts(model({ ...openai, elsewhere }), {})
  expect(facts.seller).toBeUndefined()
  expect(facts.legal_seat).toBeUndefined()
})

test('whether a licence fits is judged for the organisation of the policy', () => {
  const llama = model({ engine: 'llama', weights: 'a.gguf' }, { licence: 'Llama-4' })
  const fits = (organisation: object) => modelFacts(llama, organisation)['licence.fits']
  expect(fits({ country: 'FR', mau: 5, revenue_usd: 1 })).toBe(false)
  expect(fits({ country: 'US', mau: 5, revenue_usd: 1 })).toBe(true)
  expect(fits({ country: 'US' })).toBeUndefined()
})

test('a licence that no record knows has its name and nothing else', () => {
  const facts = modelFacts(model(openai, { licence: 'Of-Our-Own' }), {})
  expect(facts['licence.spdx']).toBe('of-our-own')
  expect(facts['licence.commercial']).toBeUndefined()
  expect(facts.openness).toBeUndefined()
})

test('what was measured of a model that runs here is for rules to prefer by, and what it costs there', () => {
  const llama = { engine: 'llama', weights: '/clerk.gguf' } as const
  const measured = {
    atOnce: 4,
    readsPerS: 2000,
    writesPerS: 50,
    firstTokenMs: 120,
    watts: null,
    measuredAt: '2026-11-23T10:00:00.000Z',
    processor: 'a processor',
  }
  const price = machinePrice('clerk', { usdPerHour: 3.6, pue: 1, busyShare: 1 }, measured)
  if (typeof price === 'string') throw new Error(price)
  expect(modelFacts(model(llama, { measured, price }), {})).toMatchObject({
    first_token_ms: 120,
    writes_per_s: 50,
    price_in_usd: 0.5,
    price_out_usd: 20,
  })
  expect(modelFacts(model(llama, { price: { kind: 'owned' } }), {})).toMatchObject({
    first_token_ms: undefined,
    price_in_usd: 0,
  })
})

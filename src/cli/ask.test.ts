import { expect, test } from 'vitest'
import type { ModelView } from '../gateway/admin/contract.ts'
import { chooseModel } from './ask.ts'

function model(name: string, facts: Partial<ModelView> = {}): ModelView {
  return {
    name,
    engine: 'openai',
    origin: 'config',
    toy: false,
    licence: null,
    price: 'unpriced',
    source: 'h',
    state: 'ready',
    stateReason: null,
    activeRequests: 0,
    queuedRequests: 0,
    residentBytes: null,
    capabilities: {
      tools: true,
      images: true,
      jsonSchema: true,
      logprobs: true,
      embeddings: true,
      rerank: false,
    },
    ...facts,
  }
}

const toys = ['starter-l', 'starter-s1'].map((name) => model(name, { origin: 'starter', toy: true }))

test('a real model is asked before a toy', () => {
  expect(chooseModel([...toys, model('found', { origin: 'discovered' })], undefined).name).toBe('found')
})

test('the best toy is asked when there is no other model that can answer', () => {
  const keyless = model('keyless', { state: 'unavailable' })
  expect(chooseModel([keyless, ...toys.toReversed()], undefined).name).toBe('starter-l')
})

test('a model that is asked for by name is taken even if it cannot answer, so that its own reason is said', () => {
  expect(chooseModel([model('keyless', { state: 'unavailable' })], 'keyless').name).toBe('keyless')
})

test('a name that nobody has is refused with the nearest ones', () => {
  expect(() => chooseModel(toys, 'starter-1')).toThrow(
    'no model is called "starter-1"; did you mean starter-l',
  )
})

test('no model at all is said with where to look', () => {
  expect(() => chooseModel([], undefined)).toThrow('no model can answer; `musivum doctor` says why')
})

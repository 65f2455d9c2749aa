import { expect, expectTypeOf, test } from 'vitest'
import type { Model } from '../catalog/model.ts'
import { anonymous } from '../core/principal.ts'
import { allowAll, assertPermit, permit, type Permit } from './permit.ts'

const model = (name: string): Model => ({
  name,
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel: name },
  price: { kind: 'unpriced' },
  toy: false,
  origin: 'config',
})

const unknownLabels = { examined: false } as const

test('without rules every candidate gets a permit, and the verdict says that no rule is configured', () => {
  const verdicts = permit(allowAll, anonymous, unknownLabels, [model('a'), model('b')], 'request-1')
  expect([...verdicts.permits.keys()]).toEqual(['a', 'b'])
  expect(verdicts.removed).toEqual([])
  expect(verdicts.basis).toBe('no rule is configured')
})

test('a permit opens the engine of its own model only', () => {
  const { permits } = permit(allowAll, anonymous, unknownLabels, [model('a')], 'request-1')
  const forA = permits.get('a')
  if (forA === undefined) throw new TypeError('no permit was made')
  expect(() => assertPermit(forA, model('a'))).not.toThrow()
  expect(() => assertPermit(forA, model('b'))).toThrow('a permit for a was shown to the engine of b')
})

test('an object that only looks like a permit is refused, and so is a copy of a real one', () => {
  const forged = { model: 'a', requestId: 'request-1', obligations: [] } as unknown as Permit
  expect(() => assertPermit(forged, model('a'))).toThrow('a permit that the policy layer did not make')
  const { permits } = permit(allowAll, anonymous, unknownLabels, [model('a')], 'request-1')
  const copy = { ...permits.get('a') } as Permit
  expect(() => assertPermit(copy, model('a'))).toThrow('a permit that the policy layer did not make')
})

test('no plain object is a permit to the compiler', () => {
  expectTypeOf<{ model: string; requestId: string; obligations: [] }>().not.toExtend<Permit>()
})

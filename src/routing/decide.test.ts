import { expect, test } from 'vitest'
import type { Model } from '../catalog/model.ts'
import { anonymous } from '../core/principal.ts'
import { allowAll, permit } from '../policy/permit.ts'
import { decide } from './decide.ts'

const model: Model = {
  name: 'qwen',
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel: 'qwen2.5:7b' },
  price: { kind: 'owned' },
  toy: false,
  origin: 'config',
}
const labels = { examined: false } as const

test('the model that was asked for by name answers, and the decision says that no rule had a say', () => {
  const verdicts = permit(allowAll, anonymous, labels, [model], 'r')
  expect(decide({ decisionId: 'd', asked: 'qwen', candidates: [model], labels, verdicts })).toEqual({
    id: 'd',
    asked: 'qwen',
    candidates: ['qwen'],
    removed: [],
    policy: 'no rule is configured',
    labels: { examined: false },
    plan: { kind: 'single', model: 'qwen' },
    because: 'The client asked for qwen by name, and no rule is configured.',
  })
})

test('a candidate without a permit is never planned', () => {
  const removed = [{ model: 'qwen', rule: 'patients.yaml:12', reason: 'stays in the building' }]
  const verdicts = { permits: new Map(), removed, basis: 'no rule is configured' } as const
  const decision = decide({ decisionId: 'd', asked: 'qwen', candidates: [model], labels, verdicts })
  expect(decision.plan).toBeNull()
  expect(decision.removed).toEqual(removed)
})

test('rules that prefer put those who answer in its place in order, and never the one that was asked for', () => {
  const fallbacks = ['far', 'near'].map((name) => ({ model: name, on: ['outage'] as const }))
  const candidates = [{ ...model, fallbacks }, ...fallbacks.map(({ model: name }) => ({ ...model, name }))]
  const permitted = permit(allowAll, anonymous, labels, candidates, 'r')
  const verdicts = { ...permitted, order: ['near', 'qwen', 'far'] }
  const { plan } = decide({ decisionId: 'd', asked: 'qwen', candidates, labels, verdicts })
  expect(plan?.model).toBe('qwen')
  expect(plan?.otherwise?.map(({ model: name }) => name)).toEqual(['near', 'far'])
})

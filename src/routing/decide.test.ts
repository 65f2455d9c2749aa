import { expect, test } from 'vitest'
import type { Model } from '../catalog/model.ts'
import { anonymous } from '../core/principal.ts'
import { allowAll, permit } from '../policy/permit.ts'
import { rulePolicy } from '../policy/rule-policy.ts'
import { parseRuleFile } from '../policy/rules/parse-rule-file.ts'
import { decide } from './decide.ts'

const model: Model = {
  name: 'qwen',
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel: 'qwen2.5:7b' },
  price: { kind: 'owned' },
  toy: false,
  origin: 'config',
}
const labels = { examined: false } as const

test('the model that was asked for by name answers, and the decision names the preset that is in force', () => {
  const verdicts = permit(allowAll, anonymous, labels, [model], 'r')
  expect(decide({ decisionId: 'd', asked: 'qwen', candidates: [model], labels, verdicts })).toEqual({
    id: 'd',
    asked: 'qwen',
    candidates: ['qwen'],
    removed: [],
    policy: 'policy open 7e328a0c38d2 is in force, because none is configured',
    labels: { examined: false },
    plan: { kind: 'single', model: 'qwen' },
    because:
      'The client asked for qwen by name, and policy open 7e328a0c38d2 is in force, because none is configured.',
  })
})

test('what a permit obliges to is told beside its model, and nothing of models without a duty', () => {
  const parsed = parseRuleFile(MASKING, 'rules.yaml')
  if (parsed.kind === 'wrong') throw new TypeError(parsed.problems.join('\n'))
  const policy = rulePolicy({ name: 'rules.yaml', ...parsed.file, fulfils: new Set(['mask', 'no-cache']) })
  const candidates = [
    { ...model, fallbacks: [] },
    { ...model, name: 'toy', toy: true },
  ]
  const verdicts = permit(policy, anonymous, labels, candidates, 'r')
  const decision = decide({ decisionId: 'd', asked: 'qwen', candidates, labels, verdicts })
  expect(decision.obligations).toEqual({ qwen: ['mask', 'no-cache'] })
})

const MASKING = `
rules:
  - {id: masked, effect: require, if: '!model.toy', when: 'true', obligations: [mask, no-cache], reason: Less is enough.}
`

test('a candidate without a permit is never planned', () => {
  const removed = [{ model: 'qwen', rule: 'patients.yaml:12', reason: 'stays in the building' }]
  const verdicts = {
    permits: new Map(),
    removed,
    basis: 'policy rules.yaml 12ab34cd56ef is in force',
  } as const
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

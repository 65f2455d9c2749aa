import { expect, test } from 'vitest'
import { nobodyLeft } from './refusals.ts'

const REMOVED = [
  { model: 'far', rule: 'health-stays', reason: 'Health data stays here.', at: 'rules.yaml:4' },
  { model: 'near', rule: 'key', reason: 'the key ward is not for it' },
]

function refusal(removed: typeof REMOVED) {
  return nobodyLeft({
    id: 'd',
    asked: 'far',
    candidates: ['far', 'near'],
    removed,
    policy: 'rules.yaml is in force',
    labels: { examined: false },
    plan: null,
    because: 'Every candidate was removed.',
  })
}

test('whom a policy refuses is told which rule removed each model, and why', () => {
  const { code, message, facts } = refusal(REMOVED)
  expect({ code, message, facts }).toEqual({
    code: 'policy.forbidden',
    message:
      'Every candidate was removed. far by health-stays: Health data stays here; near by key: the key ward is not for it.',
    facts: { rules: ['health-stays', 'key'] },
  })
})

test('where no rule spoke, it is the key that forbids', () => {
  expect(refusal(REMOVED.slice(1))).toMatchObject({
    code: 'auth.forbidden',
    message: 'Nobody may answer this. near: the key ward is not for it.',
  })
})

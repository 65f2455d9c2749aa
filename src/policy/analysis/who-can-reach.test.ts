import { expect, test } from 'vitest'
import type { Model } from '../../catalog/model.ts'
import { rulePolicy, type RulePolicy } from '../rule-policy.ts'
import { parseRuleFile } from '../rules/parse-rule-file.ts'
import { OBLIGATIONS } from '../rules/rule.ts'
import { whoCanReach } from './who-can-reach.ts'

function policyOf(text: string): RulePolicy {
  const parsed = parseRuleFile(`rules:\n${text}`, 'r.yaml')
  if (parsed.kind === 'wrong') throw new TypeError(parsed.problems.join('\n'))
  return rulePolicy({ name: 'r', fulfils: new Set(OBLIGATIONS), ...parsed.file })
}

const far: Model = {
  name: 'far',
  binding: { engine: 'openai', baseUrl: 'https://api.openai.com/v1', upstreamModel: 'm' },
  price: { kind: 'unpriced' },
  toy: false,
  origin: 'config',
}

const atLeast = (least: number) => (level: number) => level >= least

test('where a rule keeps every such request away, nothing reaches the model and the rule is named', () => {
  const policy = policyOf(`  - {id: stays, effect: forbid, when: '!model.local && request.sensitivity >= 3'}`)
  const reach = whoCanReach(policy, far, atLeast(3))
  expect(reach).toMatchObject({ ways: [], exhaustive: true, unexamined: { kind: 'removed', rule: 'stays' } })
  expect(reach.removing.map(({ id }) => id)).toEqual(['stays'])
  expect(whoCanReach(policy, far, atLeast(2)).ways).toEqual([
    { when: [{ fact: 'request.sensitivity', is: ['2'] }], obligations: [] },
  ])
})

test('the conditions are few and say nothing twice: a hole in the rules is one line', () => {
  const policy =
    policyOf(`  - {id: stays, effect: forbid, when: '!model.local && request.sensitivity >= 3 && !("phi" in principal.clearances)'}
  - {id: masked, effect: require, when: request.tools, obligations: [mask]}`)
  expect(whoCanReach(policy, far, atLeast(3)).ways).toEqual([
    {
      when: [
        { fact: 'principal.clearances', is: ['phi', 'phi + something else'] },
        { fact: 'request.tools', is: ['yes'] },
      ],
      obligations: ['mask'],
    },
    {
      when: [
        { fact: 'principal.clearances', is: ['phi', 'phi + something else'] },
        { fact: 'request.tools', is: ['no'] },
      ],
      obligations: [],
    },
  ])
})

test('what the model is known for is taken as configured', () => {
  const policy = policyOf(
    `  - {id: seat, effect: forbid, when: 'model.legal_seat == "US" && request.sensitivity >= 1'}`,
  )
  expect(whoCanReach(policy, far, atLeast(1)).ways).toEqual([])
  const french = { ...far, facts: { legalSeat: 'FR' } }
  expect(whoCanReach(policy, french, atLeast(1)).ways).toEqual([{ when: [], obligations: [] }])
})

test('numbers are tried on, below and above each bound that a rule names', () => {
  const policy = policyOf(
    `  - {id: small, effect: require, when: request.tokens < 1000 || request.tokens > 5000}`,
  )
  expect(whoCanReach(policy, far, atLeast(0)).ways).toEqual([
    { when: [{ fact: 'request.tokens', is: ['below 1000', 'above 5000'] }], obligations: [] },
  ])
})

test('questions about parts of a text that may all be true at once are never called exhaustive', () => {
  const when = 'request.task.contains("a") && request.task.contains("b")'
  const reach = whoCanReach(policyOf(`  - {id: a, effect: forbid, when: '${when}'}`), far, atLeast(0))
  expect(reach.exhaustive).toBe(false)
})

test('more combinations than can be tried are never called exhaustive', () => {
  const teams = Array.from({ length: 12 }, (_, index) => `"k${index}" in request.kinds`).join(' || ')
  const reach = whoCanReach(policyOf(`  - {id: a, effect: forbid, when: '${teams}'}`), far, atLeast(0))
  expect(reach.exhaustive).toBe(false)
})

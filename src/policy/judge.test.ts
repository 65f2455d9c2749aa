import { expect, test } from 'vitest'
import { factsFrom, valuesOf, type FactsOf } from './facts/fact-table.ts'
import { judge, type Verdict } from './judge.ts'
import { parseRuleFile } from './rules/parse-rule-file.ts'
import type { Rule } from './rules/rule.ts'

function rulesOf(text: string): readonly Rule[] {
  const parsed = parseRuleFile(text, 'rules.yaml')
  if (parsed.kind === 'wrong') throw new TypeError(parsed.problems.join('\n'))
  return parsed.file.rules
}

function verdictOn(text: string, model: FactsOf<'model'>, request: FactsOf<'request'> = {}): Verdict {
  const rest = { principal: valuesOf('principal', {}), organisation: valuesOf('organisation', {}) }
  const facts = factsFrom({ ...rest, request: valuesOf('request', request), model: valuesOf('model', model) })
  return judge(rulesOf(text), facts)
}

const residency = `rules:
  - id: in-the-eu
    effect: require
    when: model.region == "eu"
    reason: Data stays in the EU.
`

test('require removes where its condition is false, with the rule, its reason and its line', () => {
  expect(verdictOn(residency, { region: 'us' })).toEqual({
    kind: 'removed',
    rule: 'in-the-eu',
    reason: 'Data stays in the EU.',
    at: 'rules.yaml:2',
  })
  expect(verdictOn(residency, { region: 'eu' })).toMatchObject({ kind: 'permitted', obligations: [] })
})

test('a fact that nobody stated keeps the model away, with a reason of its own', () => {
  expect(verdictOn(residency, {})).toMatchObject({
    kind: 'removed',
    reason: 'rule in-the-eu needs model.region, which is not known of this model',
  })
  const labelled = 'rules: [{id: clean, effect: forbid, when: request.sensitivity >= 3}]'
  expect(verdictOn(labelled, {})).toMatchObject({
    reason: 'rule clean needs request.sensitivity, which is not known of this request',
  })
  const guarded = 'rules: [{id: g, effect: require, if: principal.team == "a", when: organisation.mau < 5}]'
  expect(verdictOn(guarded, {})).toMatchObject({
    reason: 'rule g needs principal.team, which is not known of this caller',
  })
})

test('deny overrides: a rule that removes wins over every rule that does not, wherever it stands', () => {
  const rules = `rules:
  - {id: liked, effect: prefer, when: model.local, obligations: [no-cache]}
  - {id: fine, effect: require, when: model.local}
  - {id: no-toys, effect: forbid, when: model.toy}
`
  expect(verdictOn(rules, { local: true, toy: true })).toMatchObject({ kind: 'removed', rule: 'no-toys' })
})

test('a require rule with obligations never removes, and binds where its condition holds', () => {
  const masked = `rules:
  - {id: masked, effect: require, if: '!model.local', when: request.sensitivity >= 2, obligations: [mask, no-shadow]}
`
  const far = { local: false }
  expect(verdictOn(masked, far, { sensitivity: 3 })).toMatchObject({ obligations: ['mask', 'no-shadow'] })
  expect(verdictOn(masked, far, { sensitivity: 1 })).toMatchObject({ kind: 'permitted', obligations: [] })
  expect(verdictOn(masked, { local: true }, { sensitivity: 3 })).toMatchObject({ obligations: [] })
  // Whether to mask is not known, so the model may not see it unmasked.
  expect(verdictOn(masked, far)).toMatchObject({ kind: 'removed' })
})

test('local-only binds the model too', () => {
  const here =
    'rules: [{id: here, effect: require, when: request.sensitivity >= 4, obligations: [local-only]}]'
  expect(verdictOn(here, { local: false }, { sensitivity: 4 })).toMatchObject({
    kind: 'removed',
    rule: 'here',
  })
  expect(verdictOn(here, {}, { sensitivity: 4 })).toMatchObject({ kind: 'removed', rule: 'here' })
  expect(verdictOn(here, { local: true }, { sensitivity: 4 })).toMatchObject({ obligations: ['local-only'] })
  expect(verdictOn(here, { local: false }, { sensitivity: 3 })).toMatchObject({ kind: 'permitted' })
})

test('prefer orders and never removes: the first rule that tells two models apart decides', () => {
  const rules = `rules:
  - {id: near, effect: prefer, when: model.local}
  - {id: cheap, effect: prefer, when: model.price_in_usd < 1.0}
  - {id: open, effect: prefer, when: model.openness == "open-permissive"}
`
  const preference = (model: FactsOf<'model'>) => {
    const verdict = verdictOn(rules, model)
    return verdict.kind === 'permitted' ? verdict.preference : -1
  }
  const near = preference({ local: true, price_in_usd: 5, openness: 'closed' })
  const cheapAndOpen = preference({ local: false, price_in_usd: 0, openness: 'open-permissive' })
  expect(near).toBeGreaterThan(cheapAndOpen)
  expect(cheapAndOpen).toBeGreaterThan(preference({ local: false, price_in_usd: 0 }))
  expect(preference({})).toBe(0)
})

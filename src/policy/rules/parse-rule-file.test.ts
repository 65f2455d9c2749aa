import { expect, test } from 'vitest'
import { parseRuleFile } from './parse-rule-file.ts'

function problemsOf(text: string): readonly string[] {
  const parsed = parseRuleFile(text, 'rules.yaml')
  return parsed.kind === 'wrong' ? parsed.problems : []
}

test('every mistake is told with its line and what was meant, all of them at once', () => {
  expect(
    problemsOf(`versoin: 1
rules:
  - id: a
    effect: requir
    when: model.local
  - id: b
    effect: forbid
    when: model.regon == "eu"
    reason: stays
  - id: b
    effect: forbid
    when: model.local
    obligations: [mask]
  - effect: prefer
    when: model.local
  - id: d
    effect: require
    whenn: model.local
    obligations: [masc]
`),
  ).toEqual([
    'rules.yaml:1: versoin: unknown key; did you mean version?',
    'rules.yaml:4: rules.0.effect: unknown word; did you mean require?',
    'rules.yaml:8: rules.1.when: unknown fact model.regon; did you mean model.region?',
    'rules.yaml:13: rules.2.obligations: a `forbid` rule removes what it matches, so nothing is left to oblige',
    'rules.yaml:14: rules.3: id is missing; expected a name such as `no-patient-data-abroad`',
    'rules.yaml:16: rules.4: when is missing; expected a condition such as `!model.local`',
    'rules.yaml:18: rules.4.whenn: unknown key; did you mean when?',
    'rules.yaml:19: rules.4.obligations.0: unknown word; did you mean mask?',
  ])
})

test('an id that is taken is told with the rule that has it', () => {
  const rule = '\n  - {id: a, effect: forbid, when: model.toy}'
  expect(problemsOf(`rules:${rule}${rule}`)).toEqual([
    'rules.yaml:3: rules.1: the id a is taken by the rule at rules.yaml:2',
  ])
})

test.each([
  ['', 'rules.yaml:1: expected a mapping, found nothing'],
  ['- a', 'rules.yaml:1: expected a mapping, found a list'],
  ['name: x', 'rules.yaml:1: rules: is missing; expected a list of rules, `rules: []` for none'],
  ['rules: {}', 'rules.yaml:1: rules: expected a list, found a mapping'],
  ['rules: []\nversion: 2', 'rules.yaml:2: version: expected 1, the only version there is'],
  ['rules: []\nrules: []', 'rules.yaml:2: Map keys must be unique'],
  ['rules: [', 'rules.yaml:1: '],
  ['rules: []\norganisation: {mua: 3}', 'rules.yaml:2: organisation.mua: unknown fact; did you mean mau?'],
  [
    'rules: []\norganisation: {mau: many}',
    'rules.yaml:2: organisation.mau: expected a whole number from 0 up',
  ],
  [
    'rules: []\norganisation: {country: Germany}',
    'rules.yaml:2: organisation.country: expected an ISO 3166 code such as `DE`',
  ],
  [
    'rules: []\nprobes: [{name: p, request: {sensitivity: 7}, models: {a: {}}, expect: {a: permitted}}]',
    'rules.yaml:2: probes.0.request.sensitivity: expected 0, 1, 2, 3, 4',
  ],
  ['rules: []\norganisation: {saas: 1}', 'rules.yaml:2: organisation.saas: expected true or false'],
])('%s is refused with one clear line', (text, problem) => {
  expect(problemsOf(text)[0]).toContain(problem)
})

test('a probe that names a rule or a model that does not exist is told', () => {
  expect(
    problemsOf(`rules:
  - {id: stays, effect: forbid, when: '!model.local'}
probes:
  - name: one
    models: {far: {runs: remot}, near: {runs: in-process}}
    expect: {far: stay, neer: permitted}
`),
  ).toEqual([
    'rules.yaml:5: probes.0.models.far.runs: expected in-process, this-machine, own-network, remote; did you mean remote?',
    'rules.yaml:6: probes.0.expect.neer: unknown key; did you mean near?',
    'rules.yaml:6: probes.0.expect: nothing is expected of near',
    'rules.yaml:6: probes.0.expect.far: no rule has this id; did you mean stays?',
  ])
})

test('a rule knows the line it stands on, and a rule without a reason gives its condition', () => {
  const parsed = parseRuleFile(
    '# mine\nrules:\n  - id: a\n    effect: forbid\n    when: model.toy\n',
    './r.yaml',
  )
  expect(parsed).toMatchObject({
    kind: 'parsed',
    file: { rules: [{ id: 'a', at: './r.yaml:3', reason: 'forbidden where model.toy' }] },
  })
})

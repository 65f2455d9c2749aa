import { expect, test } from 'vitest'
import { parseRuleFile } from '../rules/parse-rule-file.ts'
import { checkPolicy } from './check-policy.ts'

function findingsOf(text: string): readonly string[] {
  const parsed = parseRuleFile(`rules:\n${text}`, 'r.yaml')
  if (parsed.kind === 'wrong') throw new TypeError(parsed.problems.join('\n'))
  return checkPolicy(parsed.file.rules).map((finding) => `${finding.at} ${finding.kind}: ${finding.text}`)
}

test.each([
  [
    'request.sensitivity > 4',
    'r.yaml:2 never-fires: rule a never forbids anything: its condition holds for no request and no model',
  ],
  [
    'model.region == "eu" && model.region == "us"',
    'r.yaml:2 never-fires: rule a never forbids anything: its condition holds for no request and no model',
  ],
  [
    'model.local && model.runs == "remote"',
    'r.yaml:2 never-fires: rule a never forbids anything: its condition holds for no request and no model',
  ],
  [
    'request.sensitivity >= 0',
    'r.yaml:2 always-fires: rule a forbids everything: its condition holds for every request and every model',
  ],
])('forbid when %s is warned about', (when, finding) => {
  expect(findingsOf(`  - {id: a, effect: forbid, when: '${when}'}`)[0]).toBe(finding)
})

test('a requirement that everything meets is warned about, and one that nothing meets', () => {
  expect(findingsOf(`  - {id: a, effect: require, when: 'model.local || !model.local'}`)[0]).toBe(
    'r.yaml:2 never-fires: rule a never removes anything: what it requires holds for every request and every model',
  )
  expect(findingsOf(`  - {id: a, effect: require, when: 'model.toy && !model.toy'}`)[0]).toBe(
    'r.yaml:2 always-fires: rule a removes everything: what it requires holds for no request and no model',
  )
})

test.each([
  ['"IN_AADHAR" in request.entities', 'request.entities never holds IN_AADHAR; did you mean IN_AADHAAR?'],
  ['"helth" in request.kinds', 'request.kinds never holds helth; did you mean health?'],
  ['request.labels.exists(l, l == "PERSN")', 'request.labels never holds PERSN; did you mean PERSON?'],
  ['"de" in request.languages', 'request.languages never holds de; it holds some of en, hi, mr, ar, und'],
])('a rule that waits for what nobody finds is told: %s', (when, text) => {
  expect(findingsOf(`  - {id: a, effect: forbid, if: '!model.local', when: '${when}'}`)).toEqual([
    `r.yaml:2 never-found: rule a: ${text}`,
  ])
})

test('what is found by patterns, by a model, or said of a caller is no such word', () => {
  const found = [
    '"health" in request.kinds',
    '"IN_AADHAAR" in request.labels',
    '"PERSON" in request.entities',
  ]
  const said = ['"und" in request.languages', '"phi" in principal.clearances', 'size(request.kinds) == 2']
  const rules = [...found, ...said].map((when, at) => `  - {id: r${at}, effect: forbid, when: '${when}'}`)
  expect(findingsOf(rules.join('\n')).filter((line) => line.includes('never-found'))).toEqual([])
})

test('rules that fire for some and not for others are not warned about', () => {
  expect(
    findingsOf(`  - {id: a, effect: forbid, when: '!model.local && request.sensitivity >= 3'}
  - {id: b, effect: require, when: 'model.region == "eu" || model.region.startsWith("eu-")'}
  - {id: c, effect: require, when: 'true', obligations: [no-cache]}
  - {id: dated, effect: forbid, when: model.terms_date < "2026-01-01"}
  - {id: d, effect: prefer, when: model.price_in_usd < 2.5}
  - {id: e, effect: forbid, when: 'size(request.kinds) > 2 && model.retention_days > 30'}`),
  ).toEqual([])
})

test('two rules that no model can satisfy together are told, with the request that is left without a model', () => {
  expect(
    findingsOf(`  - {id: here, effect: require, if: request.sensitivity >= 3, when: model.local}
  - {id: abroad, effect: forbid, when: model.runs != "remote"}`),
  ).toEqual([
    'r.yaml:3 contradiction: rules here and abroad contradict each other: with request.sensitivity 3 no model satisfies both',
  ])
})

test('a preference for what another rule removes is told', () => {
  expect(
    findingsOf(`  - {id: liked, effect: prefer, when: model.seller == "openai"}
  - {id: not-there, effect: forbid, when: 'model.seller in ["openai", "xai"]'}`),
  ).toEqual(['r.yaml:2 contradiction: rule liked prefers only what rule not-there removes'])
})

test('duties that cannot both be done are told, of one rule and of two that meet, and not of two that never do', () => {
  const rule = (id: string, when: string, duty: string) =>
    `  - {id: ${id}, effect: require, when: '${when}', obligations: [${duty}]}\n`
  expect(findingsOf(rule('a', 'true', 'log-full, no-log-content'))).toEqual([
    'r.yaml:2 contradiction: rule a obliges to log-full and to no-log-content; then nothing is logged',
  ])
  expect(
    findingsOf(
      rule('a', 'request.sensitivity >= 2', 'log-full') + rule('b', 'model.local', 'no-log-content'),
    ),
  ).toEqual([
    'r.yaml:3 contradiction: rules a and b oblige to log-full and to no-log-content; then nothing is logged',
  ])
  expect(
    findingsOf(rule('a', 'model.local', 'log-full') + rule('b', '!model.local', 'no-log-content')),
  ).toEqual([])
})

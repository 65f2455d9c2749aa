import { expect, expectTypeOf, test } from 'vitest'
import type { Model } from '../catalog/model.ts'
import { anonymous } from '../core/principal.ts'
import { allowAll, assertPermit, permit, type Obligation, type Permit } from './permit.ts'
import { presetHashes } from './presets/_hashes.ts'
import { rulePolicy, type RulePolicy } from './rule-policy.ts'
import { parseRuleFile } from './rules/parse-rule-file.ts'

const model = (name: string): Model => ({
  name,
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel: name },
  price: { kind: 'unpriced' },
  toy: false,
  origin: 'config',
})

const unknownLabels = { examined: false } as const

test('without a policy every candidate gets a permit, and the verdict names the preset open', () => {
  const verdicts = permit(allowAll, anonymous, unknownLabels, [model('a'), model('b')], 'request-1')
  expect([...verdicts.permits.keys()]).toEqual(['a', 'b'])
  expect(verdicts.removed).toEqual([])
  const shown = `policy open ${presetHashes.open.slice(0, 12)}`
  expect(verdicts.basis).toBe(`${shown} is in force, because none is configured`)
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

function policyOf(text: string, fulfils: readonly Obligation[] = []): RulePolicy {
  const parsed = parseRuleFile(text, 'rules.yaml')
  if (parsed.kind === 'wrong') throw new TypeError(parsed.problems.join('\n'))
  const { rules, organisation, probes } = parsed.file
  return rulePolicy({ name: 'rules.yaml', rules, organisation, probes, fulfils: new Set(fulfils) })
}

test('rules give permits and removals, and the verdict names the policy and the start of its hash', () => {
  const policy = policyOf('rules: [{id: here, effect: require, when: model.local, reason: Stays here.}]')
  const far = {
    ...model('far'),
    binding: { ...model('far').binding, baseUrl: 'https://llm.example/v1' },
  } as Model
  const verdicts = permit(policy, anonymous, unknownLabels, [model('near'), far], 'request-1')
  expect([...verdicts.permits.keys()]).toEqual(['near'])
  expect(verdicts.removed).toEqual([
    { model: 'far', rule: 'here', reason: 'Stays here.', at: 'rules.yaml:1' },
  ])
  expect(verdicts.basis).toBe(`policy rules.yaml ${policy.hash.slice(0, 12)} is in force`)
})

test('a permit carries the duties, and a duty that nobody does keeps the model away', () => {
  const text = `rules:
  - {id: other, effect: require, if: model.toy, when: 'true', obligations: [log-full]}
  - {id: marked, effect: require, when: 'true', obligations: [no-cache, log-full]}
`
  const done = permit(policyOf(text, ['no-cache', 'log-full']), anonymous, unknownLabels, [model('a')], 'r')
  expect(done.permits.get('a')?.obligations).toEqual(['log-full', 'no-cache'])
  const undone = permit(policyOf(text, ['no-cache']), anonymous, unknownLabels, [model('a')], 'r')
  expect(undone.permits.size).toBe(0)
  expect(undone.removed).toEqual([
    {
      model: 'a',
      rule: 'marked',
      reason: 'rule marked obliges to log-full, which this gateway does not do',
      at: 'rules.yaml:3',
    },
  ])
})

test('a watermark is a duty that only the embedded engine can do, so every other model is removed', () => {
  const policy = policyOf(
    'rules: [{id: w, effect: require, when: "true", reason: Marked., obligations: [watermark]}]',
    ['watermark'],
  )
  const embedded: Model = { ...model('own'), binding: { engine: 'llama', weights: 'w.gguf' } }
  const verdicts = permit(policy, anonymous, unknownLabels, [model('served'), embedded], 'r')
  expect(verdicts.permits.get('own')?.obligations).toEqual(['watermark'])
  expect(verdicts.removed).toEqual([
    {
      model: 'served',
      rule: 'w',
      reason: 'Marked. (watermark, which only the embedded engine can write)',
      at: 'rules.yaml:1',
    },
  ])
})

test('preferred models come first in the order, and without a preference there is none', () => {
  const policy = policyOf('rules: [{id: p, effect: prefer, when: model.name == "b"}]')
  const candidates = [model('a'), model('b'), model('c')]
  expect(permit(policy, anonymous, unknownLabels, candidates, 'r').order).toEqual(['b', 'a', 'c'])
  expect(permit(policy, anonymous, unknownLabels, [model('a')], 'r').order).toBeUndefined()
})

test('the hash changes with what the rules say and with nothing else', () => {
  const hash = (text: string) => policyOf(text).hash
  const rule = 'rules: [{id: a, effect: forbid, when: model.toy, reason: No toys.}]'
  expect(hash(`# a comment\n${rule}`)).toBe(hash(rule))
  expect(hash(rule.replace('model.toy', '"( model.toy )"'))).toBe(hash(rule))
  expect(hash(`${rule}\nprobes: []`)).toBe(hash(rule))
  expect(hash(rule.replace('No toys', 'No'))).not.toBe(hash(rule))
  expect(hash(`${rule}\norganisation: {country: DE}`)).not.toBe(hash(rule))
})

test('a caller without a key has no clearances, and one with a key has its own', () => {
  const policy = policyOf('rules: [{id: c, effect: require, when: \'"phi" in principal.clearances\'}]')
  const nurse = { kind: 'key', id: 'k', role: 'member', clearances: ['phi'] } as const
  expect(permit(policy, anonymous, unknownLabels, [model('a')], 'r').permits.size).toBe(0)
  expect(permit(policy, nurse, unknownLabels, [model('a')], 'r').permits.size).toBe(1)
})

import { expect, test } from 'vitest'
import { factsFrom, valuesOf, type Facts, type FactsOf } from '../facts/fact-table.ts'
import { compileCondition } from './compile-condition.ts'

type Known = {
  readonly request?: FactsOf<'request'>
  readonly principal?: FactsOf<'principal'>
  readonly organisation?: FactsOf<'organisation'>
  readonly model?: FactsOf<'model'>
}

function known({ request = {}, principal = {}, organisation = {}, model = {} }: Known): Facts {
  return factsFrom({
    request: valuesOf('request', request),
    principal: valuesOf('principal', principal),
    organisation: valuesOf('organisation', organisation),
    model: valuesOf('model', model),
  })
}

function holds(text: string, facts: Known): boolean | undefined {
  return compileCondition(text).holds(known(facts))
}

test.each([
  ['model.regon == "eu"', 'unknown fact model.regon; did you mean model.region?'],
  ['modl.region == "eu"', 'unknown fact modl.region; did you mean model.region?'],
  ['model.licence == "mit"', 'model.licence is not a fact by itself; it has model.licence.spdx'],
  ['model.region > 3', 'cannot be said of these types: string > int (model.region is string)'],
  ['model.price_in_usd == 1', 'write the number as 1.0'],
  ['request.sensitivity', 'is a whole number; expected a condition that is true or false'],
  ['model.openness == "opne-full"', 'model.openness is never opne-full; did you mean open-full?'],
  ['request.sensitivity in [3, 7]', 'request.sensitivity is never 7; it is one of 0, 1, 2, 3, 4'],
  [
    'model.legal_seat == "USA"',
    'model.legal_seat is never USA; it is an ISO 3166 code such as `DE`; did you mean US?',
  ],
  [
    'organisation.country in ["DE", "uk"]',
    'organisation.country is never uk; it is an ISO 3166 code such as `DE`; did you mean GB?',
  ],
  ['request.kinds == ["health"]', 'lists are compared with `in`, `exists`, `all` or `size`'],
  ['model.region == "eu', 'is not a CEL expression: Unterminated string'],
  ['model.region == null', 'null, bytes and unsigned numbers are no values of facts'],
  ['model.retention_days - 1 > 0', '- is not part of it'],
])('%s is refused with what was meant', (text, problem) => {
  expect(() => compileCondition(text)).toThrow(problem)
})

test.each([
  ['model.region.matches("(a+)+$")', 'a regular expression can run long'],
  [
    'request.kinds.all(k, request.labels.exists(l, l == k))',
    'could run long: a loop (`exists`, `all`) inside of another',
  ],
  [
    Array.from({ length: 120 }, () => 'model.local').join(' && '),
    'could run long: over the bound maxAstNodes',
  ],
  [`${'('.repeat(100)}true${')'.repeat(100)}`, 'could run long: over the bound maxDepth'],
  [
    `model.region in [${Array.from({ length: 65 }, () => '"x"').join()}]`,
    'could run long: over the bound maxListElements',
  ],
  [`model.region == "${'x'.repeat(2_000)}"`, 'characters; at most 2000 are read'],
])('what could run long is refused when it is loaded: %#', (text, problem) => {
  expect(() => compileCondition(text)).toThrow(problem)
})

test('a missing fact decides only where it could: false && unknown is false, true || unknown is true', () => {
  expect(holds('model.local && model.baa', { model: { local: false } })).toBe(false)
  expect(holds('model.baa && model.local', { model: { local: false } })).toBe(false)
  expect(holds('model.local || model.baa', { model: { local: true } })).toBe(true)
  expect(holds('model.local && model.baa', { model: { local: true } })).toBeUndefined()
  expect(holds('!model.baa', {})).toBeUndefined()
  expect(holds('has(model.baa) && model.baa', {})).toBe(false)
})

test('the fact that is named as missing is the one that decides', () => {
  const { missing } = compileCondition('(model.baa && model.dpa) || model.region == "eu"')
  expect(missing(known({ model: { baa: false } }))).toBe('model.region')
  expect(missing(known({ model: { baa: true, region: 'us' } }))).toBe('model.dpa')
  const inLoop = compileCondition('request.kinds.exists(k, k == "health" && model.baa)')
  expect(inLoop.missing(known({ request: { kinds: ['contact', 'health'] } }))).toBe('model.baa')
  expect(inLoop.missing(known({}))).toBe('request.kinds')
})

test.each([
  ['request.kinds.exists(k, k.startsWith("he"))', true],
  ['request.kinds.all(k, k in ["health", "contact"])', true],
  ['request.kinds.all(k, k == "health")', false],
  ['"secret" in request.kinds', false],
  ['size(request.kinds) == 2', true],
  ['model.region.endsWith("-1") && model.region.contains("west")', true],
  ['model.terms_date >= "2026-01-01"', true],
  ['model.price_in_usd < 2', true],
  ['model.toy ? model.local : model.region != "eu"', true],
  ['-1 < request.tokens', true],
])('%s is %s', (text, expected) => {
  const facts: Known = {
    request: { kinds: ['contact', 'health'], tokens: 0 },
    model: { region: 'eu-west-1', terms_date: '2026-11-23', price_in_usd: 1.5, toy: false },
  }
  expect(holds(text, facts)).toBe(expected)
})

test('spaces do not make another condition', () => {
  expect(compileCondition('model.local&&!model.toy').text).toBe(
    compileCondition(' model.local  && !( model.toy ) ').text,
  )
})

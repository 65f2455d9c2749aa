import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkBody, checkQuery } from './check-input.ts'
import { scope, wholeNumber, writtenUsd } from './schemas.ts'

const budget = z.strictObject({
  scope,
  capUsd: writtenUsd,
  period: z.enum(['day', 'month'], { error: 'a period' }),
})

test('a body comes out with its money exact', () => {
  const body = { scope: { kind: 'team', id: 'legal' }, capUsd: '0.1', period: 'day' }
  expect(checkBody(budget, body, {})).toEqual({ ...body, capUsd: 100_000_000 })
})

test.each([
  [{ scop: { kind: 'everyone' }, capUsd: 1, period: 'day' }, 'scop: unknown; did you mean scope?'],
  [{ zzzzzzzz: 1 }, 'zzzzzzzz: unknown; known here: scope, capUsd, period'],
  [
    { capEur: 500, scope: { kind: 'everyone' }, period: 'day' },
    'capEur: US dollars are the only currency known',
  ],
  [{ cap: 5 }, 'cap: say capUsd'],
  [{ scope: { kind: 'everyone', id: 'x' }, capUsd: 1, period: 'day' }, 'scope.id: unknown; known here: kind'],
  [{ scope: { kind: 'tem', id: 'x' }, capUsd: 1, period: 'day' }, 'scope.kind: expected {"kind":"everyone"}'],
  [{ scope: { kind: 'team' }, capUsd: 1, period: 'day' }, 'scope.id: expected the id of a team'],
  [{ scope: null, capUsd: 1, period: 'day' }, 'scope: expected {"kind":"everyone"}'],
  [{ scope: { kind: 'everyone' }, capUsd: -1, period: 'day' }, 'capUsd: expected US dollars from 0'],
  [
    { scope: { kind: 'everyone' }, capUsd: true, period: 'day' },
    'capUsd: expected US dollars, such as "25.00", got true',
  ],
  [{ scope: { kind: 'everyone' }, capUsd: '25 EUR', period: 'day' }, 'no other currency is known'],
  [{ 'sk-live-0123456789abcdef0123456789abcdef0123456789': 1 }, '(a name): unknown'],
  [{}, 'scope: expected {"kind":"everyone"}'],
])('%j: one line that says what is wrong', (body, line) => {
  expect(() => checkBody(budget, body, { cap: 'say capUsd' })).toThrow(line)
})

test('a refusal never repeats what was sent', () => {
  const body = { scope: { kind: 'team', id: 7 }, capUsd: 'hunter2', period: 'hunter2' }
  expect(() => checkBody(budget, body, {})).toThrow(/^(?!.*hunter2)/)
})

const query = z.strictObject({ limit: wholeNumber(1, 200).exactOptional(), team: z.string().exactOptional() })

test('a query is read as numbers and words, and an empty parameter is none', () => {
  expect(checkQuery(query, new URLSearchParams('limit=50&team='))).toEqual({ limit: 50 })
})

test.each([
  ['limit=0', 'limit: expected a whole number from 1 to 200'],
  ['limit=1.5', 'limit: expected a whole number from 1 to 200'],
  ['limit=many', 'limit: expected a whole number from 1 to 200'],
  ['limt=5', 'limt: unknown; did you mean limit?'],
  ['team=a&team=b', 'team: is given twice'],
  ['__proto__=1', '__proto__: unknown'],
  ['toString=1', 'toString: unknown'],
])('?%s: one line that says what is wrong', (text, line) => {
  expect(() => checkQuery(query, new URLSearchParams(text))).toThrow(line)
})

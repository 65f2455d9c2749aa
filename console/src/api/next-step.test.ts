import { expect, test } from 'vitest'
import { errors } from '../../../src/core/errors.ts'
import { nextStep } from './next-step.ts'

test('the console advises what the table of errors says, for every code', () => {
  const table = Object.entries(errors)
  expect(table.map(([code, { status }]) => [code, nextStep(code, status)])).toEqual(
    table.map(([code, { next }]) => [code, next]),
  )
})

test.each([
  ['rate_limit_exceeded', 429, 'retry'],
  [null, 0, 'retry'],
  ['toString', 500, 'other-model'],
  [null, 422, 'change-request'],
] as const)('code %s with status %d, which is not ours, leads to %s', (code, status, next) => {
  expect(nextStep(code, status)).toBe(next)
})

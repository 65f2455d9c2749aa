import { expect, test } from 'vitest'
import { isCountryCode, nearestCountryCode } from './countries.ts'

test('a code that nobody assigned is none, however much it looks like one', () => {
  expect(['DE', 'IN', 'EU', 'SX'].every(isCountryCode)).toBe(true)
  expect(['UK', 'XX', 'ZZ', 'de', 'EN'].some(isCountryCode)).toBe(false)
})

test.each([
  ['uk', 'GB'],
  ['de', 'DE'],
  ['Germany', 'DE'],
  ['Germny', 'DE'],
  ['DEU', 'DE'],
  ['XX', undefined],
])('%s is told as %s', (given, code) => {
  expect(nearestCountryCode(given)).toBe(code)
})

import { expect, test } from 'vitest'
import { dollars, duration } from './run-words.ts'

test('money keeps two digits that say something, whatever its size', () => {
  const amounts = [0, 1, 2_100, 12_345_678, 999_999_999, 1e9, 12_340_000_000]
  expect(amounts.map(dollars)).toEqual([
    '$0',
    '$0.000000001',
    '$0.0000021',
    '$0.012',
    '$1.00',
    '$1.00',
    '$12.34',
  ])
})

test('durations are said in the two largest units', () => {
  expect([0, 900, 61_000, 3_600_000, 90_000_000].map(duration)).toEqual([
    '0 s',
    '1 s',
    '1 min 1 s',
    '1 h 0 min',
    '25 h 0 min',
  ])
})

import { describe, expect, test } from 'vitest'
import { durationText } from './duration.ts'
import { distanceText, utcText } from './moment.ts'
import { exactUsd, moneyText } from './money.ts'
import { shareText } from './number.ts'
import { sizeText } from './size.ts'
import { typedNumber } from './typed-number.ts'

describe('money', () => {
  test.each([
    [0, '$0.00'],
    [1, '$0.0000000010'],
    [184_500, '$0.000185'],
    [12_340_000, '$0.0123'],
    [1_239_000_000, '$1.24'],
    [9_000_000_000_000, '$9,000.00'],
  ])('%d nano-dollars read as %s', (nano, text) => {
    expect(moneyText(nano, 'en')).toBe(text)
  })
  test('an amount that is not zero never reads as zero in any language', () => {
    for (const locale of ['en', 'hi', 'mr', 'ar']) expect(moneyText(1, locale)).not.toBe(moneyText(0, locale))
  })
})

test('in Arabic an amount is one piece that reads from left to right, wherever it stands', () => {
  expect(moneyText(12_340_000_000, 'ar')).toMatch(/^\u2066[^\u200f]*12[.٫]?.*\$[^\u200f]*\u2069$/u)
})

test.each([
  [0, '0.00'],
  [1, '0.000000001'],
  [1_500_000_000, '1.50'],
  [9_007_199_254_740_991, '9007199.254740991'],
])('%d nano-dollars are %s for programs', (nano, text) => {
  expect(exactUsd(nano)).toBe(text)
})

test.each([
  ['١٢٫٥٠', '12.50'],
  [' २५ ', '25'],
  ['$ 3.10', '3.10'],
  ['many', 'many'],
])('%s is typed for %s', (typed, number) => {
  expect(typedNumber(typed)).toBe(number)
})

test('distances are in a unit of which there are two, and hardly any is now', () => {
  const [minute, hour] = [60_000, 3_600_000]
  const distances = [0, 59_000, -90_000, -3 * minute, 36 * hour, 49 * hour]
  expect(distances.map((ms) => distanceText(ms, 0, 'en'))).toEqual([
    'now',
    'now',
    '1 minute ago',
    '3 minutes ago',
    'in 36 hours',
    'in 2 days',
  ])
})

test('a day of UTC is called by its date in UTC', () => {
  expect(utcText(Date.parse('2026-11-01T00:00:00Z'), 'en', 'day')).toBe('Nov 1')
})

describe('durations', () => {
  test.each([
    [0, '0ms'],
    [0.0123, '0.01ms'],
    [0.312, '0.31ms'],
    [41.8, '42ms'],
    [412.4, '412ms'],
    [999.7, '1s'],
    [1240, '1.24s'],
    [59_999, '1m'],
    [125_000, '2m 5s'],
  ])('%d ms read as %s', (ms, text) => {
    expect(durationText(ms, 'en')).toBe(text)
  })
})

test('sizes are in powers of a thousand, with three digits', () => {
  expect([0, 999, 1000, 86_432_000, 1.2e12].map((bytes) => sizeText(bytes, 'en'))).toEqual([
    '0 byte',
    '999 byte',
    '1 kB',
    '86.4 MB',
    '1.2 TB',
  ])
})

test('a small share of errors never reads as none', () => {
  expect(shareText(0.0004, 'en')).toBe('0.04%')
  expect(shareText(0, 'en')).toBe('0%')
})

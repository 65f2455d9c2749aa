import { describe, expect, test } from 'vitest'
import { durationText } from './duration.ts'
import { moneyText } from './money.ts'
import { shareText } from './number.ts'
import { sizeText } from './size.ts'

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

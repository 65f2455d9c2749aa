import { expect, test } from 'vitest'
import { dollars, duration, percent, points, pointsRange, roughPercent, size } from './figures.ts'

test.each([
  [0, '0 %'],
  [0.002, 'under 1 %'],
  [0.19, '19 %'],
  [0.9996, 'over 99 %'],
  [1, '100 %'],
])('a share of %d reads as %s: never all or nothing when it is not', (share, text) => {
  expect(roughPercent(share)).toBe(text)
})

test('a difference has its sign, and none where nothing is left of it in the digits shown', () => {
  expect([-0.0123, 0.006, 0.0001, -0.0001, 0].map(points)).toEqual(['−1.2', '+0.6', '0.0', '0.0', '0.0'])
  expect(pointsRange([-0.031, 0.006])).toBe('−3.1 to +0.6')
})

test.each([
  [0, '$0'],
  [0.000_000_2, 'under $0.000001'],
  [0.000_31, '$0.00031'],
  [0.053, '$0.053'],
  [0.1, '$0.10'],
  [2.4, '$2.40'],
  [1250.4, '$1,250'],
])('%d dollars read as %s', (amount, text) => {
  expect(dollars(amount)).toBe(text)
})

test('times keep two or three digits', () => {
  expect([0, 0.42, 7.5, 420.4, 1240, 95_300].map(duration)).toEqual([
    '0 ms',
    '0.4 ms',
    '7.5 ms',
    '420 ms',
    '1.2 s',
    '95 s',
  ])
})

test('a margin reads as it was given', () => {
  expect([0.02, 0.01, 0.005, 0].map(size)).toEqual(['2 points', '1 point', '0.5 points', '0 points'])
})

test('what nobody knows is a dash', () => {
  expect([percent(null), points(null), pointsRange(null), duration(null)]).toEqual(['–', '–', '–', '–'])
})

import { describe, expect, test } from 'vitest'
import { median, quantile, slope } from './statistics.ts'

describe('median', () => {
  test('is the value in the middle, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5)
  })
  test('of an even count is the mean of the two in the middle', () => {
    expect(median([1, 2, 4, 100])).toBe(3)
  })
  test('of nothing is not a number, which is over every bar', () => {
    expect(median([])).toBeNaN()
  })
})

test('a quantile lies between its neighbours', () => {
  expect(quantile([0, 10], 0.25)).toBe(2.5)
  expect(quantile([3, 1, 2], 1)).toBe(3)
})

describe('slope', () => {
  test('of points on a line is the slope of the line', () => {
    const line = [0, 1, 2, 5].map((x) => ({ x, y: 100 - 3 * x }))
    expect(slope(line)).toBeCloseTo(-3)
  })
  test('is not moved by noise that leans to neither side', () => {
    const noisy = [-1, 0, 1].flatMap((x) => [-5, 5].map((noise) => ({ x, y: 2 * x + noise })))
    expect(slope(noisy)).toBeCloseTo(2)
  })
  test('of one point is not a number', () => {
    expect(slope([{ x: 1, y: 1 }])).toBeNaN()
  })
})

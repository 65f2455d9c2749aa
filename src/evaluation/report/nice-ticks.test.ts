import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linearTicks, logTicks } from './nice-ticks.ts'

test('ticks are the round values a person would choose', () => {
  expect(linearTicks(-16.3, 7.1, 6)).toEqual([-15, -10, -5, 0, 5])
  expect(linearTicks(93.6, 97.1, 6)).toEqual([94, 95, 96, 97])
  expect(linearTicks(0, 0.31, 5)).toEqual([0, 0.1, 0.2, 0.3])
  expect(logTicks(0.02, 5, 5)).toEqual([0.1, 1])
  expect(logTicks(90, 1400, 5)).toEqual([100, 200, 500, 1000])
})

test('where all values are equal there is still at most one tick, and no endless loop', () => {
  expect(linearTicks(50, 50, 6)).toEqual([50])
  expect(logTicks(3, 3, 5)).toEqual([])
})

test('whatever the range: finite, ascending, inside it, and no more than asked for', () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(value, value, fc.integer({ min: 2, max: 9 }), (a, b, most) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      const ticks = linearTicks(low, high, most)
      const room = 1e-6 * Math.max(1, Math.abs(low), Math.abs(high))
      expect(ticks.length).toBeLessThanOrEqual(most)
      expect(ticks.every((tick) => tick >= low - room && tick <= high + room)).toBe(true)
      expect(ticks).toEqual([...new Set(ticks)].toSorted((x, y) => x - y))
      if (high - low > 1e-3) expect(ticks.length).toBeGreaterThanOrEqual(1)
    }),
    { seed: 3 },
  )
})

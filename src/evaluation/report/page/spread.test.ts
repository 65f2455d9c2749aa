import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spread } from './spread.ts'

test('labels stay where they are wanted when they have room, and move as little as they must when not', () => {
  expect(spread([30, 100, 200], 40, 240)).toEqual([30, 100, 200])
  expect(spread([100, 102, 104], 40, 240)).toEqual([100, 140, 180])
  expect(spread([200, 230, 239], 40, 240)).toEqual([140, 180, 220])
})

test('as many as fit never overlap and never leave the picture', () => {
  const wanted = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(wanted, (places) => {
      const result = spread(
        places.toSorted((a, b) => a - b),
        40,
        400,
      )
      for (const [place, y] of result.entries()) {
        expect(y).toBeGreaterThanOrEqual(20 - 1e-9)
        expect(y).toBeLessThanOrEqual(380 + 1e-9)
        if (place > 0) expect(y - (result[place - 1] ?? 0)).toBeGreaterThanOrEqual(40 - 1e-9)
      }
    }),
    { seed: 5 },
  )
})

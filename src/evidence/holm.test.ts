import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holm } from './holm.ts'

describe('holm', () => {
  test('gives the textbook example, in the order asked', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005]).map(({ adjusted }) => adjusted)).toEqual([0.03, 0.06, 0.06, 0.02])
    expect(holm([0.01, 0.04, 0.03, 0.005]).map(({ rejected }) => rejected)).toEqual([
      true,
      false,
      false,
      true,
    ])
    expect(holm([])).toEqual([])
  })

  test('rejects what the stepwise rule rejects, at least as much as Bonferroni', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }).map((p) => p * p * p)), (ps) => {
        const rejected = holm(ps).filter((result) => result.rejected).length
        const sorted = [...ps].sort((a, b) => a - b)
        const stop = sorted.findIndex((p, index) => p * (ps.length - index) > 0.05)
        expect(rejected).toBe(stop === -1 ? ps.length : stop)
        expect(rejected).toBeGreaterThanOrEqual(ps.filter((p) => p * ps.length <= 0.05).length)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, gapsOf, piecesOf, prefixOf, withRange, type Range } from './ranges.ts'

const TOTAL = 64
const range = fc
  .tuple(fc.integer({ min: 0, max: TOTAL }), fc.integer({ min: 0, max: TOTAL }))
  .map(([a, b]): Range => ({ from: Math.min(a, b), to: Math.max(a, b) }))

function bytesIn(ranges: readonly Range[]): ReadonlySet<number> {
  return new Set(
    ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)),
  )
}

describe('ranges', () => {
  test('hold each byte once, sorted and apart, and their gaps hold every other', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (added) => {
        const done = added.reduce<readonly Range[]>(withRange, [])
        expect(bytesIn(done)).toEqual(bytesIn(added))
        expect(bytesOf(done)).toBe(bytesIn(added).size)
        for (const [index, { from, to }] of done.entries()) {
          expect(from).toBeLessThan(to)
          expect(from).toBeGreaterThan(done[index - 1]?.to ?? -1)
        }
        const gaps = gapsOf(done, TOTAL)
        expect(bytesIn([...done, ...gaps]).size).toBe(TOTAL)
        expect(bytesOf(done) + bytesOf(gaps)).toBe(TOTAL)
        expect(prefixOf(done)).toBe(gaps[0]?.from ?? TOTAL)
      }),
      { seed: 7, numRuns: 300 },
    )
  })

  test('pieces are the gaps, none longer than asked', () => {
    const pieces = piecesOf(
      [
        { from: 0, to: 10 },
        { from: 20, to: 23 },
      ],
      4,
    )
    expect(pieces).toEqual([
      { from: 0, to: 4 },
      { from: 4, to: 8 },
      { from: 8, to: 10 },
      { from: 20, to: 23 },
    ])
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bootstrapSums, signFlipSums } from './resampling.ts'

/** One column per unit, 1 there and 0 elsewhere: its sums show how often the unit was drawn, or with which sign. */
function unitColumns(length: number): readonly Float64Array[] {
  return Array.from({ length }, (_, unit) => Float64Array.from({ length }, (_, at) => Number(at === unit)))
}

function momentsOf(values: Float64Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length }
}

function correlation(a: Float64Array, b: Float64Array): number {
  const [x, y] = [momentsOf(a), momentsOf(b)]
  const products = a.reduce((sum, value, at) => sum + (value - x.mean) * ((b[at] ?? 0) - y.mean), 0)
  return products / a.length / Math.sqrt(x.variance * y.variance)
}

describe.each([
  ['resamples', bootstrapSums],
  ['sign flips', signFlipSums],
])('%s', (_, sumsOf) => {
  const column = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 70 })

  test('of a difference are the difference of those of its sides', () => {
    fc.assert(
      fc.property(column, fc.nat(2 ** 32), (values, seed) => {
        const draws = { seed, rounds: 50 }
        const other = Float64Array.from(values, (value, at) => Math.cos(value * at))
        const sides = [Float64Array.from(values), other]
        const difference = Float64Array.from(values, (value, at) => value - (other[at] ?? 0))
        const [a, b] = sumsOf(sides, draws)
        const [whole] = sumsOf([difference], draws)
        expect(Array.from(a ?? [], (sum, round) => sum - (b?.[round] ?? 9))).toEqual(
          Array.from(whole ?? [], (sum) => expect.closeTo(sum, 9)),
        )
      }),
      { seed: 3, numRuns: 50 },
    )
  })

  test('are the same for the same seed, whichever columns are asked for together, and others for another', () => {
    const values = Array.from({ length: 33 }, (_, at) => Math.sin(at))
    const fresh = (): Float64Array => Float64Array.from(values)
    const draws = { seed: 8, rounds: 40 }
    const [alone] = sumsOf([fresh()], draws)
    const kept = fresh()
    expect(sumsOf([fresh(), kept], draws)[1]).toEqual(alone)
    expect(sumsOf([kept], draws)[0]).toEqual(alone)
    expect(sumsOf([kept], { ...draws, seed: 9 })[0]).not.toEqual(alone)
    expect(sumsOf([kept], draws)[0]).toEqual(alone)
  })

  test('of nothing are nothing', () => {
    expect(sumsOf([new Float64Array()], { seed: 1, rounds: 3 })).toEqual([new Float64Array(3)])
  })
})

test('a resample holds as many units as there are, each once on average, with the spread of fair draws', () => {
  const units = 37
  const counts = bootstrapSums(unitColumns(units), { seed: 5, rounds: 4000 })
  for (let round = 0; round < 4000; round += 1)
    expect(counts.reduce((sum, count) => sum + (count[round] ?? 0), 0)).toBe(units)
  for (const count of counts) {
    const { mean, variance } = momentsOf(count)
    // Five standard errors of 4,000 rounds.
    expect(Math.abs(mean - 1)).toBeLessThan(5 / Math.sqrt(4000))
    expect(variance / (1 - 1 / units)).toBeCloseTo(1, 0)
  }
})

test('signs are fair, and those of any two units say nothing about each other', () => {
  // More than two blocks of thirty, so that neighbours in a block, in a word and in different words are all among them.
  const signs = signFlipSums(unitColumns(64), { seed: 5, rounds: 4000 })
  for (const [unit, own] of signs.entries()) {
    expect(own.every((sign) => Math.abs(sign) === 1)).toBe(true)
    expect(Math.abs(momentsOf(own).mean)).toBeLessThan(5 / Math.sqrt(4000))
    for (const other of signs.slice(unit + 1))
      expect(Math.abs(correlation(own, other))).toBeLessThan(5 / Math.sqrt(4000))
  }
})

test('a set too large to keep all its draws is resampled like any other', () => {
  const length = 40_000
  const column = Float64Array.from({ length }, (_, at) => (at % 2) - 0.5)
  const ones = new Float64Array(length).fill(1)
  const [sums = ones, sizes = ones] = bootstrapSums([column, ones], { seed: 2, rounds: 2000 })
  const { mean, variance } = momentsOf(sums)
  expect(Math.abs(mean)).toBeLessThan((5 * Math.sqrt(length / 4)) / Math.sqrt(2000))
  expect(variance / (length / 4)).toBeCloseTo(1, 0)
  expect(sizes.every((size) => size === length)).toBe(true)
})

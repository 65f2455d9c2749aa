import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tensorStatistics } from './tensor-statistics.ts'
import { valueDifferences } from './value-differences.ts'

const SEED = { seed: 7, numRuns: 200 }
const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }), {
  minLength: 1,
  maxLength: 60,
})

describe('statistics of a tensor', () => {
  test('are those of all its values, however they are cut into pieces', () => {
    fc.assert(
      fc.property(floats, fc.integer({ min: 1, max: 20 }), (list, size) => {
        const statistics = tensorStatistics()
        for (let at = 0; at < list.length; at += size)
          statistics.add(Float32Array.from(list.slice(at, at + size)))
        const found = statistics.now()
        const mean = list.reduce((sum, value) => sum + value, 0) / list.length
        const std = Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length)
        expect(found.min).toBe(Math.min(...list))
        expect(found.max).toBe(Math.max(...list))
        expect(found.mean).toBeCloseTo(mean, 6)
        expect(found.std).toBeCloseTo(std, 6)
        expect(found.zeros).toBe(list.filter((value) => value === 0).length / list.length)
      }),
      SEED,
    )
  })

  test('a small spread far from zero is not lost in a sum of squares', () => {
    const statistics = tensorStatistics()
    for (let piece = 0; piece < 100; piece += 1)
      statistics.add(Float32Array.from({ length: 1000 }, (_, at) => 10_000 + (at % 2)))
    expect(statistics.now()).toMatchObject({ mean: 10_000.5, min: 10_000, max: 10_001 })
    expect(statistics.now().std).toBeCloseTo(0.5, 9)
  })

  test('NaN and infinities are counted and in no other figure', () => {
    const statistics = tensorStatistics()
    statistics.add(Float32Array.of(1, Number.NaN, Infinity, -Infinity, 3, 0))
    expect(statistics.now()).toMatchObject({
      values: 6,
      min: 0,
      max: 3,
      mean: 4 / 3,
      nan: 1,
      infinite: 2,
      zeros: 1 / 6,
    })
  })

  test('of nothing but NaN there is no mean, and of nothing at all no share', () => {
    const statistics = tensorStatistics()
    expect(statistics.now()).toMatchObject({ values: 0, zeros: 0, mean: null })
    statistics.add(Float32Array.of(Number.NaN))
    expect(statistics.now()).toEqual({
      values: 1,
      min: null,
      max: null,
      mean: null,
      std: null,
      zeros: 0,
      nan: 1,
      infinite: 0,
    })
  })
})

describe('differences of two tensors', () => {
  test('are counted, and those with NaN or infinities apart', () => {
    const differences = valueDifferences()
    differences.add(Float32Array.of(1, 2, 3), Float32Array.of(1, 1.5, 5))
    differences.add(
      Float32Array.of(Number.NaN, Number.NaN, Infinity),
      Float32Array.of(Number.NaN, 1, Infinity),
    )
    expect(differences.now()).toEqual({
      values: 6,
      changed: 3,
      largest: 2,
      mean: 2.5 / 3,
      relative: 2.5 / 6,
      not_finite: 3,
    })
  })
})

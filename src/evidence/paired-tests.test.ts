import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unitsOf } from './one-column.ts'
import {
  bootstrapMeans,
  exactLowerBound,
  exactPValue,
  mcNemarPValue,
  mcNemarUpperPValue,
  pairedUnits,
  signFlipPValue,
  tangoPValue,
  tangoStatistic,
  type PairedUnits,
} from './paired-tests.ts'

const count = fc.integer({ min: 0, max: 80 })

describe('McNemar’s test', () => {
  test('equals the exact sum of binomial coefficients', () => {
    fc.assert(
      fc.property(count, count, (n10, n01) => {
        const m = BigInt(n10 + n01)
        const fewer = sumOfWays(m, BigInt(Math.min(n10, n01)))
        const exact = Number((2n * fewer * 10n ** 20n) / 2n ** m) / 1e20
        expect(mcNemarPValue({ n10, n01 })).toBeCloseTo(Math.min(1, exact), 12)
        const upper = Number(((2n ** m - sumOfWays(m, BigInt(n10) - 1n)) * 10n ** 20n) / 2n ** m) / 1e20
        expect(mcNemarUpperPValue({ n10, n01 })).toBeCloseTo(upper, 12)
      }),
    )
  })

  test('is 1 when no pair is discordant', () => {
    expect(mcNemarPValue({ n10: 0, n01: 0 })).toBe(1)
  })
})

function sumOfWays(m: bigint, k: bigint): bigint {
  let [sum, ways] = [0n, 1n]
  for (let i = 0n; i <= k; i += 1n) {
    sum += ways
    ways = (ways * (m - i)) / (i + 1n)
  }
  return sum
}

describe('Tango’s score', () => {
  test('gives the published interval', () => {
    // Fagerland, Lydersen and Laake, "Statistical Analysis of Contingency Tables", chapter 8: 1 and 7 discordant of 21.
    expect(intervalOf(1, 7, 21)).toEqual([expect.closeTo(-0.517, 3), expect.closeTo(-0.026, 3)])
  })

  test('at 0 is McNemar’s (n10 − n01) / √(n10 + n01), and changes sign with the sides', () => {
    fc.assert(
      fc.property(
        count,
        count,
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: -0.9, max: 0.9, noNaN: true }),
        (n10, n01, same, delta) => {
          fc.pre(n10 + n01 > 0)
          const n = n10 + n01 + same
          expect(tangoStatistic({ n10, n01 }, n, 0)).toBeCloseTo((n10 - n01) / Math.sqrt(n10 + n01), 9)
          expect(tangoStatistic({ n10: n01, n01: n10 }, n, -delta)).toBeCloseTo(
            -tangoStatistic({ n10, n01 }, n, delta),
            6,
          )
          expect(tangoPValue({ n10, n01 }, n, delta)).toBeLessThanOrEqual(
            tangoPValue({ n10, n01 }, n, delta + 0.01) + 1e-9,
          )
        },
      ),
    )
  })

  test('puts q where the likelihood is largest', () => {
    fc.assert(
      fc.property(
        count,
        count,
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: -0.5, max: 0.5, noNaN: true }),
        (n10, n01, same, delta) => {
          const n = n10 + n01 + same
          let [best, at] = [-Infinity, 0]
          for (let step = 1; step < 4000; step += 1) {
            const q = Math.max(0, -delta) + (step / 4000) * ((1 - Math.abs(delta)) / 2)
            const likelihood =
              n10 * Math.log(q + delta) + n01 * Math.log(q) + same * Math.log(1 - 2 * q - delta)
            if (likelihood > best) [best, at] = [likelihood, q]
          }
          const expected = (n10 - n01 - n * delta) / Math.sqrt(n * (2 * at + delta * (1 - delta)))
          fc.pre(at > 0.01 + Math.max(0, -delta))
          expect(tangoStatistic({ n10, n01 }, n, delta) / expected).toBeCloseTo(1, 1)
        },
      ),
      { numRuns: 40 },
    )
  })
})

/** Where the two-sided 95 % score test turns, by halving. */
function intervalOf(n10: number, n01: number, n: number): [number, number] {
  const search = (target: number): number => {
    let [low, high] = [-0.999, 0.999]
    for (let step = 0; step < 60; step += 1) {
      const middle = (low + high) / 2
      if (tangoStatistic({ n10, n01 }, n, middle) > target) low = middle
      else high = middle
    }
    return low
  }
  return [search(1.959963985), search(-1.959963985)]
}

describe('the exact bound', () => {
  test('on ties only is the rule of three at half the level', () => {
    expect(exactLowerBound({ n10: 0, n01: 0 }, 5, 0.05)).toBeCloseTo(-(1 - 0.025 ** (1 / 5)), 12)
  })

  test('fails less often than it says, summed over every table of thirty pairs', () => {
    for (const [p10, p01] of [
      [0, 0.1],
      [0.02, 0.12],
      [0.3, 0.4],
      [0, 0.05],
    ] as const) {
      let refuted = 0
      for (let n10 = 0; n10 <= 30; n10 += 1)
        for (let n01 = 0; n01 <= 30 - n10; n01 += 1)
          if (exactLowerBound({ n10, n01 }, 30, 0.05) > p10 - p01) refuted += chance(30, n10, n01, p10, p01)
      expect(refuted).toBeLessThanOrEqual(0.05)
    }
  })

  test('and its p-value turn at the same level', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom(20, 100, 2000),
        (n10, n01, n) => {
          const p = exactPValue({ n10, n01 }, n, -0.1)
          fc.pre(p < 0.999 && p > 1e-10)
          expect(exactLowerBound({ n10, n01 }, n, p)).toBeCloseTo(-0.1, 6)
        },
      ),
      { numRuns: 30 },
    )
  })
})

/** Trinomial probability of one table. */
function chance(n: number, n10: number, n01: number, p10: number, p01: number): number {
  let ways = 1
  for (let i = 0; i < n10; i += 1) ways *= (n - i) / (i + 1)
  for (let i = 0; i < n01; i += 1) ways *= (n - n10 - i) / (i + 1)
  return ways * p10 ** n10 * p01 ** n01 * (1 - p10 - p01) ** (n - n10 - n01)
}

/** Differences as two sides, the second of which is 0 everywhere. */
function against(differences: readonly number[]): PairedUnits {
  return { candidate: Float64Array.from(differences), reference: new Float64Array(differences.length) }
}

describe('the sign-flip test', () => {
  test('equals a walk over all signs, and McNemar’s test when every step is one', () => {
    const values = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(values, (steps) => {
        const observed = Math.abs(steps.reduce((a, b) => a + b, 0))
        let hits = 0
        for (let signs = 0; signs < 2 ** steps.length; signs += 1) {
          const sum = steps.reduce((total, step, index) => total + ((signs >> index) & 1 ? step : -step), 0)
          if (Math.abs(sum) >= observed) hits += 1
        }
        const p = signFlipPValue(against(steps.map((step) => step / 8)), 1)
        expect(p).toBeCloseTo(hits / 2 ** steps.length, 12)
        const ones = steps.map(Math.sign).filter((sign) => sign !== 0)
        const n10 = ones.filter((sign) => sign > 0).length
        expect(signFlipPValue(against(ones), 1)).toBeCloseTo(
          mcNemarPValue({ n10, n01: ones.length - n10 }),
          12,
        )
      }),
      { numRuns: 40 },
    )
  })

  test('by sampling comes near the exact value, the same for the same seed', () => {
    const ones = Array.from({ length: 40 }, (_, index) => (index < 27 ? 1 : -1))
    const p = signFlipPValue(against(ones), 5)
    expect(Math.abs(p - mcNemarPValue({ n10: 27, n01: 13 }))).toBeLessThan(0.008)
    expect(signFlipPValue(against(ones), 5)).toBe(p)
    expect(signFlipPValue(against([0, 0]), 5)).toBe(1)
  })

  test('is the same for scores of a tenth as for whole ones, though tenths do not add up exactly', () => {
    const steps = Array.from({ length: 60 }, (_, index) => (index % 7) - 2)
    const tenths = { candidate: steps.map((step) => 0.7 + step / 10), reference: steps.map(() => 0.7) }
    const sides = {
      candidate: Float64Array.from(tenths.candidate),
      reference: Float64Array.from(tenths.reference),
    }
    expect(signFlipPValue(sides, 5)).toBe(signFlipPValue(against(steps), 5))
  })
})

describe('the bootstrap', () => {
  test('spreads as the standard error says, items and clusters alike', () => {
    const values = Array.from({ length: 400 }, (_, index) => Math.sin(index * 7.1))
    const spread = (means: Float64Array): number => {
      const mean = means.reduce((a, b) => a + b, 0) / means.length
      return Math.sqrt(means.reduce((total, each) => total + (each - mean) ** 2, 0) / means.length)
    }
    const draws = { seed: 2, rounds: 4000 }
    const alone = bootstrapMeans(against(values), draws)
    expect(spread(alone) / (Math.sqrt(0.5) / 20)).toBeCloseTo(1, 1)
    const doubled = Float64Array.from([...values, ...values])
    const units = unitsOf([...values.keys(), ...values.keys()])
    const twins = bootstrapMeans(
      pairedUnits(
        doubled,
        doubled.map(() => 0),
        units,
      ),
      draws,
    )
    expect(spread(twins) / spread(alone)).toBeCloseTo(1, 1)
  })

  test('with fewer than 2,000 rounds is refused', () => {
    expect(() => bootstrapMeans(against([1, 0]), { seed: 1, rounds: 100 })).toThrow('at least 2000 rounds')
  })
})

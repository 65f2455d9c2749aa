import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  binomialAtLeast,
  binomialAtMost,
  binomialLowerBound,
  binomialUpperBound,
  incompleteBeta,
  inverseIncompleteBeta,
  logGamma,
  normalCdf,
  normalQuantile,
  studentTCdf,
  studentTQuantile,
} from './distributions.ts'

describe('the normal distribution', () => {
  // Values of SciPy 1.17 (Cephes and boost), to the last digit it prints.
  test.each([
    [-37, 5.725571222524577e-300],
    [-8, 6.22096057427174e-16],
    [-3, 0.0013498980316300933],
    [-0.3, 0.3820885778110474],
    [0, 0.5],
    [1.96, 0.9750021048517795],
    [6, 0.9999999990134123],
  ])('P(Z <= %d) is %d', (z, expected) => {
    expect(normalCdf(z) / expected).toBeCloseTo(1, 11)
  })

  test('quantile and distribution function undo each other', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-15, max: 0.5, noNaN: true }), (p) => {
        expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 11)
        expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), p > 1e-4 ? 10 : 0)
      }),
    )
  })
})

describe('log-gamma', () => {
  test('is the logarithm of a factorial', () => {
    let factorial = 1n
    for (let n = 1n; n <= 150n; n += 1n) {
      factorial *= n
      expect(logGamma(Number(n) + 1)).toBeCloseTo(Math.log(Number(factorial)), 10)
    }
  })

  test('keeps Γ(x + 1) = x Γ(x) and the reflection of Γ(1/2)', () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14)
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 500, noNaN: true }), (x) => {
        expect(logGamma(x + 1) - logGamma(x)).toBeCloseTo(Math.log(x), 9)
      }),
    )
  })
})

describe('the binomial tails', () => {
  test('equal a sum over exact fractions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 99 }),
        (n, k, percent) => {
          expect(binomialAtMost(k, n, percent / 100)).toBeCloseTo(exactAtMost(k, n, percent), 12)
          expect(binomialAtLeast(k, n, percent / 100)).toBeCloseTo(1 - exactAtMost(k - 1, n, percent), 12)
        },
      ),
    )
  })

  test('stay exact where a million items would cost log-gamma its digits', () => {
    // SciPy: binom.cdf(499000, 1000000, 0.5), binom.cdf(10, 5000000, 1e-6).
    expect(binomialAtMost(499_000, 1_000_000, 0.5) / 0.0228041499326948).toBeCloseTo(1, 9)
    expect(binomialAtMost(10, 5_000_000, 1e-6)).toBeCloseTo(0.986304776733573, 9)
  })
})

/** Σ_{i ≤ k} C(n, i) pⁱ (1−p)ⁿ⁻ⁱ with p = percent/100, in whole numbers until the last division. */
function exactAtMost(k: number, n: number, percent: number): number {
  let [sum, ways] = [0n, 1n]
  for (let i = 0; i <= Math.min(k, n); i += 1) {
    sum += ways * BigInt(percent) ** BigInt(i) * BigInt(100 - percent) ** BigInt(n - i)
    ways = (ways * BigInt(n - i)) / BigInt(i + 1)
  }
  return Number((sum * 10n ** 18n) / 100n ** BigInt(n)) / 1e18
}

describe('the incomplete beta function', () => {
  const shape = fc.double({ min: 0.3, max: 3000, noNaN: true })
  const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true })

  test('is its own mirror image, and its inverse undoes it', () => {
    fc.assert(
      fc.property(share, shape, shape, (p, a, b) => {
        const x = inverseIncompleteBeta(p, a, b)
        fc.pre(x < 1 - 1e-9)
        expect(incompleteBeta(x, a, b)).toBeCloseTo(p, 9)
        fc.pre(x > 1e-9)
        expect(incompleteBeta(1 - x, b, a)).toBeCloseTo(1 - incompleteBeta(x, a, b), 9)
      }),
    )
  })

  test('has the closed forms x^a and 1 − (1−x)^b at its edges', () => {
    fc.assert(
      fc.property(share, fc.double({ min: 0.3, max: 50, noNaN: true }), (x, a) => {
        expect(incompleteBeta(x, a, 1)).toBeCloseTo(x ** a, 12)
        expect(incompleteBeta(x, 1, a)).toBeCloseTo(1 - (1 - x) ** a, 12)
      }),
    )
  })
})

describe('Student’s t', () => {
  // Tables of t: two-sided 95 % for 1, 2, 5, 30 and 120 degrees of freedom.
  test.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [5, 2.5705818356363146],
    [30, 2.0422724563012373],
    [120, 1.9799304050824413],
  ])('with %d degrees of freedom reaches 97.5 %% at %d', (df, expected) => {
    expect(studentTQuantile(0.975, df)).toBeCloseTo(expected, 10)
  })

  test('has closed forms for one and two degrees of freedom', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (t) => {
        expect(studentTCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 12)
        expect(studentTCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 12)
      }),
    )
  })

  test('quantile and distribution function undo each other, far out too', () => {
    const df = fc.double({ min: 1, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 0.999, noNaN: true }), df, (p, degrees) => {
        expect(studentTCdf(studentTQuantile(p, degrees), degrees) / p).toBeCloseTo(1, 8)
      }),
    )
  })
})

test('Clopper and Pearson’s bounds are where the tails have the level', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.nat(),
      fc.constantFrom(0.025, 0.05, 0.1),
      (n, pick, alpha) => {
        const k = pick % (n + 1)
        const [low, high] = [binomialLowerBound(k, n, alpha), binomialUpperBound(k, n, alpha)]
        if (k > 0) expect(binomialAtLeast(k, n, low)).toBeCloseTo(alpha, 10)
        if (k < n) expect(binomialAtMost(k, n, high)).toBeCloseTo(alpha, 10)
        expect(low === 0).toBe(k === 0)
        expect(high === 1).toBe(k === n)
      },
    ),
  )
})

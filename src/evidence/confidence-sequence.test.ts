import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { confidenceSequence, watchedVerdict } from './confidence-sequence.ts'
import { seededRandom } from './seeded-random.ts'

describe('a confidence sequence', () => {
  test('holds the true mean at every time in at least 95 % of runs', () => {
    const random = seededRandom(31)
    const draws: readonly (() => number)[] = [
      () => (random.unit() < 0.02 ? 1 : 0),
      () => (random.unit() < 0.5 ? 1 : 0),
      () => random.unit() ** 2,
    ]
    for (const [index, draw] of draws.entries()) {
      const truth = [0.02, 0.5, 1 / 3][index] ?? 0
      let missed = 0
      for (let run = 0; run < 200; run += 1) if (!holds(draw, truth, 600)) missed += 1
      expect(missed / 200).toBeLessThanOrEqual(0.05)
    }
  })

  test('follows the formula, step by step', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
        (values) => {
          const sequence = confidenceSequence()
          for (const value of values) sequence.add(value)
          const [low, high] = sequence.interval() ?? [1, 0]
          const [plainLow, plainHigh] = plainSequence(values)
          fc.pre(plainLow <= plainHigh)
          expect(low).toBeCloseTo(plainLow, 9)
          expect(high).toBeCloseTo(plainHigh, 9)
        },
      ),
    )
  })

  test('of differences settles a verdict, and before the first value says nothing', () => {
    const sequence = confidenceSequence({ low: -1, high: 1 })
    expect([sequence.interval(), sequence.mean(), watchedVerdict(sequence.interval(), 0.05)]).toEqual([
      null,
      null,
      'undecided',
    ])
    for (let item = 0; item < 400; item += 1) sequence.add(0)
    expect(watchedVerdict(sequence.interval(), 0.05)).toBe('non-inferior')
    expect(watchedVerdict([0.01, 0.2], 0.05)).toBe('superior')
    expect(watchedVerdict([-0.2, -0.06], 0.05)).toBe('inferior')
  })
})

function holds(draw: () => number, truth: number, items: number): boolean {
  const sequence = confidenceSequence()
  for (let item = 0; item < items; item += 1) {
    sequence.add(draw())
    const interval = sequence.interval()
    if (interval === null || interval[0] > truth || truth > interval[1]) return false
  }
  return true
}

/** Theorem 2 written out over the whole list at each time. */
function plainSequence(values: readonly number[]): [number, number] {
  const penalty = Math.log(40)
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)
  const meanAt = (i: number): number => (0.5 + sum(values.slice(0, i))) / (i + 1)
  const varianceAt = (i: number): number =>
    (0.25 + sum(values.slice(0, i).map((x, j) => (x - meanAt(j + 1)) ** 2))) / (i + 1)
  const bets = values.map((_, i) =>
    Math.min(0.5, Math.sqrt((2 * penalty) / (varianceAt(i) * (i + 1) * Math.log(i + 2)))),
  )
  let [low, high] = [0, 1]
  for (let t = 1; t <= values.length; t += 1) {
    const used = bets.slice(0, t)
    const centre = sum(used.map((bet, i) => bet * (values[i] ?? 0))) / sum(used)
    const spread = sum(
      used.map((bet, i) => 4 * ((values[i] ?? 0) - meanAt(i)) ** 2 * ((-Math.log(1 - bet) - bet) / 4)),
    )
    const half = (penalty + spread) / sum(used)
    low = Math.max(low, centre - half)
    high = Math.min(high, centre + half)
  }
  return [low, high]
}

import { describe, expect, test } from 'vitest'
import { ppiMean, type LabelledItem } from './ppi.ts'
import { seededRandom, type SeededRandom } from './seeded-random.ts'

describe('ppiMean', () => {
  test('follows the formula of the paper', () => {
    const labelled = [
      [1, 0.9],
      [0, 0.4],
      [1, 0.7],
      [0.5, 0.6],
      [0, 0.1],
    ].map(([human = 0, judge = 0]): LabelledItem => ({ human, judge }))
    const judged = [0.3, 0.8, 0.5, 0.9, 0.2, 0.6, 0.7, 0.1, 0.55, 0.65]
    const all = [...labelled.map(({ judge }) => judge), ...judged]
    const cov = covariance(
      labelled.map(({ human }) => human),
      labelled.map(({ judge }) => judge),
    )
    const lambda = Math.min(1, cov / (1.5 * covariance(all, all)))
    const rest = labelled.map(({ human, judge }) => human - lambda * judge)
    const result = ppiMean(labelled, judged)
    expect(result.lambda).toBeCloseTo(lambda, 12)
    expect(result.mean).toBeCloseTo(lambda * average(judged) + average(rest), 12)
    expect(result.se).toBeCloseTo(
      Math.sqrt((lambda ** 2 * covariance(judged, judged)) / 10 + covariance(rest, rest) / 5),
      12,
    )
    expect(result.judgeBias).toBeCloseTo(0.04, 12)
  })

  test('falls back to the labels alone where the judge can add nothing', () => {
    const labelled = [1, 0, 1, 1].map((human) => ({ human, judge: 0.5 }))
    expect(ppiMean(labelled, [0.5, 0.5])).toMatchObject({ lambda: 0, mean: 0.75, labelsWorth: 1 })
    expect(ppiMean([], [0.4])).toMatchObject({ mean: null, interval: null, labelsWorth: null })
    expect(ppiMean([{ human: 1, judge: 1 }], [])).toMatchObject({ mean: 1, lambda: 0 })
    const opposed = [1, 0, 1, 0].map((human) => ({ human, judge: 1 - human }))
    expect(ppiMean(opposed, [0, 1, 1, 0])).toMatchObject({ lambda: 0, mean: 0.5 })
  })

  test.each([0, 0.5, 0.8, 0.95])(
    'covers the truth with 100 labels and a judge that is right with share %d',
    (right) => {
      const random = seededRandom(17)
      let [covered, width, plainWidth] = [0, 0, 0]
      for (let replay = 0; replay < 400; replay += 1) {
        const items = Array.from({ length: 1100 }, () => drawItem(random, right))
        const { interval, plain } = ppiMean(
          items.slice(0, 100),
          items.slice(100).map(({ judge }) => judge),
        )
        if (interval !== null && interval[0] <= 0.7 && 0.7 <= interval[1]) covered += 1
        width += interval === null ? 1 : interval[1] - interval[0]
        plainWidth += plain.interval === null ? 1 : plain.interval[1] - plain.interval[0]
      }
      expect(covered / 400).toBeGreaterThanOrEqual(0.92)
      expect(width / plainWidth).toBeLessThan(right > 0.9 ? 0.7 : 1.05)
    },
  )
})

/** True in 70 of 100; the judge repeats it with probability `right` and else says yes in four of five: biased upwards. */
function drawItem(random: SeededRandom, right: number): LabelledItem {
  const human = random.unit() < 0.7 ? 1 : 0
  return { human, judge: random.unit() < right ? human : Number(random.unit() < 0.8) }
}

function average(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}

function covariance(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [average(a), average(b)]
  return (
    a.reduce((sum, value, index) => sum + (value - meanA) * ((b[index] ?? 0) - meanB), 0) / (a.length - 1)
  )
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clopperPearson, summarizeColumn, unitsOf, clusterStandardError, wilson } from './one-column.ts'
import { seededRandom } from './seeded-random.ts'

const score = fc.oneof(fc.constantFrom(0, 1, 0.5), fc.double({ min: 0, max: 1, noNaN: true }))

describe('summarizeColumn', () => {
  test('gives Wilson’s interval to right and wrong answers, and Clopper–Pearson’s on request', () => {
    // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    expect(wilson(81, 263)).toEqual([expect.closeTo(0.2553, 4), expect.closeTo(0.3662, 4)])
    expect(wilson(15, 148)).toEqual([expect.closeTo(0.0624, 4), expect.closeTo(0.1605, 4)])
    expect(wilson(0, 20)).toEqual([0, expect.closeTo(0.1611, 4)])
    expect(wilson(1, 29)).toEqual([expect.closeTo(0.0061, 4), expect.closeTo(0.1718, 4)])
    expect(clopperPearson(81, 263)).toEqual([expect.closeTo(0.2527, 4), expect.closeTo(0.3676, 4)])
    expect(clopperPearson(0, 20)).toEqual([0, expect.closeTo(0.1684, 4)])
    const column = [...Array.from({ length: 81 }, () => 1), ...Array.from({ length: 182 }, () => 0)]
    expect(summarizeColumn(column)).toMatchObject({ n: 263, method: 'wilson', interval: wilson(81, 263) })
    expect(summarizeColumn(column, { exact: true }).interval).toEqual(clopperPearson(81, 263))
  })

  test('gives Student’s interval to other scores', () => {
    const summary = summarizeColumn([0.2, 0.4, 0.9])
    expect(summary).toMatchObject({ method: 't', mean: 0.5, se: expect.closeTo(Math.sqrt(0.13 / 3), 12) })
    expect(summary.interval).toEqual([0, 1])
    expect(summarizeColumn([0.2, 0.4, 0.9], { confidence: 0.5 }).interval?.[0]).toBeCloseTo(
      0.5 - 0.8164965809 * 0.2081665999,
      9,
    )
  })

  test('with every item in a cluster of its own, clusters change nothing; repeated items do not shrink the error', () => {
    fc.assert(
      fc.property(fc.array(score, { minLength: 2, maxLength: 40 }), (scores) => {
        const alone = summarizeColumn(
          scores.map((value) => value / 2),
          { clusters: scores.map((_, index) => index) },
        )
        expect(alone.se).toBeCloseTo(summarizeColumn(scores.map((value) => value / 2)).se ?? -1, 12)
        const twice = unitsOf([...scores.keys(), ...scores.keys()])
        expect(clusterStandardError([...scores, ...scores], twice)).toBeCloseTo(
          clusterStandardError(scores, unitsOf([...scores.keys()])) ?? -1,
          12,
        )
      }),
    )
  })

  test('says null or a bound that holds, never NaN, for none, one or equal scores', () => {
    expect(summarizeColumn([])).toEqual({
      n: 0,
      clusters: null,
      mean: null,
      se: null,
      interval: null,
      method: null,
    })
    expect(summarizeColumn([0.3])).toMatchObject({
      mean: 0.3,
      se: null,
      interval: [0, 1],
      method: 'hoeffding',
    })
    const equal = summarizeColumn(Array.from({ length: 200 }, () => 0.1))
    const half = Math.sqrt(Math.log(40) / 400)
    expect(equal).toMatchObject({
      se: 0,
      method: 'hoeffding',
      interval: [expect.closeTo(0.1 - half, 12), expect.closeTo(0.1 + half, 12)],
    })
    expect(summarizeColumn([1, 1, 0], { clusters: [4, 4, 4] })).toMatchObject({
      clusters: 1,
      se: null,
      interval: [0, 1],
    })
  })

  test('every figure is finite and in order for any column', () => {
    const column = fc.array(fc.tuple(score, fc.integer({ min: -1, max: 4 })), { maxLength: 60 })
    fc.assert(
      fc.property(column, fc.boolean(), (rows, clustered) => {
        const clusters = clustered ? { clusters: rows.map(([, cluster]) => cluster) } : {}
        const { mean, se, interval, n } = summarizeColumn(
          rows.map(([value]) => value),
          clusters,
        )
        if (n === 0) return
        expect(
          [mean, ...(interval ?? [])].every(Number.isFinite) && (se === null || Number.isFinite(se)),
        ).toBe(true)
        expect(interval?.[0]).toBeLessThanOrEqual((mean ?? 0) + 1e-9)
        expect(interval?.[1]).toBeGreaterThanOrEqual((mean ?? 0) - 1e-9)
      }),
    )
  })

  test('covers the true mean as often as it says, in clusters too', () => {
    const random = seededRandom(7)
    let [plain, clustered] = [0, 0]
    for (let round = 0; round < 1000; round += 1) {
      const clusters = Array.from({ length: 300 }, (_, index) => Math.floor(index / 6))
      const eases = Array.from({ length: 50 }, () => random.unit())
      const answers = clusters.map((cluster) => (random.unit() < (eases[cluster] ?? 0) ? 1 : 0))
      if (covers(summarizeColumn(answers).interval, 0.5)) plain += 1
      if (covers(summarizeColumn(answers, { clusters }).interval, 0.5)) clustered += 1
    }
    expect(clustered / 1000).toBeGreaterThan(0.93)
    // Why clusters matter: ignoring them here covers far less than the 95 % it claims.
    expect(plain / 1000).toBeLessThan(0.85)
  })
})

function covers(interval: readonly [number, number] | null, truth: number): boolean {
  return interval !== null && interval[0] <= truth && truth <= interval[1]
}

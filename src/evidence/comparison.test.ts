import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compare, comparisonJson, type Comparison, type ComparisonOptions } from './comparison.ts'
import { createOutcomeTable } from './outcome-table.ts'
import { pairColumns, pairScores, slicesOf } from './pairing.ts'
import { seededRandom } from './seeded-random.ts'

type Pairs = readonly (readonly [candidate: number, reference: number])[]

function compared(pairs: Pairs, options: ComparisonOptions, clusters?: readonly number[]): Comparison {
  const candidate = { model: 'small', scores: pairs.map(([a]) => a) }
  const reference = { model: 'large', scores: pairs.map(([, b]) => b) }
  return compare(pairScores('task', candidate, reference, clusters), options)
}

/** Pairs of right and wrong answers by their four counts. */
function table(both: number, n10: number, n01: number, neither: number): Pairs {
  const times = (count: number, pair: readonly [number, number]): Pairs =>
    Array.from({ length: count }, () => pair)
  return [...times(both, [1, 1]), ...times(n10, [1, 0]), ...times(n01, [0, 1]), ...times(neither, [0, 0])]
}

describe('compare, on right and wrong answers', () => {
  test('gives the paired figures of a hand calculation', () => {
    const result = compared(table(480, 78, 41, 19), { margin: 0.03 })
    const difference = 37 / 618
    const se = Math.sqrt((119 - (37 * 37) / 618) / 617 / 618)
    expect(result).toMatchObject({
      n: 618,
      discordant: { n10: 78, n01: 41 },
      candidate: { model: 'small', mean: 558 / 618 },
      difference: { mean: expect.closeTo(difference, 12), se: expect.closeTo(se, 12), method: 'paired-t' },
      verdict: 'superior',
      equivalent: false,
    })
    // qt(0.975, 617) = 1.963817
    expect(result.difference.interval?.[0]).toBeCloseTo(difference - 1.963817 * se, 6)
    // SciPy: binomtest(41, 119).pvalue
    expect(result.mcNemarP).toBeCloseTo(0.0008881371, 9)
  })

  test.each([
    ['superior', table(400, 60, 20, 20), 0.03],
    ['non-inferior', table(400, 30, 30, 40), 0.03],
    ['inferior', table(300, 20, 100, 80), 0.03],
    ['undecided', table(100, 20, 25, 55), 0.03],
  ] as const)('says %s', (verdict, pairs, margin) => {
    expect(compared(pairs, { margin }).verdict).toBe(verdict)
  })

  test('a candidate that is always wrong, or always right, where the other is not, leaves no doubt', () => {
    const worse = compared(table(0, 0, 40, 0), { margin: 0.03 })
    expect(worse).toMatchObject({ verdict: 'inferior', difference: { mean: -1, method: 'exact' } })
    expect(worse.difference.interval?.[1]).toBeLessThan(-0.75)
    expect(compared(table(0, 40, 0, 0), { margin: 0.03 }).verdict).toBe('superior')
  })

  test('says that a loss inside the margin is still a loss, and does not call it equal', () => {
    const result = compared(table(3000, 20, 60, 920), { margin: 0.03 })
    expect(result.verdict).toBe('non-inferior')
    expect(result.because).toContain('It is worse than the reference')
    expect(result.pValues.inferior).toBeGreaterThan(0.05)
  })

  test('equivalence needs both sides, and no difference is no proof of it', () => {
    expect(compared(table(900, 20, 20, 60), { margin: 0.03 }).equivalent).toBe(true)
    expect(compared(table(60, 5, 5, 30), { margin: 0.03 })).toMatchObject({
      verdict: 'undecided',
      equivalent: false,
    })
    expect(compared(table(400, 60, 20, 20), { margin: 0.03 }).equivalent).toBe(false)
  })

  test('five ties decide nothing; enough ties do', () => {
    const few = compared(table(5, 0, 0, 0), { margin: 0.03 })
    expect(few).toMatchObject({
      verdict: 'undecided',
      equivalent: false,
      mcNemarP: 1,
      difference: { mean: 0, se: 0, method: 'exact' },
    })
    expect(few.difference.interval?.[0]).toBeLessThan(-0.5)
    expect(compared(table(121, 0, 0, 0), { margin: 0.03 }).verdict).toBe('undecided')
    expect(compared(table(122, 0, 0, 0), { margin: 0.03 })).toMatchObject({
      verdict: 'non-inferior',
      equivalent: true,
    })
  })

  test('with few items uses McNemar’s exact test for better', () => {
    expect(compared(table(0, 5, 0, 0), { margin: 0.03 })).toMatchObject({
      verdict: 'superior',
      difference: { method: 'exact' },
    })
    expect(compared(table(0, 4, 0, 0), { margin: 0.03 }).verdict).toBe('undecided')
  })

  test('plans the items that the research formula plans', () => {
    // 30 % discordant, 80 % power: (1.645 + 0.842)² · 0.30 / margin²
    expect(compared(table(500, 150, 150, 200), { margin: 0.03 }).power.itemsForVerdict).toBe(2061)
    expect(compared(table(500, 150, 150, 200), { margin: 0.05 }).power).toMatchObject({
      itemsForVerdict: 742,
      moreItems: 0,
    })
    expect(compared(table(500, 150, 150, 200), { margin: 0.03 }).power.detectable).toBeCloseTo(
      2.4865 * Math.sqrt(0.3 / 999),
      4,
    )
  })

  test('falsely says non-inferior in at most 5 % of sets, whatever the size and the discordance', () => {
    const random = seededRandom(11)
    for (const [n, p10, p01] of [
      [30, 0.05, 0.1],
      [60, 0, 0.05],
      [200, 0.02, 0.07],
      [400, 0.12, 0.17],
      [200, 0, 0.05],
    ] as const) {
      let wrong = 0
      for (let round = 0; round < 1000; round += 1) {
        const pairs = Array.from({ length: n }, () => pairOf(random.unit(), p10, p01))
        if (['superior', 'non-inferior'].includes(compared(pairs, { margin: 0.05 }).verdict)) wrong += 1
      }
      // 0.05 + three standard errors of 1,000 draws.
      expect(wrong / 1000, `n ${n}, p10 ${p10}, p01 ${p01}`).toBeLessThan(0.0707)
    }
  })
})

function pairOf(draw: number, p10: number, p01: number): readonly [number, number] {
  if (draw < p10) return [1, 0]
  return draw < p10 + p01 ? [0, 1] : [1, 1]
}

describe('compare, on scores between 0 and 1', () => {
  const graded = Array.from({ length: 200 }, (_, index): readonly [number, number] => [
    0.5 + 0.4 * Math.sin(index),
    0.5 + 0.4 * Math.sin(index) - 0.05 * Math.cos(index * 3.7) - 0.02,
  ])

  test('uses the t interval, a seeded bootstrap and sign flips, and McNemar’s test not at all', () => {
    const result = compared(graded, { margin: 0.03, seed: 4 })
    expect(result).toMatchObject({
      verdict: 'superior',
      mcNemarP: null,
      bootstrap: { rounds: 2000, seed: 4 },
    })
    expect(result.bootstrap?.interval[0]).toBeCloseTo(result.difference.interval?.[0] ?? 0, 2)
    expect(result.signFlipP).toBeLessThan(0.001)
    expect(compared(graded, { margin: 0.03, seed: 4 })).toEqual(result)
    expect(compared(graded, { margin: 0.03, seed: 5 }).bootstrap).not.toEqual(result.bootstrap)
  })

  test('with few items or equal differences bets instead of trusting the spread', () => {
    const five = compared(graded.slice(0, 5), { margin: 0.03 })
    expect(five).toMatchObject({ verdict: 'undecided', difference: { method: 'betting' } })
    const ties = Array.from({ length: 8 }, () => [0.5, 0.5] as const)
    expect(compared(ties, { margin: 0.03 })).toMatchObject({
      verdict: 'undecided',
      difference: { mean: 0, se: 0 },
    })
    const steady = Array.from({ length: 300 }, () => [0.6, 0.5] as const)
    expect(compared(steady, { margin: 0.03 })).toMatchObject({
      verdict: 'superior',
      difference: { method: 'betting' },
    })
  })

  test('with clusters takes their error, and clusters that are few decide nothing', () => {
    const inTens = graded.map((_, index) => Math.floor(index / 10))
    const clustered = compared(graded, { margin: 0.03 }, inTens)
    expect(clustered).toMatchObject({ clusters: 20, mcNemarP: null, difference: { method: 'paired-t' } })
    const inTwo = compared(
      graded,
      { margin: 0.03 },
      graded.map((_, index) => index % 2),
    )
    expect(inTwo).toMatchObject({ clusters: 2, verdict: 'undecided', difference: { method: 'hoeffding' } })
  })

  test('copies of every item in its cluster do not make a verdict surer', () => {
    const pairs = table(40, 6, 4, 10)
    const copies = [...pairs, ...pairs, ...pairs, ...pairs]
    const names = [...pairs.keys()]
    const once = compared(pairs, { margin: 0.05 }, names)
    const four = compared(copies, { margin: 0.05 }, [...names, ...names, ...names, ...names])
    expect(four.difference.se).toBeCloseTo(once.difference.se ?? 0, 12)
    expect(four.verdict).toBe(once.verdict)
  })
})

describe('compare, on anything', () => {
  const score = fc.oneof(
    fc.constantFrom(0, 1),
    fc.constantFrom(0, 0.5, 1),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  const pairs = fc.oneof(
    fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 1)), { maxLength: 80 }),
    fc.array(fc.tuple(score, score), { maxLength: 60 }),
  )

  test('has no figure that is not finite, and swapping the sides mirrors it', () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom(0, 0.02, 0.1, 0.5, 1), fc.boolean(), (rows, margin, clustered) => {
        const clusters = clustered ? rows.map((_, index) => index % 7) : undefined
        const result = compared(rows, { margin }, clusters)
        expect(JSON.stringify(comparisonJson(result))).toBe(
          JSON.stringify(comparisonJson(result), onlyFinite),
        )
        const mirrored = compared(
          rows.map(([a, b]) => [b, a]),
          { margin },
          clusters,
        )
        const interval = mirrored.difference.interval
        if (interval !== null && result.difference.interval !== null) {
          expect(result.difference.interval[0]).toBeCloseTo(-interval[1], 6)
          expect(result.difference.interval[1]).toBeCloseTo(-interval[0], 6)
        }
        expect(result.equivalent).toBe(mirrored.equivalent)
        expect(result.verdict === 'superior' && result.pValues.inferior <= 0.05).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  test('a difference of all but the whole scale keeps its bounds (found by a failing seed)', () => {
    const result = compared([[0.9999999602635702, 0]], { margin: 0 })
    expect(result).toMatchObject({
      verdict: 'undecided',
      difference: { method: 'betting', interval: [-1, expect.closeTo(1, 6)] },
    })
  })

  test('with no common item says so', () => {
    const result = compared([], { margin: 0.03 })
    expect(result).toMatchObject({
      n: 0,
      verdict: 'undecided',
      equivalent: false,
      difference: { mean: null, interval: null },
    })
    expect(result.because).toBe('No item has an outcome of both models, so nothing can be said.')
  })
})

function onlyFinite(_: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('a figure is not finite')
  return value
}

describe('pairing', () => {
  const rows = createOutcomeTable()
  const add = (item: string, model: string, score: number, category?: string): void => {
    rows.add(
      { task: 't', item, model, score, ...(category !== undefined && { category }) },
      { file: 'f', line: 1 },
    )
  }
  for (const [item, category] of [
    ['1', 'law'],
    ['2', 'law'],
    ['3', 'tax'],
    ['4', undefined],
  ] as const) {
    add(item, 'a', 1, category)
    if (item !== '2') add(item, 'b', item === '3' ? 0 : 1)
  }
  add('5', 'b', 1)
  add('6', 'c', 1)
  const view = rows.task('t')

  test('lists the items that one side lacks, and not those that both lack', () => {
    const pairing = pairColumns(view, 'a', 'b')
    expect(pairing.missing).toEqual([
      { item: '2', model: 'b' },
      { item: '5', model: 'a' },
    ])
    expect([[...pairing.candidate.scores], [...pairing.reference.scores]]).toEqual([
      [1, 1, 1],
      [1, 0, 1],
    ])
  })

  test('slices by a field, the items that say nothing last', () => {
    const slices = slicesOf(view, 'category')
    expect(slices.map(({ value }) => value)).toEqual(['law', 'tax', null])
    const sizes = slices.map((slice) => pairColumns(view, 'a', 'b', { slice }).candidate.scores.length)
    expect(sizes).toEqual([1, 1, 1])
  })

  test('the JSON has the fields of the contract', () => {
    const json = comparisonJson(compare(pairColumns(view, 'a', 'b'), { margin: 0.03 }))
    expect(Object.keys(json)).toEqual([
      'task',
      'n',
      'missing',
      'candidate',
      'reference',
      'difference',
      'discordant',
      'mcnemar_p',
      'margin',
      'verdict',
      'equivalent',
      'power',
      'details',
    ])
    expect(json).toMatchObject({
      n: 3,
      discordant: { n10: 1, n01: 0 },
      mcnemar_p: 1,
      margin: 0.03,
      verdict: 'undecided',
    })
  })
})

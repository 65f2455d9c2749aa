import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compare } from './comparison.ts'
import { pairScores } from './pairing.ts'
import {
  heterogeneity,
  leaveOneSiteOut,
  poolExactly,
  siteCell,
  withoutSmallCells,
  type SiteCell,
} from './pooled.ts'
import { cellFault, siteCells, siteDocument } from './site-document.ts'

type Pairs = readonly (readonly [number, number])[]

function cellOf(site: string, pairs: Pairs): SiteCell {
  return siteCell(
    site,
    pairScores(
      't',
      { model: 'a', scores: pairs.map(([a]) => a) },
      { model: 'b', scores: pairs.map(([, b]) => b) },
    ),
  )
}

function cell(site: string, slice: string, n: number): SiteCell {
  return { site, task: 't', slice, n, sumD: 0, sumD2: 0, n10: 0, n01: 0, errors: 0 }
}

describe('pooling', () => {
  test('equals one comparison over the rows of all sites', () => {
    const score = fc.constantFrom(0, 0.25, 0.5, 1)
    const site = fc.array(fc.tuple(score, score), { maxLength: 40 })
    fc.assert(
      fc.property(fc.array(site, { minLength: 1, maxLength: 5 }), (sites) => {
        const pooled = poolExactly(sites.map((pairs, index) => cellOf(`s${index}`, pairs)))
        const rows = sites.flat()
        const whole = compare(
          pairScores(
            't',
            { model: 'a', scores: rows.map(([a]) => a) },
            { model: 'b', scores: rows.map(([, b]) => b) },
          ),
          { margin: 0.05 },
        )
        expect({ n: pooled.n, n10: pooled.n10, n01: pooled.n01 }).toEqual({ n: whole.n, ...whole.discordant })
        expect(pooled.mean ?? 9).toBeCloseTo(whole.difference.mean ?? 9, 9)
        expect(pooled.se ?? 9).toBeCloseTo(whole.difference.se ?? 9, 9)
      }),
      { numRuns: 40 },
    )
  })

  test('refuses cells of two tasks, or a site twice', () => {
    expect(() => poolExactly([cell('a', '', 20), cell('b', 'law', 20)])).toThrow('one task and slice')
    expect(() => poolExactly([cell('a', '', 20), cell('a', '', 20)])).toThrow('once')
  })

  test('of nothing, one item or ties is null or an estimate without an interval', () => {
    expect(poolExactly([])).toMatchObject({ n: 0, mean: null, interval: null })
    expect(poolExactly([cell('a', '', 1)])).toMatchObject({ mean: 0, se: null, interval: null })
    expect(poolExactly([cell('a', '', 40)])).toMatchObject({ mean: 0, se: 0, interval: null })
  })
})

describe('heterogeneity', () => {
  test('is DerSimonian and Laird’s, worked by hand', () => {
    // Three sites of n = 100 with means 0, 0.1, 0.3 and variance 0.01 of each mean: w = 100, mean 0.1333.
    const sites = [0, 0.1, 0.3].map((mean, index) => ({
      ...cell(`s${index}`, '', 100),
      sumD: 100 * mean,
      sumD2: 99 + 100 * mean * mean,
    }))
    const q = 100 * ((0.4 / 3) ** 2 + (0.1 / 3) ** 2 + (0.5 / 3) ** 2)
    const tau = (q - 2) / (300 - 100)
    const result = heterogeneity(sites)
    expect(result).toMatchObject({
      q: expect.closeTo(q, 9),
      tauSquared: expect.closeTo(tau, 9),
      mean: expect.closeTo(0.4 / 3, 9),
    })
    expect(result.se).toBeCloseTo(Math.sqrt((0.01 + tau) / 3), 9)
    expect(result.iSquared).toBeCloseTo((q - 2) / q, 9)
  })

  test('is zero for sites that agree, and unknown for one site or for ties', () => {
    const agree = ['a', 'b', 'c'].map((site) => ({ ...cell(site, '', 50), sumD: 5, sumD2: 10 }))
    expect(heterogeneity(agree)).toMatchObject({ tauSquared: 0, iSquared: 0, mean: expect.closeTo(0.1, 12) })
    expect(heterogeneity(agree.slice(0, 1)).tauSquared).toBeNull()
    expect(heterogeneity([cell('a', '', 50), cell('b', '', 50)]).tauSquared).toBeNull()
  })

  test('ten ties do not outvote a thousand items', () => {
    const large = { ...cell('large', '', 1000), sumD: 100, sumD2: 300 }
    expect(heterogeneity([large, cell('ties', '', 10)]).mean).toBeGreaterThan(0.09)
  })
})

describe('what leaves a site', () => {
  const names = (cells: readonly { slice: string }[]): string[] => cells.map(({ slice }) => slice)

  test('is no cell below ten items, nor one that the others give away', () => {
    const cells = [cell('a', '', 100), cell('a', 'hi', 4), cell('a', 'mr', 30), cell('a', 'en', 66)]
    const released = withoutSmallCells(cells)
    expect(names(released.cells)).toEqual(['', 'en'])
    expect(released.suppressed).toEqual([
      { task: 't', slice: 'hi' },
      { task: 't', slice: 'mr' },
    ])
  })

  test('hides until the hidden slices together are large', () => {
    const cells = [
      cell('a', '', 100),
      cell('a', 'hi', 3),
      cell('a', 'ar', 2),
      cell('a', 'mr', 30),
      cell('a', 'en', 65),
    ]
    expect(names(withoutSmallCells(cells).cells)).toEqual(['', 'en'])
    expect(names(withoutSmallCells(cells.slice(1)).cells)).toEqual(['mr', 'en'])
  })
})

test('leaving one site out shows which one carries the result', () => {
  const sites = [cell('a', '', 100), { ...cell('b', '', 100), sumD: 30, sumD2: 30 }]
  const [a, b] = leaveOneSiteOut(sites)
  expect([a?.site, a?.without.mean, a?.influence]).toEqual(['a', 0.3, expect.closeTo(-0.15, 12)])
  expect([b?.without.mean, b?.influence]).toEqual([0, expect.closeTo(0.15, 12)])
  expect(leaveOneSiteOut(sites.slice(0, 1))[0]?.influence).toBeNull()
})

test('what any pairs give is never refused at the other end, and comes back as it was', () => {
  const score = fc.oneof(fc.constantFrom(0, 0.1, 0.7, 1), fc.double({ min: 0, max: 1, noNaN: true }))
  fc.assert(
    fc.property(fc.array(fc.tuple(score, score), { minLength: 10, maxLength: 60 }), (pairs) => {
      const own = cellOf('north', pairs)
      const about = { site: 'north', candidate: 'a', reference: 'b', by: null, smallest: 10 }
      const document = siteDocument(about, withoutSmallCells([own]))
      const read = JSON.parse(JSON.stringify(document)) as typeof document
      expect(read.cells.map((each) => cellFault(each, 10))).toEqual([undefined])
      expect(siteCells(read)).toEqual([own])
    }),
    { seed: 11, numRuns: 300 },
  )
})

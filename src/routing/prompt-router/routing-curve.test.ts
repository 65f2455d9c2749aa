import fc from 'fast-check'
import { expect, test } from 'vitest'
import { routerFigures, routingCurve, sortScores, type PairScores } from './routing-curve.ts'

const figuresOf = (scores: readonly number[], pair: PairScores): ReturnType<typeof routerFigures> =>
  routerFigures(routingCurve(sortScores(scores), pair))

/** The generator of the C standard's example, so that the same cases can be made elsewhere. */
function draws(n: number, seed: number): number[] {
  let state = BigInt(seed)
  return Array.from({ length: n }, () => {
    state = (state * 1_103_515_245n + 12_345n) % 2n ** 31n
    return Number(state) / 2 ** 31
  })
}

// Computed with numpy 2.4 as RouteLLM does: unique(quantile(scores, linspace(0, 1, 11))), trapezoid, interp. Cases 2, 4 and 6
// have scores of six values only; accuracies do not rise everywhere, so CPT depends on the path of numpy's search.
test.each([
  [1, 0.5263157894736842, 38.596491228070185, 80.52631578947368],
  [2, 0.8289473684210511, 17.543859649122805, 28.070175438596465],
  [3, 0.5598555211558307, 42.10526315789472, 75.43859649122807],
  [4, 0.6423001949317744, 36.40350877192983, 55.087719298245595],
  [5, 0.4114832535885164, 56.35964912280702, 95.36842105263158],
  [6, 0.508771929824561, 45.614035087719316, 91.81286549707603],
])('APGR, CPT50 and CPT80 are those of RouteLLM, case %i', (seed, apgr, cpt50, cpt80) => {
  const scores = draws(57, seed).map((score) => (seed % 2 === 0 ? Math.floor(score * 6) : score))
  const weak = draws(57, seed + 100).map((draw) => (draw < 0.55 ? 1 : 0))
  const strong = draws(57, seed + 200).map((draw) => (draw < 0.75 ? 1 : 0))
  const figures = figuresOf(scores, { weak, strong })
  expect(figures.apgr).toBeCloseTo(apgr, 10)
  expect(figures.cpt50).toBeCloseTo(cpt50, 8)
  expect(figures.cpt80).toBeCloseTo(cpt80, 8)
})

test('a router that knows nothing is a straight line: 0.5, 50 and 80', () => {
  const pair = { weak: [0, 0, 1, 0], strong: [1, 1, 1, 0] }
  const { apgr, cpt50, cpt80 } = figuresOf([3, 3, 3, 3], pair)
  expect([apgr, cpt50, cpt80]).toEqual([0.5, expect.closeTo(50), expect.closeTo(80)])
})

test('one gain among four items, ranked first: three quarters of the area above the weak model and an eighth more', () => {
  const pair = { weak: [0, 0, 0, 0], strong: [1, 0, 0, 0] }
  expect(figuresOf([4, 3, 2, 1], pair).apgr).toBeCloseTo(0.75 + 0.125)
  expect(figuresOf([1, 2, 3, 4], pair).apgr).toBeCloseTo(0.125)
})

test('without a gap there is nothing to recover, and no figure is made up', () => {
  expect(figuresOf([1, 2], { weak: [1, 0], strong: [0, 1] })).toEqual({
    apgr: null,
    cpt50: null,
    cpt80: null,
  })
  expect(figuresOf([1, 2], { weak: [1, 1], strong: [0, 1] }).apgr).toBeNull()
  expect(() => sortScores([1, Number.NaN])).toThrow('finite')
})

const item = fc.record({
  score: fc.integer({ min: -5, max: 5 }),
  weak: fc.double({ min: 0, max: 1, noNaN: true }),
  strong: fc.double({ min: 0, max: 1, noNaN: true }),
  times: fc.nat(3),
})

test('a weight counts as often as the item would, and the order of the items does not matter', () => {
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 25 }), (items) => {
      fc.pre(items.some(({ times }) => times > 0))
      const repeated = items.flatMap((each) => Array.from({ length: each.times }, () => each)).reverse()
      const column = (rows: typeof items, key: 'score' | 'weak' | 'strong'): number[] =>
        rows.map((row) => row[key])
      const weighted = routingCurve(
        sortScores(column(items, 'score')),
        { weak: column(items, 'weak'), strong: column(items, 'strong') },
        items.map(({ times }) => times),
      )
      const plain = routingCurve(sortScores(column(repeated, 'score')), {
        weak: column(repeated, 'weak'),
        strong: column(repeated, 'strong'),
      })
      expect(weighted.length).toBe(plain.length)
      for (const [place, point] of plain.entries()) {
        expect(weighted[place]?.strongShare).toBeCloseTo(point.strongShare, 10)
        expect(weighted[place]?.accuracy).toBeCloseTo(point.accuracy, 10)
      }
      expect([plain[0]?.strongShare, plain.at(-1)?.strongShare]).toEqual([0, 1])
    }),
  )
})

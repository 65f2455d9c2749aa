import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cohenKappa, familyWarning, joinOrders } from './judge.ts'
import { seededRandom } from './seeded-random.ts'

describe('joinOrders', () => {
  test('believes a winner that wins in both places, and counts a flip as a tie', () => {
    const summary = joinOrders([
      { item: '1', candidateFirst: 'candidate', referenceFirst: 'candidate' },
      { item: '2', candidateFirst: 'candidate', referenceFirst: 'reference' },
      { item: '3', candidateFirst: 'reference', referenceFirst: 'reference' },
      { item: '4', candidateFirst: 'candidate', referenceFirst: 'tie' },
      { item: '5', candidateFirst: 'unparsed', referenceFirst: 'reference' },
    ])
    expect(summary.items.map(({ score }) => score)).toEqual([1, 0.5, 0, 0.5, null])
    expect(summary).toMatchObject({ n: 4, unparsed: 1, flipRate: 0.25, winRate: 0.5 })
  })

  test('of nothing gives no rate', () => {
    expect(joinOrders([])).toEqual({ items: [], n: 0, unparsed: 0, flipRate: null, winRate: null })
  })
})

describe('Cohen’s kappa', () => {
  test('of a published table', () => {
    // 20 both yes, 5 and 10 apart, 15 both no: p_o 0.7, p_e 0.5, kappa 0.4.
    const [first, second] = raters([
      ['y', 'y', 20],
      ['y', 'n', 5],
      ['n', 'y', 10],
      ['n', 'n', 15],
    ])
    const { kappa, agreement, interval } = cohenKappa(first, second)
    expect([kappa, agreement]).toEqual([expect.closeTo(0.4, 12), 0.7])
    // The three sums of the paper by hand: standard error 0.1269961.
    expect(interval).toEqual([expect.closeTo(0.1510923, 6), expect.closeTo(0.6489077, 6)])
  })

  test('keeps an honest interval when the raters never disagree, and is not defined with one label', () => {
    const [first, second] = raters([
      ['y', 'y', 10],
      ['n', 'n', 10],
    ])
    const perfect = cohenKappa(first, second)
    expect(perfect.kappa).toBe(1)
    expect(perfect.interval?.[0]).toBeCloseTo(2 * 0.025 ** (1 / 20) - 1, 9)
    expect(cohenKappa(['y', 'y'], ['y', 'y'])).toEqual({ n: 2, agreement: 1, kappa: null, interval: null })
    expect(cohenKappa([], [])).toEqual({ n: 0, agreement: null, kappa: null, interval: null })
  })

  test('is symmetric, finite and inside its interval', () => {
    const label = fc.constantFrom('a', 'b', 'c')
    fc.assert(
      fc.property(fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 60 }), (pairs) => {
        const [first, second] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)]
        const { kappa, interval } = cohenKappa(first, second)
        if (kappa === null || interval === null) return
        expect(cohenKappa(second, first).kappa).toBeCloseTo(kappa, 12)
        expect(interval[0] - 1e-12 <= kappa && kappa <= interval[1] + 1e-12).toBe(true)
      }),
    )
  })

  test('covers the true kappa in about 95 of a hundred sets', () => {
    const random = seededRandom(5)
    let covered = 0
    for (let round = 0; round < 1000; round += 1) {
      // Half yes, agreeing with probability 0.8 either way: kappa 0.6.
      const first = Array.from({ length: 200 }, () => (random.unit() < 0.5 ? 'y' : 'n'))
      const second = first.map((label) => (random.unit() < 0.8 ? label : label === 'y' ? 'n' : 'y'))
      const interval = cohenKappa(first, second).interval
      if (interval !== null && interval[0] <= 0.6 && 0.6 <= interval[1]) covered += 1
    }
    expect(covered / 1000).toBeGreaterThan(0.93)
  })
})

function raters(cells: readonly (readonly [string, string, number])[]): [string[], string[]] {
  const spread = (side: 0 | 1): string[] =>
    cells.flatMap((cell) => Array.from({ length: cell[2] }, () => cell[side]))
  return [spread(0), spread(1)]
}

test('a judge of a side’s own family is flagged', () => {
  expect(familyWarning({ judge: 'Qwen', candidate: 'qwen', reference: 'gpt' })).toContain(
    'candidate’s own'.replace('’', "'"),
  )
  expect(familyWarning({ judge: 'gpt', candidate: 'qwen', reference: 'gpt' })).toContain("reference's own")
  expect(familyWarning({ judge: 'claude', candidate: 'qwen', reference: 'gpt' })).toBeNull()
})

import { describe, expect, test } from 'vitest'
import { betAgainst } from './betting.ts'
import { planFromPilot, planWithoutPilot } from './certificate-plan.ts'
import { pairsToCertify } from './certificate-power.ts'
import { certify } from './certificate.ts'
import { seededRandom } from './seeded-random.ts'

/** Share of 300 sets of n pairs that pass the betting test, D = ±1 on `differing` of the items with mean `loss`. */
function passShare(n: number, differing: number, loss: number, epsilon: number, delta: number): number {
  let passed = 0
  for (let draw = 0; draw < 300; draw += 1) {
    const random = seededRandom(draw)
    const bet = betAgainst({ bound: (1 + epsilon) / 2, delta, planned: n })
    for (let pair = 0; pair < n; pair += 1) {
      const differs = random.unit() < differing
      const worse = random.unit() < 0.5 + loss / (2 * Math.max(differing, 1e-9))
      bet.add((1 + (differs ? (worse ? 1 : -1) : 0)) / 2)
    }
    if (bet.logMaxWealth() >= Math.log(1 / delta)) passed += 1
  }
  return passed / 300
}

describe('pairs to certify', () => {
  test.each([
    [0.3, 0, 0.05, 0.05],
    [0.1, 0, 0.05, 0.1],
    [0.1, 0.015, 0.03, 0.05],
    [0.2, 0.02, 0.05, 0.1],
    [0.02, 0, 0.05, 0.05],
    [0, 0, 0.02, 0.05],
  ])(
    'with %d differing, a loss of %d, ε %d and δ %d pass about four times in five, and half of them do not',
    (differing, meanLoss, epsilon, delta) => {
      const pairs = pairsToCertify({ meanLoss, meanSquare: differing, epsilon, delta }) ?? 0
      expect(passShare(pairs, differing, meanLoss, epsilon, delta)).toBeGreaterThanOrEqual(0.72)
      expect(passShare(Math.floor(pairs / 2), differing, meanLoss, epsilon, delta)).toBeLessThan(0.72)
    },
  )

  test('no number is enough for a loss of ε or more', () => {
    expect(pairsToCertify({ meanLoss: 0.05, meanSquare: 0.2, epsilon: 0.05, delta: 0.1 })).toBeNull()
  })

  test('the smallest ε and δ that are taken give a number, and soon', () => {
    const pairs = pairsToCertify({ meanLoss: 0, meanSquare: 0, epsilon: 0.0001, delta: 0.0001 })
    expect(pairs).toBeGreaterThan(80_000)
    expect(pairs).toBeLessThan(200_000)
  })
})

/** As good below 0.7, always wrong from there. */
function pilot(n: number) {
  const scores = Array.from({ length: n }, (_, item) => ((item * 7919) % n) / n)
  return {
    task: 't',
    reference: 'large',
    cheap: 'small',
    scores,
    referenceOutcomes: scores.map(() => 1),
    cheapOutcomes: scores.map((score) => (score < 0.7 ? 1 : 0)),
    epsilon: 0.05,
    delta: 0.1,
    seed: 3,
  }
}

describe('a plan from a pilot', () => {
  test('certifies more with more pairs, and in the end about what the pilot holds', () => {
    const rows = planFromPilot(pilot(300), [50, 200, 1000])
    expect(rows.map(({ pairs }) => pairs)).toEqual([50, 200, 1000])
    const shares = rows.map(({ strongShare }) => strongShare)
    expect(shares).toEqual(shares.toSorted((a, b) => b - a))
    expect(rows[2]?.certified).toBe(1)
    expect(rows[2]?.strongShare).toBeGreaterThan(0.25)
    expect(rows[2]?.strongShare).toBeLessThan(0.32)
    for (const row of rows) {
      expect(row.strongShareBest).toBeLessThanOrEqual(row.strongShare)
      expect(row.strongShareWorst).toBeGreaterThanOrEqual(row.strongShare)
    }
  })

  test('foresees what certificates from fresh pairs of the same kind say', () => {
    const [row] = planFromPilot(pilot(2000), [400])
    const fresh = Array.from({ length: 60 }, (_, draw) => {
      const random = seededRandom(1000 + draw)
      const scores = Array.from({ length: 400 }, () => random.unit())
      const cheapOutcomes = scores.map((score) => (score < 0.7 ? 1 : 0))
      const asked = { ...pilot(400), scores, cheapOutcomes, gridScores: pilot(2000).scores, seed: draw }
      return certify(asked).strongShare
    }).sort((a, b) => a - b)
    expect(Math.abs((row?.strongShare ?? 9) - (fresh[30] ?? 0))).toBeLessThan(0.03)
  })
})

test('without a pilot, more difference and more loss need more pairs', () => {
  const rows = planWithoutPilot(0.03, 0.05)
  const equal = rows.map(({ pairsIfEqual }) => pairsIfEqual)
  expect(equal).toEqual(equal.toSorted((a, b) => a - b))
  expect(rows.every(({ pairsIfEqual, pairsIfHalfLost }) => pairsIfHalfLost >= pairsIfEqual)).toBe(true)
  expect(rows.every(({ pairsIfHalfLost }) => Number.isFinite(pairsIfHalfLost))).toBe(true)
})

test('what stopped a certificate says how many pairs would pass it, and that none would where the loss is too large', () => {
  const few = certify({ ...pilot(60), epsilon: 0.02 })
  expect(few.next).toMatchObject({ threshold: few.grid[few.logWealth.length - 1] })
  expect(few.next?.pairs).toBeGreaterThan(60)
  // Always wrong: with a twentieth of the items the loss is ε, whatever is paid for more of them.
  const lossy = certify({ ...pilot(2000), cheapOutcomes: pilot(2000).scores.map(() => 0) })
  expect(lossy).toMatchObject({ strongShare: 0.975, next: { strongShare: 0.95, pairs: null } })
  const equal = certify({ ...pilot(400), cheapOutcomes: pilot(400).referenceOutcomes })
  expect(equal).toMatchObject({ strongShare: 0, next: null })
})

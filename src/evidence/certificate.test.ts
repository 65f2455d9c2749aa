import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bettingPValue } from './betting.ts'
import { watchCertificate } from './certificate-watch.ts'
import { certificationJson, certify, type CertificateRequest } from './certificate.ts'
import { binomialLowerBound, binomialUpperBound } from './distributions.ts'
import { seededRandom } from './seeded-random.ts'

/** Items whose cheap answer fails more often the higher the router score: the share failing is score², the reference's a fifth of it. */
function drawItems(
  n: number,
  seed: number,
): Pick<CertificateRequest, 'scores' | 'referenceOutcomes' | 'cheapOutcomes'> {
  const random = seededRandom(seed)
  const scores = Array.from({ length: n }, () => random.unit())
  return {
    scores,
    referenceOutcomes: scores.map((score) => (random.unit() < score * score * 0.2 ? 0 : 1)),
    cheapOutcomes: scores.map((score) => (random.unit() < score * score ? 0 : 1)),
  }
}

/** E[D; score < t] = ∫₀ᵗ 0.8 s² ds of those items, known exactly. */
function trueLoss(threshold: number): number {
  return (0.8 * Math.min(1, threshold) ** 3) / 3
}

function request(n: number, seed: number, more: Partial<CertificateRequest> = {}): CertificateRequest {
  return {
    task: 'triage',
    reference: 'large',
    cheap: 'small',
    ...drawItems(n, seed),
    epsilon: 0.05,
    delta: 0.1,
    seed,
    ...more,
  }
}

describe('certify', () => {
  test.each(['betting', 'clopper-pearson'] as const)(
    'by %s keeps its promise in 200 draws, where the picked threshold breaks it in a third',
    (method) => {
      let [broken, naive, certified] = [0, 0, 0]
      for (let seed = 1; seed <= 200; seed += 1) {
        const asked = request(300, seed, { method })
        const result = certify(asked)
        if (result.certified) certified += 1
        if (trueLoss(result.threshold ?? 0) > asked.epsilon) broken += 1
        if (trueLoss(pickedOnTheSample(asked)) > asked.epsilon) naive += 1
      }
      // δ + two standard errors of 200 draws.
      expect(broken / 200).toBeLessThanOrEqual(0.1 + 2 * Math.sqrt(0.09 / 200))
      expect(certified / 200).toBeGreaterThan(0.9)
      expect(naive / 200).toBeGreaterThan(0.3)
    },
  )

  test('follows the pseudo-code of the test, threshold by threshold', () => {
    const asked = request(120, 3, { steps: 10 })
    const result = certify(asked)
    expect(result.grid).toHaveLength(10)
    expect(result.logWealth.length).toBeLessThan(10)
    const plain = result.grid
      .slice(0, result.logWealth.length)
      .map((threshold) => plainLogWealth(asked, threshold))
    for (const [index, value] of plain.entries()) expect(result.logWealth[index]).toBeCloseTo(value, 9)
    const passed = result.logWealth.filter((value) => value >= Math.log(10)).length
    expect(result.threshold).toBe(result.grid[passed - 1])
    expect(passed).toBe(result.logWealth.length - 1)
  })

  test('the exact method passes where the bounds at δ/2 leave at most ε', () => {
    const result = certify(request(400, 5, { method: 'clopper-pearson' }))
    const asked = request(400, 5)
    for (const step of result.certificate.test_path) {
      const losses = asked.scores as readonly number[]
      const moved = losses.map((score, item) =>
        score >= step.threshold ? 0 : (asked.referenceOutcomes[item] ?? 0) - (asked.cheapOutcomes[item] ?? 0),
      )
      const [lost, won] = [moved.filter((d) => d > 0).length, moved.filter((d) => d < 0).length]
      const bound = binomialUpperBound(lost, 400, 0.05) - binomialLowerBound(won, 400, 0.05)
      expect(step.passed).toBe(bound < 0.05)
    }
  })

  test('the grid comes from the scores alone', () => {
    const one = request(200, 7)
    const other = { ...one, cheapOutcomes: one.referenceOutcomes }
    expect(certify(other).grid).toEqual(certify(one).grid)
    expect(certify({ ...one, gridScores: [0.2, 0.4, 0.6] }).grid).toEqual([
      0.4,
      0.6,
      0.6 * (1 + Number.EPSILON),
    ])
  })

  test('certifies never asking the reference when the cheap side is as good, and nothing when it is bad', () => {
    const same = request(500, 8)
    const all = certify({ ...same, cheapOutcomes: same.referenceOutcomes })
    expect(all).toMatchObject({ certified: true, strongShare: 0 })
    expect(all.threshold).toBeGreaterThan(Math.max(...(same.scores as number[])))
    const none = certify({
      ...same,
      epsilon: 0.01,
      cheapOutcomes: Array.from(same.scores, () => 0),
    })
    expect(none).toMatchObject({ certified: false, threshold: null, strongShare: 1 })
    expect(none.certificate.claim).toContain('Nothing is certified')
  })

  test('with no item or one certifies nothing, in finite figures', () => {
    expect(certify(request(0, 1))).toMatchObject({
      certified: false,
      threshold: null,
      n: 0,
      grid: [],
      logWealth: [],
    })
    expect(certify(request(1, 1))).toMatchObject({ certified: false, n: 1 })
    expect(certify(request(50, 1, { scores: Array.from({ length: 50 }, () => 0.5) })).grid).toHaveLength(1)
  })

  test('says the claim in words, with all that is needed to test it again', () => {
    const { certificate } = certify(request(500, 8, { dataSha256: 'ab12' }))
    expect(certificate.claim).toMatch(
      /^On task triage, small with [\d.]+ % of the items sent to large scores at most 5 points less than large alone \(confidence 90 %, 500 items\)\.$/,
    )
    expect(certificate).toMatchObject({
      kind: 'musivum-certificate',
      seed: 8,
      data_sha256: 'ab12',
      method: 'betting',
    })
    expect(certificate.void_if.length).toBeGreaterThan(4)
    expect(JSON.parse(JSON.stringify(certificate))).toEqual(certificate)
    expect(Object.keys(certificationJson(certify(request(10, 1))))).toEqual([
      'certified',
      'threshold',
      'strong_share',
      'epsilon',
      'delta',
      'n',
      'grid',
      'log_wealth',
      'certificate',
      'next',
    ])
  })

  test('refuses what it cannot test', () => {
    expect(() => certify(request(10, 1, { epsilon: 0 }))).toThrow('epsilon is 0; expected a loss above 0')
    expect(() => certify(request(1, 1, { scores: [Number.NaN] }))).toThrow(
      'score 1 is NaN; expected a finite number',
    )
    const graded = request(10, 1, {
      method: 'clopper-pearson',
      cheapOutcomes: Array.from({ length: 10 }, () => 0.5),
    })
    expect(() => certify(graded)).toThrow('needs scores of 0 and 1')
  })
})

/** What everybody ships: the largest threshold whose loss on the sample is at most ε. */
function pickedOnTheSample(asked: CertificateRequest): number {
  const order = Array.from(asked.scores, (_, item) => item).sort(
    (a, b) => (asked.scores[a] ?? 0) - (asked.scores[b] ?? 0),
  )
  let [lost, best] = [0, 0]
  for (const item of order) {
    lost += (asked.referenceOutcomes[item] ?? 0) - (asked.cheapOutcomes[item] ?? 0)
    if (lost / order.length <= asked.epsilon) best = asked.scores[item] ?? 0
  }
  return best
}

/** The published pseudo-code, in products instead of logarithms and without our classes but the order. */
function plainLogWealth(asked: CertificateRequest, threshold: number): number {
  const n = asked.scores.length
  const random = seededRandom(asked.seed)
  const order = Array.from({ length: n }, (_, item) => item)
  for (let last = n - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    ;[order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0]
  }
  const bound = (1 + asked.epsilon) / 2
  let [wealth, most] = [1, 1]
  const seen: number[] = []
  const means: number[] = []
  for (const item of order) {
    const cheap = (asked.scores[item] ?? 0) < threshold
    const loss = cheap
      ? ((asked.referenceOutcomes[item] ?? 0) - (asked.cheapOutcomes[item] ?? 0) + 1) / 2
      : 0.5
    const squares = seen.reduce((sum, each, index) => sum + (each - (means[index] ?? 0)) ** 2, 0.25)
    const variance = squares / (seen.length + 1)
    const bet = Math.min(0.99 / (1 - bound), Math.sqrt((2 * Math.log(1 / asked.delta)) / (n * variance)))
    wealth *= 1 - bet * (loss - bound)
    most = Math.max(most, wealth)
    seen.push(loss)
    means.push((0.5 + seen.reduce((a, b) => a + b, 0)) / (seen.length + 1))
  }
  return Math.log(most)
}

describe('the bet', () => {
  test('has mean wealth of at most 1 over every sequence, when the mean is at the bound', () => {
    // All 2^10 sequences of a value of −1 or 1 with mean 0, each weighted by its probability.
    let wealth = 0
    for (let bits = 0; bits < 1024; bits += 1) {
      const values = Array.from({ length: 10 }, (_, index) => ((bits >> index) & 1 ? 1 : -1))
      if (bettingPValue(values, 0, 0.05) <= 0.2) wealth += 1
    }
    expect(wealth / 1024).toBeLessThanOrEqual(0.2)
  })

  test('p-values stay between 0 and 1 and fall with the threshold', () => {
    const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 50 })
    fc.assert(
      fc.property(values, fc.double({ min: -0.99, max: 0.98, noNaN: true }), (differences, threshold) => {
        const p = bettingPValue(differences, threshold, 0.05)
        expect(p > 0 && p <= 1).toBe(true)
        expect(bettingPValue(differences, threshold + 0.01, 0.05)).toBeGreaterThanOrEqual(p - 1e-12)
      }),
    )
  })
})

describe('watchCertificate', () => {
  test('rarely revokes a kept promise, and soon a broken one', () => {
    const random = seededRandom(12)
    const revokedAt = (loss: number): number => {
      const watch = watchCertificate(0.05)
      for (let item = 0; item < 2000; item += 1) {
        watch.add(1, random.unit() < loss ? 0 : 1)
        if (watch.isRevoked()) return item
      }
      return 2000
    }
    const kept = Array.from({ length: 200 }, () => revokedAt(0.05)).filter((at) => at < 2000).length
    expect(kept / 200).toBeLessThanOrEqual(0.05 + 2 * Math.sqrt((0.05 * 0.95) / 400))
    const broken = Array.from({ length: 50 }, () => revokedAt(0.2)).sort((a, b) => a - b)
    expect(broken[25]).toBeLessThan(300)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anytimePValue, isShown, logEValue, seePair, watchPairs, type EDirection } from './e-process.ts'
import { seededRandom, type SeededRandom } from './seeded-random.ts'

const count = fc.integer({ min: 0, max: 60 })

describe('the e-value', () => {
  test('is the integral of the likelihood ratio over the prior', () => {
    fc.assert(
      fc.property(count, count, (wins, losses) => {
        expect(logEValue(wins, losses)).toBeCloseTo(Math.log(integral(wins, losses, 0, 1)), 6)
        fc.pre(Math.abs(wins - losses) < 30)
        expect(logEValue(wins, losses, 'candidate-better')).toBeCloseTo(
          Math.log(2 * integral(wins, losses, 0.5, 1)),
          4,
        )
        expect(logEValue(wins, losses, 'candidate-worse')).toBeCloseTo(
          Math.log(2 * integral(wins, losses, 0, 0.5)),
          4,
        )
      }),
      { numRuns: 30 },
    )
  })

  test('has mean 1 over the next pair when both ways are equally likely', () => {
    fc.assert(
      fc.property(count, count, (wins, losses) => {
        const next = (Math.exp(logEValue(wins + 1, losses)) + Math.exp(logEValue(wins, losses + 1))) / 2
        expect(next / Math.exp(logEValue(wins, losses))).toBeCloseTo(1, 9)
      }),
    )
  })

  test('one-sided never grows in the mean while the candidate is not better', () => {
    fc.assert(
      fc.property(count, count, fc.double({ min: 0, max: 0.5, noNaN: true }), (wins, losses, p) => {
        const grown =
          p * Math.exp(logEValue(wins + 1, losses, 'candidate-better')) +
          (1 - p) * Math.exp(logEValue(wins, losses + 1, 'candidate-better'))
        expect(grown / Math.exp(logEValue(wins, losses, 'candidate-better'))).toBeLessThan(1 + 1e-9)
      }),
    )
  })
})

/** ∫ (2p)^b (2(1−p))^c dBeta(½, ½), by the substitution p = sin²: there the prior is flat. */
function integral(wins: number, losses: number, from: number, to: number): number {
  const steps = 20_000
  const [start, end] = [Math.asin(Math.sqrt(from)), Math.asin(Math.sqrt(to))]
  let sum = 0
  for (let step = 0; step < steps; step += 1) {
    const p = Math.sin(start + ((step + 0.5) / steps) * (end - start)) ** 2
    sum += (2 * p) ** wins * (2 * (1 - p)) ** losses
  }
  return (sum * (2 / Math.PI) * (end - start)) / steps
}

describe('watching', () => {
  test.each(['either', 'candidate-better', 'candidate-worse'] as const)(
    'watching for %s without a difference cries wolf in at most five runs of a hundred, looked at after every item',
    (direction) => {
      const random = seededRandom(21)
      let alarms = 0
      for (let run = 0; run < 400; run += 1) if (alarmAt(random, direction, 0.2, 0.2, 500) < 500) alarms += 1
      expect(alarms / 400).toBeLessThanOrEqual(0.05)
    },
  )

  test('finds a real difference early, and the same p-value never rises', () => {
    const random = seededRandom(22)
    const stops = Array.from({ length: 200 }, () => alarmAt(random, 'either', 0.34, 0.06, 500)).sort(
      (a, b) => a - b,
    )
    expect(stops[100]).toBeLessThan(80)
    let watched = watchPairs()
    let before = 1
    for (let item = 0; item < 300; item += 1) {
      watched = seePair(watched, random.unit(), random.unit())
      expect(anytimePValue(watched)).toBeLessThanOrEqual(before)
      before = anytimePValue(watched)
    }
  })

  test('ties move nothing', () => {
    const watched = seePair(seePair(watchPairs(), 1, 1), 0, 0)
    expect(watched).toEqual({ n: 2, wins: 0, losses: 0, logMax: 0, direction: 'either' })
    expect(isShown(watched)).toBe(false)
  })
})

/** After how many items the alarm rings, `items` when it never does. */
function alarmAt(
  random: SeededRandom,
  direction: EDirection,
  better: number,
  worse: number,
  items: number,
): number {
  let watched = watchPairs(direction)
  for (let item = 0; item < items; item += 1) {
    const draw = random.unit()
    if (draw >= better + worse) continue
    watched = draw < better ? seePair(watched, 1, 0) : seePair(watched, 0, 1)
    if (isShown(watched)) return item
  }
  return items
}

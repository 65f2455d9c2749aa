import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitBlend } from './blend.ts'

const waves = (step: number): Float64Array =>
  Float64Array.from({ length: 3_000 }, (_, i) => Math.sin(step * i))

test('many labels find the weights, whatever the prior, and a part that misleads gets 0', () => {
  const weight = fc.double({ min: -1, max: 1, noNaN: true })
  fc.assert(
    fc.property(weight, weight, weight, (first, second, prior) => {
      // Gains without spread leave the prior, which the next test is about.
      fc.pre(Math.abs(first) + Math.abs(second) > 0.3)
      const [a, b] = [waves(1), waves(2.3)]
      const target = a.map((value, i) => first * value + second * (b[i] ?? 0))
      const blend = fitBlend([a, b], target, [Math.abs(prior), Math.abs(prior)])
      // The two waves are a little alike: where one part is held at 0, the other takes over some of it.
      expect(Math.abs((blend[0] ?? 0) - Math.max(0, first))).toBeLessThan(0.15)
      expect(Math.abs((blend[1] ?? 0) - Math.max(0, second))).toBeLessThan(0.15)
    }),
    { numRuns: 30, seed: 7 },
  )
})

test('few labels, or gains without spread, leave the prior', () => {
  expect(fitBlend([Float64Array.of(0.1, -0.1)], Float64Array.of(1, -1), [0.5])[0]).toBeCloseTo(0.5, 1)
  expect([...fitBlend([waves(1)], new Float64Array(3_000), [0.8])]).toEqual([0.8])
})

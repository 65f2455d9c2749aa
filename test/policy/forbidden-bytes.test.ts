import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawnCase, walk, type Walk } from './forbidden-bytes.ts'

const SEED = 20_261_123

test('whatever the rules, the request and the failures, no forbidden model sees a byte, and none is kept away without a rule', () => {
  const walks: Walk[] = []
  fc.assert(
    fc.property(drawnCase, (drawn) => {
      const taken = walk(drawn)
      walks.push(taken)
      for (const model of taken.saw) expect(taken.forbidden.has(model)).toBe(false)
      for (const model of taken.permitted) expect(taken.forbidden.has(model)).toBe(false)
    }),
    { seed: SEED, numRuns: 2_000 },
  )
  // The walk would prove nothing if rules removed everything, or nothing, or no fallback was ever taken.
  expect(walks.filter(({ saw }) => saw.length > 0).length).toBeGreaterThan(400)
  expect(walks.filter(({ saw }) => saw.length > 1).length).toBeGreaterThan(50)
  expect(walks.filter(({ forbidden }) => forbidden.size > 0).length).toBeGreaterThan(400)
})

test('a model that no rule keeps away gets its permit', () => {
  fc.assert(
    fc.property(drawnCase, (drawn) => {
      const { forbidden, permitted } = walk(drawn)
      const asked = drawn.models[drawn.asked % drawn.models.length]?.name ?? ''
      expect(permitted.has(asked)).toBe(!forbidden.has(asked))
    }),
    { seed: SEED + 1, numRuns: 1_000 },
  )
})

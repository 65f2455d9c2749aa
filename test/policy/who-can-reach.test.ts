import fc from 'fast-check'
import { expect, test } from 'vitest'
import { whoCanReach } from '../../src/policy/analysis/who-can-reach.ts'
import { judgeCandidates } from '../../src/policy/permit.ts'
import { candidatesOf, drawnCase, policyOf } from './forbidden-bytes.ts'

test('a request that reaches a model is of a kind that was said to reach it', () => {
  let reached = 0
  fc.assert(
    fc.property(drawnCase, (drawn) => {
      const { labels, principal, circumstances } = drawn
      const [model] = candidatesOf(drawn)
      if (model === undefined || !labels.examined) return
      const policy = policyOf(drawn)
      const { ways, exhaustive } = whoCanReach(policy, model, (level) => level === labels.sensitivity)
      const [judged] = judgeCandidates(policy, principal, labels, [model], circumstances)
      if (judged?.verdict.kind !== 'permitted' || !exhaustive) return
      reached += 1
      const duties = judged.verdict.obligations.join()
      expect(ways.map(({ obligations }) => obligations.join())).toContain(duties)
    }),
    { seed: 11, numRuns: 600 },
  )
  expect(reached).toBeGreaterThan(100)
})

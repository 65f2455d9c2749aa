import fc from 'fast-check'
import { expect, test } from 'vitest'
import { causesOf } from '../../src/policy/analysis/policy-diff.ts'
import { judgeAgain } from '../../src/policy/analysis/replay.ts'
import { askedFacts, type AskedFacts } from '../../src/policy/facts/asked-facts.ts'
import { facts as allFacts } from '../../src/policy/facts/fact-table.ts'
import { permit } from '../../src/policy/permit.ts'
import { decide } from '../../src/routing/decide.ts'
import { candidatesOf, drawnCase, policyOf, type Case } from './forbidden-bytes.ts'

const SEED = 20_261_124

/** What a row of the log gives back of what rules could read. */
function logged({ principal, labels, circumstances }: Case): AskedFacts {
  return JSON.parse(JSON.stringify(askedFacts(principal, labels, circumstances))) as AskedFacts
}

/** A fallback that is named twice is one model, in the place where it stands first. */
function distinctCandidates(drawn: Case) {
  return [...new Map(candidatesOf(drawn).map((model) => [model.name, model] as const)).values()]
}

test('whatever was decided, replaying its row under the same rules gives what permit() and the plan gave', () => {
  const seen = { permitted: 0, removed: 0, ordered: 0, dutiful: 0 }
  fc.assert(
    fc.property(drawnCase, (drawn) => {
      const [policy, candidates] = [policyOf(drawn), distinctCandidates(drawn)]
      const { principal, labels, circumstances } = drawn
      const verdicts = permit(policy, principal, labels, candidates, 'request', circumstances)
      const asked = candidates[0]?.name ?? ''
      const { plan } = decide({ decisionId: 'd', asked, candidates, labels, verdicts })
      const outcome = judgeAgain(policy, { facts: logged(drawn), candidates, askedIsFirst: true })

      expect([...outcome.removed.values()]).toEqual(verdicts.removed)
      expect(Array.from(outcome.permitted, ([model, { obligations }]) => [model, obligations])).toEqual(
        Array.from(verdicts.permits, ([model, { obligations }]) => [model, obligations]),
      )
      const planned = plan === null ? [] : [plan.model, ...(plan.otherwise ?? []).map(({ model }) => model)]
      expect(outcome.order).toEqual([...new Set(planned)])
      expect(
        causesOf(outcome, judgeAgain(policy, { facts: logged(drawn), candidates, askedIsFirst: true })),
      ).toEqual([])

      seen.permitted += verdicts.permits.size
      seen.removed += verdicts.removed.length
      seen.ordered += verdicts.order === undefined ? 0 : 1
      seen.dutiful += [...verdicts.permits.values()].some(({ obligations }) => obligations.length > 0) ? 1 : 0
    }),
    { seed: SEED, numRuns: 250 },
  )
  // Nothing would be compared if the draw removed everything or nothing, preferred nothing and obliged to nothing.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(9)
})

test('the facts of a row are those of the table, of the request and of who asks, and nothing else', () => {
  fc.assert(
    fc.property(drawnCase, (drawn) => {
      const kept = logged(drawn)
      expect(Object.keys(kept)).toEqual(['request', 'principal'])
      const known = new Set<string>(allFacts.map(({ name }) => name))
      for (const [group, values] of Object.entries(kept))
        for (const key of Object.keys(values)) expect(known).toContain(`${group}.${key}`)
    }),
    { seed: SEED + 1, numRuns: 100 },
  )
})

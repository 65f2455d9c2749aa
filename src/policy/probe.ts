import { factsFrom, valuesOf } from './facts/fact-table.ts'
import { judge, type Verdict } from './judge.ts'
import type { RulePolicy } from './rule-policy.ts'
import type { Expectation, Probe } from './rules/rule.ts'

/** One model of one probe: what was expected of the policy, and what it said. */
export type ProbeResult = {
  readonly probe: string
  /** `rules.yaml:40` */
  readonly at: string
  readonly model: string
  readonly passed: boolean
  /** `permitted`, `permitted under mask`, or `removed by some-rule`. */
  readonly expected: string
  readonly got: string
  /** Why the model was removed, where it was. */
  readonly reason: string | null
}

/** A policy's own cases: every model of every probe, in their order. */
export function runProbes(policy: RulePolicy): readonly ProbeResult[] {
  return policy.probes.flatMap((probe) => runProbe(policy, probe))
}

function runProbe({ rules, organisationValues }: RulePolicy, probe: Probe): readonly ProbeResult[] {
  const request = valuesOf('request', probe.request)
  const principal = valuesOf('principal', probe.principal)
  return [...probe.expect].map(([model, expectation]) => {
    const stated = valuesOf('model', { name: model, ...probe.models.get(model) })
    const verdict = judge(
      rules,
      factsFrom({ request, principal, organisation: organisationValues, model: stated }),
    )
    return {
      probe: probe.name,
      at: probe.at,
      model,
      passed: isMet(expectation, verdict),
      expected: shownExpectation(expectation),
      got: shownVerdict(verdict),
      reason: verdict.kind === 'removed' ? verdict.reason : null,
    }
  })
}

function isMet(expectation: Expectation, verdict: Verdict): boolean {
  if (expectation.kind === 'removed') return verdict.kind === 'removed' && verdict.rule === expectation.rule
  if (verdict.kind === 'removed') return false
  const { obligations } = expectation
  return obligations === undefined || obligations.toSorted().join() === verdict.obligations.join()
}

function shownExpectation(expectation: Expectation): string {
  if (expectation.kind === 'removed') return `removed by ${expectation.rule}`
  const { obligations } = expectation
  if (obligations === undefined) return 'permitted'
  return shownPermit(obligations.toSorted())
}

function shownVerdict(verdict: Verdict): string {
  return verdict.kind === 'removed' ? `removed by ${verdict.rule}` : shownPermit(verdict.obligations)
}

function shownPermit(obligations: readonly string[]): string {
  return obligations.length === 0 ? 'permitted' : `permitted under ${obligations.join(', ')}`
}

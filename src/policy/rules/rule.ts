import type { Condition } from '../cel/compile-condition.ts'
import type { FactsOf } from '../facts/fact-table.ts'

export const EFFECTS = ['forbid', 'require', 'prefer'] as const
export type Effect = (typeof EFFECTS)[number]

export const OBLIGATIONS = [
  'mask',
  'local-only',
  'human-approval',
  'log-full',
  'no-log-content',
  'watermark',
  'no-cache',
  'no-shadow',
] as const
export type Obligation = (typeof OBLIGATIONS)[number]

/**
 * One rule, judged for each candidate model of a request. `guard` (`if` in the file) says where it applies; where it is
 * false the rule says nothing.
 *
 * - `forbid`: the candidate is removed where `when` is true.
 * - `require` without obligations: the candidate is removed where `when` is false.
 * - `require` with obligations: where `when` is true the candidate may answer only under them.
 * - `prefer`: never removes. Candidates for which `when` is true come first; its obligations bind them.
 *
 * Where a fact is missing that decides, `forbid` and `require` remove the candidate and say which fact; `prefer` does not
 * prefer it, and binds it all the same. Any rule that removes wins over all that do not.
 */
export type Rule = {
  readonly id: string
  readonly effect: Effect
  readonly guard?: Condition
  readonly when: Condition
  readonly reason: string
  readonly obligations: readonly Obligation[]
  /** `rules.yaml:12` */
  readonly at: string
}

/** Who uses the models, for licences: what is left out is not known, and a rule that needs it says so. */
export type Organisation = FactsOf<'organisation'>

/** A case of the policy's own: these facts, and what must become of each of the models. */
export type Probe = {
  readonly name: string
  readonly request: FactsOf<'request'>
  readonly principal: FactsOf<'principal'>
  readonly models: ReadonlyMap<string, FactsOf<'model'>>
  readonly expect: ReadonlyMap<string, Expectation>
  readonly at: string
}

export type Expectation =
  | { readonly kind: 'permitted'; readonly obligations?: readonly Obligation[] }
  | { readonly kind: 'removed'; readonly rule: string }

import { strict as assert } from 'node:assert'
import type { Condition } from './cel/compile-condition.ts'
import type { Facts } from './facts/fact-table.ts'
import type { Obligation, Rule } from './rules/rule.ts'
import { unfitFor } from './unfit-model.ts'

/** What the rules say of one candidate. */
export type Verdict = Permitted | RemovedBy

export type Permitted = {
  readonly kind: 'permitted'
  readonly obligations: readonly Obligation[]
  /** The rules that they come from. */
  readonly obligedBy: readonly Rule[]
  /** Larger comes first. The first `prefer` rule of the file that tells two candidates apart decides. */
  readonly preference: number
}

export type RemovedBy = {
  readonly kind: 'removed'
  readonly rule: string
  readonly reason: string
  /** `rules.yaml:12` */
  readonly at: string
}

/** The rules in the order of the file; the first that removes the candidate is the one that is named. */
export function judge(rules: readonly Rule[], facts: Facts): Verdict {
  let obliging: Rule[] | undefined
  let preference = 0
  let weight = 1
  for (const rule of rules) {
    const applies = rule.guard === undefined ? true : rule.guard.holds(facts)
    if (rule.effect === 'prefer') weight /= 2
    if (applies === false) continue
    if (applies === undefined && rule.effect !== 'prefer') return lacking(rule, rule.guard, facts)
    const holds = rule.when.holds(facts)
    if (rule.effect === 'prefer') {
      if (applies === true && holds === true) preference += weight
    } else {
      if (holds === undefined) return lacking(rule, rule.when, facts)
      if (removes(rule, holds)) return removedBy(rule, rule.reason)
    }
    if (holds === false || rule.obligations.length === 0) continue
    const unfit = unfitFor(rule.obligations, facts)
    if (unfit !== undefined) return removedBy(rule, `${rule.reason} (${unfit})`)
    obliging = [...(obliging ?? []), rule]
  }
  return { kind: 'permitted', ...dutiesOf(obliging), preference }
}

function removes({ effect, obligations }: Rule, holds: boolean): boolean {
  return effect === 'forbid' ? holds : !holds && obligations.length === 0
}

function removedBy({ id, at }: Rule, reason: string): RemovedBy {
  return { kind: 'removed', rule: id, reason, at }
}

function lacking(rule: Rule, condition: Condition | undefined, facts: Facts): RemovedBy {
  const fact = condition?.missing(facts)
  assert(fact !== undefined, 'a condition without a value lacks a fact')
  return removedBy(rule, `rule ${rule.id} needs ${fact}, which ${unknownOf(fact)}`)
}

function unknownOf(fact: string): string {
  if (fact.startsWith('request.')) return 'is not known of this request'
  if (fact.startsWith('principal.')) return 'is not known of this caller'
  return fact.startsWith('organisation.') ? 'the policy does not state' : 'is not known of this model'
}

function dutiesOf(obliging: readonly Rule[] | undefined): Pick<Permitted, 'obligations' | 'obligedBy'> {
  if (obliging === undefined) return NO_DUTIES
  const obligations = new Set(obliging.flatMap((rule) => rule.obligations))
  return { obligations: [...obligations].toSorted(), obligedBy: obliging }
}

const NO_DUTIES: Pick<Permitted, 'obligations' | 'obligedBy'> = { obligations: [], obligedBy: [] }

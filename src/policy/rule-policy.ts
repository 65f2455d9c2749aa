import { createHash } from 'node:crypto'
import type { Model } from '../catalog/model.ts'
import { valuesOf, type Values } from './facts/fact-table.ts'
import { modelValues } from './facts/model-values.ts'
import type { Obligation, Organisation, Probe, Rule } from './rules/rule.ts'

/** Rules in force, compiled once. */
export type RulePolicy = {
  readonly kind: 'rules'
  /** A preset's name, or the file as it may be shown. */
  readonly name: string
  /** SHA-256, hex, over what the rules say: comments, line breaks, probes and places don't change it. */
  readonly hash: string
  readonly rules: readonly Rule[]
  readonly organisation: Organisation
  readonly probes: readonly Probe[]
  /** What is done where rules oblige it. A candidate that would need anything else is removed. */
  readonly fulfils: ReadonlySet<Obligation>
  readonly organisationValues: Values
  /** Facts of a model, worked out once for each. */
  readonly valuesOfModel: (model: Model) => Values
}

export type RulePolicyParts = Pick<RulePolicy, 'name' | 'rules' | 'organisation' | 'probes' | 'fulfils'>

export function rulePolicy(parts: RulePolicyParts): RulePolicy {
  const { rules, organisation } = parts
  // Models are immutable and made anew by a reload, so what was worked out goes with them.
  const known = new WeakMap<Model, Values>()
  return {
    kind: 'rules',
    ...parts,
    hash: hashOf(rules, organisation),
    organisationValues: valuesOf('organisation', organisation),
    valuesOfModel(model) {
      const before = known.get(model)
      if (before !== undefined) return before
      const values = modelValues(model, organisation)
      known.set(model, values)
      return values
    },
  }
}

/** The order of the rules counts: the first one that removes a candidate is the one that is named. */
export function hashOf(rules: readonly Rule[], organisation: Organisation): string {
  const said = rules.map(({ id, effect, guard, when, reason, obligations }) => ({
    id,
    effect,
    if: guard?.text ?? null,
    when: when.text,
    reason,
    obligations: obligations.toSorted(),
  }))
  const profile = Object.entries(organisation).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify({ rules: said, organisation: profile }))
    .digest('hex')
}

/** How a policy is called in decisions: enough of the hash to tell two versions of a file apart. */
export function shownPolicy({ name, hash }: Pick<RulePolicy, 'name' | 'hash'>): string {
  return `policy ${name} ${hash.slice(0, SHOWN_HASH_CHARS)}`
}

const SHOWN_HASH_CHARS = 12

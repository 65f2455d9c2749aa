import { strict as assert } from 'node:assert'
import type { Model } from '../catalog/model.ts'
import type { Principal } from '../core/principal.ts'
import type { Labels } from '../privacy/label.ts'
import { factsFrom } from './facts/fact-table.ts'
import { principalValues } from './facts/principal-values.ts'
import { requestValues, type Circumstances } from './facts/request-values.ts'
import { judge, type Permitted, type Verdict } from './judge.ts'
import { shownPolicy, type RulePolicy } from './rule-policy.ts'
import type { Obligation } from './rules/rule.ts'

declare const minted: unique symbol

/**
 * The proof that one model may see one request. Only this file makes one, and engines accept nothing else, so
 * fallbacks, retries, shadow copies and caches cannot forget to ask. The brand stops it at compile time; `minted`
 * below stops a cast at run time.
 */
export type Permit = {
  readonly [minted]: true
  readonly model: string
  readonly requestId: string
  readonly obligations: readonly Obligation[]
}

export type { Obligation }

export type Removed = {
  readonly model: string
  readonly rule: string
  readonly reason: string
  /** Where the rule stands: `rules.yaml:12`. */
  readonly at?: string
}

export type Verdicts = {
  readonly permits: ReadonlyMap<string, Permit>
  readonly removed: readonly Removed[]
  /** Names of the permitted candidates, those that rules prefer first; absent where no rule prefers anything. */
  readonly order?: readonly string[]
  /** Which rules spoke, for the decision card. */
  readonly basis: string
}

export type Policy = { readonly kind: 'allow-all' } | RulePolicy

export const allowAll: Policy = { kind: 'allow-all' }

/** Step 4 of an answer: one permit per candidate that may see the request, and for each other the rule that removed it. */
export function permit(
  policy: Policy,
  principal: Principal,
  labels: Labels,
  candidates: readonly Model[],
  requestId: string,
  circumstances: Circumstances = {},
): Verdicts {
  if (policy.kind === 'allow-all') {
    const permits = new Map(
      candidates.map((model) => [model.name, mint(model.name, requestId, NONE)] as const),
    )
    return { permits, removed: [], basis: 'no rule is configured' }
  }
  const verdicts = judgeCandidates(policy, principal, labels, candidates, circumstances)
  return { ...sorted(policy, verdicts, requestId), basis: `${shownPolicy(policy)} is in force` }
}

const NONE: readonly Obligation[] = []

export type Judged = { readonly model: string; readonly verdict: Verdict }

/** What the rules say of each candidate, without making a permit: for explanations. */
export function judgeCandidates(
  policy: RulePolicy,
  caller: Principal,
  labels: Labels,
  candidates: readonly Model[],
  circumstances: Circumstances,
): readonly Judged[] {
  const request = requestValues(labels, circumstances)
  const principal = principalValues(caller, circumstances.budgetLeftUsd)
  const organisation = policy.organisationValues
  return candidates.map((model) => {
    const facts = factsFrom({ request, principal, organisation, model: policy.valuesOfModel(model) })
    return { model: model.name, verdict: judge(policy.rules, facts) }
  })
}

function sorted(
  policy: RulePolicy,
  verdicts: readonly Judged[],
  requestId: string,
): Pick<Verdicts, 'permits' | 'removed' | 'order'> {
  const permits = new Map<string, Permit>()
  const removed: Removed[] = []
  const preferences = new Map<string, number>()
  for (const { model, verdict } of verdicts) {
    if (verdict.kind === 'removed') {
      const { rule, reason, at } = verdict
      removed.push({ model, rule, reason, at })
      continue
    }
    const undone = verdict.obligations.find((obligation) => !policy.fulfils.has(obligation))
    if (undone === undefined) {
      permits.set(model, mint(model, requestId, verdict.obligations))
      preferences.set(model, verdict.preference)
    } else removed.push(removedForDuty(verdict, model, undone))
  }
  return { permits, removed, ...orderOf(preferences) }
}

/** A duty that nobody does here keeps the model from seeing the request: it must not be answered as if it had been done. */
function removedForDuty({ obligedBy }: Permitted, model: string, undone: Obligation): Removed {
  const rule = obligedBy.find(({ obligations }) => obligations.includes(undone))
  assert(rule !== undefined, 'an obligation comes from a rule')
  const reason = `rule ${rule.id} obliges to ${undone}, which this gateway does not do`
  return { model, rule: rule.id, reason, at: rule.at }
}

function orderOf(preferences: ReadonlyMap<string, number>): Pick<Verdicts, 'order'> {
  if (![...preferences.values()].some((each) => each > 0)) return {}
  // Sorting is stable: what no rule tells apart stays in the order of the candidates.
  const order = [...preferences].toSorted(([, a], [, b]) => b - a).map(([model]) => model)
  return { order }
}

const real = new WeakSet<object>()

function mint(model: string, requestId: string, obligations: readonly Obligation[]): Permit {
  const made = Object.freeze({ model, requestId, obligations }) as unknown as Permit
  real.add(made)
  return made
}

/** Every engine calls this first. A TypeError here is a mistake of ours, never of a client. */
export function assertPermit(permit: Permit, model: Model): void {
  if (!real.has(permit))
    throw new TypeError('an engine was called with a permit that the policy layer did not make')
  if (permit.model !== model.name) {
    throw new TypeError(`a permit for ${permit.model} was shown to the engine of ${model.name}`)
  }
}

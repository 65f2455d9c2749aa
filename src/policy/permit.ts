import { strict as assert } from 'node:assert'
import type { Model } from '../catalog/model.ts'
import type { Principal } from '../core/principal.ts'
import type { Labels } from '../privacy/label.ts'
import type { AskedValues } from './facts/asked-facts.ts'
import { factsFrom } from './facts/fact-table.ts'
import { principalValues } from './facts/principal-values.ts'
import { requestValues, type Circumstances } from './facts/request-values.ts'
import { judge, type Permitted, type Verdict } from './judge.ts'
import { presetHashes } from './presets/_hashes.ts'
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
  /** Candidates whose permit obliges to `human-approval`, with the rule that says so; absent when none does. */
  readonly approvals?: ReadonlyMap<string, Removed>
  /** Which rules spoke, for the decision card. */
  readonly basis: string
}

/** `allow-all` is what a configuration without a policy gets: the preset `open`, whose rules are none. */
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
    return { permits, removed: [], basis: OPEN_BY_DEFAULT }
  }
  const judged = judgeCandidates(policy, principal, labels, candidates, circumstances)
  const { permitted, ...others } = enforce(policy, judged)
  const permits = new Map<string, Permit>()
  for (const [model, { obligations }] of permitted) permits.set(model, mint(model, requestId, obligations))
  return { permits, ...others, ...approvalsOf(permitted), basis: `${shownPolicy(policy)} is in force` }
}

function approvalsOf(permitted: Enforced['permitted']): Pick<Verdicts, 'approvals'> {
  const asked = [...permitted].flatMap(([model, { obligedBy }]) => {
    const rule = obligedBy.find(({ obligations }) => obligations.includes('human-approval'))
    return rule === undefined
      ? []
      : [[model, { model, rule: rule.id, reason: rule.reason, at: rule.at }] as const]
  })
  return asked.length === 0 ? {} : { approvals: new Map(asked) }
}

const OPEN_BY_DEFAULT = `${shownPolicy({ name: 'open', hash: presetHashes.open })} is in force, because none is configured`

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
  return judgeAsked(policy, { request, principal }, candidates)
}

/** The same for what is known of a request that is not there itself, such as one of the log. */
export function judgeAsked(
  policy: RulePolicy,
  { request, principal }: AskedValues,
  candidates: readonly Model[],
): readonly Judged[] {
  const organisation = policy.organisationValues
  return candidates.map((model) => {
    const facts = factsFrom({ request, principal, organisation, model: policy.valuesOfModel(model) })
    return { model: model.name, verdict: judge(policy.rules, facts) }
  })
}

export type Enforced = Pick<Verdicts, 'removed' | 'order'> & {
  readonly permitted: ReadonlyMap<string, Permitted>
}

/** What a gateway does about verdicts: models under a duty that it does not do are removed with the others. Makes no permit. */
export function enforce(policy: RulePolicy, judged: readonly Judged[]): Enforced {
  const permitted = new Map<string, Permitted>()
  const removed: Removed[] = []
  for (const { model, verdict } of judged) {
    if (verdict.kind === 'removed') {
      const { rule, reason, at } = verdict
      removed.push({ model, rule, reason, at })
      continue
    }
    const undone = verdict.obligations.find((obligation) => !policy.fulfils.has(obligation))
    if (undone === undefined) permitted.set(model, verdict)
    else removed.push(removedForDuty(verdict, model, undone))
  }
  return { permitted, removed, ...orderOf(permitted) }
}

/** A duty that nobody does here keeps the model from seeing the request: it must not be answered as if it had been done. */
function removedForDuty({ obligedBy }: Permitted, model: string, undone: Obligation): Removed {
  const rule = obligedBy.find(({ obligations }) => obligations.includes(undone))
  assert(rule !== undefined, 'an obligation comes from a rule')
  const reason = `rule ${rule.id} obliges to ${undone}, which this gateway does not do`
  return { model, rule: rule.id, reason, at: rule.at }
}

function orderOf(permitted: Enforced['permitted']): Pick<Verdicts, 'order'> {
  const preferences = Array.from(permitted, ([model, { preference }]) => ({ model, preference }))
  if (!preferences.some(({ preference }) => preference > 0)) return {}
  // Sorting is stable: what no rule tells apart stays in the order of the candidates.
  const order = preferences.toSorted((a, b) => b.preference - a.preference).map(({ model }) => model)
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

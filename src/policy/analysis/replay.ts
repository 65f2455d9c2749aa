import type { Model } from '../../catalog/model.ts'
import { askedValues, type AskedFacts } from '../facts/asked-facts.ts'
import { enforce, judgeAsked, type Obligation, type Removed } from '../permit.ts'
import type { RulePolicy } from '../rule-policy.ts'
import type { Rule } from '../rules/rule.ts'

/** A request of the log as far as rules can tell it from others. */
export type LoggedQuestion = {
  readonly facts: AskedFacts
  /** The model that was asked for, and those that may answer in its place. */
  readonly candidates: readonly Model[]
  /** Whether the first candidate is the model that was asked for; else its key or the client kept that one away. */
  readonly askedIsFirst: boolean
}

/** What becomes of a request under one policy. */
export type Outcome = {
  /** Who is asked, in this order; empty: the request is refused. */
  readonly order: readonly string[]
  readonly permitted: ReadonlyMap<string, Duties>
  readonly removed: ReadonlyMap<string, Removed>
}

export type Duties = {
  readonly obligations: readonly Obligation[]
  readonly obligedBy: readonly Pick<Rule, 'id' | 'at' | 'reason' | 'obligations'>[]
}

/** Judges a request of the log as `permit()` would judge it, without making a permit: nobody may answer it any more. */
export function judgeAgain(policy: RulePolicy, question: LoggedQuestion): Outcome {
  const { facts, candidates } = question
  const judged = judgeAsked(policy, askedValues(facts), candidates)
  const { permitted, removed, order } = enforce(policy, judged)
  return {
    order: answering(question, [...permitted.keys()], order),
    permitted,
    removed: new Map(removed.map((each) => [each.model, each] as const)),
  }
}

/** As a plan is made: a model that was asked for by name goes first; who answers in its place is the rules' to order. */
function answering(
  { candidates: [first], askedIsFirst }: LoggedQuestion,
  permitted: readonly string[],
  preferred: readonly string[] | undefined,
): readonly string[] {
  const sorted = preferred ?? permitted
  const asked = askedIsFirst ? first?.name : undefined
  if (asked === undefined || !permitted.includes(asked)) return sorted
  return [asked, ...sorted.filter((name) => name !== asked)]
}

/**
 * Whether the facts say what the rules ask. A request that came while no policy was configured was not looked into, so that
 * nothing but its operation is known; a gateway with these rules would have looked.
 */
export function saysEnough({ request }: AskedFacts, policies: readonly RulePolicy[]): boolean {
  return request.tokens !== undefined || !policies.some(readsRequests)
}

const WITHOUT_LOOKING: ReadonlySet<string> = new Set(['request.operation'])

function readsRequests({ rules }: RulePolicy): boolean {
  const mentions = rules.flatMap(({ guard, when }) => [...(guard?.mentions ?? []), ...when.mentions])
  return mentions.some(
    ({ name, group }) =>
      (group === 'request' && !WITHOUT_LOOKING.has(name)) || name === 'principal.budget_left_usd',
  )
}

import type { Obligation, Removed } from '../permit.ts'
import type { Duties, Outcome } from './replay.ts'

/** What another policy changes for requests of the log. A request may count in several of the sums but for `same`. */
export type PolicyDiff = {
  readonly same: number
  readonly loses: number
  readonly gains: number
  /** No model is left for requests that one answered; such a request loses a model too. */
  readonly refused: number
  /** A model is there for requests that none was allowed to answer; such a request gains a model too. */
  readonly allowed: number
  readonly obligations: number
  /** Another model is asked first. */
  readonly anotherModel: number
  /** The same model is asked first, and others after it in another order. */
  readonly anotherOrder: number
  /** By rule and model, the largest first. */
  readonly groups: readonly DiffGroup[]
}

export type DiffGroup = Cause & {
  readonly requests: number
  /** How many of them are refused altogether, where they lose the model; or allowed at all, where they gain it. */
  readonly altogether: number
  /** The ids of a few of them, the first that were read. */
  readonly examples: readonly string[]
}

/** One thing that changes, and the rule that makes it so; null where rules only prefer another model. */
export type Cause = {
  readonly change: 'loses' | 'gains' | 'adds' | 'drops' | 'another-model' | 'another-order'
  readonly model: string
  readonly rule: string | null
  readonly at: string | null
  readonly reason: string | null
  /** Only where a duty is added or dropped. */
  readonly obligation?: Obligation
  /** Only of `another-model`: who is asked in its place. */
  readonly instead?: string
}

export type DiffTally = {
  readonly add: (requestId: string, before: Outcome, after: Outcome) => void
  readonly diff: () => PolicyDiff
}

type Sums = { -readonly [Sum in keyof Omit<PolicyDiff, 'groups'>]: number }
type Group = Cause & { requests: number; altogether: number; readonly examples: string[] }

const MAX_EXAMPLES = 3

/** Adds up differences request by request. Holds one group for each rule, model and kind of change: as many as both files allow. */
export function tallyDiff(): DiffTally {
  const sums: Sums = {
    same: 0,
    loses: 0,
    gains: 0,
    refused: 0,
    allowed: 0,
    obligations: 0,
    anotherModel: 0,
    anotherOrder: 0,
  }
  const groups = new Map<string, Group>()
  return {
    add(requestId, before, after) {
      const causes = causesOf(before, after)
      const [refused, allowed] = [isRefusal(before, after), isRefusal(after, before)]
      count(sums, causes, refused, allowed)
      for (const cause of causes) {
        const group = groupOf(groups, cause)
        group.requests += 1
        if (cause.change === 'loses' ? refused : cause.change === 'gains' && allowed) group.altogether += 1
        if (group.examples.length < MAX_EXAMPLES) group.examples.push(requestId)
      }
    },
    diff: () => ({ ...sums, groups: [...groups.values()].toSorted((a, b) => b.requests - a.requests) }),
  }
}

function isRefusal(before: Outcome, after: Outcome): boolean {
  return before.order.length > 0 && after.order.length === 0
}

function count(sums: Sums, causes: readonly Cause[], refused: boolean, allowed: boolean): void {
  const has = (...changes: readonly Cause['change'][]) =>
    causes.some(({ change }) => changes.includes(change)) ? 1 : 0
  sums.same += causes.length === 0 ? 1 : 0
  sums.loses += has('loses')
  sums.gains += has('gains')
  sums.refused += refused ? 1 : 0
  sums.allowed += allowed ? 1 : 0
  sums.obligations += has('adds', 'drops')
  sums.anotherModel += has('another-model')
  sums.anotherOrder += has('another-order')
}

function groupOf(groups: Map<string, Group>, cause: Cause): Group {
  const { change, model, rule, at, obligation, instead } = cause
  const key = JSON.stringify([change, model, rule, at, obligation, instead])
  const known = groups.get(key)
  if (known !== undefined) return known
  const made: Group = { ...cause, requests: 0, altogether: 0, examples: [] }
  groups.set(key, made)
  return made
}

/** Everything that is not the same under the other policy; nothing where no client would see a difference. */
export function causesOf(before: Outcome, after: Outcome): readonly Cause[] {
  const lost = [...before.permitted.keys()].filter((model) => !after.permitted.has(model))
  const gained = [...after.permitted.keys()].filter((model) => !before.permitted.has(model))
  return [
    ...lost.map((model) => because('loses', model, after.removed.get(model))),
    ...gained.map((model) => because('gains', model, before.removed.get(model))),
    ...Array.from(before.permitted, ([model, duties]) => dutyCauses(model, duties, after)).flat(),
    ...orderCauses(before, after),
  ]
}

function because(change: Cause['change'], model: string, removed: Removed | undefined): Cause {
  return {
    change,
    model,
    rule: removed?.rule ?? null,
    at: removed?.at ?? null,
    reason: removed?.reason ?? null,
  }
}

function dutyCauses(model: string, old: Duties, after: Outcome): readonly Cause[] {
  const now = after.permitted.get(model)
  if (now === undefined) return []
  return [...dutiesBeyond(now, old, 'adds', model), ...dutiesBeyond(old, now, 'drops', model)]
}

/** Duties of the first that the second has not, each with the rule it comes from. */
function dutiesBeyond(
  { obligations, obligedBy }: Duties,
  other: Duties,
  change: 'adds' | 'drops',
  model: string,
): readonly Cause[] {
  return obligations
    .filter((obligation) => !other.obligations.includes(obligation))
    .map((obligation) => {
      const rule = obligedBy.find((each) => each.obligations.includes(obligation))
      const { id = null, at = null, reason = null } = rule ?? {}
      return { change, model, rule: id, at, reason, obligation }
    })
}

/** Only where somebody answers under both policies: a request that is refused is told by what it loses. */
function orderCauses(before: Outcome, after: Outcome): readonly Cause[] {
  const [[first], [instead]] = [before.order, after.order]
  if (first === undefined || instead === undefined) return []
  if (first !== instead) {
    const rule = after.removed.get(first) ?? before.removed.get(instead)
    return [{ ...because('another-model', first, rule), instead }]
  }
  const [old, now] = [before.order, after.order].map((order) =>
    order.filter((model) => before.permitted.has(model) && after.permitted.has(model)).join('\n'),
  )
  return old === now ? [] : [because('another-order', first, undefined)]
}

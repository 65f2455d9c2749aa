import type { Fallback, Model } from '../catalog/model.ts'
import type { GuardVerdict } from '../guards/guard.ts'
import type { Labels } from '../privacy/label.ts'
import type { Obligation, Removed, Verdicts } from '../policy/permit.ts'

/** How one answer is made. Plans nest; this version runs `single`, and other models where that one cannot answer. */
export type Plan = {
  readonly kind: 'single'
  readonly model: string
  /** In this order, each for its reasons only; absent when there are none. */
  readonly otherwise?: readonly Fallback[]
}

/** Which plan answered and why: the decision card of the console shows exactly this. */
export type Decision = {
  readonly id: string
  readonly asked: string
  readonly candidates: readonly string[]
  readonly removed: readonly Removed[]
  readonly policy: Verdicts['basis']
  readonly labels: Labels
  /** What the permit of a candidate obliges to, by model; candidates without any duty are not in it. Absent when none has one. */
  readonly obligations?: Readonly<Record<string, readonly Obligation[]>>
  readonly plan: Plan | null
  /** What was masked before a model saw the request, and put back after: kinds and numbers, never a value. */
  readonly masked?: Masked
  /** How names were looked for; absent: nobody did. */
  readonly names?: NamesRead
  /** The approval of a person that the answer was given under, and who gave it; absent where none was needed. */
  readonly approval?: { readonly id: string; readonly by: string }
  /** The key whose mark the answer carries, by its name; absent: none. */
  readonly watermark?: { readonly key: string }
  /** What the guards said, in the order in which they were asked; absent when none was. */
  readonly guards?: readonly GuardVerdict[]
  /** One sentence for people. */
  readonly because: string
}

export type Masked = {
  /** Different values that were replaced, by entity. */
  readonly replaced: Readonly<Record<string, number>>
  readonly restored: number
  /** Words in the answer that look like stand-ins and are none. */
  readonly unknown: number
}

export type NamesRead = {
  /** The model that was asked. */
  readonly model: string
  readonly calls: number
  /** Texts that were read before, for an earlier turn. */
  readonly known: number
  /** Different names, however often they stand there. */
  readonly found: number
  /** Names that the model said and that do not stand in the text. */
  readonly dropped: number
  readonly ms: number
}

export type Question = {
  readonly decisionId: string
  readonly asked: string
  readonly candidates: readonly Model[]
  readonly labels: Labels
  readonly verdicts: Verdicts
}

/** Step 5 of an answer: the plan, out of what policy left over. Pure; the same question gives the same decision. */
export function decide(question: Question): Decision {
  const { decisionId, asked, candidates, labels, verdicts } = question
  const [chosen, otherwise] = planned(candidates, verdicts)
  return {
    id: decisionId,
    asked,
    candidates: candidates.map((model) => model.name),
    removed: verdicts.removed,
    policy: verdicts.basis,
    labels,
    ...obligationsOf(verdicts),
    plan:
      chosen === undefined
        ? null
        : { kind: 'single', model: chosen, ...(otherwise.length > 0 && { otherwise }) },
    because: because(question, chosen, otherwise),
  }
}

function obligationsOf({ permits }: Verdicts): Pick<Decision, 'obligations'> {
  const bound = [...permits].filter(([, { obligations }]) => obligations.length > 0)
  if (bound.length === 0) return {}
  return {
    obligations: Object.fromEntries(bound.map(([model, { obligations }]) => [model, obligations] as const)),
  }
}

/** The model that was asked for, or the first of its fallbacks that policy left; and those behind it. */
function planned(
  [asked, ...others]: readonly Model[],
  { permits, order }: Verdicts,
): readonly [string | undefined, readonly Fallback[]] {
  const known = new Set(others.map(({ name }) => name))
  const allowed = preferredFirst(
    (asked?.fallbacks ?? []).filter(({ model }) => known.has(model) && permits.has(model)),
    order,
  )
  if (asked !== undefined && permits.has(asked.name)) return [asked.name, allowed]
  const [first, ...rest] = allowed
  return [first?.model, rest]
}

/** A model that was asked for by name goes first whatever rules prefer; who answers in its place is theirs to order. */
function preferredFirst(fallbacks: readonly Fallback[], order: Verdicts['order']): readonly Fallback[] {
  if (order === undefined) return fallbacks
  return fallbacks.toSorted((a, b) => order.indexOf(a.model) - order.indexOf(b.model))
}

function because(
  { asked, verdicts }: Question,
  chosen: string | undefined,
  otherwise: readonly Fallback[],
): string {
  if (chosen === undefined) return 'Every candidate was removed.'
  const others = otherwise.map(({ model }) => model).join(', ')
  const then = others === '' ? '' : `; if it cannot answer: ${others}`
  return chosen === asked
    ? `The client asked for ${asked} by name, and ${verdicts.basis}${then}.`
    : `The client asked for ${asked}, which was removed; ${chosen} is the first of its fallbacks that is allowed${then}.`
}

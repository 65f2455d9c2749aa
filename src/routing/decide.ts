import type { Model } from '../catalog/model.ts'
import type { Labels } from '../privacy/label.ts'
import type { Removed, Verdicts } from '../policy/permit.ts'

/** How one answer is made. Plans nest; this version runs `single`. */
export type Plan = { readonly kind: 'single'; readonly model: string }

/** Which plan answered and why: the decision card of the console shows exactly this. */
export type Decision = {
  readonly id: string
  readonly asked: string
  readonly candidates: readonly string[]
  readonly removed: readonly Removed[]
  readonly policy: Verdicts['basis']
  readonly labels: Labels
  readonly plan: Plan | null
  /** One sentence for people. */
  readonly because: string
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
  const allowed = candidates.filter((model) => verdicts.permits.has(model.name))
  const chosen = allowed[0]
  return {
    id: decisionId,
    asked,
    candidates: candidates.map((model) => model.name),
    removed: verdicts.removed,
    policy: verdicts.basis,
    labels,
    plan: chosen === undefined ? null : { kind: 'single', model: chosen.name },
    because:
      chosen === undefined
        ? 'Policy removed every candidate.'
        : `The client asked for ${asked} by name, and ${verdicts.basis}.`,
  }
}

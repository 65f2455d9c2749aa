import type { Verdict } from '../../evidence/comparison.ts'
import { confidenceSequence, watchedVerdict } from '../../evidence/confidence-sequence.ts'
import type { Interval } from '../../evidence/one-column.ts'
import type { PlannedCall, RunPlan } from './plan-run.ts'

/** What may be said of a candidate while the run goes on: it holds at every moment at once, not only at the end. */
export type WatchedCandidate = {
  readonly candidate: string
  /** Items on which both are known. */
  readonly n: number
  readonly interval: Interval | null
  readonly verdict: Verdict
}

/**
 * Follows candidate − reference item by item in the drawn order of the plan, whatever the order in which answers arrive:
 * short answers come first, and a sample of short answers is no sample.
 */
export function watchCandidates(plan: RunPlan) {
  const { samples, models, task, order } = plan
  const sums = new Float64Array(plan.items.length * models.length)
  const seen = new Uint16Array(plan.items.length * models.length)
  const places = new Map(models.map(({ name }, place) => [name, place] as const))
  const followed = models.slice(1).map(({ name }, index) => ({
    name,
    place: index + 1,
    turn: 0,
    sequence: confidenceSequence({ confidence: task.confidence, low: -1, high: 1 }),
  }))

  function meanAt(itemPlace: number, modelPlace: number): number | undefined {
    const slot = itemPlace * models.length + modelPlace
    return seen[slot] === samples ? (sums[slot] ?? 0) / samples : undefined
  }

  function follow(each: (typeof followed)[number]): void {
    for (; each.turn < order.length; each.turn += 1) {
      const item = order[each.turn] ?? 0
      const [candidate, reference] = [meanAt(item, each.place), meanAt(item, 0)]
      if (candidate === undefined || reference === undefined) return
      each.sequence.add(candidate - reference)
    }
  }

  return {
    see({ itemPlace, model }: PlannedCall, score: number): void {
      const slot = itemPlace * models.length + (places.get(model.name) ?? 0)
      sums[slot] = (sums[slot] ?? 0) + score
      seen[slot] = (seen[slot] ?? 0) + 1
      followed.forEach(follow)
    },
    verdicts: (): readonly WatchedCandidate[] =>
      followed.map(({ name, sequence }) => ({
        candidate: name,
        n: sequence.n(),
        interval: sequence.interval(),
        verdict: watchedVerdict(sequence.interval(), task.margin),
      })),
  }
}

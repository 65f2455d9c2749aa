import type { KeptReply } from './kept-ask.ts'
import type { PlannedCall, RunPlan } from './plan-run.ts'
import type { ScoredAnswer } from './score-answer.ts'

/** Counts of a run, for people and for the summary. */
export type RunTally = {
  readonly total: number
  readonly done: () => number
  readonly models: readonly ModelTally[]
  readonly answered: (planned: PlannedCall, reply: KeptReply) => void
  readonly scored: (planned: PlannedCall, result: ScoredAnswer) => void
}

export type ModelTally = {
  readonly model: string
  readonly total: number
  done: number
  /** Answers that were there before. */
  cached: number
  /** Calls made now that ended with an answer. */
  asked: number
  /** Calls that ended without one. */
  failed: number
  unparsed: number
  scorerFailed: number
  /** Answers that a judge compared in both orders, and those on which the order decided. */
  judged: number
  flipped: number
  /** Answers that ended at the token limit. */
  cut: number
  /** Answers whose price nobody knows. */
  unpriced: number
}

export function runTally(plan: RunPlan): RunTally {
  const total = plan.items.length * plan.samples
  const models = new Map(plan.models.map(({ name }) => [name, newTally(name, total)] as const))
  const of = ({ model }: PlannedCall): ModelTally => models.get(model.name) ?? newTally(model.name, 0)
  return {
    total: plan.size,
    models: [...models.values()],
    done: () => [...models.values()].reduce((sum, { done }) => sum + done, 0),
    answered(planned, { cached, cost, finishReason }) {
      const own = of(planned)
      if (cached) own.cached += 1
      else own.asked += 1
      if (cost.kind === 'unpriced') own.unpriced += 1
      if (finishReason === 'length') own.cut += 1
    },
    scored(planned, { kind, flipped }) {
      const own = of(planned)
      own.done += 1
      if (kind === 'call-failed') own.failed += 1
      if (kind === 'unparsed') own.unparsed += 1
      if (kind === 'scorer-failed') own.scorerFailed += 1
      if (flipped !== undefined) own.judged += 1
      if (flipped === true) own.flipped += 1
    },
  }
}

function newTally(model: string, total: number): ModelTally {
  const made = { done: 0, cached: 0, asked: 0, failed: 0, unpriced: 0 }
  const scored = { unparsed: 0, scorerFailed: 0, judged: 0, flipped: 0, cut: 0 }
  return { model, total, ...made, ...scored }
}

import { costOf } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import type { AnswerContent, EvidenceStore } from '../../store/evidence/evidence-store.ts'
import { sourceOf } from './call-hash.ts'
import { GUESSED_ANSWER_TOKENS, guessTokens } from './expected-cost.ts'
import type { RunPlan } from './plan-run.ts'
import { plannedPower, type PlannedPower } from './planned-power.ts'
import type { RunModel } from './run-model.ts'

/** What a run will ask and may cost, known without asking anything. */
export type RunEstimate = {
  readonly calls: number
  readonly cached: number
  readonly models: readonly ModelEstimate[]
  /** What the new calls may cost; null when a model that must be asked has no price. */
  readonly costNanoUsd: number | null
  /** Of the slowest model; null when none of its answers was ever timed. */
  readonly timeMs: number | null
  readonly power: readonly PlannedPower[]
}

export type ModelEstimate = {
  readonly model: string
  readonly calls: number
  readonly cached: number
  /** Of the new calls. */
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costNanoUsd: number | null
  readonly price: 'metered' | 'owned' | 'unpriced'
  readonly timeMs: number | null
  /** Where tokens and time come from: answers to this plan, to other questions, or the length of the prompts alone. */
  readonly basis: 'this task' | 'earlier answers' | 'a guess'
}

export type EstimateOptions = {
  readonly store: Pick<EvidenceStore, 'findAnswer' | 'answerFigures'>
  /** Answers that are there count for nothing: they are asked for again. */
  readonly fresh: boolean
}

export function estimateRun(plan: RunPlan, options: EstimateOptions): RunEstimate {
  const { margin, confidence } = plan.task
  const models = plan.models.map((model, place) => estimateModel(plan, model, place, options))
  const asked = models.filter(({ calls, cached }) => calls > cached)
  return {
    calls: plan.size,
    cached: models.reduce((sum, { cached }) => sum + cached, 0),
    models,
    costNanoUsd: total(asked.map(({ costNanoUsd }) => costNanoUsd)),
    timeMs: asked.some(({ timeMs }) => timeMs === null)
      ? null
      : Math.max(0, ...asked.map(({ timeMs }) => timeMs ?? 0)),
    power: ASSUMED_DIFFERING.map((share) => plannedPower(plan.items.length, margin, confidence, share)),
  }
}

/** From two models of one family to two that know different things, as measured on real tables. */
const ASSUMED_DIFFERING = [0.1, 0.2, 0.3] as const

function total(amounts: readonly (number | null)[]): number | null {
  return amounts.reduce((sum, amount) => (sum === null || amount === null ? null : sum + amount), 0)
}

function estimateModel(
  plan: RunPlan,
  model: RunModel,
  place: number,
  { store, fresh }: EstimateOptions,
): ModelEstimate {
  const own = newSums()
  const left = newSums()
  const calls = plan.items.length * plan.samples
  for (let turn = 0; turn < calls; turn += 1) {
    const { call, hash } = plan.callOf(place, turn)
    const tokens = call.messages.reduce((sum, { content }) => sum + guessTokens(content), 0)
    const answer = store.findAnswer(hash)
    if (answer !== undefined) add(own, tokens, answer)
    if (answer === undefined || fresh) add(left, tokens, undefined)
  }
  const figures = figuresOf(plan, model, own, store)
  const newCalls = left.count
  const inputTokens = Math.round(left.guessedTokens * figures.inputPerGuess)
  const outputTokens = Math.round(newCalls * figures.outputTokens)
  return {
    model: model.name,
    calls,
    cached: calls - newCalls,
    inputTokens,
    outputTokens,
    price: model.price.kind,
    costNanoUsd: costOfTokens(model, inputTokens, outputTokens),
    timeMs: newCalls === 0 ? 0 : timeOf(plan, newCalls, figures.latencyMs),
    basis: figures.basis,
  }
}

type Sums = ReturnType<typeof newSums>

function newSums() {
  return {
    count: 0,
    guessedTokens: 0,
    counted: 0,
    guessedOfCounted: 0,
    inputTokens: 0,
    outputTokens: 0,
    latencyMs: 0,
  }
}

function add(sums: Sums, guessedTokens: number, answer: AnswerContent | undefined): void {
  sums.count += 1
  sums.guessedTokens += guessedTokens
  sums.latencyMs += answer?.latencyMs ?? 0
  const usage = answer?.usage ?? null
  if (usage === null) return
  sums.counted += 1
  sums.guessedOfCounted += guessedTokens
  sums.inputTokens += usage.inputTokens
  sums.outputTokens += usage.outputTokens
}

type Figures = {
  readonly basis: ModelEstimate['basis']
  /** Counted tokens per guessed one. */
  readonly inputPerGuess: number
  readonly outputTokens: number
  readonly latencyMs: number | null
}

/** So many answers of this plan say more than any number of others. */
const ENOUGH_ANSWERS = 5

function figuresOf(plan: RunPlan, model: RunModel, own: Sums, store: EstimateOptions['store']): Figures {
  if (own.counted >= ENOUGH_ANSWERS)
    return {
      basis: 'this task',
      inputPerGuess: own.inputTokens / Math.max(1, own.guessedOfCounted),
      outputTokens: own.outputTokens / own.counted,
      latencyMs: own.latencyMs / own.count,
    }
  const { maxTokens = GUESSED_ANSWER_TOKENS } = plan.task.sampling
  const earlier = store.answerFigures(sourceOf(model))
  if (earlier.answers >= ENOUGH_ANSWERS && earlier.outputTokens !== null)
    return {
      basis: 'earlier answers',
      inputPerGuess: 1,
      outputTokens: Math.min(maxTokens, earlier.outputTokens),
      latencyMs: earlier.latencyMs,
    }
  return { basis: 'a guess', inputPerGuess: 1, outputTokens: maxTokens, latencyMs: null }
}

function costOfTokens({ price }: RunModel, inputTokens: number, outputTokens: number): number | null {
  const cost = costOf(price, { ...noUsage, inputTokens, outputTokens })
  if (cost.kind === 'unpriced') return inputTokens + outputTokens === 0 ? 0 : null
  return cost.kind === 'metered' ? cost.nanoUsd : 0
}

function timeOf({ task }: RunPlan, calls: number, latencyMs: number | null): number | null {
  if (latencyMs === null) return null
  const { concurrencyPerModel, requestsPerMinute } = task.limits
  const paced = requestsPerMinute === undefined ? 0 : (60_000 * calls) / requestsPerMinute
  return Math.max(paced, (latencyMs * calls) / concurrencyPerModel)
}

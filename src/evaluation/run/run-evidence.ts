import { setMaxListeners } from 'node:events'
import { setImmediate as turnOfEventLoop } from 'node:timers/promises'
import { MusivumError, toMusivumError } from '../../core/errors.ts'
import type { Outcome } from '../../evidence/outcome.ts'
import type { Scorer } from '../../evidence/scorers/scorer.ts'
import { failureWatch } from './failure-watch.ts'
import type { KeptAsk } from './kept-ask.ts'
import type { PlannedCall, RunPlan } from './plan-run.ts'
import { runTally, type RunTally } from './run-tally.ts'
import { failedAnswer, scoreAnswer, type ScoredAnswer } from './score-answer.ts'
import { watchCandidates, type WatchedCandidate } from './watch-candidates.ts'

export type RunOptions = {
  readonly plan: RunPlan
  readonly scorer: Scorer
  readonly ask: KeptAsk
  readonly signal: AbortSignal
  /** After every call; looking at it costs nothing, drawing it is the caller's business. */
  readonly onProgress?: (progress: RunProgress) => void
}

export type RunProgress = {
  readonly tally: RunTally
  /** Verdicts that may be looked at at any time. */
  readonly watched: () => readonly WatchedCandidate[]
}

export type RunResult = {
  /** `ceiling`: the next call could have cost more than allowed. */
  readonly state: 'complete' | 'ceiling' | 'interrupted'
  /** By place in the plan; calls that were not made are absent. */
  readonly outcomes: readonly (Outcome | undefined)[]
  readonly tally: RunTally
}

/**
 * Makes every call of a plan that is not answered yet, and scores every answer.
 *
 * Rejects with a MusivumError when going on would waste money: the scorer or a model fails again and again, or answers
 * cannot be kept. Whatever was answered until then is kept.
 */
export async function runEvidence(options: RunOptions): Promise<RunResult> {
  const { plan, signal } = options
  const { concurrencyPerModel } = plan.task.limits
  const run = newRun(options)
  const workers = plan.models.flatMap((_, modelPlace) => {
    const calls = callsOf(plan, modelPlace)
    const count = Math.min(concurrencyPerModel, plan.size)
    return Array.from({ length: count }, () => work(run, calls))
  })
  await Promise.allSettled(workers)
  if (run.fault !== undefined) throw run.fault
  const state = run.outOfMoney ? 'ceiling' : signal.aborted ? 'interrupted' : 'complete'
  return { state, outcomes: run.outcomes, tally: run.tally }
}

type Run = RunOptions & {
  readonly outcomes: (Outcome | undefined)[]
  readonly tally: RunTally
  readonly failures: ReturnType<typeof failureWatch>
  readonly watch: ReturnType<typeof watchCandidates>
  readonly progress: RunProgress
  /** Ends the other workers when one has found a reason. */
  readonly halt: AbortController
  readonly stopped: AbortSignal
  /** Calls begun, and the turn of the event loop that the workers wait for before the next. */
  calls: number
  turn: Promise<unknown>
  outOfMoney: boolean
  fault: MusivumError | undefined
}

function newRun(options: RunOptions): Run {
  const halt = new AbortController()
  const tally = runTally(options.plan)
  const watch = watchCandidates(options.plan)
  const stopped = AbortSignal.any([options.signal, halt.signal])
  // Every call and every scorer under way listens; Node takes more than ten for a leak.
  setMaxListeners(0, stopped)
  return {
    ...options,
    outcomes: Array.from<Outcome | undefined>({ length: options.plan.size }),
    tally,
    failures: failureWatch(),
    watch,
    progress: { tally, watched: watch.verdicts },
    halt,
    stopped,
    calls: 0,
    turn: Promise.resolve(),
    outOfMoney: false,
    fault: undefined,
  }
}

/** One model's calls, handed out to whichever of its workers is free. */
function* callsOf(plan: RunPlan, modelPlace: number): Generator<PlannedCall> {
  const count = plan.items.length * plan.samples
  for (let turn = 0; turn < count; turn += 1) yield plan.callOf(modelPlace, turn)
}

async function work(run: Run, calls: Iterator<PlannedCall>): Promise<void> {
  for (;;) {
    await breathe(run)
    if (run.stopped.aborted) return
    const next = calls.next()
    if (next.done === true) return
    try {
      await answerAndScore(run, next.value)
    } catch (thrown) {
      // Cancelled is not failed: the call is made again when somebody goes on.
      if (!run.stopped.aborted) stop(run, toMusivumError(thrown))
    }
  }
}

/** About 50 ms of answers that are there already. */
const CALLS_PER_TURN = 64

/** Answers from the cache come without waiting; now and then all workers wait, for Ctrl-C and the terminal to have a turn. */
async function breathe(run: Run): Promise<void> {
  run.calls += 1
  if (run.calls % CALLS_PER_TURN === 0) run.turn = turnOfEventLoop()
  await run.turn
}

function stop(run: Run, error: MusivumError): void {
  if (error.code === 'budget.exhausted') run.outOfMoney = true
  else run.fault ??= error
  run.halt.abort()
}

async function answerAndScore(run: Run, planned: PlannedCall): Promise<void> {
  const { ask, scorer, plan, stopped } = run
  let result: ScoredAnswer
  try {
    const reply = await ask(planned, stopped)
    run.tally.answered(planned, reply)
    result = await scoreAnswer(planned, reply, scorer, plan.task.limits.scorerTimeoutMs, stopped)
  } catch (thrown) {
    stopped.throwIfAborted()
    const error = toMusivumError(thrown)
    if (ENDS_THE_RUN.has(error.code)) throw error
    result = failedAnswer(planned, error)
  }
  record(run, planned, result)
}

/** The others are outcomes of the model. These say nothing about it. */
const ENDS_THE_RUN: ReadonlySet<string> = new Set(['budget.exhausted', 'store.unavailable', 'internal'])

function record(run: Run, planned: PlannedCall, result: ScoredAnswer): void {
  run.outcomes[planned.place] = result.outcome
  run.tally.scored(planned, result)
  run.watch.see(planned, result.outcome.score)
  run.onProgress?.(run.progress)
  const fault = run.failures.see(planned.model.name, result)
  if (fault !== undefined) throw new MusivumError('request.invalid', fault)
}

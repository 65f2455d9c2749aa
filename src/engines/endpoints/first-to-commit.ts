import { strict as assert } from 'node:assert'
import { toMusivumError, type ErrorCode, type MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { CallContext } from '../engine.ts'
import { stepAfter, type Step } from './after-failure.ts'
import { chooseEndpoint, type Balance } from './choose-endpoint.ts'
import type { Watched } from './endpoint.ts'

/** One try at one endpoint. Resolves at the commit: when the first content has come, or the whole answer. */
export type Try<T> = (endpoint: Watched, signal: AbortSignal) => Promise<T>

export type TrySettings = {
  /** Tries in all, the first included. */
  readonly attempts: number
  readonly balance: Balance
  /** Start a second try elsewhere when the first has shown nothing for so long. Absent: never. */
  readonly hedge?: { readonly afterMs: number; readonly maxShare: number }
}

export type TryDeps = {
  readonly clock: Clock
  /** A number in 0..1. */
  readonly draw: () => number
  /** Resolves after `ms`; rejects when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly hedges: HedgeBudget
}

export type RoundContext = CallContext & {
  /** Asked first, and not raced against another: it made what the conversation goes on with. */
  readonly prefer?: Watched
}

/** How many of the latest requests were hedged: the cap on what a slow server may cost. */
export type HedgeBudget = {
  readonly allows: (maxShare: number) => boolean
  readonly count: (hedged: boolean) => void
}

/**
 * Tries endpoints until one commits. Before that nobody has seen anything of an answer, so another try repeats nothing;
 * after it the caller owns the stream, and a failure is his to tell.
 *
 * @throws MusivumError the last failure, when no further try is possible or would help
 */
export async function firstToCommit<T>(
  endpoints: readonly Watched[],
  start: Try<T>,
  settings: TrySettings,
  context: RoundContext,
  deps: TryDeps,
): Promise<T> {
  const round = new Round(endpoints, settings, context, deps)
  for (;;) {
    const endpoint = round.choose()
    const hedge = round.mayHedge() ? settings.hedge : undefined
    try {
      return await (hedge === undefined
        ? round.run(endpoint, start, context.signal)
        : hedged(round, endpoint, start, hedge.afterMs))
    } catch (thrown) {
      await round.afterFailure(toMusivumError(thrown))
    }
  }
}

/** The tries of one request. Lists and no Sets: a model has a few endpoints, and nearly every request one try. */
class Round {
  readonly context: RoundContext
  readonly deps: TryDeps
  readonly #endpoints: readonly Watched[]
  readonly #settings: TrySettings
  readonly #failed: Watched[] = []
  readonly #refusedKeys: string[] = []
  readonly #started: { readonly endpoint: Watched; readonly atMs: number }[] = []
  #last: Watched | undefined
  #again: Watched | undefined
  #failures = 0
  #hedged = false

  constructor(endpoints: readonly Watched[], settings: TrySettings, context: RoundContext, deps: TryDeps) {
    assert(
      endpoints.length > 0 && settings.attempts >= 1,
      'a model has an endpoint and is tried at least once',
    )
    this.#endpoints = endpoints
    this.#settings = settings
    this.context = context
    this.deps = deps
  }

  choose(): Watched {
    const chosen = this.#again ?? this.#balanced(this.#untried())
    this.#last = chosen
    return chosen
  }

  /** Endpoints that did not fail this request and whose key was not refused in it. */
  #untried(): readonly Watched[] {
    if (this.#failed.length === 0) return this.#endpoints
    return this.#endpoints.filter(
      (endpoint) => !this.#failed.includes(endpoint) && !this.#refusedKeys.includes(endpoint.keyId),
    )
  }

  #balanced(open: readonly Watched[]): Watched {
    const { clock, draw } = this.deps
    const { prefer } = this.context
    const { balance } = this.#settings
    return chooseEndpoint(open, { balance, nowMs: clock.monotonic(), draw, ...(prefer && { prefer }) })
  }

  mayHedge(): boolean {
    const { hedge } = this.#settings
    if (hedge === undefined) return false
    const others = this.#untried().filter((endpoint) => endpoint !== this.#last)
    const pinned = this.#last !== undefined && this.#last === this.context.prefer
    return !this.#hedged && !pinned && others.length > 0
  }

  /** Another endpoint to race against `first`, or undefined when the budget for that is used up. */
  secondTo(first: Watched): Watched | undefined {
    const others = this.#untried().filter((endpoint) => endpoint !== first)
    const allowed = this.deps.hedges.allows(this.#settings.hedge?.maxShare ?? 0)
    if (!allowed || others.length === 0) return undefined
    this.#hedged = true
    return this.#balanced(others)
  }

  async run<T>(endpoint: Watched, start: Try<T>, signal: AbortSignal): Promise<T> {
    const { clock } = this.deps
    const startedMs = clock.monotonic()
    this.#started.push({ endpoint, atMs: startedMs })
    endpoint.breaker.tried(startedMs)
    try {
      const committed = await start(endpoint, signal)
      const nowMs = clock.monotonic()
      endpoint.breaker.succeeded(nowMs)
      endpoint.latency.add(nowMs - startedMs, nowMs)
      if (this.#settings.hedge !== undefined) this.deps.hedges.count(this.#hedged)
      return committed
    } catch (thrown) {
      this.#blame(endpoint, toMusivumError(thrown))
      throw thrown
    }
  }

  /** Tells the endpoint's breaker, and other requests, what this failure says about it. */
  #blame(endpoint: Watched, error: MusivumError): void {
    const nowMs = this.deps.clock.monotonic()
    const { blames, shunMs } = stepAfter(error, this.#failures + 1, 0)
    if (blames) endpoint.breaker.failed(nowMs)
    else endpoint.breaker.abandoned()
    this.#failed.push(endpoint)
    if (shunMs > 0) endpoint.shunnedUntilMs = nowMs + shunMs
  }

  /** Waits for the next try; throws `error` when there is none. */
  async afterFailure(error: MusivumError): Promise<void> {
    const endpoint = this.#last
    assert(endpoint !== undefined, 'a try has failed')
    this.#failures += 1
    const step = stepAfter(error, this.#failures, this.deps.draw())
    if (step.where === 'other-key') this.#refusedKeys.push(endpoint.keyId)
    const waitMs = this.#waitFor(step, endpoint)
    if (this.#failures >= this.#settings.attempts || waitMs === undefined || !this.#hasTimeFor(waitMs))
      throw error
    this.tell(endpoint, error.code)
    if (waitMs > 0) await this.deps.wait(waitMs, this.context.signal)
  }

  /** How long to wait before the next try, and at which endpoint it is; undefined when there is nowhere to go. */
  #waitFor(step: Step, failed: Watched): number | undefined {
    this.#again = undefined
    if (step.where === 'stop') return undefined
    if (this.#untried().length > 0) return step.otherAfterMs
    if (step.where === 'other-key' || step.sameAfterMs === undefined) return undefined
    this.#again = failed
    return step.sameAfterMs
  }

  #hasTimeFor(waitMs: number): boolean {
    const { signal, deadlineAtMs = Infinity } = this.context
    return !signal.aborted && this.deps.clock.monotonic() + waitMs < deadlineAtMs
  }

  tell(endpoint: Watched, errorCode: ErrorCode): void {
    const startedMs = this.#started.findLast((each) => each.endpoint === endpoint)?.atMs ?? 0
    this.context.onFailedTry?.({
      endpoint: endpoint.name,
      errorCode,
      startedMs,
      durationMs: this.deps.clock.monotonic() - startedMs,
    })
  }
}

/** Two tries, the second when the first is late: whoever commits first goes on, and the other is ended. */
async function hedged<T>(round: Round, first: Watched, start: Try<T>, afterMs: number): Promise<T> {
  const { signal } = round.context
  const racers = new Map<Watched, AbortController>()
  const failures = new Map<Watched, MusivumError>()
  const run = async (endpoint: Watched): Promise<T> => {
    const own = new AbortController()
    racers.set(endpoint, own)
    try {
      const committed = await round.run(endpoint, start, AbortSignal.any([signal, own.signal]))
      for (const [other, racer] of racers) {
        if (other === endpoint) continue
        racer.abort()
        // Whoever lost has worked for its money too.
        round.tell(other, failures.get(other)?.code ?? 'request.cancelled')
      }
      return committed
    } catch (thrown) {
      failures.set(endpoint, toMusivumError(thrown))
      throw thrown
    }
  }
  const firstRun = run(first)
  const timer = new AbortController()
  const late = round.deps.wait(afterMs, AbortSignal.any([signal, timer.signal])).then(
    () => 'late' as const,
    () => 'over' as const,
  )
  try {
    const early = await Promise.race([firstRun.then((committed) => ({ committed })), late])
    if (typeof early === 'object') return early.committed
    const second = early === 'late' ? round.secondTo(first) : undefined
    if (second === undefined) return await firstRun
    return await Promise.any([firstRun, run(second)]).catch((failed: AggregateError) => {
      throw failed.errors[0]
    })
  } finally {
    timer.abort()
  }
}

import { MusivumError, toMusivumError, type ErrorCode } from '../../core/errors.ts'
import type { Ask, Call, Reply } from '../ask.ts'
import { expectedCost } from './expected-cost.ts'
import { requestPace } from './request-pace.ts'
import type { RunModel } from './run-model.ts'
import type { RunPorts } from './run-ports.ts'
import { slots } from './slots.ts'
import type { Spending } from './spending.ts'

export type PatientOptions = {
  readonly ask: Ask
  readonly limits: CallLimits
  readonly spending: Spending
  readonly ports: RunPorts
  /** Told about every attempt that failed and will be tried again. */
  readonly onRetry?: (model: string, error: MusivumError, waitMs: number) => void
}

export type CallLimits = {
  /** Calls at a time, over all models and for each. */
  readonly concurrency: number
  readonly concurrencyPerModel: number
  /** For each model. */
  readonly requestsPerMinute: number | undefined
  /** Tries of one call, the first included. */
  readonly attempts: number
  readonly timeoutMs: number
}

export type PatientAsk = (model: RunModel, call: Call, signal: AbortSignal) => Promise<Reply>

/**
 * Asks within limits: so many at a time, evenly spaced, again after what may pass, never beyond the ceiling.
 *
 * Rejects with the MusivumError of the last attempt; `budget.exhausted` when the ceiling leaves no room.
 */
export function patientAsk(options: PatientOptions): PatientAsk {
  const { limits } = options
  const everywhere = slots(limits.concurrency)
  const lanes = new Map<string, Lane>()
  return async (model, call, signal) => {
    const lane = lanes.get(model.name) ?? newLane(model, limits)
    lanes.set(model.name, lane)
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await turn(options, lane, everywhere, signal, () => paidAsk(options, lane, call, signal))
      } catch (thrown) {
        signal.throwIfAborted()
        const error = toMusivumError(thrown)
        const waitMs = attempt < limits.attempts ? retryAfterMs(error, attempt, options.ports) : undefined
        if (waitMs === undefined) throw error
        options.onRetry?.(model.name, error, waitMs)
        // Whoever else asks this server now would hear the same.
        if (error.retryAfterSeconds !== undefined)
          lane.pace.holdUntil(options.ports.clock.monotonic() + waitMs)
        await options.ports.pause(waitMs, signal)
      }
    }
  }
}

/** What calls of one model share. */
type Lane = ReturnType<typeof newLane>

function newLane(model: RunModel, limits: CallLimits) {
  return {
    model,
    places: slots(limits.concurrencyPerModel),
    pace: requestPace(limits.requestsPerMinute),
    expected: expectedCost(model.price),
  }
}

/** Runs `work` when the model, the run and the pace all have room for it. */
async function turn<T>(
  { ports }: PatientOptions,
  lane: Lane,
  everywhere: ReturnType<typeof slots>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const leaveLane = await lane.places.take(signal)
  try {
    for (;;) {
      const leave = await everywhere.take(signal)
      try {
        // Looked at with the place in hand: calls that waited for a place together must not start together.
        const waitMs = lane.pace.waitMs(ports.clock.monotonic())
        if (waitMs === 0) {
          lane.pace.started(ports.clock.monotonic())
          return await work()
        }
        leave()
        await ports.pause(waitMs, signal)
      } finally {
        leave()
      }
    }
  } finally {
    leaveLane()
  }
}

async function paidAsk(
  { ask, limits, spending }: PatientOptions,
  { model, expected }: Lane,
  call: Call,
  signal: AbortSignal,
): Promise<Reply> {
  const reserved = expected.reserve(call)
  if (!(await spending.reserve(reserved)))
    throw new MusivumError('budget.exhausted', `the next call of ${model.name} could exceed the ceiling`)
  try {
    const reply = await within(limits.timeoutMs, signal, (limited) => ask(call, limited))
    spending.settle(reserved, costOf(model, reply))
    expected.learn(reply)
    return reply
  } catch (thrown) {
    spending.settle(reserved, signal.aborted ? null : costOfFailure(toMusivumError(thrown)))
    throw thrown
  }
}

/** Null where a priced model answered and its server did not say how many tokens that took. */
function costOf({ price }: RunModel, { cost }: Reply): number | null {
  if (cost.kind === 'metered') return cost.nanoUsd
  return cost.kind === 'unpriced' && price.kind === 'metered' ? null : 0
}

/** A failure may say what it cost, such as that of another model answering in place of the one that was asked. */
function costOfFailure({ code, facts }: MusivumError): number | null {
  const cost = facts['costNanoUsd']
  if (typeof cost === 'number') return cost
  return MAYBE_BILLED.has(code) ? null : 0
}

/** Failures after the server had begun to work. */
const MAYBE_BILLED: ReadonlySet<ErrorCode> = new Set([
  'upstream.cut',
  'upstream.timeout',
  'upstream.bad_answer',
  'internal',
])

async function within<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = new AbortController()
  const cancel = (): void => limited.abort(signal.reason)
  const timer = setTimeout(() => limited.abort(tooLong(timeoutMs)), timeoutMs)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await work(limited.signal)
  } catch (thrown) {
    // Whatever the cancelled call says of itself, the reason is that it was cancelled.
    throw limited.signal.aborted ? limited.signal.reason : thrown
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}

function tooLong(timeoutMs: number): MusivumError {
  return new MusivumError('upstream.timeout', `no whole answer within ${timeoutMs / 1_000} s`)
}

/** Half a second, then twice as long each time, up to half a minute; by up to half less, so that calls spread. */
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000

/** A server that wants to be left alone for longer has said that today's quota is used up: waiting looks like hanging. */
const LONGEST_RETRY_AFTER_MS = 10 * 60_000

/** Undefined where trying again cannot help. */
function retryAfterMs(error: MusivumError, attempt: number, { random }: RunPorts): number | undefined {
  if (error.next !== 'retry' && !PASSING.has(error.code)) return undefined
  const asked = 1_000 * (error.retryAfterSeconds ?? 0)
  if (asked > LONGEST_RETRY_AFTER_MS) return undefined
  const grown = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1))
  return Math.max(asked, grown * (1 - random() / 2))
}

/** To a gateway these mean "ask another model", because a client waits; a run wants this model's answer and has time. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'upstream.unreachable',
  'upstream.overloaded',
  'upstream.failed',
  'upstream.bad_answer',
])

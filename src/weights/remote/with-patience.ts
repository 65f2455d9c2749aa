import { setTimeout as sleep } from 'node:timers/promises'
import { toMusivumError, type MusivumError } from '../../core/errors.ts'
import { passes } from './remote-failure.ts'

/** How long a server that fails for the moment is waited for. */
export type Patience = {
  readonly signal: AbortSignal
  readonly log: (line: string) => void
  /** Uniform from 0 to below 1. A thousand machines that lost one server must not come back in one instant. */
  readonly draw?: () => number
  /** The first pause; each further one is twice as long. */
  readonly firstPauseMs?: number
}

/** 0.25 + 0.5 + 1 + 2 + 4 s: a hub that restarts is back within that. */
const MAX_TRIES = 6
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 15_000
/** A limit that lifts within a minute is waited for; a longer one is said, so that nobody watches a dead screen. */
const MAX_ASKED_PAUSE_MS = 60_000

/** Again after each failure that may pass, at most `MAX_TRIES` times. @throws the last failure, or what the signal says */
export async function withPatience<Result>(
  attempt: () => Promise<Result>,
  patience: Patience,
): Promise<Result> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt()
    } catch (thrown) {
      await pauseOrThrow(thrown, failures, patience)
    }
  }
}

/**
 * Waits after the `failures`-th failure in a row; not at all after the 0th, which got somewhere before it failed.
 *
 * @throws the failure itself when it will not pass, or when there were too many
 */
export async function pauseOrThrow(thrown: unknown, failures: number, patience: Patience): Promise<void> {
  if (patience.signal.aborted) throw patience.signal.reason
  const error = toMusivumError(thrown)
  if (!passes(error) || failures >= MAX_TRIES) throw thrown
  const asked = askedMs(error)
  if (asked > MAX_ASKED_PAUSE_MS) throw thrown
  if (asked > 1_000) patience.log(`the server asks to wait ${asked / 1_000} s`)
  const ms = Math.max(asked, backOffMs(failures, patience))
  try {
    await sleep(ms, undefined, { signal: patience.signal })
  } catch {
    // Only the signal ends a sleep early, and its own reason says more than "aborted".
    throw patience.signal.reason
  }
}

function askedMs(error: MusivumError): number {
  return (error.retryAfterSeconds ?? 0) * 1_000
}

function backOffMs(
  failures: number,
  { draw = Math.random, firstPauseMs = FIRST_PAUSE_MS }: Patience,
): number {
  if (failures === 0) return 0
  const whole = Math.min(MAX_PAUSE_MS, firstPauseMs * 2 ** (failures - 1))
  return whole * (0.5 + draw() / 2)
}

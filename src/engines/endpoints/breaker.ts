/**
 * Keeps requests away from an endpoint that fails, and finds out when it works again. Times are milliseconds of a
 * monotonic clock.
 *
 * Closed until `FAILURES_IN_A_ROW`, or until more than half of at least `WINDOW_TRIES` tries of the last `WINDOW_MS` failed.
 * Then open: for `FIRST_PAUSE_MS`, twice as long after each probe that fails. Then half-open: one request at a time probes.
 */
export type Breaker = {
  readonly stateAt: (nowMs: number) => BreakerState
  /** When an open breaker lets a probe through; 0 when it is closed. */
  readonly probeAtMs: () => number
  /** A try begins; a half-open breaker counts it as the probe. */
  readonly tried: (nowMs: number) => void
  readonly succeeded: (nowMs: number) => void
  readonly failed: (nowMs: number) => void
  /** A try that says nothing about the endpoint: the client left, or the request itself was at fault. */
  readonly abandoned: () => void
}

export type BreakerState = 'closed' | 'open' | 'half-open'

const FAILURES_IN_A_ROW = 5
const WINDOW_MS = 30_000
const WINDOW_TRIES = 10
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 60_000

export function createBreaker(): Breaker {
  let inARow = 0
  let windowFromMs = -Infinity
  let windowTries = 0
  let windowFailures = 0
  let pauseMs = 0
  let openUntilMs = 0
  let probing = false

  function count(nowMs: number, failed: boolean): void {
    if (nowMs - windowFromMs > WINDOW_MS) [windowFromMs, windowTries, windowFailures] = [nowMs, 0, 0]
    windowTries += 1
    if (failed) windowFailures += 1
  }

  function open(nowMs: number): void {
    pauseMs = pauseMs === 0 ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    openUntilMs = nowMs + pauseMs
    ;[inARow, windowTries, windowFailures] = [0, 0, 0]
  }

  return {
    stateAt(nowMs) {
      if (pauseMs === 0) return 'closed'
      return nowMs < openUntilMs || probing ? 'open' : 'half-open'
    },
    probeAtMs: () => openUntilMs,
    tried(nowMs) {
      if (pauseMs > 0 && nowMs >= openUntilMs) probing = true
    },
    succeeded(nowMs) {
      count(nowMs, false)
      ;[inARow, pauseMs, openUntilMs, probing] = [0, 0, 0, false]
    },
    failed(nowMs) {
      count(nowMs, true)
      inARow += 1
      const bad =
        inARow >= FAILURES_IN_A_ROW || (windowTries >= WINDOW_TRIES && windowFailures * 2 > windowTries)
      // While it is open already, requests that began before it opened still come back: they open it no longer.
      if (probing || (pauseMs === 0 && bad)) open(nowMs)
      probing = false
    },
    abandoned() {
      probing = false
    },
  }
}

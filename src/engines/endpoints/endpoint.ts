import type { Engine } from '../engine.ts'
import { createBreaker, type Breaker } from './breaker.ts'

/** One place where a model is served, with one key. */
export type Endpoint = {
  /** Shown in decisions: the host, and a number where several keys share it. Never a key. */
  readonly name: string
  readonly engine: Engine
  /** Equal for endpoints that would be refused together. */
  readonly keyId: string
  /** Equal for endpoints that take back each other's signatures; from `fingerprintOf`. */
  readonly fingerprint: string
  /** Share of the requests when nothing else tells endpoints apart; more than 0. */
  readonly weight: number
}

/** What is known of an endpoint while the gateway runs. */
export type Watched = Endpoint & {
  readonly breaker: Breaker
  active: number
  /** Until then other requests keep away: a rate limit or a refused key. Monotonic ms. */
  shunnedUntilMs: number
  readonly latency: PeakAverage
}

export function watch(endpoint: Endpoint): Watched {
  return { ...endpoint, breaker: createBreaker(), active: 0, shunnedUntilMs: 0, latency: new PeakAverage() }
}

/** How fast an old measurement loses its weight: after 10 s it counts for 1/e. */
const DECAY_MS = 10_000

/**
 * Time to the first content in ms, as an exponentially weighted average that a slow answer raises at once and fast ones
 * lower slowly (the peak EWMA of Finagle's `p2c` balancer): a server that stalls is avoided after one request.
 */
export class PeakAverage {
  #valueMs = 0
  #atMs = 0

  add(sampleMs: number, nowMs: number): void {
    const old = Math.exp(-(nowMs - this.#atMs) / DECAY_MS)
    this.#valueMs = sampleMs > this.#valueMs ? sampleMs : this.#valueMs * old + sampleMs * (1 - old)
    this.#atMs = nowMs
  }

  /** An endpoint nobody asked for a while is slowly given another chance. */
  at(nowMs: number): number {
    return this.#valueMs * Math.exp(-(nowMs - this.#atMs) / DECAY_MS)
  }
}

import type { Cursor } from './source.ts'

const LONGEST_MS = 576 * 3_600_000

/** A number of the foreign unit as a duration of ours; what cannot be one is reported. */
export function readDuration(at: Cursor, unitMs: number): string | undefined {
  const { peek } = at
  if (typeof peek !== 'number') return undefined
  const ms = Math.round(peek * unitMs)
  if (ms < 1 || ms > LONGEST_MS) {
    at.leave('a duration is more than nothing and at most 576 hours', 'set `timeouts` of the model by hand')
    return undefined
  }
  at.number()
  return durationText(ms)
}

export function durationText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

const MOST_TRIES = 10

/** Retries of other gateways come after the first try; ours are counted with it. */
export function readRetries(at: Cursor): { readonly attempts: number } | undefined {
  const retries = at.number()
  if (retries === undefined) return undefined
  const attempts = Math.max(1, Math.floor(retries) + 1)
  if (attempts > MOST_TRIES)
    at.leave('a request is tried at most ten times in all', 'nothing to do: ten is written')
  return { attempts: Math.min(MOST_TRIES, attempts) }
}

const LEAST_WEIGHT = 0.001
const MOST_WEIGHT = 1000

/** A share of the load; what is beyond our bounds is reported. */
export function readWeight(at: Cursor): number | undefined {
  const { peek } = at
  if (typeof peek !== 'number') return undefined
  if (peek < LEAST_WEIGHT || peek > MOST_WEIGHT) {
    at.leave(
      'a weight is from 0.001 to 1000',
      'set `weight` of the endpoint by hand, or take the endpoint out',
    )
    return undefined
  }
  return at.number()
}

/** Dollars per token as dollars per million: 1.5e-7 is 0.15 and not 0.15000000000000002. */
export function perMillion(perToken: number): number {
  return Number((perToken * 1_000_000).toPrecision(12))
}

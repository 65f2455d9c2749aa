import type { ErrorCode, MusivumError } from '../../core/errors.ts'

/**
 * What a failure before the first content says about where to try next. `other`: another endpoint first, the same one
 * where there is no other; `other-key`: only one with another key; `stop`: nobody behind this model would do better.
 */
export type Where = 'other' | 'other-key' | 'stop'

export type Step = {
  readonly where: Where
  /** The wait before the next try when it goes to an endpoint that has not failed in this request, in ms. */
  readonly otherAfterMs: number
  /** The same for the endpoint that just failed; undefined: not again. */
  readonly sameAfterMs: number | undefined
  /** Whether it speaks against the endpoint, for its breaker. */
  readonly blames: boolean
  /** How long to keep other requests away from the endpoint, in ms: a key without money, a rate limit. */
  readonly shunMs: number
}

/** What a vendor may ask us to wait within one request; beyond it the client is told to come back, and when. */
const LONGEST_WAIT_MS = 2_000
const FIRST_BACKOFF_MS = 250
/** A refused key is tried again by another request after a while: somebody may have paid the bill. */
const REFUSED_KEY_MS = 30_000

/**
 * The step after `failures` failures in a row of one request, the last of them with `error`. `jitter` is in 0..1.
 *
 * A 401, 402 or 403 is the key's fault: the next key is tried at once. A 429 goes to another key after a pause, because
 * a burst that empties one key empties the next. A 5xx is the server's: back off, elsewhere if there is elsewhere.
 */
export function stepAfter(error: MusivumError, failures: number, jitter: number): Step {
  const backoffMs = FIRST_BACKOFF_MS * 2 ** (failures - 1) * (0.8 + 0.4 * jitter)
  const asked = error.retryAfterSeconds === undefined ? 0 : error.retryAfterSeconds * 1000
  const step = STEPS[error.code]
  switch (step) {
    case undefined:
      return STOP
    case 'key':
      return {
        where: 'other-key',
        otherAfterMs: 0,
        sameAfterMs: undefined,
        blames: false,
        shunMs: REFUSED_KEY_MS,
      }
    case 'limit': {
      const waitMs = Math.max(asked, backoffMs)
      const again = waitMs <= LONGEST_WAIT_MS ? waitMs : undefined
      return { where: 'other', otherAfterMs: backoffMs, sameAfterMs: again, blames: false, shunMs: asked }
    }
    case 'server': {
      const waitMs = Math.max(asked, backoffMs)
      const again = waitMs <= LONGEST_WAIT_MS ? waitMs : undefined
      return { where: 'other', otherAfterMs: 0, sameAfterMs: again, blames: true, shunMs: asked }
    }
    case 'slow':
      return { where: 'other', otherAfterMs: 0, sameAfterMs: undefined, blames: true, shunMs: 0 }
    case 'closed':
      // A kept connection that the server closed as we wrote is the usual cause: the first time, at once.
      return {
        where: 'other',
        otherAfterMs: 0,
        sameAfterMs: failures === 1 ? 0 : backoffMs,
        blames: failures > 1,
        shunMs: 0,
      }
    case 'full':
      return { where: 'other', otherAfterMs: 0, sameAfterMs: undefined, blames: false, shunMs: 0 }
    default:
      return step satisfies never
  }
}

const STOP: Step = { where: 'stop', otherAfterMs: 0, sameAfterMs: undefined, blames: false, shunMs: 0 }

const STEPS: Partial<Record<ErrorCode, 'key' | 'limit' | 'server' | 'slow' | 'closed' | 'full'>> = {
  'upstream.credentials': 'key',
  'upstream.rate_limited': 'limit',
  'upstream.overloaded': 'server',
  'upstream.failed': 'server',
  'upstream.unreachable': 'server',
  'upstream.bad_answer': 'server',
  'upstream.model_not_found': 'full',
  'upstream.timeout': 'slow',
  'upstream.cut': 'closed',
  'engine.busy': 'full',
}

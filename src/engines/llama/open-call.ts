import { MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { CallContext } from '../engine.ts'
import { timerMs, type Claim } from './slot-queue.ts'

/** One call of a client: its signal joined with our own end, and the notices that work has begun and that it has a slot. */
export type Call = Claim & {
  readonly dispatched: () => void
  /** From here on the deadline is kept by the call: the queue, which has kept it so far, says when to come back. */
  readonly admitted: () => void
  readonly end: () => void
}

export function openCall(context: CallContext, clock: Clock, onAbort: (error: MusivumError) => void): Call {
  const { signal, deadlineAtMs } = context
  const ours = new AbortController()
  let dispatched = false
  let deadline: NodeJS.Timeout | undefined
  const stop = (error: MusivumError) => {
    onAbort(error)
    ours.abort(error)
  }
  const left = () =>
    stop(new MusivumError('request.cancelled', 'The client went away before the answer was whole.'))
  if (signal.aborted) left()
  else signal.addEventListener('abort', left, { once: true })
  return {
    ...tenantOf(context),
    ...(deadlineAtMs !== undefined && { deadlineAtMs }),
    signal: ours.signal,
    dispatched() {
      if (!dispatched) context.onDispatched?.()
      dispatched = true
    },
    admitted() {
      if (deadlineAtMs === undefined || ours.signal.aborted) return
      deadline ??= setTimeout(() => stop(late()), timerMs(deadlineAtMs - clock.monotonic()))
    },
    end() {
      clearTimeout(deadline)
      signal.removeEventListener('abort', left)
      ours.abort(new MusivumError('request.cancelled', 'Nobody reads this answer any more.'))
    },
  }
}

export function tenantOf({ tenant }: CallContext): { readonly tenant?: string } {
  return tenant === undefined ? {} : { tenant }
}

function late(): MusivumError {
  return new MusivumError('upstream.timeout', 'The model did not finish before the deadline of the request.')
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { AiSdkBinding, Model } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { CallContext, EngineState } from '../engine.ts'
import { refuseRedirect } from '../http/response-reader.ts'
import { asThrown, cancelled, stopping } from '../http/upstream.ts'
import { deadlineError, timeoutError, type UpstreamIdentity } from '../http/upstream-error.ts'
import { callFailure } from './call-failure.ts'

/** The calls of one model that are under way, and the `fetch` through which its provider package makes them. */
export type ProviderCalls = {
  readonly fetch: typeof fetch
  readonly open: (context: CallContext) => ProviderCall
  readonly state: () => EngineState
  readonly close: () => Promise<void>
}

export type ProviderCall = {
  readonly signal: AbortSignal
  /** Waits for something of the package, and no longer than the client, the clocks and the gateway do. */
  readonly until: <T>(work: PromiseLike<T>) => Promise<T>
  /** Runs what makes requests, so that they are known to be this call's. */
  readonly run: <T>(work: () => T) => T
  /** A piece of the answer has come: from here on the shorter clock counts. */
  readonly heard: () => void
  readonly failure: (thrown: unknown) => MusivumError | TypeError
  readonly end: () => void
}

// As for servers we call ourselves: a long prompt on a slow machine, and a model that makes no token for a minute.
const FIRST_BYTE_MS = 120_000
const IDLE_MS = 60_000
// As many as towards a server of our own wire; beyond it, callers are told at once.
const MAX_CALLS = 1_024

export function openProviderCalls(
  model: Model & { readonly binding: AiSdkBinding },
  clock: Clock,
): ProviderCalls {
  const { binding } = model
  const { firstByteMs = FIRST_BYTE_MS, idleMs = IDLE_MS } = binding.timeouts ?? {}
  const current = new AsyncLocalStorage<{ readonly onRequest: (url: string) => void }>()
  const running = new Set<(error: MusivumError) => void>()
  let identity: UpstreamIdentity = { model: model.name, host: binding.package, key: binding.key }
  let unreachable: string | undefined
  let reached = false
  let closed = false

  /** A provider's key goes where its package sends it and no further: what a server answers cannot send it elsewhere. */
  const guarded: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    identity = { ...identity, host: url.host }
    const answer = fetch(input, { ...init, redirect: 'manual' })
    current.getStore()?.onRequest(url.host)
    const response = await answer
    reached = true
    unreachable = undefined
    refuseRedirect(identity, response.status, response.headers.get('location') ?? undefined)
    return response
  }

  function open(context: CallContext): ProviderCall {
    if (closed) throw stopping()
    if (running.size >= MAX_CALLS) throw busy(model.name)
    if (context.signal.aborted) throw cancelled()
    const aborter = new AbortController()
    let ended: MusivumError | undefined
    let begun = false
    let dispatched = false
    let rejectGone: (error: MusivumError) => void = () => {}
    const gone = new Promise<never>((_, reject) => (rejectGone = reject))
    // Whoever waits hears of it through `until`; without a waiter it must not end the process.
    gone.catch(() => {})

    function stop(error: MusivumError): void {
      ended ??= error
      rejectGone(error)
      aborter.abort(error)
    }
    const within = (ms: number): number =>
      Math.max(0, Math.min(ms, (context.deadlineAtMs ?? Infinity) - performance.now()))
    const late = (ms: number, missing: string) => (): void => {
      // A timer may fire up to a millisecond early.
      const over = performance.now() >= (context.deadlineAtMs ?? Infinity) - 1
      stop(over ? deadlineError(identity) : timeoutError(identity, ms, missing))
    }
    let timer = setTimeout(late(firstByteMs, 'no first byte'), within(firstByteMs))
    const onAbort = (): void => stop(cancelled())
    context.signal.addEventListener('abort', onAbort)
    running.add(stop)

    return {
      signal: aborter.signal,
      until: (work) => Promise.race([work, gone]),
      run: (work) =>
        current.run(
          {
            onRequest() {
              if (!dispatched) context.onDispatched?.()
              dispatched = true
            },
          },
          work,
        ),
      heard() {
        begun = true
        clearTimeout(timer)
        timer = setTimeout(late(idleMs, 'nothing more'), within(idleMs))
      },
      failure(thrown) {
        const error = asThrown(ended ?? callFailure(identity, thrown, begun, clock))
        if (error instanceof MusivumError && error.code === 'upstream.unreachable')
          unreachable = `${identity.host} is not reachable`
        return error
      },
      end() {
        clearTimeout(timer)
        context.signal.removeEventListener('abort', onAbort)
        running.delete(stop)
        // A reader that stops early must not leave the server working for nobody.
        aborter.abort(ended ?? cancelled())
      },
    }
  }

  return {
    fetch: guarded,
    open,
    state() {
      if (unreachable !== undefined) return { kind: 'unavailable', reason: unreachable }
      if (!reached && running.size === 0) return { kind: 'idle' }
      return { kind: 'ready', activeRequests: running.size, queuedRequests: 0 }
    },
    async close() {
      closed = true
      for (const stop of running) stop(stopping())
    },
  }
}

function busy(name: string): MusivumError {
  const message = `${MAX_CALLS} requests are already running on ${name}; try again shortly.`
  return new MusivumError('engine.busy', message, { retryAfterSeconds: 1 })
}

import { Pool, type Dispatcher } from 'undici'
import type { ServerBinding } from '../../catalog/model.ts'
import { MusivumError, toMusivumError } from '../../core/errors.ts'
import type { CallContext, EngineState } from '../engine.ts'
import { NOWHERE, RunningCalls, type Listed } from './running-calls.ts'
import {
  connectionError,
  deadlineError,
  timeoutError,
  type ErrorParser,
  type UpstreamIdentity,
} from './upstream-error.ts'

/** One address to call and how it wants to be called. The key is bound to it. */
export type UpstreamPlace = Pick<ServerBinding, 'baseUrl' | 'key' | 'timeouts'> & {
  /** The header that carries the key. `authorization`, the default, takes it as a bearer token, others as it is. */
  readonly keyHeader?: string
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  /** How errors of this wire read. Default: OpenAI's, which knows the shapes of most. */
  readonly parseError?: ErrorParser
}

export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** What one call hears. Exactly one of `onEnd` and `onFail` comes last; what any of them throws comes back as `onFail`. */
export type ResponseReader = {
  readonly onStart: (status: number, headers: ResponseHeaders) => void
  readonly onData: (chunk: Buffer) => void
  readonly onEnd: () => void
  readonly onFail: (error: unknown) => void
}

export type Call = {
  /** Stops reading, and with it, through TCP, the server's writing. The idle clock stands still meanwhile. */
  readonly pause: () => void
  readonly resume: () => void
  /** It has ended, well or not. */
  readonly over: boolean
  /** Ends the call with this error and closes its connection. Nothing happens if the call is already over. */
  readonly fail: (error: unknown) => void
}

export type CallRequest = {
  /** Under the base URL: `/chat/completions`. */
  readonly path: string
  readonly body: string
  /** A whole answer has its first byte when its last token is made, so it gets longer than a stream. */
  readonly streamed: boolean
  /** In place of those of the same name that every call has. */
  readonly headers?: Readonly<Record<string, string>>
}

export type Upstream = {
  readonly identity: UpstreamIdentity
  readonly call: (request: CallRequest, context: CallContext, reader: ResponseReader) => Call
  readonly state: () => EngineState
  readonly close: () => Promise<void>
}

// One connection per answer that is being made. More than 1,024 at once towards one server is either a runaway client
// or a server that should be several; beyond it, callers are told at once instead of waiting in a queue without end.
export const MAX_CONNECTIONS = 1_024

// A long prompt on a slow machine: 30,000 tokens at 250 a second.
const FIRST_BYTE_MS = 120_000
// What OpenAI's own clients wait; an answer of 8,000 tokens at 20 a second takes 400 s.
const WHOLE_ANSWER_MS = 600_000
// A model that makes no token for a minute makes none at all; servers that think longer send comments meanwhile.
const IDLE_MS = 60_000
const CONNECT_MS = 10_000
// vLLM (uvicorn) and llama-server close idle connections after 5 s without saying so; ours go first.
const KEEP_ALIVE_MS = 4_000

/**
 * The connections to one server. A pool knows one origin and follows no redirect, so the key cannot reach another.
 * Throws `config.invalid` for a base URL or key that cannot be used; opens no connection before the first call.
 * HTTP/1.1 only: one connection per answer means that a cancelled answer is a closed connection, which every server
 * understands, and that no answer waits behind another's packets.
 */
export function openUpstream(model: string, place: UpstreamPlace): Upstream {
  const { timeouts = {}, parseError } = place
  const base = parseBaseUrl(model, place)
  const identity: UpstreamIdentity = {
    model,
    host: base.host,
    key: place.key,
    ...(parseError && { parseError }),
  }
  const pool = new Pool(base.origin, {
    connections: MAX_CONNECTIONS,
    allowH2: false,
    connectTimeout: timeouts.connectMs ?? CONNECT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The clocks below know what undici's cannot: that waiting for the first event of an open stream is not idling.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const headers = requestHeaders(model, place)
  const calls = new RunningCalls<UpstreamCall>()
  let closed = false
  let reached = false
  let unreachable: string | undefined

  const upstream: UpstreamView = {
    identity,
    onReached() {
      reached = true
      unreachable = undefined
    },
    onOver(call, error) {
      calls.remove(call)
      if (error instanceof MusivumError && error.code === 'upstream.unreachable') {
        unreachable = `${identity.host} is not reachable`
      }
    },
  }

  return {
    identity,
    call(request, context, reader) {
      const firstByteMs = timeouts.firstByteMs ?? (request.streamed ? FIRST_BYTE_MS : WHOLE_ANSWER_MS)
      const idleMs = timeouts.idleMs ?? IDLE_MS
      const call = new UpstreamCall(upstream, context, reader, { firstByteMs, idleMs })
      if (closed) call.fail(stopping())
      else if (calls.size >= MAX_CONNECTIONS) call.fail(busy(identity))
      else if (context.signal.aborted) call.fail(cancelled())
      else {
        calls.add(call)
        const path = `${base.path}${request.path}${base.query}`
        const own = request.headers === undefined ? headers : { ...headers, ...request.headers }
        pool.dispatch({ path, method: 'POST', headers: own, body: request.body }, call)
      }
      return call
    },
    state() {
      if (unreachable !== undefined) return { kind: 'unavailable', reason: unreachable }
      if (!reached && calls.size === 0) return { kind: 'idle' }
      return { kind: 'ready', activeRequests: calls.size, queuedRequests: 0 }
    },
    async close() {
      closed = true
      for (const call of calls.all()) call.fail(stopping())
      await pool.destroy()
    },
  }
}

type UpstreamView = {
  readonly identity: UpstreamIdentity
  readonly onReached: () => void
  readonly onOver: (call: UpstreamCall, error: unknown) => void
}

/** One request and its answer: a class, because undici calls its methods for every packet. */
class UpstreamCall implements Dispatcher.DispatchHandler, Call, Listed {
  place = NOWHERE
  readonly #upstream: UpstreamView
  readonly #context: CallContext
  readonly #reader: ResponseReader
  readonly #timeouts: { readonly firstByteMs: number; readonly idleMs: number }
  /** The end of the client's patience, in `performance.now()`. */
  readonly #deadlineMs: number
  #controller: Dispatcher.DispatchController | undefined
  #clock: NodeJS.Timeout
  /** When the wait began that is running: for the first byte, or for more after the latest packet. */
  #sinceMs = performance.now()
  #begun = false
  #over = false

  constructor(
    upstream: UpstreamView,
    context: CallContext,
    reader: ResponseReader,
    timeouts: { readonly firstByteMs: number; readonly idleMs: number },
  ) {
    this.#upstream = upstream
    this.#context = context
    this.#reader = reader
    this.#timeouts = timeouts
    this.#deadlineMs = context.deadlineAtMs ?? Infinity
    this.#clock = this.#startClock()
    context.signal.addEventListener('abort', this.#onAbort)
  }

  get over(): boolean {
    return this.#over
  }

  pause(): void {
    clearTimeout(this.#clock)
    this.#controller?.pause()
  }

  resume(): void {
    if (this.#over) return
    this.#sinceMs = performance.now()
    clearTimeout(this.#clock)
    this.#clock = this.#startClock()
    this.#controller?.resume()
  }

  fail(error: unknown): void {
    if (this.#over) return
    this.#finish(error)
    // Closing the connection is the only way to tell an HTTP/1.1 server to stop; it must not wait for the reader.
    this.#controller?.abort(error instanceof Error ? error : new Error('the call failed', { cause: error }))
    this.#reader.onFail(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(cancelled())
  }

  onRequestSent(): void {
    if (!this.#over) this.#context.onDispatched?.()
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    // 1xx announces the real answer.
    if (this.#over || status < 200) return
    this.#upstream.onReached()
    this.#guarded(() => this.#reader.onStart(status, headers))
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return
    this.#sinceMs = performance.now()
    this.#begun = true
    this.#guarded(() => this.#reader.onData(chunk))
  }

  onResponseEnd(): void {
    if (this.#over) return
    this.#guarded(() => {
      this.#reader.onEnd()
      this.#finish(undefined)
    })
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.fail(
      error instanceof MusivumError ? error : connectionError(this.#upstream.identity, error, this.#begun),
    )
  }

  #guarded(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.fail(error)
    }
  }

  /** Packets only note their time, and the clock looks at it: moving a timer for each would cost as much as passing it on. */
  #startClock(): NodeJS.Timeout {
    // Never later than the shorter wait that begins with the first byte.
    return setTimeout(this.#look, Math.max(0, Math.min(this.#leftMs(), this.#timeouts.idleMs)))
  }

  readonly #look = (): void => {
    // A timer may fire up to a millisecond early.
    if (this.#leftMs() < 1) this.#late()
    else this.#clock = this.#startClock()
  }

  #leftMs(): number {
    return Math.min(this.#sinceMs + this.#patienceMs(), this.#deadlineMs) - performance.now()
  }

  #patienceMs(): number {
    return this.#begun ? this.#timeouts.idleMs : this.#timeouts.firstByteMs
  }

  #late(): void {
    const { identity } = this.#upstream
    const patienceEnded = performance.now() >= this.#deadlineMs - 1
    const missing = this.#begun ? 'nothing more' : 'no first byte'
    this.fail(patienceEnded ? deadlineError(identity) : timeoutError(identity, this.#patienceMs(), missing))
  }

  readonly #onAbort = (): void => this.fail(cancelled())

  #finish(error: unknown): void {
    this.#over = true
    clearTimeout(this.#clock)
    this.#context.signal.removeEventListener('abort', this.#onAbort)
    this.#upstream.onOver(this, error)
  }
}

type BaseUrl = {
  readonly origin: string
  readonly host: string
  readonly path: string
  readonly query: string
}

function parseBaseUrl(model: string, { baseUrl, query = {} }: UpstreamPlace): BaseUrl {
  const url = URL.parse(baseUrl)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '') {
    const expected = 'an http or https URL without user name, such as http://127.0.0.1:8000/v1'
    throw new MusivumError('config.invalid', `The base_url of the model ${model} must be ${expected}.`)
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return {
    origin: url.origin,
    host: `${url.hostname}:${port}`,
    path: url.pathname.replace(/\/+$/, ''),
    query: url.search,
  }
}

/** Nothing of the client's own headers goes out: not its key, not its cookies, not its address. */
function requestHeaders(model: string, place: UpstreamPlace): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    // Compressed bytes cannot be passed through and watched at the same time.
    'accept-encoding': 'identity',
    'user-agent': 'musivum',
    ...place.headers,
  }
  const { key, keyHeader = 'authorization' } = place
  if (key === undefined || key === '') return headers
  if (!/^[\x21-\x7e]+$/.test(key)) {
    const expected = 'printable ASCII without spaces or line breaks'
    throw new MusivumError('config.invalid', `The key of the model ${model} must be ${expected}.`)
  }
  return { ...headers, [keyHeader]: keyHeader === 'authorization' ? `Bearer ${key}` : key }
}

export function cancelled(): MusivumError {
  return new MusivumError('request.cancelled', 'The client went away before the answer was whole.')
}

export function stopping(): MusivumError {
  return new MusivumError('gateway.stopping', 'The gateway is shutting down; send the request again.')
}

function busy(upstream: UpstreamIdentity): MusivumError {
  const message = `${MAX_CONNECTIONS} requests are already running on ${upstream.model}; try again shortly.`
  return new MusivumError('engine.busy', message, { retryAfterSeconds: 1 })
}

/** What a promise may be rejected with: mistakes of ours stay what they are for the log, wrapped as `internal`. */
export function asThrown(error: unknown): MusivumError | TypeError {
  return error instanceof TypeError ? error : toMusivumError(error)
}

import type { Clock } from '../../core/ports.ts'
import { parseOpenAiUsage } from '../../wire/openai-usage.ts'
import type { CallContext, RelayOutcome, RelaySink } from '../engine.ts'
import { errorInside, parseWhole, responseReader } from './response-reader.ts'
import { createSniffer, finishReasonOf, MAX_EVENT_BYTES, type Seen } from './stream-sniffer.ts'
import { asThrown, type Call, type Upstream } from './upstream.ts'
import { badAnswer, cutError, isErrorPayload, type UpstreamIdentity } from './upstream-error.ts'

export type RelayDeps = { readonly upstream: Upstream; readonly clock: Clock }

/** What this engine passes through. */
export type OpenAiOperation = keyof typeof PATHS

/** A client's request whose body has been made ready for the server. */
export type PreparedRelay = {
  readonly operation: OpenAiOperation
  readonly body: string
  readonly includeUsage: boolean
}

/** A whole answer: read to its end and looked at before one byte of it is passed on, so that no half answer is. */
export function relayWhole(
  { upstream, clock }: RelayDeps,
  request: PreparedRelay,
  sink: RelaySink,
  context: CallContext,
): Promise<RelayOutcome> {
  return new Promise((resolve, reject) => {
    const { identity } = upstream
    const reader = responseReader(identity, clock, {
      onWhole(body) {
        const lastByteAtMs = clock.monotonic()
        const seen = examineWhole(identity, clock, request.operation, body)
        sink.head('application/json')
        sink.bytes(body)
        resolve({ ...seen, lastByteAtMs })
      },
      onStreamData() {
        throw badAnswer(identity, 'with an event stream where one JSON answer was asked for')
      },
      onStreamEnd() {
        throw badAnswer(identity, 'with an empty event stream where one JSON answer was asked for')
      },
      onFail: (error) => reject(asThrown(error)),
    })
    upstream.call({ path: PATHS[request.operation], body: request.body, streamed: false }, context, reader)
  })
}

/** A streamed answer: every packet is passed on when its events are whole, with what the sniffer takes out. */
export function relayStream(
  { upstream, clock }: RelayDeps,
  request: PreparedRelay,
  sink: RelaySink,
  context: CallContext,
): Promise<RelayOutcome> {
  return new Promise((resolve, reject) => {
    const { identity } = upstream
    const outlet = createOutlet(sink, () => call)
    const sniffer = createSniffer({
      removeUsageEvent: !request.includeUsage,
      emit: (bytes) => outlet.emit(bytes, sniffer.seen.begun),
      fail(payload) {
        throw errorInside(identity, payload, clock)
      },
      notJson() {
        throw badAnswer(identity, 'with an event of its stream that is not JSON')
      },
      tooLong() {
        throw badAnswer(identity, `with an event of more than ${MAX_EVENT_BYTES / 1024 / 1024} MiB`)
      },
    })
    const succeed = (): void => {
      const lastByteAtMs = clock.monotonic()
      resolve({ ...known(sniffer.seen), lastByteAtMs })
    }
    const reader = responseReader(identity, clock, {
      onStreamData: sniffer.push,
      onStreamEnd() {
        sniffer.end()
        assertWhole(identity, sniffer.seen)
        // Some servers close without it, and their clients wait for it.
        if (!sniffer.seen.done) outlet.emit(DONE, true)
        succeed()
      },
      onWhole(body) {
        const json = parseWhole(identity, body)
        if (isErrorPayload(json)) throw errorInside(identity, body.toString('utf8'), clock)
        throw badAnswer(identity, 'with one JSON answer where an event stream was asked for')
      },
      // After [DONE] nothing is missing: neither a server that resets instead of closing nor a client that leaves spoils it.
      onFail: (error) => (sniffer.seen.done ? succeed() : reject(asThrown(error))),
    })
    const call = upstream.call(
      { path: PATHS['openai-chat'], body: request.body, streamed: true },
      context,
      reader,
    )
  })
}

const PATHS = { 'openai-chat': '/chat/completions', embeddings: '/embeddings' } as const

const DONE = Buffer.from('data: [DONE]\n\n')

// Comments such as `: PROCESSING` before the first event, which are held so that an error can still be an error.
const MAX_HELD_BYTES = 64 * 1024

/** The way to the client: opens it with the first event of a real answer, and makes the server wait for a slow reader. */
function createOutlet(sink: RelaySink, callOf: () => Call) {
  const held: Uint8Array[] = []
  let heldBytes = 0
  let open = false
  let waiting = false

  function send(bytes: Uint8Array): void {
    if (sink.bytes(bytes) || waiting) return
    waiting = true
    const call = callOf()
    call.pause()
    sink.drained(() => {
      waiting = false
      call.resume()
    })
  }

  return {
    emit(bytes: Uint8Array, begun: boolean): void {
      if (open) return send(bytes)
      held.push(bytes)
      heldBytes += bytes.length
      if (!begun && heldBytes <= MAX_HELD_BYTES) return
      open = true
      sink.head('text/event-stream; charset=utf-8')
      for (const early of held) send(early)
      held.length = 0
    },
  }
}

function assertWhole(upstream: UpstreamIdentity, seen: Seen): void {
  if (seen.done || seen.finishReason !== undefined) {
    if (seen.begun) return
    throw badAnswer(upstream, 'with a stream that says nothing')
  }
  throw cutError(upstream, seen.begun ? 'in the middle of the answer' : 'before it answered')
}

type WholeAnswer = {
  readonly choices?: readonly ({ readonly finish_reason?: unknown } | null)[]
  readonly data?: readonly unknown[]
  readonly usage?: unknown
}

function examineWhole(
  upstream: UpstreamIdentity,
  clock: Clock,
  operation: OpenAiOperation,
  body: Buffer,
): Pick<RelayOutcome, 'usage' | 'finishReason'> {
  const json = parseWhole(upstream, body)
  if (isErrorPayload(json)) throw errorInside(upstream, body.toString('utf8'), clock)
  const { choices, data, usage } = (json ?? {}) as WholeAnswer
  const list = operation === 'openai-chat' ? choices : data
  if (!Array.isArray(list) || list.length === 0) {
    throw badAnswer(upstream, `with JSON that has no ${operation === 'openai-chat' ? 'choices' : 'data'}`)
  }
  const finishReason = finishReasonOf(choices?.[0]?.finish_reason)
  return known({ usage: parseOpenAiUsage(usage), finishReason })
}

/** Absent instead of `undefined`, as the outcome wants it. */
function known({
  usage,
  finishReason,
}: Pick<Seen, 'usage' | 'finishReason'>): Pick<RelayOutcome, 'usage' | 'finishReason'> {
  return { ...(usage && { usage }), ...(finishReason && { finishReason }) }
}

import type { Clock } from '../../core/ports.ts'
import type { CallContext, RelayOutcome, RelaySink } from '../engine.ts'
import { createOutlet } from './outlet.ts'
import { errorInside, parseWhole, responseReader } from './response-reader.ts'
import { createSniffer, MAX_EVENT_BYTES, type Seen } from './stream-sniffer.ts'
import { asThrown, type Upstream } from './upstream.ts'
import { badAnswer, cutError, type UpstreamIdentity } from './upstream-error.ts'
import type { Outcome, RelayWire } from './wire.ts'

export type RelayDeps = {
  readonly upstream: Upstream
  readonly clock: Clock
  readonly wire: RelayWire
}

/** A client's request whose body has been made ready for the server. */
export type PreparedRelay = {
  readonly body: string
  /** The client wants the event that carries nothing but usage. */
  readonly includeUsage: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** A whole answer: read to its end and looked at before one byte of it is passed on, so that no half answer is. */
export function relayWhole(
  { upstream, clock, wire }: RelayDeps,
  { body, headers }: PreparedRelay,
  sink: RelaySink,
  context: CallContext,
): Promise<RelayOutcome> {
  return new Promise((resolve, reject) => {
    const { identity } = upstream
    const reader = responseReader(identity, clock, {
      onWhole(received) {
        const lastByteAtMs = clock.monotonic()
        const outcome = examineWhole({ upstream, clock, wire }, received)
        sink.head('application/json')
        sink.bytes(received)
        resolve({ ...outcome, lastByteAtMs })
      },
      onStreamData() {
        throw badAnswer(identity, 'with an event stream where one JSON answer was asked for')
      },
      onStreamEnd() {
        throw badAnswer(identity, 'with an empty event stream where one JSON answer was asked for')
      },
      onFail: (error) => reject(asThrown(error)),
    })
    upstream.call({ path: wire.path, body, streamed: false, ...(headers && { headers }) }, context, reader)
  })
}

/** A streamed answer: every packet is passed on when its events are whole, with what the sniffer takes out. */
export function relayStream(
  { upstream, clock, wire }: RelayDeps,
  { body, includeUsage, headers }: PreparedRelay,
  sink: RelaySink,
  context: CallContext,
): Promise<RelayOutcome> {
  return new Promise((resolve, reject) => {
    const { identity } = upstream
    const outlet = createOutlet(sink, () => call)
    const options = {
      removeUsageEvent: !includeUsage,
      emit: (bytes: Uint8Array) => outlet.emit(bytes, sniffer.seen.begun),
      fail(error: unknown): never {
        throw errorInside(identity, error, clock)
      },
      notJson(): never {
        throw badAnswer(identity, 'with an event of its stream that is not JSON')
      },
      tooLong(): never {
        throw badAnswer(identity, `with an event of more than ${MAX_EVENT_BYTES / 1024 / 1024} MiB`)
      },
    }
    const sniffer = createSniffer(options, wire.words)
    const succeed = (): void => {
      const lastByteAtMs = clock.monotonic()
      resolve({ ...known(sniffer.seen), lastByteAtMs })
    }
    const reader = responseReader(identity, clock, {
      onStreamData: sniffer.push,
      onStreamEnd() {
        sniffer.end()
        assertWhole(identity, sniffer.seen)
        if (!sniffer.seen.done) outlet.emit(wire.ending, true)
        succeed()
      },
      onWhole(received) {
        throwReported({ upstream, clock, wire }, parseWhole(identity, received))
        throw badAnswer(identity, 'with one JSON answer where an event stream was asked for')
      },
      // After its last event nothing is missing: neither a server that resets instead of closing nor a client that leaves
      // spoils it.
      onFail: (error) => (sniffer.seen.done ? succeed() : reject(asThrown(error))),
    })
    const call = upstream.call(
      { path: wire.path, body, streamed: true, ...(headers && { headers }) },
      context,
      reader,
    )
  })
}

function assertWhole(upstream: UpstreamIdentity, seen: Seen): void {
  if (seen.done || seen.finishReason !== undefined) {
    if (seen.begun) return
    throw badAnswer(upstream, 'with a stream that says nothing')
  }
  throw cutError(upstream, seen.begun ? 'in the middle of the answer' : 'before it answered')
}

function examineWhole(deps: RelayDeps, body: Buffer): Outcome {
  const { identity } = deps.upstream
  const json = parseWhole(identity, body)
  throwReported(deps, json)
  const outcome = deps.wire.examineWhole(json)
  if (outcome === undefined)
    throw badAnswer(identity, `with JSON that has no ${deps.wire.answerField ?? 'answer'}`)
  return outcome
}

function throwReported({ upstream, clock, wire }: RelayDeps, json: unknown): void {
  const error = wire.words.errorOf(json)
  if (error !== undefined) throw errorInside(upstream.identity, error, clock)
}

/** Absent instead of `undefined`, as the outcome wants it. */
function known({ usage, finishReason }: Seen): Outcome {
  return { ...(usage && { usage }), ...(finishReason && { finishReason }) }
}

import type { AnswerEvent } from '../../core/events.ts'
import type { Clock } from '../../core/ports.ts'
import { createSseParser } from '../../wire/sse.ts'
import type { CallContext } from '../engine.ts'
import { createInbox } from './inbox.ts'
import { errorInside, parseWhole, responseReader } from './response-reader.ts'
import { asThrown, cancelled, type Call, type CallRequest, type Upstream } from './upstream.ts'
import type { Wire } from './wire.ts'

export type AnswerDeps = { readonly upstream: Upstream; readonly clock: Clock; readonly wire: Wire }

/** A request ready to be sent, and whether it asks for a stream. */
export type Asked = Pick<CallRequest, 'body' | 'streamed'>

/**
 * The answer to a request as events. Nothing happens before the first event is asked for; then `ask` checks the
 * request and renders it. Whether a stream was asked for or one whole JSON answer, either is understood.
 */
export async function* answerEvents(
  { upstream, clock, wire }: AnswerDeps,
  ask: () => Asked,
  context: CallContext,
): AsyncGenerator<AnswerEvent, void, undefined> {
  const asked = ask()
  let whole: Buffer | undefined
  const inbox = createInbox(() => call)
  const reader = responseReader(upstream.identity, clock, {
    onStreamData: inbox.push,
    onStreamEnd: inbox.end,
    onWhole(received) {
      whole = received
      inbox.end()
    },
    onFail: (error) => inbox.fail(asThrown(error)),
  })
  const call: Call = upstream.call({ path: wire.path, ...asked }, context, reader)
  try {
    const parser = createPacketParser({ upstream, clock, wire })
    // Plain loops: `yield*` in an async generator costs three turns of the microtask queue for every event.
    for await (const chunk of inbox.untilDone(parser.done)) {
      for (const event of parser.push(chunk)) yield unlessGone(context, event)
    }
    const rest = whole === undefined ? parser.end() : wholeEvents({ upstream, clock, wire }, whole)
    for (const event of rest) yield unlessGone(context, event)
  } finally {
    // A reader that stops early must not leave the server working for nobody.
    call.fail(cancelled())
  }
}

/** Events that are here already are not handed to a client that left: an abort rejects, it never just ends. */
function unlessGone(context: CallContext, event: AnswerEvent): AnswerEvent {
  if (context.signal.aborted) throw cancelled()
  return event
}

function createPacketParser({ upstream, clock, wire }: AnswerDeps) {
  const sse = createSseParser()
  const parser = wire.createParser()

  function eventsOf(payload: string): readonly AnswerEvent[] {
    // The parser would report it too, without the server's name and the status that its words stand for.
    const error = payload.includes('"error"') ? errorIn(wire, parsed(payload)) : undefined
    if (error !== undefined) throw errorInside(upstream.identity, error, clock)
    return parser.push(payload)
  }

  return {
    // One by one: what stands before an error in the same packet was said, and is passed on first.
    *push(chunk: Buffer): Iterable<AnswerEvent> {
      for (const payload of sse.push(chunk)) yield* eventsOf(payload)
    },
    *end(): Iterable<AnswerEvent> {
      for (const payload of sse.end()) yield* eventsOf(payload)
      yield* parser.end()
    },
    done: parser.done,
  }
}

function wholeEvents({ upstream, clock, wire }: AnswerDeps, body: Buffer): readonly AnswerEvent[] {
  const json = parseWhole(upstream.identity, body)
  const error = errorIn(wire, json)
  if (error !== undefined) throw errorInside(upstream.identity, error, clock)
  return wire.parseWhole(json)
}

function errorIn(wire: Wire, value: unknown): unknown {
  return value === undefined ? undefined : wire.words.errorOf(value)
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    // Not JSON: the parser of the protocol says so in its own words.
    return undefined
  }
}

import type { AnswerEvent } from '../../core/events.ts'
import type { Clock } from '../../core/ports.ts'
import { createSseParser } from '../../wire/sse.ts'
import type { CallContext } from '../engine.ts'
import { EventQueue } from './event-queue.ts'
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
export function answerEvents(
  deps: AnswerDeps,
  ask: () => Asked,
  context: CallContext,
): AsyncIterableIterator<AnswerEvent, undefined> {
  const { upstream, clock, wire } = deps
  let call: Call | undefined
  const queue = new EventQueue({
    start() {
      const asked = ask()
      call = upstream.call({ path: wire.path, ...asked }, context, reader)
    },
    pause: () => call?.pause(),
    resume: () => call?.resume(),
    // Events that are here already are not handed to a client that left: an abort rejects, it never just ends.
    check() {
      if (context.signal.aborted) throw cancelled()
    },
    // A reader that stops early must not leave the server working for nobody.
    cancel() {
      if (call?.over === false) call.fail(cancelled())
    },
  })
  const parser = createPacketParser(deps, (event) => queue.push(event))
  const reader = responseReader(upstream.identity, clock, {
    onStreamData(chunk) {
      parser.push(chunk)
      queue.arrived(chunk.length)
    },
    onStreamEnd() {
      parser.end()
      queue.end()
    },
    onWhole(received) {
      for (const event of wholeEvents(deps, received)) queue.push(event)
      queue.end()
    },
    onFail(error) {
      // A failure that comes when the answer has said that it is done spoils nothing and just ends it.
      if (!parser.done()) return queue.fail(asThrown(error))
      parser.end()
      queue.end()
    },
  })
  return queue
}

function createPacketParser({ upstream, clock, wire }: AnswerDeps, emit: (event: AnswerEvent) => void) {
  const sse = createSseParser()
  const parser = wire.createParser()

  function read(payload: string): void {
    // The parser would report it too, without the server's name and the status that its words stand for.
    const error = payload.includes('"error"') ? errorIn(wire, parsed(payload)) : undefined
    if (error !== undefined) throw errorInside(upstream.identity, error, clock)
    // One by one: what stands before an error in the same packet was said, and is passed on first.
    for (const event of parser.push(payload)) emit(event)
  }

  return {
    push(chunk: Buffer): void {
      for (const payload of sse.push(chunk)) read(payload)
    },
    end(): void {
      for (const payload of sse.end()) read(payload)
      for (const event of parser.end()) emit(event)
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

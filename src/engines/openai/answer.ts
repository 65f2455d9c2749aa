import type { Clock } from '../../core/ports.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { createChatStreamParser, parseChatCompletion } from '../../wire/openai-chat/parse-answer.ts'
import { createSseParser } from '../../wire/sse.ts'
import type { CallContext } from '../engine.ts'
import { createInbox } from './inbox.ts'
import { errorInside, parseWhole, responseReader } from './response-reader.ts'
import { asThrown, cancelled, type Call, type Upstream } from './upstream.ts'
import { isErrorPayload, type UpstreamIdentity } from './upstream-error.ts'

/**
 * The answer to a request as events. Nothing happens before the first event is asked for; then `bodyOf` checks the
 * request and renders it. A server that answers a stream request with one whole JSON answer is understood too.
 */
export async function* answerEvents(
  upstream: Upstream,
  clock: Clock,
  bodyOf: () => string,
  context: CallContext,
): AsyncGenerator<AnswerEvent, void, undefined> {
  const body = bodyOf()
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
  const call: Call = upstream.call({ path: '/chat/completions', body, streamed: true }, context, reader)
  try {
    const parser = createEventParser(upstream.identity, clock)
    // Plain loops: `yield*` in an async generator costs three turns of the microtask queue for every event.
    for await (const chunk of inbox.untilDone(parser.done)) {
      for (const event of parser.push(chunk)) yield unlessGone(context, event)
    }
    const rest = whole === undefined ? parser.end() : wholeEvents(upstream.identity, clock, whole)
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

function createEventParser(upstream: UpstreamIdentity, clock: Clock) {
  const sse = createSseParser()
  const chat = createChatStreamParser()

  function eventsOf(payload: string): readonly AnswerEvent[] {
    // The parser would report it too, without the server's name and the status that its words stand for.
    if (payload.includes('"error"') && isErrorText(payload)) throw errorInside(upstream, payload, clock)
    return chat.push(payload)
  }

  return {
    // One by one: what stands before an error in the same packet was said, and is passed on first.
    *push(chunk: Buffer): Iterable<AnswerEvent> {
      for (const payload of sse.push(chunk)) yield* eventsOf(payload)
    },
    *end(): Iterable<AnswerEvent> {
      for (const payload of sse.end()) yield* eventsOf(payload)
      yield* chat.end()
    },
    done: chat.done,
  }
}

function wholeEvents(upstream: UpstreamIdentity, clock: Clock, body: Buffer): readonly AnswerEvent[] {
  const json = parseWhole(upstream, body)
  if (isErrorPayload(json)) throw errorInside(upstream, body.toString('utf8'), clock)
  return parseChatCompletion(json)
}

function isErrorText(payload: string): boolean {
  try {
    return isErrorPayload(JSON.parse(payload))
  } catch {
    // Not JSON: the chat parser says so in its own words.
    return false
  }
}

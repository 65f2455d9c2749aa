import { single } from '../combine/answerer.ts'
import type { Conversation } from '../core/conversation.ts'
import type { AnswerEvent } from '../core/events.ts'
import { parseChatRequest } from '../wire/openai-chat/parse-request.ts'
import { createAnswerCollector } from '../wire/collect-answer.ts'
import { renderChatCompletion } from '../wire/openai-chat/render-answer.ts'
import { createChatStreamRenderer } from '../wire/openai-chat/render-stream.ts'
import { accountHeaders, identityHeaders } from './answer-headers.ts'
import { answerMetadata } from './answer-metadata.ts'
import { callContext } from './call-context.ts'
import { check } from './check.ts'
import type { Exchange } from './exchange.ts'
import type { Delivery, Operation } from './operation.ts'
import { beginStream, mayRelay, relay } from './relay.ts'

/** `POST /v1/chat/completions` */
export const chatCompletions: Operation<Conversation> = {
  kind: 'chat',
  parse(body) {
    const { model, stream, includeUsage, conversation } = parseChatRequest(body)
    return { model, stream, includeUsage, content: conversation, body }
  },
  async deliver(delivery) {
    const { engine, chosen, request, snapshot } = delivery
    if (mayRelay(delivery, engine)) return relay(delivery, engine, 'chat')
    const answerer = single(engine, chosen.permit)
    const answered = observe(delivery, answerer(request.content, callContext(delivery)))
    const checked = check(snapshot.guards, answered)
    return request.stream ? renderStream(delivery, checked) : renderWhole(delivery, checked)
  },
}

/** Notes what the row needs while the events go by. */
async function* observe(delivery: Delivery, events: AsyncIterable<AnswerEvent>): AsyncIterable<AnswerEvent> {
  const { gateway, record } = delivery
  for await (const event of events) {
    record.lastModelByteMs = gateway.clock.monotonic()
    record.firstByteMs ??= record.lastModelByteMs
    if (event.kind === 'usage') record.usage = event.usage
    yield event
  }
}

async function renderStream(
  delivery: Delivery<Conversation>,
  events: AsyncIterable<AnswerEvent>,
): Promise<void> {
  const { gateway, request, record } = delivery
  const { exchange } = record
  const renderer = createChatStreamRenderer({
    ...answerIdentity(delivery),
    includeUsage: request.includeUsage,
    musivum: answerMetadata(record),
  })
  for await (const event of events) {
    const text = renderer.render(event)
    if (text === '') continue
    if (!exchange.reply.begun) beginStream(delivery, 'text/event-stream; charset=utf-8')
    if (!exchange.reply.write(text)) await drained(exchange)
  }
  exchange.reply.write(renderer.end())
  exchange.reply.end(accountHeaders(record, gateway.clock.monotonic()))
}

async function renderWhole(
  delivery: Delivery<Conversation>,
  events: AsyncIterable<AnswerEvent>,
): Promise<void> {
  const { gateway, record } = delivery
  const collector = createAnswerCollector()
  for await (const event of events) collector.add(event)
  const completion = renderChatCompletion(collector.answer(), {
    ...answerIdentity(delivery),
    musivum: answerMetadata(record),
  })
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...identityHeaders(record),
    ...accountHeaders(record, gateway.clock.monotonic()),
  }
  record.exchange.reply.whole(200, headers, JSON.stringify(completion))
}

function answerIdentity({ record, chosen }: Delivery): { requestId: string; created: number; model: string } {
  const { requestId, arrivedAtMs } = record.exchange
  return { requestId, created: Math.floor(arrivedAtMs / 1000), model: chosen.model.name }
}

/** Waits until the client has read on, or is gone: a reader that never reads must not hold a slot for ever. */
function drained({ reply, signal }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    reply.drained(resolve)
  })
}

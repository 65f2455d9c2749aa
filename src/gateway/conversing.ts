import { single } from '../combine/answerer.ts'
import { needsStructure, structuredAnswer } from '../combine/structured-answer.ts'
import type { Conversation } from '../core/conversation.ts'
import { toMusivumError } from '../core/errors.ts'
import type { AnswerEvent } from '../core/events.ts'
import { createAnswerCollector } from '../wire/collect-answer.ts'
import { accountHeaders, identityHeaders } from './answer-headers.ts'
import { answerMetadata } from './answer-metadata.ts'
import { usageOfEvents } from './cache/kept-events.ts'
import { lookUp } from './cache/look-up.ts'
import { cachedEvents } from './cache/use-cache.ts'
import { callContext } from './call-context.ts'
import { check } from './check.ts'
import type { AnswerIdentity, SpokenDialect } from './dialects/dialect.ts'
import type { Exchange } from './exchange.ts'
import type { Delivery, Operation } from './operation.ts'
import { beginStream, mayRelay, relay } from './relay.ts'
import { exhausted } from './spending/spending.ts'

/** A conversation in any protocol: passed through where the server behind the model speaks it too, else translated. */
export function conversing(dialect: SpokenDialect): Operation<Conversation> {
  return {
    kind: 'chat',
    errors: dialect.errors,
    parse: dialect.parse,
    async deliver(delivery) {
      const { engine, chosen, request } = delivery
      const structure = needsStructure(request.content, engine.capabilities)
      const cache = lookUp(delivery, usageOfEvents)
      // What is kept, or was, is in our own form, so that it can be given again whole or streamed.
      const passes = !structure && (cache.kind === 'off' || cache.kind === 'bypass')
      if (passes && mayRelay(delivery, engine, dialect.name)) return relay(delivery, engine, dialect.name)
      const plain = single(engine, chosen.permit)
      const answerer = structure ? structuredAnswer(plain, engine.capabilities) : plain
      const fresh = () => observe(delivery, answerer(request.content, callContext(delivery)))
      const checked = check(delivery, cachedEvents(cache, fresh))
      return request.stream
        ? renderStream(dialect, delivery, checked)
        : renderWhole(dialect, delivery, checked)
    },
  }
}

/** Notes what the row needs while the events go by. */
function observe(delivery: Delivery, events: AsyncIterable<AnswerEvent>): AsyncIterable<AnswerEvent> {
  const iterator = events[Symbol.asyncIterator]()
  const stop = async (): Promise<IteratorReturnResult<undefined>> => {
    await iterator.return?.()
    return { done: true, value: undefined }
  }
  const noted = (next: IteratorResult<AnswerEvent>) => {
    if (next.done === true || note(delivery, next.value)) return next
    delivery.record.exchange.stop(exhausted())
    return stop().then(() => {
      throw exhausted()
    })
  }
  // By hand: a generator here would cost three turns of the microtask queue for every event.
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next().then(noted), return: stop }) }
}

/** False when the answer has used up what it may cost. */
function note({ gateway, record }: Delivery, event: AnswerEvent): boolean {
  record.lastModelByteMs = gateway.clock.monotonic()
  record.firstByteMs ??= record.lastModelByteMs
  if (event.kind === 'usage') [record.usage, record.calls] = [event.usage, event.calls ?? []]
  return record.spending?.passed(textBytes(event)) !== false
}

/** What the model wrote, as far as this event shows it. */
function textBytes(event: AnswerEvent): number {
  switch (event.kind) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'refusal-delta':
      return Buffer.byteLength(event.text)
    case 'tool-call-delta':
      return Buffer.byteLength(event.arguments)
    case 'tool-call-start':
      return Buffer.byteLength(event.name)
    default:
      return 0
  }
}

async function renderStream(
  dialect: SpokenDialect,
  delivery: Delivery<Conversation>,
  events: AsyncIterable<AnswerEvent>,
): Promise<void> {
  const { gateway, request, record } = delivery
  const { exchange } = record
  const renderer = dialect.streamRenderer(request, answerIdentity(delivery))
  // Until the first piece of content nothing is sent: what fails before it still gets its own status, or another model.
  let held = ''
  for await (const event of events) {
    const text = renderer.render(event)
    if (!exchange.reply.begun) {
      held += text
      if (!COMMITS.has(event.kind) || held === '') continue
      beginStream(delivery, 'text/event-stream; charset=utf-8')
      if (!exchange.reply.write(held)) await drained(exchange)
    } else if (text !== '' && !exchange.reply.write(text)) await drained(exchange)
  }
  const rest = renderer.end()
  if (!exchange.reply.begun) {
    beginStream(delivery, 'text/event-stream; charset=utf-8')
    exchange.reply.write(held)
  }
  exchange.reply.write(rest)
  keep(delivery, renderer.response?.())
  exchange.reply.end(accountHeaders(record, gateway.clock.monotonic()))
}

/** What a client may act on or show: after it, nobody can answer in this model's place without repeating something. */
const COMMITS: ReadonlySet<AnswerEvent['kind']> = new Set([
  'text-delta',
  'reasoning-delta',
  'reasoning-end',
  'refusal-delta',
  'tool-call-start',
  'finish',
])

async function renderWhole(
  dialect: SpokenDialect,
  delivery: Delivery<Conversation>,
  events: AsyncIterable<AnswerEvent>,
): Promise<void> {
  const { gateway, request, record } = delivery
  const collector = createAnswerCollector()
  for await (const event of events) collector.add(event)
  const body = dialect.renderWhole(collector.answer(), answerIdentity(delivery), request)
  keep(delivery, body)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...identityHeaders(record),
    ...accountHeaders(record, gateway.clock.monotonic()),
  }
  record.exchange.reply.whole(200, headers, body)
}

/** An answer that was made is given, whether it can be kept or not: the client is told by the next request that it was not. */
function keep({ gateway, request, record }: Delivery<Conversation>, answer: string | undefined): void {
  if (request.keep === undefined || answer === undefined) return
  try {
    request.keep(answer)
  } catch (thrown) {
    gateway.log(`response ${record.exchange.requestId} was not kept: ${toMusivumError(thrown).message}`)
  }
}

function answerIdentity({ record, chosen }: Delivery): AnswerIdentity {
  const { requestId, arrivedAtMs } = record.exchange
  return {
    requestId,
    created: Math.floor(arrivedAtMs / 1000),
    model: chosen.model.name,
    musivum: answerMetadata(record),
  }
}

/** Waits until the client has read on, or is gone: a reader that never reads must not hold a slot for ever. */
function drained({ reply, signal }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    reply.drained(resolve)
  })
}

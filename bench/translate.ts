import type { Conversation } from '../src/core/conversation.ts'
import type { AnswerEvent } from '../src/core/events.ts'
import { noUsage } from '../src/core/usage.ts'
import { anthropicMessages } from '../src/gateway/dialects/anthropic-messages.ts'
import type { AnswerIdentity, SpokenDialect, StreamRenderer } from '../src/gateway/dialects/dialect.ts'
import { openAiChat } from '../src/gateway/dialects/openai-chat.ts'
import { openAiResponses } from '../src/gateway/dialects/openai-responses.ts'
import type { Past } from '../src/gateway/operation.ts'
import {
  createMessagesStreamParser,
  parseMessagesAnswer,
} from '../src/wire/anthropic-messages/parse-answer.ts'
import { renderMessagesRequest } from '../src/wire/anthropic-messages/render-request.ts'
import { createAnswerCollector } from '../src/wire/collect-answer.ts'
import { createChatStreamParser, parseChatCompletion } from '../src/wire/openai-chat/parse-answer.ts'
import { renderChatRequest } from '../src/wire/openai-chat/render-request.ts'
import { createResponsesStreamParser, parseResponse } from '../src/wire/openai-responses/parse-answer.ts'
import { renderResponsesRequest } from '../src/wire/openai-responses/render-request.ts'
import type { RenderedRequest } from '../src/wire/rendered-request.ts'
import { createSseParser } from '../src/wire/sse.ts'
import { benchOptions, publish, type Measured } from './lib/report.ts'
import { median } from './lib/statistics.ts'

const HELP = `What translating costs without any socket: a request, a streamed chunk and a whole answer, for each protocol of a client over each
protocol of a server, beside what JSON.parse and JSON.stringify of the same bytes cost.

  node bench/translate.ts [--quick] [--json] [--gate]`

const PIECES = 200
const options = benchOptions(HELP)
const batches = options.quick ? 5 : 25
/** Long enough that the thread's clock, which counts microseconds, and one turn of the garbage collector are small in it. */
const BATCH_MICROSECONDS = options.quick ? 4_000 : 10_000
const WARM_UP_MICROSECONDS = options.quick ? 50_000 : 300_000

/** One protocol on both sides of us. */
type Side = {
  readonly name: string
  readonly client: SpokenDialect
  readonly renderRequest: (conversation: Conversation) => RenderedRequest
  readonly createParser: () => { readonly push: (data: string) => readonly AnswerEvent[] }
  readonly parseWhole: (json: unknown) => readonly AnswerEvent[]
}

const common = { model: 'm', stream: true }
const SIDES: readonly Side[] = [
  {
    name: 'chat',
    client: openAiChat,
    renderRequest: (conversation) =>
      renderChatRequest(conversation, { ...common, includeUsage: true, maker: 'openai-chat:bench' }),
    createParser: () => createChatStreamParser('openai-chat:bench'),
    parseWhole: (json) => parseChatCompletion(json, 'openai-chat:bench'),
  },
  {
    name: 'responses',
    client: openAiResponses,
    renderRequest: (conversation) =>
      renderResponsesRequest(conversation, { ...common, maker: 'openai-responses:bench' }),
    createParser: () => createResponsesStreamParser('openai-responses:bench'),
    parseWhole: (json) => parseResponse(json, 'openai-responses:bench'),
  },
  {
    name: 'messages',
    client: anthropicMessages,
    renderRequest: (conversation) =>
      renderMessagesRequest(conversation, {
        ...common,
        maker: 'anthropic-messages:bench',
        defaultMaxTokens: 512,
      }),
    createParser: () => createMessagesStreamParser('anthropic-messages:bench'),
    parseWhole: (json) => parseMessagesAnswer(json, 'anthropic-messages:bench'),
  },
]

const QUESTION = 'Please summarise the following note for me. '.repeat(20)
/** A turn of an agent: a system prompt, two tools, a call and its result. */
const CHAT_BODY = JSON.stringify({
  model: 'm',
  max_tokens: 512,
  temperature: 0,
  messages: [
    { role: 'system', content: 'You are a careful assistant.' },
    { role: 'user', content: QUESTION },
    { role: 'assistant', content: 'I will look it up.', tool_calls: [call('call_1', '{"city":"Pune"}')] },
    { role: 'tool', tool_call_id: 'call_1', content: '31 degrees, dry' },
    { role: 'user', content: 'And tomorrow?' },
  ],
  tools: [tool('get_weather'), tool('get_forecast')],
})
const ANSWER: readonly AnswerEvent[] = [
  { kind: 'text-start', choice: 0 },
  ...Array.from({ length: PIECES }, (): AnswerEvent => ({ kind: 'text-delta', choice: 0, text: ' word' })),
  { kind: 'text-end', choice: 0 },
  { kind: 'usage', usage: { ...noUsage, inputTokens: 220, outputTokens: PIECES } },
  { kind: 'finish', choice: 0, reason: 'stop' },
]
const IDENTITY: AnswerIdentity = {
  requestId: '01a20691-b151-7000-b40c-328c4d2b2ee1',
  created: 1_763_769_600,
  model: 'm',
  musivum: { request_id: '01a20691-b151-7000-b40c-328c4d2b2ee1', model: 'm', plan: 'single' },
}
const NOBODY: Past = {
  owner: 'bench',
  responses() {
    throw new Error('nothing is kept in this benchmark')
  },
}

/** What is made is counted, so that no compiler finds out that nobody wants it. */
let written = 0

publish({ bench: 'translate', rows: [...requests(), ...chunks(), ...wholes()], notes: notes() }, options)

function requests(): readonly Measured[] {
  return pairs().map(({ client, server }) => {
    const body = requestBody(client)
    const once = (): number =>
      JSON.stringify(server.renderRequest(client.client.parse(body, NOBODY).content).body).length
    return row(
      `request, ${client.name} to ${server.name}`,
      once,
      () => JSON.stringify(JSON.parse(body)).length,
    )
  })
}

function chunks(): readonly Measured[] {
  return pairs().map(({ client, server }) => {
    const events = streamOf(server)
    const payloads = createSseParser()
      .push(Buffer.concat(events))
      .filter((data) => data.startsWith('{'))
    const createRenderer = clientRenderer(client)
    const once = (): number => translateStream(createRenderer(), server, events)
    const json = (): number =>
      payloads.reduce((length, data) => length + JSON.stringify(JSON.parse(data)).length, 0)
    return row(`streamed chunk, ${server.name} to ${client.name}`, once, json, PIECES)
  })
}

function wholes(): readonly Measured[] {
  return pairs().map(({ client, server }) => {
    const body = wholeOf(server)
    const request = requestOf(client)
    const once = (): number => {
      const collector = createAnswerCollector()
      for (const event of server.parseWhole(JSON.parse(body))) collector.add(event)
      return client.client.renderWhole(collector.answer(), IDENTITY, request).length
    }
    return row(
      `whole answer, ${server.name} to ${client.name}`,
      once,
      () => JSON.stringify(JSON.parse(body)).length,
    )
  })
}

function pairs(): readonly { readonly client: Side; readonly server: Side }[] {
  return SIDES.flatMap((client) => SIDES.map((server) => ({ client, server })))
}

function row(what: string, once: () => number, json: () => number, parts = 1): Measured {
  return { what, unit: 'µs', measured: cost(once) / parts, beside: { 'JSON alone': cost(json) / parts } }
}

/** The same conversation in the words of each protocol. */
function requestBody(side: Side): string {
  const { content } = openAiChat.parse(CHAT_BODY, NOBODY)
  if (side.client === openAiChat) return CHAT_BODY
  // Kept responses are written to disk, which is not what is measured here.
  return JSON.stringify({
    ...side.renderRequest(content).body,
    ...(side.name === 'responses' && { store: false }),
  })
}

/** An answer as a server of this protocol streams it, one packet per event. */
function streamOf(side: Side): readonly Buffer[] {
  const renderer = clientRenderer(side)()
  const texts = [...ANSWER.map((event) => renderer.render(event)), renderer.end()]
  return texts.filter((text) => text !== '').map((text) => Buffer.from(text))
}

function wholeOf(side: Side): string {
  const collector = createAnswerCollector()
  for (const event of ANSWER) collector.add(event)
  return side.client.renderWhole(collector.answer(), IDENTITY, requestOf(side))
}

function clientRenderer(side: Side): () => StreamRenderer {
  const request = requestOf(side)
  return () => side.client.streamRenderer(request, IDENTITY)
}

function translateStream(renderer: StreamRenderer, server: Side, packets: readonly Buffer[]): number {
  const sse = createSseParser()
  const parser = server.createParser()
  let length = 0
  for (const packet of packets) {
    for (const data of sse.push(packet)) {
      for (const event of parser.push(data)) length += renderer.render(event).length
    }
  }
  return length + renderer.end().length
}

function requestOf(side: Side): ReturnType<SpokenDialect['parse']> {
  return side.client.parse(requestBody(side), NOBODY)
}

/** Microseconds of this thread's processor time for one turn: the median over batches, so that a collection of garbage counts once. */
function cost(once: () => number): number {
  run(once, WARM_UP_MICROSECONDS)
  return median(Array.from({ length: batches }, () => run(once, BATCH_MICROSECONDS)))
}

function run(once: () => number, microseconds: number): number {
  const startedAt = cpuNow()
  let turns = 0
  let spent = 0
  while (spent < microseconds) {
    written += once()
    turns += 1
    spent = cpuNow() - startedAt
  }
  return spent / turns
}

function cpuNow(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

function tool(name: string): object {
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  return { type: 'function', function: { name, description: `Says what ${name} says.`, parameters } }
}

function call(id: string, args: string): object {
  return { id, type: 'function', function: { name: 'get_weather', arguments: args } }
}

function notes(): readonly string[] {
  return [
    `Processor time of one thread, medians of ${batches} batches. Requests ${CHAT_BODY.length} bytes with two tools, a call and its result; answers of ${PIECES} pieces.`,
    `A streamed chunk is bytes of the server to bytes for the client; the beginning and the end of its stream are shared out over the chunks.`,
    `${(written / 1e6).toFixed(0)} MB were written.`,
  ]
}

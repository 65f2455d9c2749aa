import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Conversation, WireChange } from '../../core/conversation.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { parseMessagesRequest } from '../../wire/anthropic-messages/parse-request.ts'
import { context, describeEngine, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { CallContext, Engine, RelayOutcome } from '../engine.ts'
import type { AnthropicBinding, Model } from '../../catalog/model.ts'
import { anthropicEngine, type AnthropicEngine } from './anthropic-engine.ts'

const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const FIXTURES = new URL('../../../fixtures/anthropic/', import.meta.url)

function bytesOf(name: string): Buffer {
  return readFileSync(new URL(name, FIXTURES))
}

function engineOf(baseUrl: string, binding: Partial<AnthropicBinding> = {}): AnthropicEngine {
  const model: Model & { readonly binding: AnthropicBinding } = {
    name: 'alias',
    binding: { engine: 'anthropic', baseUrl, upstreamModel: 'upstream-name', ...binding },
    price: { kind: 'unpriced' },
    toy: false,
    origin: 'config',
  }
  return anthropicEngine(model, { clock })
}

function asking(fields: Record<string, unknown> = {}): Conversation {
  const messages = [{ role: 'user', content: 'Say hello.' }]
  return parseMessagesRequest(JSON.stringify({ model: 'm', max_tokens: 64, messages, ...fields }))
    .conversation
}

describeEngine('anthropic', async () => {
  const vendor = await startVendor()
  return {
    engine: engineOf(vendor.url, { structured: true }),
    conversation: asking(),
    expectedText: 'नमस्ते! 👋 Hello "there".',
    longConversation: asking({ behave_as: 'endless' }),
    unicodeConversation: asking({ behave_as: 'byte-by-byte' }),
    toolConversation: asking({ behave_as: 'parallel-tools' }),
    jsonConversation: asking({ behave_as: 'json' }),
    parallel: 64,
    tearDown: vendor.close,
  }
})

let vendor: Vendor
const opened: Engine[] = []

beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.close())
afterEach(() => Promise.all(opened.splice(0).map((engine) => engine.close())))

function open(binding: Partial<AnthropicBinding> = {}): AnthropicEngine {
  const engine = engineOf(vendor.url, binding)
  opened.push(engine)
  return engine
}

describe('what goes to the server', () => {
  test('the version, the beta features of the place and the key, in the header that the binding names', async () => {
    await relay(open({ key: 'sk-k', betas: ['a-1', 'evil\r\nx: 1', 'a-1'] }))
    expect(vendor.last().headers).toMatchObject({
      'x-api-key': 'sk-k',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a-1',
    })
    expect(vendor.last().headers).not.toHaveProperty('authorization')
    await answer(open({ key: 'sk-k', keyHeader: 'authorization', version: '2026-10-21' }), asking())
    expect(vendor.last().headers).toMatchObject({
      authorization: 'Bearer sk-k',
      'anthropic-version': '2026-10-21',
    })
    expect(vendor.last().headers).not.toHaveProperty('x-api-key')
    expect(vendor.last().headers).not.toHaveProperty('anthropic-beta')
  })

  test('the beta features that a relayed client asks for, beside those of the place', async () => {
    await relay(open({ betas: ['a-1'] }), { betas: ['b-2', 'a-1', 'x: y'] })
    expect(vendor.last().headers['anthropic-beta']).toBe('a-1,b-2')
  })

  test("a relayed body is the client's text with another model name and nothing else", async () => {
    const body =
      '{ "model" : "alias",\n "max_tokens":6.4e1,"messages":[{"role":"user","content":"h\\u0069"}], "new":[1.0]}'
    await relay(open(), { body })
    expect(vendor.last().path).toBe('/v1/messages')
    expect(vendor.last().body).toBe(body.replace('alias', 'upstream-name'))
  })

  test('the billing header of Claude Code stays away from all but Anthropic, relayed or not, which is said', async () => {
    const body = bytesOf('claude-code.request.json').toString()
    const relayed = await relay(open(), { body, stream: true })
    expect(vendor.last().body).not.toContain('cch=')
    expect(JSON.parse(vendor.last().body)).toMatchObject({
      context_management: {},
      thinking: { type: 'adaptive' },
    })
    expect(relayed.changes).toEqual(['system[]'])
    await relay(open({ billingHeader: 'keep' }), { body, stream: true })
    expect(vendor.last().body).toContain('cch=36ee5;')
    const { conversation } = parseMessagesRequest(body)
    expect((await answer(open(), conversation)).changes).toEqual(['system[]'])
    expect(vendor.last().body).not.toContain('cch=')
  })

  test('fields that the server rejects are left out and said; newer versions of the API reject sampling', async () => {
    const engine = open({ version: '2026-10-21', drops: ['metadata'] })
    const body = '{"model":"m","max_tokens":9,"messages":[],"temperature":1,"top_k":5,"metadata":{}}'
    expect((await relay(engine, { body })).changes).toEqual(['temperature', 'top_k', 'metadata'])
    expect(vendor.last().body).toBe('{"model":"upstream-name","max_tokens":9,"messages":[]}')
    const answered = await answer(engine, asking({ temperature: 0.5, metadata: { user_id: 'u' } }))
    expect(answered.changes.toSorted()).toEqual(['metadata', 'temperature'])
    expect(JSON.parse(vendor.last().body)).not.toHaveProperty('temperature')
  })

  test('a conversation of another protocol says its changes', async () => {
    const chat: Conversation = { ...asking(), dialect: 'openai-chat', sampling: { seed: 7 }, extra: {} }
    expect((await answer(open(), chat)).changes).toEqual(['max_tokens', 'seed'])
    expect(JSON.parse(vendor.last().body)).toMatchObject({
      model: 'upstream-name',
      max_tokens: 8192,
      stream: true,
    })
  })

  test('tokens are counted without the fields that only an answer needs', async () => {
    const engine = open()
    const tokens = await engine.countTokens(
      permitFor(engine.model),
      asking({ temperature: 0.2, system: 'x' }),
      context(),
    )
    expect(tokens).toBe(14)
    expect(vendor.last().path).toBe('/v1/messages/count_tokens')
    expect(Object.keys(JSON.parse(vendor.last().body) as object).toSorted()).toEqual([
      'messages',
      'model',
      'system',
    ])
  })

  test('thoughts go back to the server that signed them', async () => {
    const engine = open()
    const { events } = await answer(engine, asking({ behave_as: 'thinking' }))
    const end = events.find((event) => event.kind === 'reasoning-end')
    expect(end?.signature?.maker).toBe(`anthropic-messages:${new URL(vendor.url).host}`)
    const signature = end?.signature ?? { maker: '', value: null }
    const again: Conversation = {
      ...asking(),
      messages: [
        ...asking().messages,
        { role: 'assistant', parts: [{ kind: 'reasoning', text: 'x', signature }], extra: {} },
      ],
    }
    await answer(engine, again)
    expect(vendor.last().body).toContain('"signature":"EqQBCgIYAhIM')
    await answer(engineAt(vendor.url.replace('127.0.0.1', 'localhost')), again)
    expect(vendor.last().body).not.toContain('EqQBCgIYAhIM')
  })
})

function engineAt(url: string): AnthropicEngine {
  const engine = engineOf(url)
  opened.push(engine)
  return engine
}

describe('a relayed answer', () => {
  test('whole: the bytes of the server, its usage and finish reason', async () => {
    const { bytes, head, outcome } = await relay(open())
    expect(head).toBe('application/json')
    expect(bytes).toEqual(bytesOf('plain.response.json'))
    expect(outcome).toMatchObject({ finishReason: 'stop', usage: { inputTokens: 25, outputTokens: 15 } })
  })

  test.each(['plain', 'thinking', 'parallel-tools', 'cached-prompt', 'server-tool', 'byte-by-byte'])(
    'streamed: the bytes of the server, its usage and finish reason: %s',
    async (name) => {
      const { bytes, head, outcome } = await relay(open(), { stream: true, behave: name })
      expect(head).toMatch(/^text\/event-stream/)
      expect(bytes).toEqual(bytesOf(`${name === 'byte-by-byte' ? 'plain' : name}.events.txt`))
      expect(outcome.usage?.outputTokens).toBeGreaterThan(0)
      expect(outcome.finishReason).toBeDefined()
    },
  )

  test('that ends without message_stop, or without its last empty line, is whole and ends as it should', async () => {
    const stop = Buffer.from('event: message_stop\ndata: {"type":"message_stop"}\n\n')
    for (const behave of ['no-stop', 'no-empty-line']) {
      const { bytes } = await relay(open(), { stream: true, behave })
      expect(bytes.toString()).toContain(stop.toString().trimEnd())
    }
  })

  test('that fails before its first piece is an error with a status of its own, and nothing was sent', async () => {
    const failed = await failedRelay(open(), { stream: true, behave: 'error-first' })
    expect(failed.error.code).toBe('upstream.overloaded' satisfies ErrorCode)
    expect(failed.bytes).toHaveLength(0)
  })

  test('that fails in the middle sends whole events only', async () => {
    const failed = await failedRelay(open(), { stream: true, behave: 'overloaded-error-in-stream' })
    expect(failed.error.code).toBe('upstream.overloaded' satisfies ErrorCode)
    expect(failed.bytes.toString()).toMatch(/Once upon"}}\n\n$/)
  })

  test('that breaks off is cut, and half an event is not sent', async () => {
    const failed = await failedRelay(open(), { stream: true, behave: 'cut' })
    expect(failed.error.code).toBe('upstream.cut' satisfies ErrorCode)
    expect(failed.bytes.toString()).toMatch(/\n\n$/)
  })
})

describe('what the server refuses', () => {
  test.each([
    ['overloaded-error', 529, 'upstream.overloaded'],
    ['rate-limit-error', 429, 'upstream.rate_limited'],
    ['prompt-too-long-error', 400, 'context_length_exceeded'],
    ['authentication-error', 401, 'upstream.credentials'],
    ['not-found-error', 404, 'upstream.model_not_found'],
  ] as const)('%s', async (name, status, code) => {
    const behave = `${status} ${name}`
    for (const error of [
      (await failedRelay(open(), { behave })).error,
      (await failedRelay(open(), { stream: true, behave })).error,
      await failureOf(answer(open(), asking({ behave_as: behave }))),
    ]) {
      expect(error.code).toBe(code)
      expect(error.facts['upstreamStatus']).toBe(status)
      if (status === 429) expect(error.retryAfterSeconds).toBe(7)
    }
  })

  test('an answer that is no message is not passed on', async () => {
    const failed = await failedRelay(open(), { behave: 'other-json' })
    expect(failed.error.code).toBe('upstream.bad_answer' satisfies ErrorCode)
    expect(failed.bytes).toHaveLength(0)
  })

  test('an answer that breaks off after its first piece was told that piece first', async () => {
    const events: AnswerEvent[] = []
    const engine = open()
    const reading = async (): Promise<void> => {
      const call = engine.answer(permitFor(engine.model), asking({ behave_as: 'cut' }), context())
      for await (const event of call) events.push(event)
    }
    expect((await failureOf(reading())).code).toBe('upstream.cut' satisfies ErrorCode)
    expect(events).toContainEqual({ kind: 'text-delta', choice: 0, text: 'नमस्ते' })
  })
})

type RelayInput = {
  readonly body?: string
  readonly stream?: boolean
  readonly behave?: string
  readonly betas?: readonly string[]
}
type Relayed = {
  readonly bytes: Buffer
  readonly head: string
  readonly changes: readonly string[]
  readonly outcome: RelayOutcome
}

function relay(engine: AnthropicEngine, input: RelayInput = {}): Promise<Relayed> {
  const { sink, bytes, head } = createSink()
  const { call, paths } = listening()
  const { stream = false, behave, betas = [] } = input
  const body = input.body ?? JSON.stringify({ ...BODY, stream, behave_as: behave })
  const request = { operation: 'anthropic-messages', body, stream, includeUsage: true, betas } as const
  if (engine.relay === undefined) throw new TypeError('this engine relays')
  return engine
    .relay(permitFor(engine.model), request, sink, call)
    .then((outcome) => ({ bytes: bytes(), head: head(), changes: paths, outcome }))
}

async function failedRelay(engine: AnthropicEngine, { stream = false, behave = '' }: RelayInput) {
  const { sink, bytes } = createSink()
  const body = JSON.stringify({ ...BODY, stream, behave_as: behave })
  const request = { operation: 'anthropic-messages', body, stream, includeUsage: true } as const
  const relaying = async () => engine.relay?.(permitFor(engine.model), request, sink, context())
  return { error: await failureOf(relaying()), bytes: bytes() }
}

const BODY = { model: 'alias', max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] }

function createSink() {
  const chunks: Uint8Array[] = []
  let head = ''
  return {
    sink: {
      head(type: string) {
        head = type
      },
      bytes(chunk: Uint8Array) {
        chunks.push(Buffer.from(chunk))
        return true
      },
      drained: () => {},
    },
    bytes: () => Buffer.concat(chunks),
    head: () => head,
  }
}

function listening(): { readonly call: CallContext; readonly paths: string[] } {
  const paths: string[] = []
  const onChanged = (changes: readonly WireChange[]) => void paths.push(...changes.map(({ path }) => path))
  return { call: { ...context(), onChanged }, paths }
}

async function answer(engine: AnthropicEngine, conversation: Conversation) {
  const { call, paths } = listening()
  const events: AnswerEvent[] = []
  for await (const event of engine.answer(permitFor(engine.model), conversation, call)) events.push(event)
  return { events, changes: paths }
}

type Vendor = {
  readonly url: string
  readonly last: () => { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }
  readonly close: () => Promise<void>
}

/** A server that answers with the bytes of the fixture that `behave_as` names. */
async function startVendor(): Promise<Vendor> {
  let last = { path: '', headers: {} as IncomingHttpHeaders, body: '' }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      last = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() }
      reply(response, last.path, JSON.parse(last.body) as VendorRequest)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    last: () => last,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

type VendorRequest = {
  readonly stream?: boolean
  readonly behave_as?: string
  readonly output_config?: { readonly format?: unknown }
}

function reply(
  response: ServerResponse,
  path: string,
  { stream = false, behave_as: behave = 'plain' }: VendorRequest,
): void {
  const [, status, name] = /^(\d{3}) (.*)$/.exec(behave) ?? []
  const send = (code: number, type: string, body: string | Buffer): void => {
    response.writeHead(code, { 'content-type': type, 'retry-after': '7' }).end(body)
  }
  if (path.endsWith('/count_tokens')) send(200, JSON_TYPE, bytesOf('count-tokens.response.json'))
  else if (name !== undefined) send(Number(status), JSON_TYPE, bytesOf(`${name}.response.json`))
  else if (behave === 'other-json') send(200, JSON_TYPE, '{"hello":"world"}')
  else if (behave === 'error-first') send(200, STREAM_TYPE, errorFirst())
  else if (behave === 'json') send(200, STREAM_TYPE, saying('{\\"answer\\": 42}'))
  else if (behave === 'no-stop') send(200, STREAM_TYPE, bytesOf('plain.events.txt').subarray(0, -STOP_BYTES))
  else if (behave === 'no-empty-line') send(200, STREAM_TYPE, bytesOf('plain.events.txt').subarray(0, -1))
  else if (behave === 'endless') sayForEver(response)
  else if (behave === 'byte-by-byte' && stream) void sendBytes(response, bytesOf('plain.events.txt'))
  else if (stream) send(200, STREAM_TYPE, bytesOf(`${behave}.events.txt`))
  else send(200, JSON_TYPE, bytesOf('plain.response.json'))
}

const STOP_BYTES = Buffer.byteLength('event: message_stop\ndata: {"type":"message_stop"}\n\n')
const JSON_TYPE = 'application/json'
const STREAM_TYPE = 'text/event-stream; charset=utf-8'

function saying(text: string): string {
  return bytesOf('thinking.events.txt').toString().replace('27 * 453 = 12,231', text)
}

function errorFirst(): string {
  const [start = ''] = bytesOf('plain.events.txt').toString().split('event: content_block_start')
  const events = bytesOf('overloaded-error-in-stream.events.txt').toString()
  return `${start}event: ping\ndata: {"type":"ping"}\n\n${events.slice(events.indexOf('event: error'))}`
}

function sayForEver(response: ServerResponse): void {
  const events = bytesOf('plain.events.txt').toString()
  const delta = events.indexOf('event: content_block_delta')
  response.writeHead(200, { 'content-type': STREAM_TYPE })
  response.write(events.slice(0, delta))
  const piece = events.slice(delta, events.indexOf('event: content_block_delta', delta + 1))
  const timer = setInterval(() => response.write(piece), 2)
  response.on('close', () => clearInterval(timer))
}

/** Every packet cuts a line or a character. */
async function sendBytes(response: ServerResponse, bytes: Buffer): Promise<void> {
  response.writeHead(200, { 'content-type': STREAM_TYPE })
  for (const byte of bytes) {
    response.write(Buffer.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  response.end()
}

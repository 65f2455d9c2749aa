import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HUGE_ARGUMENTS_BYTES } from '../../../test/upstream/behaviours.ts'
import { startUpstream, type Upstream } from '../../../test/upstream/upstream.ts'
import type { Model, OpenAiBinding } from '../../catalog/model.ts'
import type { Conversation, WireChange } from '../../core/conversation.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { collectAnswer } from '../conformance/collect-answer.conformance.ts'
import { context, describeEngine, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { CallContext, Engine, RelayOutcome } from '../engine.ts'
import { openAiEngine } from './openai-engine.ts'
import { MAX_CONNECTIONS } from '../http/upstream.ts'

const KEY = 'sk-test-0123456789abcdefghijkl'
const TEXT = 'Héllo from the double 🎉'
const clock = { now: () => Date.now(), monotonic: () => performance.now() }

describeEngine('openai', async () => {
  const upstream = await startUpstream()
  return {
    // The double chooses what it does by model name, so the long and the odd answers ask for it in a field that passes through.
    engine: engineOf(upstream, 'by-field'),
    conversation: asking(),
    expectedText: TEXT,
    longConversation: asking({ behave_as: 'endless' }),
    unicodeConversation: asking({ behave_as: 'split-unicode' }),
    toolConversation: { ...asking(), toolChoice: { kind: 'required' } },
    jsonConversation: {
      ...asking(),
      responseFormat: { kind: 'json-schema', name: 'answer', schema: { type: 'object' } },
    },
    embedding: { inputs: ['one', 'three'], extra: {} },
    parallel: 64,
    tearDown: upstream.close,
  }
})

let upstream: Upstream
const opened: Engine[] = []

beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())
afterEach(() => Promise.all(opened.splice(0).map((engine) => engine.close())))

describe('what goes to the server', () => {
  test("a relayed body is the client's text with another model name and nothing else", async () => {
    const body =
      '{ "model" : "alias",\n "messages":[{"role":"user","content":"h\\u0069"}], "seed": 1e2, "new":[1.0]}'
    await relay(open('plain'), { body })
    expect(lastRequest().body).toBe(body.replace('alias', 'plain'))
  })

  test('a relayed stream asks for usage when the client did not', async () => {
    await relay(open('plain'), { stream: true })
    expect(JSON.parse(lastRequest().body)).toMatchObject({ stream_options: { include_usage: true } })
  })

  test('an answer asks for a stream with usage, and carries unknown fields along', async () => {
    await answer(open('plain'), asking({ top_k: 5 }))
    expect(JSON.parse(lastRequest().body)).toMatchObject({
      model: 'plain',
      stream: true,
      stream_options: { include_usage: true },
      top_k: 5,
      messages: [{ role: 'user', content: 'Say hello.' }],
    })
  })

  test('the key goes out as a bearer token, and nothing compressed is asked for', async () => {
    await relay(open('plain', { key: KEY }))
    const { headers, path } = lastRequest()
    expect(path).toBe('/v1/chat/completions')
    expect(headers['authorization']).toBe(`Bearer ${KEY}`)
    expect(headers['accept-encoding']).toBe('identity')
  })

  test('without a key there is no authorization header', async () => {
    await relay(open('plain'))
    expect(lastRequest().headers).not.toHaveProperty('authorization')
  })

  test('fields that the server rejects are dropped from a relay, which says so', async () => {
    const body = '{"model":"alias","messages":[],"user":"u","seed":1}'
    const changes: WireChange[] = []
    const call = { ...context(), onChanged: (some: readonly WireChange[]) => void changes.push(...some) }
    await relay(open('plain', { drops: ['user', 'top_k'] }), { body }, call)
    expect(changes).toEqual([
      { kind: 'left-out', path: 'user', why: 'the server behind the model does not take it' },
    ])
    expect(lastRequest().body).toBe('{"model":"plain","messages":[],"seed":1}')
  })

  test.each([
    ['logprobs', '"logprobs":true'],
    ['response_format', '"response_format":{"type":"json_object"}'],
    ['n', '"n":2'],
    ['tools', '"tools":[{"type":"function","function":{"name":"now"}}]'],
  ])(
    '%s that the server rejects is refused in a relay too, where it asks for something',
    async (field, asking) => {
      const engine = open('plain', { drops: [field] })
      const { error } = await failedRelay(engine, { body: `{"model":"alias","messages":[],${asking}}` })
      expect(error).toMatchObject({ code: 'request.unsupported', facts: { param: field } })
      const idle = '"logprobs":false,"response_format":{"type":"text"},"n":1,"tools":[]'
      await relay(engine, { body: `{"model":"alias","messages":[],${idle}}` })
      expect(JSON.parse(lastRequest().body)).not.toHaveProperty(field)
    },
  )

  test('what would change the form of an answer is refused, not dropped; the rest is dropped and said', async () => {
    const dropped: string[] = []
    const engine = open('plain', { drops: ['logprobs', 'seed'] })
    const refused = await failureOf(answer(engine, { ...asking(), topLogprobs: 1 }))
    expect(refused.code).toBe('request.unsupported' satisfies ErrorCode)
    const onChanged = (changes: readonly WireChange[]) =>
      void dropped.push(...changes.map(({ path }) => path))
    await answer(engine, { ...asking(), sampling: { seed: 7 } }, { onChanged })
    expect(JSON.parse(lastRequest().body)).not.toHaveProperty('seed')
    expect(dropped).toEqual(['seed'])
  })

  test.each([
    ['not a URL', { baseUrl: 'localhost:8000' }],
    ['another protocol', { baseUrl: 'ftp://127.0.0.1/v1' }],
    ['a user name', { baseUrl: 'http://me:secret@127.0.0.1/v1' }],
    ['a key with a line break', { key: 'sk-1\r\nx-evil: 1' }],
  ])('%s is refused when the engine is opened, without repeating it', (_, binding) => {
    expect(() => open('plain', binding)).toThrow(/must be/)
    expect(() => open('plain', binding)).not.toThrow(/secret|x-evil/)
  })
})

describe('a relayed answer', () => {
  test('whole: the bytes of the server, its usage and finish reason', async () => {
    const { bytes, head, outcome } = await relay(open('plain'))
    expect(head).toBe('application/json')
    expect(JSON.parse(bytes)).toMatchObject({ choices: [{ message: { content: TEXT } }] })
    expect(outcome).toMatchObject({ finishReason: 'stop', usage: { inputTokens: 7, cacheReadTokens: 4 } })
    expect(outcome.lastByteAtMs).toBeLessThanOrEqual(performance.now())
  })

  test('whole: an interim 103 is not taken for the answer', async () => {
    const { bytes } = await relay(open('early-hints'))
    expect(JSON.parse(bytes)).toMatchObject({ choices: [{ message: { content: TEXT } }] })
  })

  test('embeddings pass through with their usage', async () => {
    const { bytes, outcome } = await relay(open('plain'), {
      operation: 'embeddings',
      body: '{"model":"a","input":["x","y"]}',
    })
    expect(JSON.parse(bytes)).toHaveProperty('data.length', 2)
    expect(outcome.usage).toMatchObject({ inputTokens: 6, outputTokens: 0 })
  })

  test('streamed: without the usage event that the client did not ask for', async () => {
    const { bytes, head, outcome } = await relay(open('plain'), { stream: true })
    expect(head).toMatch(/^text\/event-stream/)
    expect(textOf(bytes)).toBe(TEXT)
    expect(bytes).not.toContain('"choices":[]')
    expect(bytes).toMatch(/data: \[DONE\]\n\n$/)
    expect(outcome).toMatchObject({ finishReason: 'stop', usage: { inputTokens: 7, outputTokens: 5 } })
  })

  test('streamed: with the usage event that the client asked for', async () => {
    const body = '{"model":"a","messages":[],"stream":true,"stream_options":{"include_usage":true}}'
    const { bytes } = await relay(open('plain'), { stream: true, includeUsage: true, body })
    expect(bytes).toContain('"choices":[],"usage":{"prompt_tokens":11')
  })

  test.each([
    ['usage-null-chunks', TEXT],
    ['usage-on-choices', TEXT],
    ['usage-always', TEXT],
    ['no-done', TEXT],
    ['crlf', TEXT],
    ['comments', TEXT],
    ['one-packet', TEXT],
  ])('streamed by %s: text, usage and finish are all found', async (behaviour, text) => {
    const { bytes, outcome } = await relay(open(behaviour), { stream: true })
    expect(textOf(bytes)).toBe(text)
    expect(bytes.trimEnd(), 'clients wait for it, whether the server sends it or not').toMatch(
      /data: \[DONE\]$/,
    )
    expect(outcome).toMatchObject({ finishReason: 'stop', usage: { inputTokens: 7, outputTokens: 5 } })
  })

  test('streamed without any usage: the outcome has none', async () => {
    const { bytes, outcome } = await relay(open('no-usage'), { stream: true })
    expect(textOf(bytes)).toBe(TEXT)
    expect(outcome).not.toHaveProperty('usage')
  })

  test('streamed with code points cut by packets: no byte is touched', async () => {
    const { bytes } = await relay(open('split-unicode'), { stream: true })
    expect(textOf(bytes)).toBe('🎉éहिन्दी')
  })

  test('streamed with a megabyte of tool arguments', async () => {
    const { bytes, outcome } = await relay(open('huge-tool-arguments'), { stream: true })
    expect(bytes.length).toBeGreaterThan(HUGE_ARGUMENTS_BYTES)
    expect(outcome.finishReason).toBe('tool-calls')
  })

  test('a client that reads slowly makes the server wait', async () => {
    const chunks = 400
    const busy = await startUpstream({ chunks, chunkText: 'x'.repeat(64 * 1024) })
    try {
      const engine = engineOf(busy, 'plain')
      opened.push(engine)
      let received = 0
      let resume: (() => void) | undefined
      const stalled = new Promise<void>((resolve) => {
        const sink = {
          head: () => {},
          bytes(chunk: Uint8Array) {
            received += chunk.length
            return false
          },
          drained(go: () => void) {
            resume = go
            resolve()
          },
        }
        void relayInto(engine, sink, { stream: true }).catch(() => {})
      })
      await stalled
      const before = received
      // Long enough for the whole 26 MB to arrive if nothing held it back.
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect(received).toBe(before)
      resume?.()
      await expect.poll(() => received).toBeGreaterThan(before)
    } finally {
      await busy.close()
    }
  })
})

describe('an answer as events', () => {
  test.each([
    ['plain'],
    ['usage-null-chunks'],
    ['usage-on-choices'],
    ['usage-always'],
    ['no-done'],
    ['crlf'],
    ['comments'],
    ['one-packet'],
    ['json-for-stream'],
  ])('from %s: text, usage and finish', async (behaviour) => {
    const { choices, usage } = await answer(open(behaviour))
    expect(choices).toMatchObject([{ text: TEXT, finish: 'stop' }])
    expect(usage).toMatchObject({ inputTokens: 7, cacheReadTokens: 4, outputTokens: 5 })
  })

  test('without usage from the server there is no usage event', async () => {
    const { choices, usage } = await answer(open('no-usage'))
    expect(choices).toMatchObject([{ text: TEXT }])
    expect(usage).toBeUndefined()
  })

  test('reasoning comes apart from the text', async () => {
    const { choices } = await answer(open('reasoning'))
    expect(choices).toMatchObject([{ reasoning: 'Let me think.', text: TEXT }])
  })

  test('a megabyte of tool arguments arrives whole', async () => {
    const { choices } = await answer(open('huge-tool-arguments'))
    const [call] = choices[0]?.toolCalls ?? []
    expect(Buffer.byteLength(call?.arguments ?? '')).toBeGreaterThan(HUGE_ARGUMENTS_BYTES)
    expect(JSON.parse(call?.arguments ?? '')).toHaveProperty('text')
  })

  test('a reader that waits makes the server wait', async () => {
    const busy = await startUpstream({ chunks: 400, chunkText: 'x'.repeat(64 * 1024) })
    try {
      const engine = engineOf(busy, 'plain')
      opened.push(engine)
      const client = new AbortController()
      const events = engine.answer(permitFor(engine.model), asking(), context(client.signal))
      const reading = events[Symbol.asyncIterator]()
      await reading.next()
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect(busy.active()).toBe(1)
      client.abort()
      await expect(drain(reading)).rejects.toMatchObject({ code: 'request.cancelled' })
    } finally {
      await busy.close()
    }
  })
})

describe('embeddings', () => {
  test.each(['plain', 'embeddings-base64'])(
    'from %s: vectors in the order of the inputs',
    async (behaviour) => {
      const engine = open(behaviour)
      const inputs = ['one', 'three']
      const { vectors, usage } = await engine.embed(permitFor(engine.model), { inputs, extra: {} }, context())
      expect(vectors).toEqual([
        Float32Array.of(0.375, 0.5, 0.625, 0.75),
        Float32Array.of(0.625, 0.75, 0.875, 1),
      ])
      expect(usage).toMatchObject({ inputTokens: 6 })
    },
  )

  test('fewer vectors than inputs are a bad answer', async () => {
    const engine = open('embeddings-short')
    const call = engine.embed(permitFor(engine.model), { inputs: ['one', 'two'], extra: {} }, context())
    expect((await failureOf(call)).code).toBe('upstream.bad_answer' satisfies ErrorCode)
  })
})

describe('reranking', () => {
  test('documents come back in order, and a vendor without it has no such method', async () => {
    const received: unknown[] = []
    const ranker = createServer((request, response) => {
      void request.toArray().then((parts: Buffer[]) => {
        received.push(request.url, JSON.parse(Buffer.concat(parts).toString('utf8')))
        const results = [
          { index: 0, relevance_score: 0.1 },
          { index: 1, relevance_score: 0.9 },
        ]
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ results, usage: { total_tokens: 12 } }))
      })
    })
    await new Promise<void>((resolve) => ranker.listen(0, '127.0.0.1', resolve))
    const { port } = ranker.address() as AddressInfo
    const engine = open('bge', { baseUrl: `http://127.0.0.1:${port}/v1`, vendor: 'vllm' })
    const request = { query: 'q', documents: ['a', 'b'], topN: 2, extra: {} }
    const answer = await engine.rerank?.(permitFor(engine.model), request, context())
    expect(answer).toMatchObject({ ranked: [{ index: 1 }, { index: 0 }], usage: { inputTokens: 12 } })
    expect(received).toEqual(['/v1/rerank', { model: 'bge', query: 'q', documents: ['a', 'b'], top_n: 2 }])
    expect(open('m', { vendor: 'groq' })).not.toHaveProperty('rerank')
    ranker.closeAllConnections()
    ranker.close()
  })
})

/** Each failure is asked for as a whole relay, a streamed relay and as events, and is the same failure in all of them. */
describe('failures before the answer began reject it with nothing sent', () => {
  const failures: readonly (readonly [behaviour: string, code: ErrorCode, says: RegExp])[] = [
    ['error-in-200', 'upstream.failed', /server had an error/],
    ['error-string-in-200', 'upstream.failed', /Unexpected endpoint/],
    ['html-200', 'upstream.bad_answer', /status 200 and text\/html/],
    ['html-502', 'upstream.bad_answer', /status 502 and text\/html/],
    ['bad-json', 'upstream.bad_answer', /not JSON/],
    ['gzip', 'upstream.bad_answer', /compressed \(gzip\)/],
    ['redirect', 'upstream.bad_answer', /redirect to [\w.:]+ \(status 307\)/],
    ['no-route', 'upstream.bad_answer', /base_url end in the version segment/],
    ['status-400', 'upstream.rejected', /Invalid type for 'temperature'/],
    ['status-401', 'upstream.credentials', /refused the key that this gateway holds/],
    ['status-404', 'upstream.model_not_found', /does not know the model/],
    ['status-422', 'upstream.rejected', /Field required/],
    ['status-429', 'upstream.rate_limited', /limits its rate/],
    ['status-429-quota', 'upstream.credentials', /status 429/],
    ['status-500', 'upstream.failed', /status 500/],
    ['status-503', 'upstream.overloaded', /overloaded/],
    ['context-openai', 'context_length_exceeded', /maximum context length is 8192/],
    ['context-vllm', 'context_length_exceeded', /maximum context length is 4096/],
    ['context-llama-server', 'context_length_exceeded', /available context size \(8192 tokens\)/],
    ['context-ollama', 'context_length_exceeded', /exceeds the context length/],
    ['closed-before-headers', 'upstream.cut', /before it answered/],
    ['cut-json', 'upstream.cut', /closed the connection/],
  ]

  test.each(failures)('%s is %s, whole', async (behaviour, code, says) => {
    const { error, head } = await failedRelay(open(behaviour), {})
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(head).toBeUndefined()
  })

  test.each(failures)('%s is %s, streamed', async (behaviour, code, says) => {
    const { error, head } = await failedRelay(open(behaviour), { stream: true })
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(head).toBeUndefined()
  })

  test.each(failures)('%s is %s, as events', async (behaviour, code, says) => {
    const { error, events } = await failedAnswer(open(behaviour))
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(events).toEqual([])
  })

  test.each([
    ['error-first-event', 'upstream.rate_limited', /Rate limit reached/],
    ['stream-for-json', undefined, undefined],
  ] as const)('a stream that begins with %s', async (behaviour, code, says) => {
    if (code === undefined) {
      const { error } = await failedRelay(open(behaviour), {})
      expect(error.code).toBe('upstream.bad_answer' satisfies ErrorCode)
      return
    }
    const relayed = await failedRelay(open(behaviour), { stream: true })
    expect(relayed.error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(relayed.head).toBeUndefined()
    expect((await failedAnswer(open(behaviour))).error.code).toBe(code)
  })

  test('one JSON answer for a relayed stream is not passed on as a stream', async () => {
    const { error, head } = await failedRelay(open('json-for-stream'), { stream: true })
    expect(error.code).toBe('upstream.bad_answer' satisfies ErrorCode)
    expect(head).toBeUndefined()
  })

  test('an answer over the bound is refused before memory is full', async () => {
    const { error } = await failedRelay(open('huge-json'), {})
    expect(error).toMatchObject({
      code: 'upstream.bad_answer',
      message: expect.stringContaining('more than 64 MiB'),
    })
  })

  test('JSON that is no answer says what is missing', async () => {
    const { error } = await failedRelay(open('other-json'), {})
    expect(error).toMatchObject({
      code: 'upstream.bad_answer',
      message: expect.stringContaining('no choices'),
    })
  })

  test('facts for machines: status, code and when to come back', async () => {
    const { error } = await failedRelay(open('status-429'), {})
    expect(error.facts).toEqual({
      upstreamStatus: 429,
      upstreamCode: 'rate_limit_exceeded',
      retryAfterSeconds: 7,
    })
    const dated = await failedRelay(open('status-429-date'), {})
    expect(dated.error.retryAfterSeconds).toBeGreaterThan(80)
    expect(dated.error.retryAfterSeconds).toBeLessThanOrEqual(90)
  })

  test.each(['status-401', 'status-400-key'])(
    'a server that repeats the key (%s) does not leak it',
    async (behaviour) => {
      for (const key of [KEY, 'plain-secret-without-a-known-prefix']) {
        const { error } = await failedRelay(open(behaviour, { key }), {})
        expect(upstream.requests.at(-1)?.headers['authorization']).toContain(key)
        expect(JSON.stringify([error.message, error.facts, String(error.stack)])).not.toContain(key)
      }
    },
  )

  test('a port where nobody listens is unreachable, and the state says so until the next success', async () => {
    const gone = await startUpstream()
    await gone.close()
    const engine = engineOf(gone, 'plain')
    opened.push(engine)
    expect(engine.state()).toEqual({ kind: 'idle' })
    const { error } = await failedRelay(engine, {})
    expect(error).toMatchObject({
      code: 'upstream.unreachable',
      message: expect.stringContaining(`127.0.0.1:${gone.port}`),
    })
    expect(engine.state()).toEqual({
      kind: 'unavailable',
      reason: `127.0.0.1:${gone.port} is not reachable`,
    })
    const back = await startUpstream({ port: gone.port })
    await relay(engine)
    expect(engine.state()).toEqual({ kind: 'ready', activeRequests: 0, queuedRequests: 0 })
    await back.close()
  })

  test('a host name that does not exist is unreachable', async () => {
    const engine = open('plain', { baseUrl: 'http://no-such-host.invalid/v1' })
    const { error } = await failedRelay(engine, {})
    expect(error).toMatchObject({
      code: 'upstream.unreachable',
      message: expect.stringContaining('no-such-host'),
    })
  })
})

describe('failures in the middle of a stream come after what was said before', () => {
  const failures: readonly (readonly [behaviour: string, code: ErrorCode])[] = [
    ['cut-mid-stream', 'upstream.cut'],
    ['cut-silently', 'upstream.cut'],
    ['reset-mid-stream', 'upstream.cut'],
    ['error-mid-stream', 'upstream.failed'],
    ['stall-mid-stream', 'upstream.timeout'],
  ]

  test.each(failures)('%s is %s, relayed', async (behaviour, code) => {
    const engine = open(behaviour, { timeouts: { idleMs: 150 } })
    const { error, head, bytes } = await failedRelay(engine, { stream: true })
    expect(error.code).toBe(code)
    expect(head).toMatch(/event-stream/)
    expect(textOf(bytes)).toBe('Héllo ')
    // The gateway writes the error event; a second one from the server, or half an event, would spoil it.
    expect(bytes).not.toContain('"error"')
    expect(bytes).toMatch(/\n\n$/)
  })

  test.each(failures)('%s is %s, as events', async (behaviour, code) => {
    const engine = open(behaviour, { timeouts: { idleMs: 150 } })
    const { error, events } = await failedAnswer(engine)
    expect(error.code).toBe(code)
    expect(events.map((event) => (event.kind === 'text-delta' ? event.text : '')).join('')).toBe('Héllo ')
    expect(events.some((event) => event.kind === 'finish')).toBe(false)
  })

  test('an event that is not JSON is a bad answer, as events and relayed', async () => {
    expect((await failedAnswer(open('bad-json-event'))).error.code).toBe('upstream.bad_answer')
    expect((await failedRelay(open('bad-json-event'), { stream: true })).error.code).toBe(
      'upstream.bad_answer',
    )
  })

  test('a line that never ends is a bad answer', async () => {
    const relayed = await failedRelay(open('long-line'), { stream: true })
    expect(relayed.error).toMatchObject({ code: 'upstream.bad_answer' })
    expect(relayed.head).toBeUndefined()
    expect((await failedAnswer(open('long-line'))).error.code).toBe('upstream.bad_answer')
  })
})

describe('time', () => {
  // A double for each test: it reports every client that left, also those of earlier tests.
  let timed: Upstream
  beforeEach(async () => {
    timed = await startUpstream({ slowMs: 60_000 })
  })
  afterEach(() => timed.close())

  test.each([
    ['slow-first-byte', {}],
    ['slow-first-byte', { stream: true }],
    ['stall-before-first-event', { stream: true }],
  ])('no first byte from %s (%o) is a timeout', async (behaviour, request) => {
    const engine = open(behaviour, { baseUrl: timed.url, timeouts: { firstByteMs: 100 } })
    const { error, head } = await failedRelay(engine, request)
    expect(error).toMatchObject({
      code: 'upstream.timeout',
      message: expect.stringContaining('within 100 ms'),
    })
    expect(head).toBeUndefined()
    expect((await timed.nextDisconnect()).model).toBe(behaviour)
  })

  test.each([
    ['a whole relay', 'slow-first-byte', {}],
    ['a relay whose stream has not begun', 'stall-before-first-event', { stream: true }],
    ['a relay in the middle of its stream', 'endless', { stream: true }],
  ])(
    'a client that leaves %s closes the connection to the server within 50 ms',
    async (_, behaviour, request) => {
      const engine = open(behaviour, { baseUrl: timed.url })
      const client = new AbortController()
      const call = failedRelay(engine, request, context(client.signal))
      await expect.poll(() => timed.requests.length).toBe(1)
      const leftAtMs = performance.now()
      client.abort()
      const { error } = await call
      expect(error.code).toBe('request.cancelled' satisfies ErrorCode)
      const { atMs, model } = await timed.nextDisconnect()
      expect(model).toBe(behaviour)
      expect(atMs - leftAtMs).toBeLessThan(50)
      const state = engine.state()
      expect(state.kind === 'ready' ? state.activeRequests : 0).toBe(0)
    },
  )

  test('a client that leaves in the middle of events closes the connection within 50 ms', async () => {
    const engine = open('endless', { baseUrl: timed.url })
    const client = new AbortController()
    const events = engine.answer(permitFor(engine.model), asking(), context(client.signal))
    const reading = events[Symbol.asyncIterator]()
    await reading.next()
    const leftAtMs = performance.now()
    client.abort()
    await expect(drain(reading)).rejects.toMatchObject({ code: 'request.cancelled' })
    expect((await timed.nextDisconnect()).atMs - leftAtMs).toBeLessThan(50)
  })

  test('a client that leaves while its own slow reading holds the server back is noticed too', async () => {
    const engine = open('endless', { baseUrl: timed.url })
    const client = new AbortController()
    const paused = new Promise<void>((resolve) => {
      const sink = { head: () => {}, bytes: () => false, drained: () => resolve() }
      relayInto(engine, sink, { stream: true }, context(client.signal)).catch(() => {})
    })
    await paused
    const leftAtMs = performance.now()
    client.abort()
    expect((await timed.nextDisconnect()).atMs - leftAtMs).toBeLessThan(50)
  })

  test('a reader may be slower than the idle time without it being the fault of the server', async () => {
    const engine = open('plain', { timeouts: { idleMs: 100 } })
    let text = ''
    const sink = {
      head: () => {},
      bytes(chunk: Uint8Array) {
        text += Buffer.from(chunk).toString()
        return false
      },
      drained: (resume: () => void) => void setTimeout(resume, text.length < 1_000 ? 250 : 0),
    }
    await relayInto(engine, sink, { stream: true })
    expect(textOf(text)).toBe(TEXT)
  })
})

test('connections are kept and used again', async () => {
  const fresh = await startUpstream()
  try {
    const engine = engineOf(fresh, 'plain')
    opened.push(engine)
    for (let call = 0; call < 20; call += 1) await relay(engine, { stream: call % 2 === 0 })
    expect(await fresh.openConnections()).toBeLessThanOrEqual(2)
  } finally {
    await fresh.close()
  }
})

test('more calls than connections are refused at once with a time to come back', async () => {
  const engine = open('stall-before-first-event')
  const calls = Array.from({ length: MAX_CONNECTIONS }, () => failureOf(relay(engine, { stream: true })))
  const { error } = await failedRelay(engine, { stream: true })
  expect(error).toMatchObject({ code: 'engine.busy', retryAfterSeconds: 1 })
  await engine.close()
  for (const stopped of await Promise.all(calls)) expect(stopped.code).toBe('gateway.stopping')
})

type RelayInput = {
  readonly operation?: 'openai-chat' | 'embeddings'
  readonly body?: string
  readonly stream?: boolean
  readonly includeUsage?: boolean
}

type Relayed = { readonly bytes: string; readonly head: string | undefined; readonly outcome: RelayOutcome }

async function relay(engine: Engine, input: RelayInput = {}, call?: CallContext): Promise<Relayed> {
  const { sink, received } = recordingSink()
  const outcome = await relayInto(engine, sink, input, call)
  return { ...received(), outcome }
}

async function failedRelay(engine: Engine, input: RelayInput, call?: CallContext) {
  const { sink, received } = recordingSink()
  const error = await failureOf(relayInto(engine, sink, input, call))
  return { ...received(), error }
}

function relayInto(
  engine: Engine,
  sink: Parameters<NonNullable<Engine['relay']>>[2],
  { operation = 'openai-chat', stream = false, includeUsage = false, body = chatBody(stream) }: RelayInput,
  call = context(),
): Promise<RelayOutcome> {
  if (engine.relay === undefined) throw new TypeError('this engine relays')
  return engine.relay(permitFor(engine.model), { operation, body, stream, includeUsage }, sink, call)
}

function recordingSink() {
  const chunks: Uint8Array[] = []
  let head: string | undefined
  const sink = {
    head(contentType: string): void {
      expect(head, 'the head is sent once').toBeUndefined()
      head = contentType
    },
    bytes(chunk: Uint8Array): boolean {
      expect(head, 'the head comes before the bytes').toBeDefined()
      chunks.push(chunk)
      return true
    },
    drained: (resume: () => void): void => resume(),
  }
  return { sink, received: () => ({ head, bytes: Buffer.concat(chunks).toString() }) }
}

function answer(engine: Engine, conversation: Conversation = asking(), more: Partial<CallContext> = {}) {
  return collectAnswer(engine.answer(permitFor(engine.model), conversation, { ...context(), ...more }))
}

async function failedAnswer(engine: Engine) {
  const events: AnswerEvent[] = []
  const read = async () => {
    for await (const event of engine.answer(permitFor(engine.model), asking(), context())) events.push(event)
  }
  const error = await failureOf(read())
  return { error, events }
}

async function drain(reading: AsyncIterator<AnswerEvent>): Promise<void> {
  while ((await reading.next()).done !== true);
}

function open(behaviour: string, binding: Partial<OpenAiBinding> = {}): Engine {
  const engine = engineOf(upstream, behaviour, binding)
  opened.push(engine)
  return engine
}

function engineOf(
  server: Pick<Upstream, 'url'>,
  upstreamModel: string,
  more: Partial<OpenAiBinding> = {},
): Engine {
  const binding: OpenAiBinding = { engine: 'openai', baseUrl: server.url, upstreamModel, ...more }
  const model: Model & { readonly binding: OpenAiBinding } = {
    name: 'model-under-test',
    binding,
    price: { kind: 'unpriced' },
    toy: false,
    origin: 'config',
  }
  return openAiEngine(model, { clock })
}

function asking(extra: Conversation['extra'] = {}): Conversation {
  return {
    dialect: 'openai-chat',
    messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Say hello.' }], extra: {} }],
    tools: [],
    sampling: {},
    answerCount: 1,
    extra,
  }
}

function chatBody(stream: boolean): string {
  const messages = [{ role: 'user', content: 'Say hello.' }]
  return JSON.stringify({ model: 'alias', messages, ...(stream ? { stream } : {}) })
}

function lastRequest() {
  const last = upstream.requests.at(-1)
  if (last === undefined) throw new TypeError('the double received nothing')
  return last
}

/** The text of a streamed answer as a client would put it together. */
function textOf(stream: string): string {
  const payloads = [...stream.matchAll(/^data: (\{.*\})\r?$/gm)].map(([, json]) => JSON.parse(json ?? ''))
  return payloads.map((payload) => payload.choices?.[0]?.delta?.content ?? '').join('')
}

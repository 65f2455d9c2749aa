import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AiSdkBinding, Model } from '../../src/catalog/model.ts'
import type { Conversation, Message, Part, WireChange } from '../../src/core/conversation.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import type { AnswerEvent } from '../../src/core/events.ts'
import { aiSdkEngine } from '../../src/engines/ai-sdk/ai-sdk-engine.ts'
import { collectAnswer } from '../../src/engines/conformance/collect-answer.conformance.ts'
import {
  context,
  describeEngine,
  failureOf,
  permitFor,
} from '../../src/engines/conformance/engine.conformance.ts'
import type { CallContext, Engine } from '../../src/engines/engine.ts'
import { startProviderServer, type ProviderServer, type Vendor } from '../upstream/provider-server.ts'
import { clientsMissing } from './official-clients.ts'

const folder = process.env['MUSIVUM_TEST_CLIENTS']
const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const TEXT = 'Héllo हिन्दी 🎉'
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

type Under = {
  readonly vendor: Vendor
  readonly package: string
  readonly model: string
  /** What stands before the paths of the protocol, and settings the package wants beside it. */
  readonly settings: (origin: string) => Readonly<Record<string, string>>
  readonly signs: boolean
  /** What its failure in the middle of a stream is to us. */
  readonly breaks: ErrorCode
  readonly embeds: boolean
}

const UNDER: readonly Under[] = [
  {
    vendor: 'gemini',
    package: '@ai-sdk/google',
    model: 'gemini-3-flash-preview',
    settings: (origin) => ({ baseURL: `${origin}/v1beta` }),
    breaks: 'upstream.overloaded',
    signs: true,
    embeds: true,
  },
  {
    vendor: 'bedrock',
    package: '@ai-sdk/amazon-bedrock',
    model: 'anthropic.claude-sonnet-4-6-v1:0',
    settings: (origin) => ({ baseURL: origin, region: 'eu-central-1' }),
    breaks: 'upstream.rate_limited',
    signs: true,
    embeds: false,
  },
  {
    vendor: 'cohere',
    package: '@ai-sdk/cohere',
    model: 'command-a-03-2025',
    settings: (origin) => ({ baseURL: `${origin}/v2` }),
    breaks: 'upstream.failed',
    signs: false,
    embeds: true,
  },
]

if (folder === undefined) test.skip(`provider packages: ${clientsMissing}`, () => {})
else
  for (const under of UNDER) {
    describeEngine(`ai-sdk with ${under.package}`, async () => {
      const server = await startProviderServer(under.vendor)
      return {
        engine: engineOf(under, server),
        conversation: asking('plain'),
        expectedText: TEXT,
        longConversation: asking('endless'),
        unicodeConversation: asking('plain'),
        toolConversation: withTool(asking('tool-call')),
        ...(under.embeds && { embedding: { inputs: ['one', 'two'], extra: {} } }),
        parallel: 8,
        tearDown: server.close,
      }
    })
    describe(`${under.package} over its vendor's bytes`, () => overBytes(under))
  }

function overBytes(under: Under): void {
  let server: ProviderServer
  let engine: Engine
  beforeAll(async () => {
    server = await startProviderServer(under.vendor)
  })
  beforeEach(() => {
    engine = engineOf(under, server)
    return () => engine.close()
  })
  afterAll(() => server.close())

  test('parallel tool calls keep their ids, names and arguments', async () => {
    const { choices } = await ask(engine, withTool(asking('parallel-tools')))
    const calls = choices[0]?.toolCalls.map(({ name, arguments: text }) => [name, JSON.parse(text)])
    expect(calls).toEqual([
      ['get_weather', { city: 'Pune' }],
      ['get_time', {}],
    ])
    expect(new Set(choices[0]?.toolCalls.map(({ id }) => id)).size).toBe(2)
    expect(choices[0]?.finish).toBe('tool-calls')
  })

  test('thoughts come apart from the answer', async () => {
    const { choices, usage } = await ask(engine, asking('reasoning'))
    expect(choices[0]?.reasoning).toContain('The user wants a greeting.')
    expect(choices[0]?.text).toBe('Hello.')
    expect(usage?.outputTokens).toBeGreaterThan(0)
  })

  test('tokens from the cache are in a bucket of their own', async () => {
    const { usage } = await ask(engine, asking('cached-prompt'))
    expect(usage?.cacheReadTokens).toBe(2048)
    expect(usage?.inputTokens).toBeLessThan(200)
  })

  test.each<readonly [string, ErrorCode]>([
    ['key-error', 'upstream.credentials'],
    ['rate-limit-error', 'upstream.rate_limited'],
    ['prompt-too-long-error', 'context_length_exceeded'],
    ['redirect', 'upstream.bad_answer'],
    ['html', 'upstream.bad_answer'],
    ['cut', 'upstream.cut'],
  ])('%s is %s', async (wanted, code) => {
    const error = await failureOf(ask(engine, asking(wanted)))
    expect(error.code).toBe(code)
    expect(error.message).not.toMatch(/secret|token=/)
    if (wanted === 'rate-limit-error') expect(error.retryAfterSeconds).toBe(31)
  })

  test('a failure in the middle comes after what was said before it', async () => {
    const seen: AnswerEvent[] = []
    const read = async (): Promise<void> => {
      for await (const event of events(engine, asking('error-in-stream'))) seen.push(event)
    }
    const { code } = await failureOf(read())
    expect(code).toBe(under.breaks)
    expect(seen.some((event) => event.kind === 'text-delta' && event.text === 'Hé')).toBe(true)
    expect(seen.some((event) => event.kind === 'finish')).toBe(false)
  })

  test('silence in the middle is a timeout', async () => {
    await engine.close()
    engine = engineOf(under, server, { timeouts: { idleMs: 150 } })
    expect((await failureOf(ask(engine, asking('stall')))).code).toBe('upstream.timeout' satisfies ErrorCode)
  })

  test('a client that leaves ends the call at the vendor within 50 ms', async () => {
    const client = new AbortController()
    const reading = events(engine, asking('endless'), context(client.signal))[Symbol.asyncIterator]()
    await reading.next()
    expect(server.active()).toBe(1)
    const leftAtMs = performance.now()
    client.abort()
    await expect.poll(() => server.active(), { interval: 2 }).toBe(0)
    expect(performance.now() - leftAtMs).toBeLessThan(50)
    await expect(reading.next()).rejects.toMatchObject({ code: 'request.cancelled' })
  })

  test('what has no words there is told', async () => {
    const changes: WireChange[] = []
    const conversation = {
      ...asking('plain'),
      sampling: { logitBias: { '1': 5 }, temperature: 0.5 },
      parallelToolCalls: false,
      extra: { user: 'u' },
    }
    await ask(engine, conversation, { onChanged: (some) => void changes.push(...some) })
    expect(changes.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['logit_bias', 'parallel_tool_calls', 'user']),
    )
  })

  test('a picture goes as data; by link only to a vendor whose own server fetches it', async () => {
    const shown = (url: string) => ({
      ...asking('plain'),
      messages: [turn('user', { kind: 'text', text: 'See:' }, { kind: 'image', url })],
    })
    await ask(engine, shown(`data:image/png;base64,${PIXEL}`))
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain(PIXEL)
    if (under.vendor !== 'bedrock') return
    const { code } = await failureOf(ask(engine, shown('https://pictures.example/a.png')))
    expect(code).toBe('request.unsupported' satisfies ErrorCode)
  })

  test('a history with calls, results and instructions in the middle is taken', async () => {
    const call: Part = { kind: 'tool-call', id: 'call_1', name: 'get_weather', arguments: '{"city":"Pune"}' }
    const messages = [
      turn('developer', { kind: 'text', text: 'Be brief.' }),
      turn('user', { kind: 'text', text: 'Weather in Pune? case:plain' }),
      turn(
        'assistant',
        { kind: 'reasoning', text: 'Hm.', signature: { maker: 'openai-chat:x', value: 's' } },
        call,
      ),
      turn('tool', { kind: 'tool-result', id: 'call_1', text: '31 degrees' }),
      turn('system', { kind: 'text', text: 'Answer in French.' }),
      turn('user', { kind: 'text', text: 'Thanks.' }),
    ]
    const changes: WireChange[] = []
    const { choices } = await ask(engine, withTool({ ...asking('plain'), messages }), {
      onChanged: (some) => void changes.push(...some),
    })
    expect(choices[0]?.text).toBe(TEXT)
    expect(changes.map(({ path }) => path)).toEqual(expect.arrayContaining(['reasoning', 'messages[].role']))
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain('31 degrees')
  })

  test('thoughts and calls are handed back to the vendor with its own signature, and to nobody else', async ({
    skip,
  }) => {
    if (!under.signs) return skip('this vendor signs nothing')
    const wanted = under.vendor === 'gemini' ? 'tool-call' : 'reasoning'
    const history = await answered(engine, withTool(asking(wanted)))
    const messages = [...asking('plain').messages, turn('assistant', ...history), ...resultsOf(history)]
    await ask(engine, withTool({ ...asking('plain'), messages }))
    const signature =
      under.vendor === 'gemini' ? 'CiQB4/H/XkVYQU1QTEUtVEhPVUdIVC1TSUdOQVRVUkUtMQ==' : 'EXAMPLE-SIGNATURE'
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain(signature)
    const foreign = history.map((part) =>
      'signature' in part && part.signature !== undefined
        ? { ...part, signature: { ...part.signature, maker: 'anthropic-messages:api.anthropic.com' } }
        : part,
    )
    const other = [...asking('plain').messages, turn('assistant', ...foreign), ...resultsOf(foreign)]
    await ask(engine, withTool({ ...asking('plain'), messages: other }))
    expect(JSON.stringify(server.requests.at(-1)?.body)).not.toContain(signature)
  })
}

describe('a package that is not there', () => {
  test('is named with the line that installs it, and nothing else breaks', async () => {
    const engine = aiSdkEngine(modelOf({ package: '@nobody/provider', upstreamModel: 'm' }), {
      clock,
      folders: [],
    })
    const error = await failureOf(ask(engine, asking('plain')))
    expect(error.code).toBe('model.unavailable' satisfies ErrorCode)
    expect(error.message).toContain('npm install @nobody/provider')
    expect(engine.state()).toEqual({ kind: 'idle' })
  })

  test('a package that is no provider says what it lacks', async () => {
    const engine = aiSdkEngine(modelOf({ package: 'yaml', upstreamModel: 'm' }), { clock, folders: [] })
    expect(await failureOf(ask(engine, asking('plain')))).toMatchObject({
      code: 'model.unavailable',
      message: expect.stringContaining('create function'),
    })
  })
})

function engineOf(under: Under, server: ProviderServer, more: Partial<AiSdkBinding> = {}): Engine {
  const binding = {
    package: under.package,
    upstreamModel: under.model,
    key: 'key-of-nobody-0123456789',
    options: under.settings(server.origin),
    ...more,
  }
  return aiSdkEngine(modelOf(binding), { clock, folders: folder === undefined ? [] : [folder] })
}

function modelOf(binding: Omit<AiSdkBinding, 'engine'>): Model & { readonly binding: AiSdkBinding } {
  return {
    name: 'model-under-test',
    binding: { engine: 'ai-sdk', ...binding },
    price: { kind: 'unpriced' },
    toy: false,
    origin: 'config',
  }
}

function asking(wanted: string): Conversation {
  return {
    dialect: 'openai-chat',
    messages: [turn('user', { kind: 'text', text: `Say hello. case:${wanted}` })],
    tools: [],
    sampling: {},
    answerCount: 1,
    extra: {},
  }
}

function turn(role: Message['role'], ...parts: readonly Part[]): Message {
  return { role, parts, extra: {} }
}

function withTool(conversation: Conversation): Conversation {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  return { ...conversation, tools: [{ name: 'get_weather', description: 'Now.', parameters, extra: {} }] }
}

function events(
  engine: Engine,
  conversation: Conversation,
  call: CallContext = context(),
): AsyncIterable<AnswerEvent> {
  return engine.answer(permitFor(engine.model), conversation, call)
}

function ask(engine: Engine, conversation: Conversation, more: Partial<CallContext> = {}) {
  return collectAnswer(events(engine, conversation, { ...context(), ...more }))
}

/** The answer as the parts that a client would hand back. */
async function answered(engine: Engine, conversation: Conversation): Promise<readonly Part[]> {
  const parts: Part[] = []
  let text = ''
  for await (const event of events(engine, conversation)) {
    if (event.kind === 'reasoning-delta' || event.kind === 'text-delta') text += event.text
    if (event.kind === 'text-end') parts.push({ kind: 'text', text })
    if (event.kind === 'reasoning-end')
      parts.push({ kind: 'reasoning', text, ...(event.signature && { signature: event.signature }) })
    if (event.kind === 'text-end' || event.kind === 'reasoning-end') text = ''
    if (event.kind === 'tool-call-start') {
      const { id, name, signature } = event
      parts.push({
        kind: 'tool-call',
        id,
        name,
        arguments: '{"city":"Pune"}',
        ...(signature && { signature }),
      })
    }
  }
  return parts
}

function resultsOf(parts: readonly Part[]): readonly Message[] {
  const calls = parts.filter((part) => part.kind === 'tool-call')
  if (calls.length === 0) return [turn('user', { kind: 'text', text: 'And now? case:plain' })]
  return calls.map(({ id }) => turn('tool', { kind: 'tool-result', id, text: '31 degrees' }))
}

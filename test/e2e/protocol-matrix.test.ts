import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Dialect } from '../../src/core/conversation.ts'
import { startRecorded } from '../upstream/recorded.ts'
import type { VendorMessage, Vendors } from '../upstream/vendors.ts'
import { clientsMissing, officialClients } from './official-clients.ts'
import { startTestGateway, type Config, type TestGateway } from './running-gateway.ts'
import { CLIENT_NAMES, speakingClients } from './speaking/speaking-clients.ts'
import type { Seen, Session, SpeakingClient, ToolSpec, Wishes } from './speaking/speaking-client.ts'

/*
 * Every official client with every protocol behind the gateway. The vendors are as strict as the real ones and answer with
 * the bytes in fixtures/. What is compared is what the objects of the clients show.
 */

const ENGINES: readonly Dialect[] = ['openai-chat', 'openai-responses', 'anthropic-messages']

type Recording = Readonly<Record<Dialect, string>>

/** The recordings of each case, by the protocol behind the gateway. */
const CASES = {
  plain: {
    'openai-chat': 'openai-stream',
    'openai-responses': 'openai-cached',
    'anthropic-messages': 'cached-prompt',
  },
  tool: {
    'openai-chat': 'vllm-tool-call',
    'openai-responses': 'openai-hidden-reasoning-tool-call',
    'anthropic-messages': 'tool-call',
  },
  parallel: {
    'openai-chat': 'openai-tool-call@stream+openai-stream',
    'openai-responses': 'openai-parallel-tool-calls+openai-cached',
    'anthropic-messages': 'parallel-tools+cached-prompt',
  },
  reasoning: {
    'openai-chat': 'deepseek-reasoning',
    'openai-responses': 'openai-reasoning',
    'anthropic-messages': 'thinking',
  },
  signed: {
    'openai-chat': 'openrouter-reasoning@stream+openai-stream',
    'openai-responses': 'openai-reasoning+openai-cached',
    'anthropic-messages': 'thinking+cached-prompt',
  },
  'signed without words': {
    'openai-chat': 'gemini-thought-signature+openai-stream',
    'openai-responses': 'openai-hidden-reasoning-tool-call+openai-cached',
    'anthropic-messages': 'redacted-thinking+cached-prompt',
  },
  structured: {
    'openai-chat': 'structured',
    'openai-responses': 'structured',
    'anthropic-messages': 'structured',
  },
  refusal: {
    'openai-chat': 'openai-refusal',
    'openai-responses': 'openai-refusal',
    'anthropic-messages': 'refusal',
  },
  limited: {
    'openai-chat': 'openai-rate-limit-error',
    'openai-responses': 'openai-error',
    'anthropic-messages': 'rate-limit-error',
  },
  'failing in the middle': {
    'openai-chat': 'openrouter-error-in-stream',
    'openai-responses': 'openai-error-in-stream',
    'anthropic-messages': 'overloaded-error-in-stream',
  },
  cut: {
    'openai-chat': 'openai-stream@cut',
    'openai-responses': 'openai-cut-in-stream',
    'anthropic-messages': 'cut',
  },
} as const satisfies Readonly<Record<string, Recording>>

type Case = keyof typeof CASES

/** What a vendor says with its first answer: everything of `Seen` that a recording holds. */
const HELLO = 'नमस्ते! 👋 Hello "there".'
const SHOWN: Readonly<
  Record<'plain' | 'tool' | 'parallel' | 'reasoning', Readonly<Record<Dialect, Partial<Seen>>>>
> = {
  plain: {
    'openai-chat': { text: HELLO, stop: 'stop', usage: { input: 1219, cached: 1024, output: 12 } },
    'openai-responses': { text: HELLO, stop: 'stop', usage: { input: 1219, cached: 1024, output: 12 } },
    'anthropic-messages': {
      text: 'Still here.',
      stop: 'stop',
      usage: { input: 5 + 1204 + 41_203, cached: 41_203, output: 21 },
    },
  },
  tool: {
    'openai-chat': {
      text: '',
      calls: [{ id: 'chatcmpl-tool-1a2b', name: 'get_weather', input: { city: 'Pune' } }],
      stop: 'tool-calls',
    },
    'openai-responses': {
      text: '',
      calls: [{ id: 'call_Ab1', name: 'get_weather', input: { city: 'Pune', unit: 'c' } }],
      stop: 'tool-calls',
      usage: { input: 61, cached: 0, output: 87 },
    },
    'anthropic-messages': {
      text: "I'll check the current weather in Pune for you.",
      calls: [
        {
          id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6',
          name: 'get_weather',
          input: { location: 'Pune', unit: 'celsius' },
        },
      ],
      stop: 'tool-calls',
      usage: { input: 472, cached: 0, output: 89 },
    },
  },
  parallel: {
    'openai-chat': {
      calls: [
        { id: 'call_Ab1', name: 'get_weather', input: { city: 'Pune', unit: 'c' } },
        { id: 'call_Cd2', name: 'get_weather', input: { city: 'Cairo', unit: 'c' } },
      ],
      stop: 'tool-calls',
      usage: { input: 29, cached: 0, output: 41 },
    },
    'openai-responses': {
      calls: [
        { id: 'call_Ab1', name: 'get_weather', input: { city: 'Pune', unit: 'c' } },
        { id: 'call_Cd2', name: 'get_weather', input: { city: 'Cairo', unit: 'c' } },
      ],
      stop: 'tool-calls',
      usage: { input: 61, cached: 0, output: 46 },
    },
    'anthropic-messages': {
      calls: [
        { id: 'toolu_01Pune', name: 'get_weather', input: { location: 'Pune' } },
        { id: 'toolu_01Cairo', name: 'get_weather', input: { location: 'القاهرة' } },
        { id: 'toolu_01Now', name: 'now', input: {} },
      ],
      stop: 'tool-calls',
      usage: { input: 520, cached: 0, output: 131 },
    },
  },
  reasoning: {
    'openai-chat': {
      text: '9.8 is larger.',
      reasoning: '9.11 has a smaller first decimal.',
      usage: { input: 78, cached: 64, output: 23 },
    },
    'openai-responses': {
      text: '9.8 is larger.',
      reasoning: '**Comparing**\n\nTenths decide.\n\n**Answering**',
      usage: { input: 18, cached: 0, output: 94 },
    },
    'anthropic-messages': {
      text: '27 * 453 = 12,231',
      reasoning: '27 * 453: first 20 * 453 = 9060, then 7 * 453 = 3171.',
      usage: { input: 43, cached: 0, output: 282 },
    },
  },
}

const TOOLS: readonly ToolSpec[] = [
  {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, location: { type: 'string' }, unit: { type: 'string' } },
    },
  },
  { name: 'now', description: 'The time.', parameters: { type: 'object', properties: {} } },
]

const SCHEMA = {
  type: 'object',
  properties: { answer: { type: 'number' } },
  required: ['answer'],
  additionalProperties: false,
}

const loaded = officialClients()
let vendors: Vendors
let gateway: TestGateway
let clients: ReadonlyMap<string, SpeakingClient>

beforeAll(async () => {
  vendors = await startRecorded({ structured: { text: '{"answer":42}' } })
  gateway = await startTestGateway({ models: models() })
  if (loaded !== undefined) clients = speakingClients(loaded, gateway)
})
afterAll(async () => {
  await gateway.close()
  await vendors.close()
})

/**
 * Each case behind each protocol, twice: bytes that pass through where the client speaks the same protocol, and translated
 * whatever it speaks. A toy is never passed through, which is all that `toy` means here.
 */
function models(): Config {
  const entries = Object.entries(CASES).flatMap(([name, recording]) =>
    ENGINES.flatMap((engine) => [
      [modelName(name as Case, engine), entryOf(engine, recording[engine], true)],
      [modelName(name as Case, engine, 'passing'), entryOf(engine, recording[engine], false)],
    ]),
  )
  return Object.fromEntries(entries) as Config
}

function modelName(name: Case, engine: Dialect, way: 'translated' | 'passing' = 'translated'): string {
  return `${name.replaceAll(' ', '-')}/${engine}/${way}`
}

function entryOf(engine: Dialect, model: string, toy: boolean): Config {
  const common = { base_url: vendors.url, model, toy, tries: { attempts: 1 } }
  if (engine === 'anthropic-messages') return { engine: 'anthropic', structured: true, ...common }
  return { engine: 'openai', speaks: engine === 'openai-chat' ? 'chat' : 'responses', ...common }
}

/** The model's way for every pair, and the other way too where the client speaks the protocol behind. */
function waysOf(client: SpeakingClient, engine: Dialect): readonly ('translated' | 'passing')[] {
  return client.dialect === engine ? ['translated', 'passing'] : ['translated']
}

function bodyOf(dialect: Dialect, at = -1): readonly VendorMessage[] {
  const request = vendors.requests.at(at)
  expect(request?.dialect, 'the protocol that was spoken').toBe(dialect)
  const messages = request?.body.messages ?? request?.body.input ?? []
  return typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages
}

async function faultOf(client: SpeakingClient, work: Promise<unknown>) {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown, 'a failure').toBeDefined()
  return client.faultOf(thrown)
}

const NO_REASONING = "the provider of OpenAI's chat in the Vercel SDK knows no reasoning"

describe.each(CLIENT_NAMES)('%s', (name) => {
  beforeEach(({ skip }) => skip(loaded === undefined, clientsMissing))
  let client: SpeakingClient
  beforeAll(() => {
    const found = clients?.get(name)
    if (found !== undefined) client = found
  })

  describe.each(ENGINES)('with %s behind', (engine) => {
    /** Every way through the gateway, streamed; and whole, where no recording of a whole answer would be another one. */
    async function eachWay(
      what: Case,
      wishes: Wishes,
      check: (session: Session, stream: boolean) => Promise<void>,
    ) {
      for (const way of waysOf(client, engine))
        for (const stream of way === 'translated' ? [true, false] : [true])
          await check(client.open(modelName(what, engine, way), wishes), stream)
    }

    const blind = name === 'vercel openai chat'

    test('shows text, stop reason and a cached prompt', () =>
      eachWay('plain', { system: 'Be kind.' }, async (session, stream) => {
        expect(await session.say('Hello', stream)).toMatchObject(SHOWN.plain[engine])
      }))

    test('calls one tool', () =>
      eachWay('tool', { tools: TOOLS }, async (session, stream) => {
        expect(await session.say('Weather in Pune?', stream)).toMatchObject(SHOWN.tool[engine])
      }))

    test('calls several tools, and the answers to them arrive under their ids', () =>
      eachWay('parallel', { tools: TOOLS }, async (session, stream) => {
        const { calls, ...shown } = await session.say('Weather?', stream)
        expect({ calls, ...shown }).toMatchObject(SHOWN.parallel[engine])
        const results = calls.map(({ id, name: tool }) => ({
          id,
          name: tool,
          text: `{"of":"${id}","é":"°"}`,
        }))
        expect(await session.give(results, stream)).toMatchObject(SHOWN.plain[engine])
        expect(resultsIn(engine, bodyOf(engine))).toEqual(results.map(({ id, text }) => ({ id, text })))
      }))

    test('shows reasoning apart from the answer', ({ skip }) => {
      skip(blind, NO_REASONING)
      return eachWay('reasoning', { reason: true }, async (session, stream) => {
        expect(await session.say('Which is larger?', stream)).toMatchObject(SHOWN.reasoning[engine])
      })
    })

    test.for(['signed', 'signed without words'] as const)(
      'hands reasoning back to who made it, with its signature as it was: %s',
      (what, { skip }) => {
        skip(blind, NO_REASONING)
        return eachWay(what, { reason: true, tools: TOOLS }, async (session, stream) => {
          const { calls } = await session.say('Which is larger?', stream)
          await (calls.length === 0
            ? session.say('Sure?', stream)
            : session.give(
                calls.map(({ id, name: tool }) => ({ id, name: tool, text: '31' })),
                stream,
              ))
          expect(signedIn(engine, bodyOf(engine))).toEqual(SIGNED[what][engine])
        })
      },
    )

    test('gets an answer of its schema, which the vendor was told', () =>
      eachWay('structured', { schema: SCHEMA }, async (session, stream) => {
        const { text } = await session.say('What is the answer?', stream)
        expect(JSON.parse(text)).toEqual({ answer: 42 })
        expect(JSON.stringify(vendors.requests.at(-1)?.body)).toContain('"answer":{"type":"number"}')
      }))

    test('shows a refusal as one', ({ skip }) => {
      skip(
        name.startsWith('vercel openai'),
        'the provider of OpenAI in the Vercel SDK has no place for a refusal',
      )
      return eachWay('refusal', {}, async (session, stream) => {
        const { text, refusal, stop } = await session.say('Something bad', stream)
        const said = engine === 'anthropic-messages' ? 'To begin with' : "I'm sorry, I can't help with that."
        expect(text + refusal).toBe(said)
        expect(refusal !== '' || stop === 'refused').toBe(true)
      })
    })

    test('raises what the vendor refused before it answered', () =>
      eachWay('limited', {}, async (session, stream) => {
        const { status, code, message } = await faultOf(client, session.say('Hello', stream))
        const rejected = engine === 'openai-responses'
        expect({ status, code }).toEqual(
          rejected
            ? { status: 400, code: 'upstream.rejected' }
            : { status: 429, code: 'upstream.rate_limited' },
        )
        expect(message).toMatch(rejected ? /Missing required parameter: 'input'/ : /rate limit/i)
      }))

    test('raises what failed in the middle, and takes no half for a whole', () =>
      eachWay('failing in the middle', {}, async (session, stream) => {
        const { message } = await faultOf(client, session.say('Tell a story', stream))
        expect(message).toMatch(/Provider disconnected unexpectedly|Rate limit reached|Overloaded/)
        expect(message, 'an event that the client knows').not.toContain('Type validation')
      }))

    test('raises that a stream was cut', () =>
      eachWay('cut', {}, async (session, stream) => {
        const { message } = await faultOf(client, session.say('Tell a story', stream))
        expect(message).toContain('closed the connection in the middle of the answer')
        expect(message, 'an event that the client knows').not.toContain('Type validation')
      }))

    test('goes on with a conversation that another protocol began, and nobody gets what another one signed', async () => {
      for (const before of ENGINES.filter((other) => other !== engine))
        for (const way of waysOf(client, engine)) {
          const session = client.open(modelName('signed', before), { reason: true, tools: TOOLS })
          const { calls } = await session.say('Which is larger?', true)
          session.switchTo(modelName('plain', engine, way))
          const shown = await (calls.length === 0
            ? session.say('Sure?', true)
            : session.give(
                calls.map(({ id, name: tool }) => ({ id, name: tool, text: '31' })),
                true,
              ))
          expect(shown).toMatchObject(SHOWN.plain[engine])
          expect(vendors.requests.at(-1)?.text).not.toMatch(/mv1\.|EqQB|gAAAA/)
        }
    })
  })
})

/** The results of tools as the vendor got them. */
function resultsIn(dialect: Dialect, messages: readonly VendorMessage[]) {
  switch (dialect) {
    case 'openai-chat':
      return messages
        .filter(({ role }) => role === 'tool')
        .map(({ tool_call_id: id, content }) => ({ id, text: textOf(content) }))
    case 'openai-responses':
      return messages
        .filter(({ type }) => type === 'function_call_output')
        .map(({ call_id: id, output }) => ({ id, text: textOf(output) }))
    case 'anthropic-messages':
      return blocksIn(messages)
        .filter(({ type }) => type === 'tool_result')
        .map(({ tool_use_id: id, content }) => ({ id, text: textOf(content) }))
    default:
      return dialect satisfies never
  }
}

function textOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content
  return (content as readonly { readonly text?: string }[]).map(({ text }) => text).join('')
}

function blocksIn(messages: readonly VendorMessage[]): readonly VendorMessage[] {
  return messages.flatMap(({ content }) =>
    Array.isArray(content) ? (content as readonly VendorMessage[]) : [],
  )
}

/** What a vendor signed, as it got it back. */
function signedIn(dialect: Dialect, messages: readonly VendorMessage[]): unknown {
  switch (dialect) {
    case 'openai-chat':
      return messages
        .filter(({ role }) => role === 'assistant')
        .map(({ reasoning_details, tool_calls }) => ({
          details: reasoning_details,
          calls: (tool_calls as readonly VendorMessage[]).map(({ extra_content }) => extra_content),
        }))
    case 'openai-responses':
      return messages
        .filter(({ type }) => type === 'reasoning')
        .map(({ id, encrypted_content }) => ({ id, encrypted_content }))
    case 'anthropic-messages':
      return blocksIn(messages).filter(({ type }) => type === 'thinking' || type === 'redacted_thinking')
    default:
      return dialect satisfies never
  }
}

const SIGNED: Readonly<Record<'signed' | 'signed without words', Readonly<Record<Dialect, unknown>>>> = {
  signed: {
    'openai-chat': [
      {
        details: [
          {
            type: 'reasoning.text',
            text: 'Tenths decide.',
            signature: 'EqQBfixture-signature==',
            format: 'anthropic-claude-v1',
            index: 0,
          },
        ],
        calls: [undefined],
      },
    ],
    'openai-responses': [{ id: 'rs_68fd01', encrypted_content: 'gAAAAABo-fixture-not-a-real-ciphertext_1=' }],
    'anthropic-messages': [
      {
        type: 'thinking',
        thinking: '27 * 453: first 20 * 453 = 9060, then 7 * 453 = 3171.',
        signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds',
      },
    ],
  },
  'signed without words': {
    'openai-chat': [
      {
        details: undefined,
        calls: [{ google: { thought_signature: 'CrICfixture-thought-1==' } }, undefined],
      },
    ],
    'openai-responses': [{ id: 'rs_68fd21', encrypted_content: 'gAAAAABo-fixture-not-a-real-ciphertext_1=' }],
    'anthropic-messages': [
      { type: 'thinking', thinking: '', signature: 'EosnCkYICxIMMb3LzNrMu' },
      {
        type: 'redacted_thinking',
        data: 'EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3rAFBa8cr3qpPkNRj2YfWXGmKDxH4mPnZ5sQ7vB9URj2pLmN3kF8/dW5hR7xJ0aP1oLs9yTcMnKVf2wRpEGjH9XZaBt4UvDcPrQ',
      },
    ],
  },
}

import { afterEach, describe, expect, test } from 'vitest'
import type { OpenAiBinding } from '../../catalog/model.ts'
import type { Conversation } from '../../core/conversation.ts'
import { collectAnswer } from '../conformance/collect-answer.conformance.ts'
import { context, describeEngine, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { Engine } from '../engine.ts'
import {
  startOllama,
  TRAINED_TOKENS,
  type OllamaDouble,
  type OllamaHabits,
} from './ollama-double.conformance.ts'
import { isOllama, ollamaEngine } from './ollama-engine.ts'

const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const cleanUp: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of cleanUp.splice(0).toReversed()) await close()
})

describeEngine('ollama', async () => {
  const double = await startOllama()
  return {
    engine: engineOf(double),
    conversation: saying(5),
    expectedText: 'An answer.',
    longConversation: asking('endless'),
    embedding: { inputs: ['one', 'two'], extra: {} },
    tearDown: double.close,
  }
})

/** Ways of shortening a prompt that were reported, by new servers and old ones. */
const SHORTENING: readonly (readonly [string, OllamaHabits])[] = [
  ['cuts to half and refuses when told to', {}],
  ['cuts to half and does not', { version: '0.12.3', ignoresTruncate: true }],
  ['cuts to half, says it is new, and does not refuse all the same', { ignoresTruncate: true }],
  ['drops messages and does not refuse', { version: '0.5.7', ignoresTruncate: true, shortens: 'messages' }],
  [
    'drops messages and does not tell its context',
    {
      version: '0.3.0',
      ignoresTruncate: true,
      shortens: 'messages',
      tellsContext: false,
      defaultContext: 2048,
    },
  ],
]

describe.each(SHORTENING)('a server that %s', (_, habits) => {
  test.each([
    ['one long message', [9000]],
    ['a long message before a short question', [9000, 10]],
    ['many messages', Array.from({ length: 40 }, () => 250)],
    ['a little more than the context', [4100]],
    ['as much as fits, and a question', [4000, 200]],
  ])('never answers %s', async (__, words) => {
    const { engine } = await open(habits)
    const asked = saying(...words)
    expect((await failureOf(ask(engine, asked))).code).toBe('context_length_exceeded')
    expect((await failureOf(relayed(engine, asked, false))).code).toBe('context_length_exceeded')
    expect((await failureOf(relayed(engine, asked, true))).code).toBe('context_length_exceeded')
  })

  test('answers what fits', async () => {
    const { engine } = await open(habits)
    for (const words of [[5], [700], [300, 20, 300]])
      expect((await ask(engine, saying(...words))).choices[0]?.text).toBe('An answer.')
  })
})

test('nothing of a long prompt is asked for when it is refused: the client has no byte of it', async () => {
  const { engine, double } = await open({})
  const seen: string[] = []
  const sink = { head: () => seen.push('head'), bytes: () => true, drained: () => undefined }
  const body = JSON.stringify({ model: 'm', messages: messagesOf([9000]) })
  const request = { operation: 'openai-chat', body, stream: true, includeUsage: false } as const
  await failureOf(engine.relay?.(permitFor(engine.model), request, sink, context()) ?? Promise.resolve())
  expect(seen).toEqual([])
  expect(double.asked).not.toContain('/v1/chat/completions')
})

test('the whole context can be used where the server refuses what is longer', async () => {
  const { engine } = await open({})
  expect((await ask(engine, saying(3000))).usage?.inputTokens).toBe(3004)
})

test('the refusal says the context, the count and what to do', async () => {
  const { engine } = await open({ ignoresTruncate: true, version: '0.12.3' })
  const { message, facts } = await failureOf(ask(engine, saying(9000)))
  expect(message).toBe(
    'Ollama gives chat a context of 4096 tokens, and would answer this without a part of it (it counts 2050 tokens of it). Ollama before 0.13 cannot refuse it, so only half of the context is safe. Shorten it, or set `context_tokens` of the model.',
  )
  expect(facts).toEqual({ contextTokens: 4096 })
})

test('a short prompt costs no second question, and what was learnt is asked once', async () => {
  const { engine, double } = await open({})
  await Promise.all([ask(engine, saying(5)), ask(engine, saying(6))])
  await ask(engine, saying(7))
  const own = double.asked.filter((path) => path.startsWith('/api'))
  expect(own).toEqual(['/api/version', '/api/show', '/api/generate', '/api/ps'])
})

test('an answer that outgrew the context was written without the beginning, and is no answer', async () => {
  const { engine } = await open({ writes: 5000 })
  expect((await failureOf(ask(engine, saying(5)))).code).toBe('context_length_exceeded')
  expect((await failureOf(relayed(engine, saying(5), false))).code).toBe('context_length_exceeded')
})

describe('the context asked for', () => {
  test('is given to the model under a name of its own', async () => {
    const { engine, double } = await open({}, { contextTokens: 16_384 })
    expect((await ask(engine, saying(9000))).usage?.inputTokens).toBe(9004)
    expect([...double.made]).toEqual([['qwen3:8b-ctx16384', 16_384]])
    expect((await failureOf(ask(engine, saying(17_000)))).code).toBe('context_length_exceeded')
  })

  test('is at most what the model was trained with', async () => {
    const { engine } = await open({}, { contextTokens: TRAINED_TOKENS + 1 })
    const error = await failureOf(ask(engine, saying(5)))
    expect(error.message).toMatch(
      /trained with a context of 32768 tokens, but its configuration asks for 32769/,
    )
  })
})

test('embeddings of a text that does not fit are refused, not those of its beginning', async () => {
  const { engine } = await open({})
  const embed = (text: string) =>
    engine.embed(permitFor(engine.model), { inputs: [text], extra: {} }, context())
  expect((await embed('short')).vectors).toHaveLength(1)
  expect((await failureOf(embed('word '.repeat(5000)))).code).toBe('context_length_exceeded')
})

test('what the model cannot do is known once the server was asked', async () => {
  const { engine } = await open({ capabilities: ['completion', 'vision'] })
  expect(engine.capabilities).toMatchObject({ tools: true, images: true })
  await ask(engine, saying(5))
  expect(engine.capabilities).toMatchObject({ tools: false, images: true })
})

test('a server that is not there is told as such', async () => {
  const { engine, double } = await open({})
  await double.close()
  expect((await failureOf(ask(engine, saying(5)))).code).toBe('upstream.unreachable')
})

test('a client that leaves while the prompt is being counted is gone', async () => {
  const { engine } = await open({})
  const client = new AbortController()
  const lost = collectAnswer(engine.answer(permitFor(engine.model), saying(9000), context(client.signal)))
  client.abort()
  expect((await failureOf(lost)).code).toBe('request.cancelled')
})

test.each([
  ['ollama', 'qwen3:8b', true],
  ['ollama', 'gpt-oss:120b-cloud', false],
  ['vllm', 'qwen3:8b', false],
])('a model of %s called %s is asked in this way: %s', (vendor, upstreamModel, expected) => {
  expect(isOllama({ engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', vendor, upstreamModel })).toBe(
    expected,
  )
})

async function open(
  habits: OllamaHabits,
  binding: Partial<OpenAiBinding> = {},
): Promise<{ readonly engine: Engine; readonly double: OllamaDouble }> {
  const double = await startOllama(habits)
  const engine = engineOf(double, binding)
  cleanUp.push(double.close, () => engine.close())
  return { engine, double }
}

function engineOf({ baseUrl }: OllamaDouble, binding: Partial<OpenAiBinding> = {}): Engine {
  return ollamaEngine(
    {
      name: 'chat',
      binding: {
        engine: 'openai',
        vendor: 'ollama',
        baseUrl,
        upstreamModel: 'qwen3:8b',
        ...binding,
      },
      price: { kind: 'owned' },
      toy: false,
      origin: 'config',
    },
    { clock },
  )
}

/** Messages of so many words; each is a token of the double. */
function saying(...words: readonly number[]): Conversation {
  return asking(...messagesOf(words).map(({ content }) => content))
}

function asking(...texts: readonly string[]): Conversation {
  return {
    dialect: 'openai-chat',
    messages: texts.map((text) => ({ role: 'user', parts: [{ kind: 'text', text }], extra: {} })),
    tools: [],
    sampling: {},
    answerCount: 1,
    extra: {},
  }
}

function messagesOf(words: readonly number[]) {
  return words.map((count) => ({ role: 'user' as const, content: Array(count).fill('word').join(' ') }))
}

function ask(engine: Engine, conversation: Conversation) {
  return collectAnswer(engine.answer(permitFor(engine.model), conversation, context()))
}

async function relayed(engine: Engine, { messages }: Conversation, stream: boolean): Promise<void> {
  const said = messages.map(({ parts: [part] }) => ({
    role: 'user',
    content: part?.kind === 'text' ? part.text : '',
  }))
  const body = JSON.stringify({ model: 'm', messages: said, stream })
  const request = { operation: 'openai-chat', body, stream, includeUsage: false } as const
  const chunks: Uint8Array[] = []
  const sink = {
    head: () => undefined,
    bytes: (chunk: Uint8Array) => chunks.push(chunk) > 0,
    drained: () => undefined,
  }
  try {
    await engine.relay?.(permitFor(engine.model), request, sink, context())
  } catch (error) {
    // Not a word of an answer came before the failure.
    expect(Buffer.concat(chunks).toString()).toBe('')
    throw error
  }
}

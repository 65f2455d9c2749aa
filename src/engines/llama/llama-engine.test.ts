import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Conversation, ResponseFormat } from '../../core/conversation.ts'
import { context, describeEngine, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { Engine } from '../engine.ts'
import { ask, counting, openStarter, saying, starterFile, textOf } from './starter-engine.conformance.ts'

const TRIAGE = 'Triage: Sorry to bother you, where do I go for a urine test?'

// Characters of two, three and four bytes, none of them a token of its own in this vocabulary.
const UNICODE: ResponseFormat = {
  kind: 'json-schema',
  name: 'text',
  schema: { enum: ['Grüße, नमस्ते, 日本 🙂🚀'] },
}

describeEngine('llama', async () => ({
  engine: openStarter(),
  conversation: saying(TRIAGE),
  expectedText: 'laboratory',
  // Log-probabilities of the whole vocabulary for every token keep it busy long enough.
  longConversation: { ...counting(100), answerCount: 4, topLogprobs: 20 },
  unicodeConversation: { ...saying('Copy: x'), responseFormat: UNICODE },
  jsonConversation: {
    ...saying('Extract: Ana Silva, 41, lives in Pune.'),
    responseFormat: { kind: 'json' },
  },
  toolConversation: {
    ...saying('Copy: x'),
    tools: [{ name: 'now', extra: {} }],
    toolChoice: { kind: 'required' },
    parallelToolCalls: false,
  },
  embedding: { inputs: ['one text', 'another, longer text'], extra: {} },
  parallel: 16,
}))

let engine: Engine
beforeAll(() => {
  engine = openStarter()
})
afterAll(() => engine.close())

/** For a test that needs an engine of another kind. */
async function withEngine(
  options: Parameters<typeof openStarter>[0],
  use: (engine: Engine) => Promise<void>,
) {
  const other = openStarter(options)
  try {
    await use(other)
  } finally {
    await other.close()
  }
}

describe('the starter models', () => {
  test('answer the rows of their evaluation as they were measured', async () => {
    const measured = await measuredAnswers('s1', 24)
    for (const { prompt, answer, tokens } of measured) {
      const { choices, usage } = await ask(engine, saying(prompt, { maxOutputTokens: 64 }))
      expect({ prompt, answer: choices[0]?.text.trim() }).toEqual({ prompt, answer })
      expect((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)).toBe(tokens)
    }
  })

  test('answer eight requests at once as they answer one', async () => {
    const measured = await measuredAnswers('s1', 8)
    await withEngine({ slots: 8 }, async (eight) => {
      const answers = await Promise.all(measured.map(({ prompt }) => textOf(eight, saying(prompt))))
      expect(answers).toEqual(measured.map(({ answer }) => answer))
    })
  })

  test('take an adapter', async () => {
    const measured = await measuredAnswers('s1+urgency', 1200)
    const urgent = measured.filter(({ prompt }) => prompt.startsWith('Urgency:')).slice(0, 8)
    expect(urgent).toHaveLength(8)
    await withEngine({ adapter: starterFile('starter-s1-urgency-lora-f16.gguf') }, async (adapted) => {
      for (const { prompt, answer } of urgent) expect(await textOf(adapted, saying(prompt))).toBe(answer)
    })
  })
})

describe('counting a prompt', () => {
  test.each<Conversation>([
    saying(TRIAGE),
    { ...saying('x'), messages: [...saying('Be brief.').messages, ...saying('नमस्ते').messages] },
  ])('gives the number that its answer is charged for: %#', async (conversation) => {
    const { usage } = await ask(engine, conversation)
    const counted = await engine.countTokens?.(permitFor(engine.model), conversation, context())
    expect(counted).toBe(usage?.inputTokens)
    expect(counted).toBeGreaterThan(3)
  })

  test('refuses what could not be answered, and a client that has left', async () => {
    const count = (conversation: Conversation, signal?: AbortSignal) =>
      engine.countTokens?.(permitFor(engine.model), conversation, context(signal)) ?? Promise.resolve(0)
    const strange = { ...saying('x'), toolChoice: { kind: 'other', value: {} } } as const
    expect((await failureOf(count(strange))).code).toBe('request.unsupported')
    expect((await failureOf(count(saying('x'), AbortSignal.abort()))).code).toBe('request.cancelled')
  })
})

describe('what a user writes', () => {
  test('never becomes a control token', async () => {
    const { usage } = await ask(engine, saying(`${TRIAGE}<|im_end|>`))
    const plain = await ask(engine, saying(TRIAGE))
    // One control token would add 1; written out, `<|im_end|>` is several plain tokens.
    expect((usage?.inputTokens ?? 0) - (plain.usage?.inputTokens ?? 0)).toBeGreaterThan(3)
  })

  test('that does not fit the context is refused with the numbers, not cut', async () => {
    const error = await failureOf(ask(engine, saying('word '.repeat(600))))
    expect(error.code).toBe('context_length_exceeded')
    expect(error.message).toMatch(/512 tokens; the prompt of \d{3,} leaves no room/)
  })

  test('and the wanted answer together must fit the context', async () => {
    const { usage } = await ask(engine, saying(TRIAGE))
    const prompt = usage?.inputTokens ?? 0
    const error = await failureOf(ask(engine, saying(TRIAGE, { maxOutputTokens: 512 - prompt + 1 })))
    expect(error).toMatchObject({
      code: 'context_length_exceeded',
      facts: { promptTokens: prompt, contextTokens: 512 },
    })
    expect(await textOf(engine, saying(TRIAGE, { maxOutputTokens: 512 - prompt }))).toBe('laboratory')
  })

  test.each([
    [
      'a strict tool whose schema is not held to',
      {
        tools: [
          { name: 'f', strict: true, parameters: { properties: { a: { not: { const: 1 } } } }, extra: {} },
        ],
      },
    ],
    ['an image', { messages: [{ role: 'user', parts: [{ kind: 'image', url: 'data:,' }], extra: {} }] }],
    [
      'an image that is the result of a tool',
      { messages: [{ role: 'tool', parts: [{ kind: 'image', url: 'data:,' }], extra: {} }] },
    ],
  ] as [string, Partial<Conversation>][])(
    'with %s is refused before a process is started',
    async (_, change) => {
      const unused = openStarter()
      const error = await failureOf(ask(unused, { ...saying('x'), ...change }))
      expect(error.code).toBe('request.unsupported')
      expect(unused.state()).toEqual({ kind: 'idle' })
    },
  )
})

describe('how an answer is written', () => {
  test('to the last place of the context, and no further', async () => {
    const { choices, usage } = await ask(engine, counting(400))
    expect(choices[0]?.finish).toBe('length')
    expect((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)).toBe(512)
  })

  test('a limit on tokens ends it with the reason `length`', async () => {
    const { choices, usage } = await ask(engine, {
      ...counting(20),
      sampling: { temperature: 0, maxOutputTokens: 7 },
    })
    expect({ reason: choices[0]?.finish, tokens: usage?.outputTokens }).toEqual({
      reason: 'length',
      tokens: 7,
    })
  })

  test('a stop string ends it and is not shown, wherever its tokens are cut', async () => {
    const question = 'Redact: Ana Silva called from 0171 555 0199.'
    const whole = await textOf(engine, saying(question))
    expect(whole.length).toBeGreaterThan(10)
    for (let from = 1; from < whole.length - 4; from += 3) {
      const stop = whole.slice(from, from + 4)
      const { choices } = await ask(engine, saying(question, { stop: [stop, 'never written'] }))
      expect(choices[0]).toMatchObject({ text: whole.slice(0, whole.indexOf(stop)), finish: 'stop' })
    }
  })

  test('the same seed writes the same, another seed something else', async () => {
    const write = (seed: number) => textOf(engine, { ...counting(20), sampling: { temperature: 1.5, seed } })
    const first = await write(7)
    expect(await write(7)).toBe(first)
    expect(await write(8)).not.toBe(first)
  })

  test('several answers without a temperature differ, and count the prompt once', async () => {
    const alone = await ask(engine, counting(20))
    const { temperature: _, ...sampling } = counting(20).sampling
    const { choices, usage } = await ask(engine, { ...counting(20), sampling, answerCount: 3 })
    expect(new Set(choices.map(({ text }) => text)).size).toBe(3)
    expect(usage?.inputTokens).toBe(alone.usage?.inputTokens)
  })

  test('a bias forbids a token, and one on an end token is refused rather than ignored', async () => {
    const token = await tokenOf('laboratory')
    const text = await textOf(engine, saying(TRIAGE, { logitBias: { [token]: -100 }, maxOutputTokens: 8 }))
    expect(text).not.toContain('laboratory')
    const end = await failureOf(ask(engine, saying(TRIAGE, { logitBias: { 2: -100 } })))
    expect(end.code).toBe('request.unsupported')
    const unknown = await failureOf(ask(engine, saying(TRIAGE, { logitBias: { 100000: 1 } })))
    expect(unknown.message).toContain('go from 0 to 767')
  })

  test('penalties keep it from repeating itself', async () => {
    const repeating = await textOf(engine, counting(40))
    const varied = await textOf(engine, {
      ...counting(40),
      sampling: { temperature: 0, frequencyPenalty: 2, presencePenalty: 2 },
    })
    expect(distinct(varied)).toBeGreaterThan(distinct(repeating))
  })

  test('log-probabilities belong to the text, the likeliest first', async () => {
    const events = engine.answer(permitFor(engine.model), { ...saying(TRIAGE), topLogprobs: 3 }, context())
    const tokens = []
    let text = ''
    for await (const event of events) {
      if (event.kind !== 'text-delta') continue
      text += event.text
      tokens.push(...(event.logprobs ?? []))
    }
    expect(Buffer.from(tokens.flatMap(({ bytes }) => [...bytes])).toString()).toBe(text)
    for (const { token, logprob, top } of tokens) {
      expect(top).toHaveLength(3)
      expect(top[0]).toMatchObject({ token, logprob })
      expect(logprob).toBeLessThanOrEqual(0)
      expect(top.map((one) => one.logprob)).toEqual(top.map((one) => one.logprob).toSorted((a, b) => b - a))
    }
  })
})

describe('an answer in JSON', () => {
  test('validates against its schema, whatever the model would rather say', async () => {
    const schema = {
      type: 'object',
      properties: {
        id: { type: 'string', format: 'uuid' },
        day: { type: 'string', format: 'date' },
        stars: { type: 'integer', minimum: 1, maximum: 5 },
        tags: { type: 'array', items: { enum: ['a', 'b'] }, minItems: 2, maxItems: 3 },
        note: { anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }] },
      },
      required: ['id', 'day', 'stars', 'tags', 'note'],
      additionalProperties: false,
    }
    for (const seed of [1, 2, 3]) {
      const text = await textOf(engine, {
        ...saying('Add: 1 + 1', { temperature: 1.5, seed }),
        responseFormat: { kind: 'json-schema', name: 'card', schema },
      })
      const card = JSON.parse(text) as Record<string, unknown>
      expect(card).toEqual({
        id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i) as unknown,
        day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as unknown,
        stars: expect.toBeOneOf([1, 2, 3, 4, 5]) as unknown,
        tags: expect.any(Array) as unknown,
        note: expect.toBeOneOf([null, expect.any(String)]) as unknown,
      })
    }
  })

  test('with a keyword the engine cannot keep is refused by name and path', async () => {
    const schema = { type: 'object', properties: { code: { type: 'string', format: 'phone' } } }
    const error = await failureOf(
      ask(engine, { ...saying('x'), responseFormat: { kind: 'json-schema', name: 'x', schema } }),
    )
    expect(error).toMatchObject({
      code: 'request.unsupported',
      facts: { keyword: 'format', path: '#/properties/code' },
    })
  })
})

describe('embeddings', () => {
  test('have length 1, and the same text has the same vector', async () => {
    const inputs = ['one text', 'another text', 'one text']
    const { vectors, usage } = await engine.embed(permitFor(engine.model), { inputs, extra: {} }, context())
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
    expect(vectors[2]).toEqual(vectors[0])
    expect(vectors[1]).not.toEqual(vectors[0])
    expect(usage.inputTokens).toBeGreaterThan(3)
  })

  test.each([
    ['a text that is too long', { inputs: ['word '.repeat(600)] }, 'context_length_exceeded'],
    ['an empty text', { inputs: ['ok', ''] }, 'request.invalid'],
    ['a token that is not in the vocabulary', { inputs: [[1, 99_999]] }, 'request.invalid'],
    ['other dimensions than the model has', { inputs: ['x'], dimensions: 64 }, 'request.unsupported'],
    ['no text at all', { inputs: [] }, 'request.invalid'],
  ])('of %s are refused', async (_, request, code) => {
    const error = await failureOf(engine.embed(permitFor(engine.model), { ...request, extra: {} }, context()))
    expect(error.code).toBe(code)
  })
})

type Row = { readonly id: string; readonly prompt: string }
type Outcome = {
  readonly item: string
  readonly model: string
  readonly answer: string
  readonly tokens: number
}

async function measuredAnswers(model: string, count: number) {
  const rows = new Map((await lines<Row>('eval.jsonl')).map((row) => [row.id, row.prompt]))
  const outcomes = (await lines<Outcome>('outcomes.jsonl')).filter((outcome) => outcome.model === model)
  // Every so many, so that each task and language has its turn.
  const step = Math.floor(outcomes.length / count)
  return outcomes
    .filter((_, index) => index % step === 0)
    .slice(0, count)
    .map(({ item, answer, tokens }) => ({ prompt: rows.get(item) ?? '', answer, tokens }))
}

async function lines<T>(file: string): Promise<readonly T[]> {
  const text = await readFile(starterFile(file), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

async function tokenOf(word: string): Promise<number> {
  const { readGgufHeader } = await import('./gguf.ts')
  const header = await readGgufHeader(starterFile('starter-s1-q8_0.gguf'), ['tokenizer.ggml.tokens'])
  const tokens = header.metadata.get('tokenizer.ggml.tokens')
  const index = typeof tokens === 'object' ? (tokens.items?.indexOf(word) ?? -1) : -1
  if (index === -1) throw new TypeError(`the vocabulary has no token ${word}`)
  return index
}

function distinct(text: string): number {
  return new Set(JSON.parse(text) as number[]).size
}

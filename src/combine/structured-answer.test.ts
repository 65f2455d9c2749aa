import { describe, expect, test } from 'vitest'
import type { Conversation, Message, WireChange } from '../core/conversation.ts'
import { MusivumError } from '../core/errors.ts'
import type { AnswerEvent } from '../core/events.ts'
import { noUsage, type Usage } from '../core/usage.ts'
import type { CallContext, Capabilities } from '../engines/engine.ts'
import { createAnswerCollector, type CollectedAnswer } from '../wire/collect-answer.ts'
import type { Answerer } from './answerer.ts'
import { needsStructure, structuredAnswer } from './structured-answer.ts'

const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } as const

const CONVERSATION: Conversation = {
  dialect: 'openai-chat',
  messages: [message('user', 'how many?')],
  tools: [],
  responseFormat: { kind: 'json-schema', name: 'count', schema: SCHEMA },
  sampling: {},
  answerCount: 1,
  extra: { response_format: { json_schema: { odd: 1 } }, seed_of: 'x' },
}

const USAGE: Usage = { ...noUsage, inputTokens: 10, outputTokens: 2 }
const CAN: Capabilities = {
  tools: true,
  images: true,
  jsonSchema: false,
  jsonObject: true,
  logprobs: true,
  embeddings: false,
  severalAnswers: true,
}

function message(role: Message['role'], text: string): Message {
  return { role, parts: [{ kind: 'text', text }], extra: {} }
}

function saying(text: string, reason: 'stop' | 'length' = 'stop'): readonly AnswerEvent[] {
  return [
    { kind: 'reasoning-start', choice: 0 },
    { kind: 'reasoning-delta', choice: 0, text: 'hm' },
    { kind: 'reasoning-end', choice: 0, signature: { maker: 'm', value: 's' } },
    { kind: 'text-start', choice: 0 },
    { kind: 'text-delta', choice: 0, text },
    { kind: 'text-end', choice: 0 },
    { kind: 'usage', usage: USAGE },
    { kind: 'finish', choice: 0, reason },
  ]
}

/** Answers with one list of events after the other, and keeps what it was asked. */
function scripted(...answers: readonly (readonly AnswerEvent[] | MusivumError)[]) {
  const asked: Conversation[] = []
  const answerer: Answerer = async function* (conversation, context) {
    asked.push(conversation)
    context.onChanged?.([{ kind: 'left-out', path: 'seed_of', why: 'no such field' }])
    const next = answers[asked.length - 1] ?? new MusivumError('internal', 'asked once too often')
    if (next instanceof MusivumError) throw next
    yield* next
  }
  return { answerer, asked }
}

async function ask(answerer: Answerer, conversation = CONVERSATION, can = CAN) {
  const changes: WireChange[] = []
  const context: CallContext = {
    signal: new AbortController().signal,
    requestId: 'r',
    onChanged: (more) => changes.push(...more),
  }
  const events: AnswerEvent[] = []
  let error: unknown
  try {
    for await (const event of structuredAnswer(answerer, can)(conversation, context)) events.push(event)
  } catch (thrown) {
    error = thrown
  }
  const collector = createAnswerCollector()
  for (const event of events) collector.add(event)
  return { events, changes, error, answer: collector.answer() }
}

const textOf = ({ choices: [choice] }: CollectedAnswer) => choice?.text
const lastText = ({ messages }: Conversation) =>
  messages
    .at(-1)
    ?.parts.map((part) => 'text' in part && part.text)
    .join()

describe('the first answer fits', () => {
  test('and its JSON alone is handed on, with thoughts, signature and usage', async () => {
    const { answerer } = scripted(saying('Sure: {"n": 5}!'))
    const { answer, changes } = await ask(answerer)
    expect(answer.choices[0]?.blocks).toEqual([
      { kind: 'reasoning', text: 'hm', signature: { maker: 'm', value: 's' } },
      { kind: 'text', text: '{"n": 5}' },
    ])
    expect(answer.usage).toEqual(USAGE)
    expect(changes[0]).toMatchObject({ kind: 'changed', path: 'response_format' })
  })

  test('the schema is said to the model, and no longer to the engine', async () => {
    const { answerer, asked } = scripted(saying('{"n":5}'))
    await ask(answerer)
    const [system, user] = asked[0]?.messages ?? []
    expect(system?.role).toBe('system')
    expect(JSON.stringify(system)).toContain(JSON.stringify(JSON.stringify(SCHEMA)).slice(1, -1))
    expect(user).toEqual(CONVERSATION.messages[0])
    expect(asked[0]?.extra).toEqual({ seed_of: 'x' })
    expect(asked[0]?.responseFormat, 'JSON mode narrows what the model may write').toEqual({ kind: 'json' })
  })

  test('an engine without JSON mode, and a schema of something else than objects, are asked in words only', async () => {
    const { answerer, asked } = scripted(saying('{"n":5}'), saying('[1]'))
    await ask(answerer, CONVERSATION, { ...CAN, jsonObject: false })
    const list = { kind: 'json-schema', name: 'list', schema: { type: 'array' } } as const
    await ask(answerer, { ...CONVERSATION, responseFormat: list })
    for (const conversation of asked) expect(conversation).not.toHaveProperty('responseFormat')
  })

  test('the words of the system stay one message of one text', async () => {
    const { answerer, asked } = scripted(saying('{"n":5}'))
    await ask(answerer, {
      ...CONVERSATION,
      messages: [message('developer', 'Be brief.'), message('user', 'x')],
    })
    expect(asked[0]?.messages.map(({ role, parts }) => [role, parts.length])).toEqual([
      ['developer', 1],
      ['user', 1],
    ])
    expect(JSON.stringify(asked[0]?.messages[0])).toContain('Be brief.\\n\\nAnswer with one JSON value')
  })
})

describe('the first answer does not fit', () => {
  test('so the model is told where and why, and its second answer counts; both were paid for', async () => {
    const { answerer, asked } = scripted(saying('{"n": "five"}'), saying('{"n": 5}'))
    const { answer, changes } = await ask(answerer)
    expect(textOf(answer)).toBe('{"n": 5}')
    expect(answer.usage).toMatchObject({ inputTokens: 20, outputTokens: 4 })
    expect(asked[1]?.messages.at(-2)).toEqual(message('assistant', '{"n": "five"}'))
    expect(lastText(asked[1] ?? CONVERSATION)).toContain(
      '#/n: Instance type "string" is invalid. Expected "integer".',
    )
    expect(
      changes.map(({ path }) => path),
      'each change once',
    ).toEqual(['response_format', 'seed_of'])
  })

  test('nor the second: an error that quotes neither, after the usage of both', async () => {
    const { answerer, asked } = scripted(saying('{"secret": 1}'), saying('no'))
    const { events, error } = await ask(answerer)
    expect(asked).toHaveLength(2)
    expect(error).toMatchObject({
      code: 'answer.not_structured',
      status: 502,
      facts: { keyword: 'json', tries: 2 },
    })
    expect(String(error)).not.toContain('secret')
    const usage = { ...USAGE, inputTokens: 20, outputTokens: 4 }
    expect(events, 'and of each, for prices have steps').toEqual([
      { kind: 'usage', usage, calls: [USAGE, USAGE] },
    ])
  })

  test('and the second is not given: its error, after the usage of the first', async () => {
    const { answerer } = scripted(
      saying('no'),
      new MusivumError('upstream.overloaded', 'The server sheds load.'),
    )
    const { events, error } = await ask(answerer)
    expect(error).toMatchObject({ code: 'upstream.overloaded' })
    expect(events).toEqual([{ kind: 'usage', usage: USAGE }])
  })

  test('an empty one is not said again', async () => {
    const { answerer, asked } = scripted(saying(''), saying('{"n": 5}'))
    await ask(answerer)
    expect(asked[1]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'user'])
  })
})

describe('what is no answer is handed on as it is', () => {
  test('a call of a tool', async () => {
    const call: readonly AnswerEvent[] = [
      { kind: 'text-start', choice: 0 },
      { kind: 'text-delta', choice: 0, text: 'Let me look.' },
      { kind: 'text-end', choice: 0 },
      {
        kind: 'tool-call-start',
        choice: 0,
        index: 0,
        id: 'c',
        name: 'look',
        signature: { maker: 'm', value: 1 },
      },
      { kind: 'tool-call-delta', choice: 0, index: 0, arguments: '{"at":"x"}' },
      { kind: 'tool-call-end', choice: 0, index: 0 },
      { kind: 'finish', choice: 0, reason: 'tool-calls' },
    ]
    const { answerer } = scripted(call)
    expect((await ask(answerer)).events).toEqual(call)
  })

  test('a refusal', async () => {
    const refusal: readonly AnswerEvent[] = [
      { kind: 'refusal-delta', choice: 0, text: 'I will not.' },
      { kind: 'finish', choice: 0, reason: 'stop' },
    ]
    expect((await ask(scripted(refusal).answerer)).events).toEqual(refusal)
  })

  test('an answer that ended at its limit', async () => {
    const { answer } = await ask(scripted(saying('{"n": ', 'length')).answerer)
    expect(textOf(answer)).toBe('{"n": ')
    expect(answer.choices[0]?.finishReason).toBe('length')
  })
})

test.each([
  ['n', { answerCount: 2 }],
  ['logprobs', { topLogprobs: 0 }],
])('what cannot be beside it is refused by name: %s', async (param, more) => {
  const { answerer, asked } = scripted()
  const { error } = await ask(answerer, { ...CONVERSATION, ...more })
  expect(error).toMatchObject({ code: 'request.unsupported', facts: { param } })
  expect(asked).toEqual([])
})

test('a schema that cannot be checked is refused before anything is asked', async () => {
  const { answerer, asked } = scripted()
  const format = { kind: 'json-schema', name: 'x', schema: { $ref: '#' } } as const
  const { error } = await ask(answerer, {
    ...CONVERSATION,
    dialect: 'openai-responses',
    responseFormat: format,
  })
  expect(error).toMatchObject({ code: 'request.invalid', facts: { param: 'text.format' } })
  expect(asked).toEqual([])
})

test('only a format that the engine lacks is made up for', () => {
  const json: Conversation = { ...CONVERSATION, responseFormat: { kind: 'json' } }
  const plain: Conversation = { ...CONVERSATION, responseFormat: { kind: 'text' } }
  const lacking = { ...CAN, jsonObject: false }
  expect([CONVERSATION, json, plain].map((each) => needsStructure(each, CAN))).toEqual([true, false, false])
  expect([CONVERSATION, json, plain].map((each) => needsStructure(each, lacking))).toEqual([
    true,
    true,
    false,
  ])
  expect(needsStructure(CONVERSATION, { ...CAN, jsonSchema: true })).toBe(false)
})

describe('an engine that holds answers to all but some keywords', () => {
  const gaps = [
    { keyword: 'uniqueItems', path: '#/properties/n' },
    { keyword: 'not', path: '#/properties/zwei Worte' },
  ]
  const can: Capabilities = { ...CAN, jsonSchema: true, schemaGaps: () => gaps }

  test('is still asked for the schema, and told it in words', async () => {
    expect(needsStructure(CONVERSATION, can)).toBe(true)
    const { answerer, asked } = scripted(saying('{"n":1}'))
    const { changes } = await ask(answerer, CONVERSATION, can)
    expect(asked[0]).toMatchObject({ responseFormat: CONVERSATION.responseFormat, extra: CONVERSATION.extra })
    expect(JSON.stringify(asked[0]?.messages)).toContain('valid against the JSON schema below')
    expect(changes[0]?.why).toBe(
      'not held to while it is written: uniqueItems at #/properties/n, not; said in the prompt, validated and asked again once',
    )
  })

  test('is not believed: what does not fit twice is an error', async () => {
    const { answerer, asked } = scripted(saying('{"n":"x"}'), saying('{"n":"y"}'))
    const { error, events } = await ask(answerer, CONVERSATION, can)
    expect(error).toMatchObject({ code: 'answer.not_structured', facts: { keyword: 'type' } })
    expect(events.every(({ kind }) => kind === 'usage')).toBe(true)
    expect(asked).toHaveLength(2)
  })

  test('answers plainly where the schema has none of them', () => {
    expect(needsStructure(CONVERSATION, { ...can, schemaGaps: () => [] })).toBe(false)
  })
})

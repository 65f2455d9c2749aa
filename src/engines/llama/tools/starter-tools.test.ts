import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Conversation, Message, Tool, WireChange } from '../../../core/conversation.ts'
import type { AnswerEvent } from '../../../core/events.ts'
import type { JsonObject } from '../../../core/json.ts'
import { createAnswerCollector, type CollectedChoice } from '../../../wire/collect-answer.ts'
import { context, failureOf, permitFor } from '../../conformance/engine.conformance.ts'
import type { Engine } from '../../engine.ts'
import { openStarter, saying } from '../starter-engine.conformance.ts'
import { TEMPLATES } from './families.conformance.ts'
import { starterWithTemplate } from './starter-tools.conformance.ts'

// The starter models have never seen a tool. What they call under the grammar is nonsense of the right form, which is what is
// tested here: the machinery, not the wits.

const PICK: Tool = {
  name: 'pick',
  description: 'Picks.',
  parameters: {
    type: 'object',
    properties: { of: { enum: ['ab', 'cd'] }, n: { type: 'integer', minimum: 3, maximum: 7 } },
    required: ['of', 'n'],
  },
  extra: {},
}
const NOW: Tool = { name: 'now', extra: {} }
const REQUIRED = { toolChoice: { kind: 'required' } } as const

let engine: Engine
beforeAll(() => {
  engine = openStarter()
})
afterAll(() => engine.close())

function asking(tools: readonly Tool[], more: Partial<Conversation> = {}): Conversation {
  return { ...saying('Copy: x', { maxOutputTokens: 90 }), tools, ...more }
}

/** Chance makes a toy call more than once; the same chance every time. */
function seeded(conversation: Conversation, seed: number): Conversation {
  return { ...conversation, sampling: { ...conversation.sampling, temperature: 1, seed } }
}

async function eventsOf(conversation: Conversation, by = engine): Promise<readonly AnswerEvent[]> {
  const events: AnswerEvent[] = []
  for await (const event of by.answer(permitFor(by.model), conversation, context())) events.push(event)
  return events
}

async function choicesOf(conversation: Conversation, by = engine): Promise<readonly CollectedChoice[]> {
  const collector = createAnswerCollector()
  for (const event of await eventsOf(conversation, by)) collector.add(event)
  return collector.answer().choices
}

async function choiceOf(conversation: Conversation, by = engine): Promise<CollectedChoice> {
  const [choice] = await choicesOf(conversation, by)
  if (choice === undefined) throw new TypeError('an answer has a choice')
  return choice
}

function expectPick(args: string): void {
  const { of, n, ...others } = JSON.parse(args) as JsonObject
  expect(['ab', 'cd']).toContain(of)
  expect([3, 4, 5, 6, 7]).toContain(n)
  expect(others).toEqual({})
}

describe('a model that must call a tool', () => {
  test('calls one, in events that start, grow and end, and says so', async () => {
    const events = await eventsOf(asking([PICK], { ...REQUIRED, parallelToolCalls: false }))
    const kinds = events.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind !== 'tool-call-delta')).toEqual([
      'tool-call-start',
      'tool-call-end',
      'usage',
      'finish',
    ])
    expect(events[0]).toEqual({
      kind: 'tool-call-start',
      choice: 0,
      index: 0,
      id: expect.stringMatching(/^call_[0-9a-f]{24}$/) as string,
      name: 'pick',
    })
    expect(events.at(-1)).toEqual({ kind: 'finish', choice: 0, reason: 'tool-calls' })
    expectPick(events.map((event) => (event.kind === 'tool-call-delta' ? event.arguments : '')).join(''))
  })

  test('calls several at once when it may, each with an id of its own and valid arguments', async () => {
    const asked = asking([PICK], { ...REQUIRED, sampling: { temperature: 1, maxOutputTokens: 150 } })
    // One of these seeds calls twice and comes to its end.
    const answers = await Promise.all([1, 4, 5, 6, 9, 12].map((seed) => choiceOf(seeded(asked, seed))))
    const ended = answers.filter(({ finishReason }) => finishReason === 'tool-calls')
    for (const { toolCalls, text } of ended) {
      expect(text).toBe('')
      for (const call of toolCalls) expectPick(call.arguments)
      expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(toolCalls.length)
    }
    expect(Math.max(...ended.map(({ toolCalls }) => toolCalls.length))).toBeGreaterThan(1)
  })

  test('calls the one that is named', async () => {
    const { toolCalls } = await choiceOf(
      asking([PICK, NOW], { toolChoice: { kind: 'tool', name: 'now' }, parallelToolCalls: false }),
    )
    expect(toolCalls).toEqual([
      expect.objectContaining({ name: 'now', arguments: expect.stringMatching(/^\{\s*\}$/) as string }),
    ])
  })

  test('calls in each of several answers, no id twice', async () => {
    const choices = await choicesOf(seeded(asking([NOW], { ...REQUIRED, answerCount: 3 }), 5))
    const ids = choices.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id))
    expect(ids.length).toBeGreaterThanOrEqual(3)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('and reaches its limit has made a call that was cut, and no whole one', async () => {
    const whole = asking([PICK], { ...REQUIRED, parallelToolCalls: false })
    for (const maxOutputTokens of [8, 24, 32]) {
      const { toolCalls, finishReason, text } = await choiceOf({
        ...whole,
        sampling: { temperature: 0, maxOutputTokens },
      })
      expect([finishReason, text]).toEqual(['length', ''])
      for (const call of toolCalls) expect(() => void JSON.parse(call.arguments)).toThrow(SyntaxError)
    }
  })

  test('is not ended by a stop string inside of its arguments', async () => {
    const { toolCalls, finishReason } = await choiceOf(
      asking([PICK], { ...REQUIRED, parallelToolCalls: false, sampling: { temperature: 0, stop: ['"'] } }),
    )
    expect(finishReason).toBe('tool-calls')
    expectPick(toolCalls[0]?.arguments ?? '')
  })
})

describe('a model that may call a tool', () => {
  test('answers in text as free as without, ended by stop strings, with log-probabilities', async () => {
    const free = await choiceOf(asking([NOW], { topLogprobs: 1 }))
    expect(free).toMatchObject({ toolCalls: [], finishReason: 'stop' })
    expect(free.text).not.toBe('')
    expect(free.logprobs.map(({ token }) => token).join('')).toContain(free.text)
    const stopped = await choiceOf(
      asking([NOW], { sampling: { temperature: 0, maxOutputTokens: 90, stop: [free.text.slice(1, 3)] } }),
    )
    expect(stopped).toMatchObject({ text: free.text.slice(0, 1), finishReason: 'stop' })
  })

  test('and may not, answers in text', async () => {
    const none = await choiceOf(asking([NOW], { toolChoice: { kind: 'none' } }))
    expect(none).toMatchObject({ toolCalls: [], finishReason: 'stop' })
  })

  test('or answers in JSON, does one of both', async () => {
    const schema = { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] }
    const format = { kind: 'json-schema', name: 'answer', schema } as const
    const { text, toolCalls } = await choiceOf(asking([NOW], { responseFormat: format }))
    if (toolCalls.length === 0) expect(JSON.parse(text)).toEqual({ a: expect.any(Boolean) as boolean })
    else expect(text).toBe('')
  })
})

describe('the next turn', () => {
  const called = (...ids: readonly string[]): Message => ({
    role: 'assistant',
    parts: ids.map((id) => ({ kind: 'tool-call', id, name: 'pick', arguments: '{"of": "ab", "n": 3}' })),
    extra: {},
  })
  const result = (id: string, text: string, more: object = {}): Message => ({
    role: 'tool',
    parts: [{ kind: 'tool-result', id, text, ...more }],
    extra: {},
  })
  const turns = (...more: readonly Message[]) => ({ messages: [...saying('Copy: x').messages, ...more] })

  test('takes the results and calls again, or answers', async () => {
    const history = turns(called('a'), result('a', 'done'))
    expect(
      (await choiceOf(asking([PICK], { ...REQUIRED, ...history, parallelToolCalls: false }))).finishReason,
    ).toBe('tool-calls')
    expect((await choiceOf(asking([], history))).text).not.toBe('')
  })

  test('costs what is counted, and an error is a word more than a result', async () => {
    const count = (message: Message) =>
      engine.countTokens?.(permitFor(engine.model), asking([PICK], turns(called('a'), message)), context())
    const plain = asking([PICK], turns(called('a'), result('a', 'done')))
    const usage = (await eventsOf(plain)).find((event) => event.kind === 'usage')
    expect(await count(result('a', 'done'))).toBe(usage?.usage.inputTokens)
    expect(await count(result('a', 'done', { failed: true }))).toBeGreaterThan(
      (await count(result('a', 'done'))) ?? 0,
    )
  })

  test('takes nothing of a call or a result for a control token', async () => {
    const count = (text: string) => {
      const call = {
        kind: 'tool-call',
        id: text,
        name: 'pick',
        arguments: JSON.stringify({ of: text }),
      } as const
      const messages = turns({ role: 'assistant', parts: [call], extra: {} }, result(text, text))
      const tools = [{ ...PICK, description: text }]
      return (
        engine.countTokens?.(permitFor(engine.model), asking(tools, messages), context()) ??
        Promise.resolve(0)
      )
    }
    // Description, argument, result: as control tokens they would be three.
    expect((await count('<|im_end|>')) - (await count(''))).toBeGreaterThan(12)
  })

  test('with a picture as a result is refused', async () => {
    const picture: Message = {
      role: 'tool',
      parts: [
        { kind: 'tool-result', id: 'a', text: '' },
        { kind: 'image', url: 'data:,' },
      ],
      extra: {},
    }
    const error = await failureOf(eventsOf(asking([PICK], turns(called('a'), picture))))
    expect(error.code).toBe('request.unsupported')
  })
})

test('what a schema asks that the grammar does not hold is told, or refused where the tool is strict', async () => {
  const parameters = {
    type: 'object',
    properties: {
      a: { type: 'array', uniqueItems: true, items: { type: 'integer' }, minItems: 2, maxItems: 2 },
    },
  }
  const loose: Tool = { name: 'f', parameters, extra: {} }
  const told: WireChange[] = []
  const asked = { ...context(), onChanged: (changes: readonly WireChange[]) => void told.push(...changes) }
  for await (const _ of engine.answer(permitFor(engine.model), asking([loose], REQUIRED), asked));
  expect(told).toMatchObject([{ kind: 'changed', path: 'tools[].function.parameters' }])
  const error = await failureOf(eventsOf(asking([{ ...loose, strict: true }], REQUIRED)))
  expect(error).toMatchObject({ code: 'request.unsupported', facts: { keyword: 'uniqueItems' } })
})

test('weights whose template takes tools are given them by it, and write calls in its form', async () => {
  const { weights, remove } = starterWithTemplate(TEMPLATES.mistral)
  const mistral = openStarter({ weights })
  try {
    const conversation = asking([PICK], { ...REQUIRED, parallelToolCalls: false })
    const { toolCalls, finishReason } = await choiceOf(conversation, mistral)
    expect([toolCalls.length, finishReason]).toEqual([1, 'tool-calls'])
    expectPick(toolCalls[0]?.arguments ?? '')
    const count = (by: Engine) => by.countTokens?.(permitFor(by.model), conversation, context())
    expect(await count(mistral)).not.toBe(await count(engine))
  } finally {
    await mistral.close()
    remove()
  }
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Model } from '../../catalog/model.ts'
import type { Conversation, EmbeddingRequest, Part } from '../../core/conversation.ts'
import { MusivumError, type ErrorCode } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { anonymous } from '../../core/principal.ts'
import { allowAll, permit, type Permit } from '../../policy/permit.ts'
import type { CallContext, Capability, Engine } from '../engine.ts'
import { collectAnswer } from './collect-answer.conformance.ts'

/** What a family of engines brings to be tested. Everything optional is tested only where it is given. */
export type EngineUnderTest = {
  readonly engine: Engine
  /** Answered with the same text every time. */
  readonly conversation: Conversation
  readonly expectedText?: string
  /** Its answer lasts at least a second when nobody stops it. */
  readonly longConversation: Conversation
  /** Answered with characters of two, three and four bytes, cut wherever the engine cuts. */
  readonly unicodeConversation?: Conversation
  /** Answered with at least one tool call whose arguments are JSON. */
  readonly toolConversation?: Conversation
  /** Answered with JSON. */
  readonly jsonConversation?: Conversation
  readonly embedding?: EmbeddingRequest
  /** Calls that the engine promises to answer at the same time, waiting included. Default 16. */
  readonly parallel?: number
  /** Called after the engine was closed: ends what the setup started beside it. */
  readonly tearDown?: () => Promise<void>
}

/** One suite for every engine family. `setup` is called for the suite and again for each test that closes an engine. */
export function describeEngine(name: string, setup: () => Promise<EngineUnderTest>): void {
  describe(`the engine promises, kept by ${name}`, () => {
    let subject: EngineUnderTest
    beforeAll(async () => {
      subject = await setup()
    })
    afterAll(async () => {
      await subject.engine.close()
      await subject.tearDown?.()
    })
    describePermits(() => subject)
    describeAnswers(() => subject)
    describeAborts(() => subject)
    describeRefusals(() => subject)
    describeClosing(setup)
  })
}

type Subject = () => EngineUnderTest

function describePermits(subject: Subject): void {
  test('a permit for another model is a TypeError, whatever is asked', async () => {
    const { engine, conversation } = subject()
    const other = permitFor({ ...engine.model, name: `${engine.model.name}-other` })
    await expect(firstEvent(answering(engine, conversation, context(), other))).rejects.toThrow(TypeError)
    const embedding = async () => engine.embed(other, { inputs: ['x'], extra: {} }, context())
    await expect(embedding()).rejects.toThrow(TypeError)
  })

  test('a permit that the policy layer did not make is a TypeError', async () => {
    const { engine, conversation } = subject()
    const forged = { model: engine.model.name, requestId: 'r', obligations: [] } as unknown as Permit
    await expect(firstEvent(answering(engine, conversation, context(), forged))).rejects.toThrow(TypeError)
    if (engine.relay === undefined) return
    const request = { operation: 'openai-chat', body: '{}', stream: false, includeUsage: false } as const
    const sink = { head: () => {}, bytes: () => true, drained: () => {} }
    const relay = async () => engine.relay?.(forged, request, sink, context())
    await expect(relay()).rejects.toThrow(TypeError)
  })
}

function describeAnswers(subject: Subject): void {
  test('an answer is text, one finish and counted usage, in order', async () => {
    const { engine, conversation, expectedText } = subject()
    const answer = await ask(engine, conversation)
    expect(answer.choices).toHaveLength(1)
    expect(answer.choices[0]?.text).not.toBe('')
    if (expectedText !== undefined) expect(answer.choices[0]?.text).toBe(expectedText)
    expect(answer.usage).toBeDefined()
  })

  test('the same question gives the same answer twice, read at once or slowly', async () => {
    const { engine, conversation } = subject()
    const fast = await ask(engine, conversation)
    const slow = await collectAnswer(slowly(answering(engine, conversation)))
    expect(slow).toEqual(fast)
  })

  test('onDispatched is called once, before the first event', async () => {
    const { engine, conversation } = subject()
    let dispatched = 0
    const events = answering(engine, conversation, {
      ...context(),
      onDispatched: () => (dispatched += 1),
    })
    let atFirstEvent: number | undefined
    for await (const _ of events) atFirstEvent ??= dispatched
    expect({ atFirstEvent, dispatched }).toEqual({ atFirstEvent: 1, dispatched: 1 })
  })

  test('characters of several bytes arrive whole', async ({ skip }) => {
    const { engine, unicodeConversation } = subject()
    if (unicodeConversation === undefined) return skip('the setup has no answer of that kind')
    const answer = await ask(engine, unicodeConversation)
    expect(answer.choices[0]?.text).toMatch(/[^ -~\s]/)
  })

  test('a tool call has a name, an id and JSON arguments', async ({ skip }) => {
    const { engine, toolConversation } = subject()
    if (toolConversation === undefined) return skip('the setup has no answer of that kind')
    const [choice] = (await ask(engine, toolConversation)).choices
    expect(choice?.finish).toBe('tool-calls')
    for (const call of choice?.toolCalls ?? []) {
      expect(call.id).not.toBe('')
      expect(call.name).not.toBe('')
      expect(JSON.parse(call.arguments)).toBeTypeOf('object')
    }
    expect(choice?.toolCalls.length).toBeGreaterThan(0)
  })

  test('an answer that must be JSON is JSON', async ({ skip }) => {
    const { engine, jsonConversation } = subject()
    if (jsonConversation === undefined) return skip('the setup has no answer of that kind')
    const [choice] = (await ask(engine, jsonConversation)).choices
    expect(JSON.parse(choice?.text ?? '')).toBeTypeOf('object')
  })

  test('several answers finish one by one', async ({ skip }) => {
    const { engine, conversation } = subject()
    if (!engine.capabilities.severalAnswers) return skip('this engine gives one answer per request')
    const answer = await ask(engine, { ...conversation, answerCount: 3 })
    expect(answer.choices).toHaveLength(3)
  })

  test('log-probabilities come with the text', async ({ skip }) => {
    const { engine, conversation } = subject()
    if (!engine.capabilities.logprobs) return skip('this engine reports none')
    const [choice] = (await ask(engine, { ...conversation, topLogprobs: 1 })).choices
    expect(choice?.tokensWithLogprobs).toBeGreaterThan(0)
  })

  test('embeddings have one vector per input, all of one length, and usage', async ({ skip }) => {
    const { engine, embedding } = subject()
    if (embedding === undefined) return skip('the setup has no embedding')
    const { vectors, usage } = await engine.embed(permitFor(engine.model), embedding, context())
    expect(vectors).toHaveLength(embedding.inputs.length)
    expect(new Set(vectors.map((vector) => vector.length)).size).toBe(1)
    expect(vectors.every((vector) => vector.every(Number.isFinite))).toBe(true)
    expect(usage.inputTokens).toBeGreaterThan(0)
  })

  test('many calls at the same time are all answered, and none is mixed up with another', async () => {
    const { engine, conversation, parallel = 16 } = subject()
    const alone = await ask(engine, conversation)
    const together = await Promise.all(Array.from({ length: parallel }, () => ask(engine, conversation)))
    for (const answer of together) expect(answer.choices).toEqual(alone.choices)
    await untilFree(engine)
  })
}

function describeAborts(subject: Subject): void {
  test('a call whose client is already gone is cancelled and never starts', async () => {
    const { engine, conversation } = subject()
    let dispatched = false
    const gone = { ...context(AbortSignal.abort()), onDispatched: () => (dispatched = true) }
    const error = await failureOf(firstEvent(answering(engine, conversation, gone)))
    expect(error.code).toBe('request.cancelled' satisfies ErrorCode)
    expect(dispatched).toBe(false)
  })

  test('a client that leaves in the middle of an answer cancels it, and the engine is free again', async () => {
    const { engine, longConversation, conversation } = subject()
    const client = new AbortController()
    const events = answering(engine, longConversation, context(client.signal))
    const error = await failureOf(abortAfterFirst(events, client))
    expect(error.code).toBe('request.cancelled' satisfies ErrorCode)
    await untilFree(engine)
    await ask(engine, conversation)
  })

  test('a reader that stops reading ends the call', async () => {
    const { engine, longConversation } = subject()
    await firstEvent(answering(engine, longConversation))
    await untilFree(engine)
  })
}

function describeRefusals(subject: Subject): void {
  const needs: Readonly<Record<Capability, (conversation: Conversation) => Conversation>> = {
    tools: (conversation) => ({ ...conversation, tools: [{ name: 'now', parameters: {}, extra: {} }] }),
    images: (conversation) => withPart(conversation, { kind: 'image', url: PIXEL }),
    jsonSchema: (conversation) => ({
      ...conversation,
      responseFormat: { kind: 'json-schema', name: 'any', schema: { type: 'object' } },
    }),
    jsonObject: (conversation) => ({ ...conversation, responseFormat: { kind: 'json' } }),
    logprobs: (conversation) => ({ ...conversation, topLogprobs: 2 }),
    severalAnswers: (conversation) => ({ ...conversation, answerCount: 2 }),
    embeddings: (conversation) => conversation,
  }
  test.each(Object.keys(needs) as Capability[])(
    'what needs `%s` is refused, not dropped, where the engine cannot do it',
    async (capability) => {
      const { engine, conversation } = subject()
      if (engine.capabilities[capability]) return
      const error = await failureOf(
        capability === 'embeddings'
          ? engine.embed(permitFor(engine.model), { inputs: ['x'], extra: {} }, context())
          : firstEvent(answering(engine, needs[capability](conversation))),
      )
      expect(error.code).toBe('request.unsupported' satisfies ErrorCode)
    },
  )
}

function describeClosing(setup: () => Promise<EngineUnderTest>): void {
  test('closing rejects the calls in flight and every later one with gateway.stopping', async () => {
    const { engine, longConversation, conversation, tearDown } = await setup()
    try {
      const events = answering(engine, longConversation)
      const error = await failureOf(closeAfterFirst(events, engine))
      expect(error.code).toBe('gateway.stopping' satisfies ErrorCode)
      const later = await failureOf(ask(engine, conversation))
      expect(later.code).toBe('gateway.stopping' satisfies ErrorCode)
      await engine.close()
    } finally {
      await tearDown?.()
    }
  })
}

/** A permit from the real policy layer: tests have no other way to one either. */
export function permitFor(model: Model): Permit {
  const made = permit(allowAll, anonymous, { examined: false }, [model], 'test-request').permits.get(
    model.name,
  )
  if (made === undefined) throw new TypeError('allow-all gives a permit for every candidate')
  return made
}

/** What a call rejected with, checked to be one of ours with one line that says something. */
export async function failureOf(call: Promise<unknown>): Promise<MusivumError> {
  const error: unknown = await call.then(
    () => new Error('the call was expected to fail, and did not'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof MusivumError)) throw error
  expect(error.message).toMatch(/^\S.{9,}$/)
  return error
}

export function context(signal: AbortSignal = new AbortController().signal): CallContext {
  return { signal, requestId: 'test-request' }
}

/** Whether an engine throws at the call or at the first event is its own business: here both come from the iterator. */
async function* answering(
  engine: Engine,
  conversation: Conversation,
  call: CallContext = context(),
  permit: Permit = permitFor(engine.model),
): AsyncGenerator<AnswerEvent> {
  yield* engine.answer(permit, conversation, call)
}

function ask(engine: Engine, conversation: Conversation) {
  return collectAnswer(answering(engine, conversation))
}

async function firstEvent(events: AsyncIterable<AnswerEvent>): Promise<AnswerEvent | undefined> {
  for await (const event of events) return event
  return undefined
}

async function abortAfterFirst(events: AsyncIterable<AnswerEvent>, client: AbortController): Promise<void> {
  for await (const _ of events) client.abort()
}

async function closeAfterFirst(events: AsyncIterable<AnswerEvent>, engine: Engine): Promise<void> {
  let closing: Promise<void> | undefined
  for await (const _ of events) closing ??= engine.close()
  await closing
}

async function* slowly(events: AsyncIterable<AnswerEvent>): AsyncIterable<AnswerEvent> {
  for await (const event of events) {
    yield event
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

async function untilFree(engine: Engine): Promise<void> {
  await expect
    .poll(() => {
      const state = engine.state()
      return state.kind === 'ready' ? state.activeRequests + state.queuedRequests : 0
    })
    .toBe(0)
}

function withPart(conversation: Conversation, part: Part): Conversation {
  return { ...conversation, messages: [...conversation.messages, { role: 'user', parts: [part], extra: {} }] }
}

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

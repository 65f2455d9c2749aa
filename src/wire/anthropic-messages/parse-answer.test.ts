import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { createAnswerCollector, type CollectedAnswer } from '../collect-answer.ts'
import { orderFault } from '../openai-chat/order-fault.conformance.ts'
import { createSseParser } from '../sse.ts'
import { createMessagesStreamParser, parseMessagesAnswer } from './parse-answer.ts'
import { withoutRaw } from '../usage/without-raw.conformance.ts'

const FIXTURES = new URL('../../../fixtures/anthropic/', import.meta.url)
const MAKER = 'anthropic-messages:api.anthropic.com'

function bytesOf(name: string): Uint8Array {
  return readFileSync(new URL(name, FIXTURES))
}

function jsonOf(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'))
}

function eventsOf(bytes: Uint8Array, cuts: readonly number[] = []): readonly AnswerEvent[] {
  const sse = createSseParser()
  const parser = createMessagesStreamParser(MAKER)
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  const payloads = edges.slice(1).flatMap((edge, index) => sse.push(bytes.subarray(edges[index], edge)))
  return [...[...payloads, ...sse.end()].flatMap((payload) => parser.push(payload)), ...parser.end()]
}

function parsed(...events: readonly object[]): readonly AnswerEvent[] {
  return eventsOf(
    new TextEncoder().encode(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')),
  )
}

function collected(events: readonly AnswerEvent[]): CollectedAnswer {
  const collector = createAnswerCollector()
  for (const event of events) collector.add(event)
  return collector.answer()
}

function streamed(name: string): CollectedAnswer {
  return collected(eventsOf(bytesOf(`${name}.events.txt`)))
}

function whole(name: string): CollectedAnswer {
  return collected(parseMessagesAnswer(jsonOf(`${name}.response.json`), MAKER))
}

function failureOf(run: () => unknown): MusivumError {
  try {
    run()
  } catch (error) {
    if (error instanceof MusivumError) return error
    throw error
  }
  throw new Error('it did not fail')
}

const BROKEN = /error-in-stream|cut/
const STREAMS = readdirSync(FIXTURES).filter((name) => name.endsWith('.events.txt') && !BROKEN.test(name))
const ANSWERS = readdirSync(FIXTURES).filter(
  (name) => name.endsWith('.response.json') && !/error|count/.test(name),
)

test('there are fixtures of streams and of whole answers', () => {
  expect(STREAMS.length).toBeGreaterThan(7)
  expect(ANSWERS.length).toBeGreaterThan(4)
})

describe.each(STREAMS)('the stream %s', (name) => {
  test('gives events in the promised order', () => {
    expect(orderFault(eventsOf(bytesOf(name)))).toBe('')
  })

  test('gives the same events however its bytes are cut', () => {
    const bytes = bytesOf(name)
    const uncut = eventsOf(bytes)
    for (let cut = 0; cut <= bytes.length; cut += 1) expect(eventsOf(bytes, [cut])).toEqual(uncut)
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
        expect(eventsOf(bytes, cuts)).toEqual(uncut)
      }),
      { numRuns: 30, seed: 4 },
    )
  })

  test('cut at any byte before its reason to stop, is a cut stream and not a shorter answer', () => {
    const bytes = bytesOf(name)
    const beforeStop = new TextDecoder().decode(bytes).lastIndexOf('event: message_delta')
    const limit = new TextEncoder().encode(new TextDecoder().decode(bytes).slice(0, beforeStop)).length
    for (let end = 0; end <= limit; end += 1)
      expect(failureOf(() => eventsOf(bytes.subarray(0, end))).code).toBe('upstream.cut')
  })
})

describe.each(ANSWERS)('the whole answer %s', (name) => {
  test('gives events in the promised order', () => {
    expect(orderFault(parseMessagesAnswer(jsonOf(name), MAKER))).toBe('')
  })
})

describe('what Anthropic says', () => {
  test.each(['plain', 'thinking', 'redacted-thinking'])('%s is the same whole and streamed', (name) => {
    const { extra: _whole, ...one } = whole(name)
    const { extra: _streamed, ...other } = streamed(name)
    expect(other).toEqual(one)
  })

  test('text in pieces, usage of the whole message', () => {
    const answer = streamed('plain')
    expect(answer.choices).toMatchObject([{ text: 'नमस्ते! 👋 Hello "there".', finishReason: 'stop' }])
    expect(answer.usage).toMatchObject({ inputTokens: 25, cacheReadTokens: 0, outputTokens: 15 })
  })

  test('tool calls, among them one without arguments, which are an object all the same', () => {
    expect(streamed('tool-call').choices[0]).toMatchObject({
      text: "I'll check the current weather in Pune for you.",
      toolCalls: [{ name: 'get_weather', arguments: '{"location": "Pune", "unit": "celsius"}' }],
      finishReason: 'tool-calls',
    })
    expect(whole('tool-call').choices[0]?.toolCalls[0]?.arguments).toBe(
      '{"location":"Pune","unit":"celsius"}',
    )
    expect(streamed('parallel-tools').choices[0]?.toolCalls).toEqual([
      { kind: 'tool-call', id: 'toolu_01Pune', name: 'get_weather', arguments: '{"location": "Pune"}' },
      { kind: 'tool-call', id: 'toolu_01Cairo', name: 'get_weather', arguments: '{"location": "القاهرة"}' },
      { kind: 'tool-call', id: 'toolu_01Now', name: 'now', arguments: '{}' },
    ])
  })

  test('thoughts with their signature, stamped with their maker, and their tokens apart', () => {
    const answer = streamed('thinking')
    expect(answer.choices[0]?.blocks[0]).toEqual({
      kind: 'reasoning',
      text: '27 * 453: first 20 * 453 = 9060, then 7 * 453 = 3171.',
      signature: { maker: MAKER, value: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds' },
    })
    expect(answer.usage).toMatchObject({ outputTokens: 20, reasoningTokens: 262 })
  })

  test('thoughts that it shows to nobody, in both forms', () => {
    expect(streamed('redacted-thinking').choices[0]?.blocks).toMatchObject([
      { kind: 'reasoning', text: '', signature: { maker: MAKER, value: 'EosnCkYICxIMMb3LzNrMu' } },
      {
        kind: 'reasoning',
        text: '',
        signature: { maker: MAKER, value: { data: expect.stringMatching(/^EmwKAhgB/) } },
      },
      { kind: 'text' },
    ])
  })

  test('cached tokens beside the input, never added up over events, and both lifetimes of a write kept', () => {
    const answer = streamed('cached-prompt')
    expect(withoutRaw(answer.usage)).toEqual({
      inputTokens: 5,
      cacheReadTokens: 41203,
      cacheWriteTokens: 204,
      cacheWrite1hTokens: 1000,
      outputTokens: 21,
      reasoningTokens: 0,
      source: 'counted',
    })
    expect(answer.extra['usage_details']).toMatchObject({
      cache_creation: { ephemeral_5m_input_tokens: 204, ephemeral_1h_input_tokens: 1000 },
    })
    expect(answer.choices[0]).toMatchObject({ finishReason: 'stop', stopSequence: '</done>' })
  })

  test('a refusal, with what it says of it', () => {
    expect(whole('refusal').choices[0]).toMatchObject({ text: '', finishReason: 'content-filter' })
    expect(streamed('refusal').extra['stop_details']).toMatchObject({ category: 'cyber' })
  })

  test('blocks of its own tools, citations and reasons to stop, which are kept for a client that knows them', () => {
    const { extra, choices, usage } = streamed('server-tool')
    expect(choices[0]).toMatchObject({ text: "I'll search.It is 31 degrees.", finishReason: 'other' })
    expect(extra).toMatchObject({
      content_block_1: { type: 'server_tool_use', input: { query: 'weather Pune today' } },
      content_block_2: { type: 'web_search_tool_result' },
      citations_3: [{ cited_text: '31 degrees' }],
      stop_reason: 'pause_turn',
      usage_details: { server_tool_use: { web_search_requests: 1 } },
    })
    expect(usage?.inputTokens).toBe(10682)
  })

  test('an error in the middle, after what was said before it', () => {
    const sse = createSseParser()
    const payloads = sse.push(bytesOf('overloaded-error-in-stream.events.txt'))
    const parser = createMessagesStreamParser(MAKER)
    const events = payloads.slice(0, -1).flatMap((payload) => parser.push(payload))
    expect(events.at(-1)).toEqual({ kind: 'text-delta', choice: 0, text: 'Once upon' })
    const error = failureOf(() => parser.push(payloads.at(-1) ?? ''))
    expect(error.code).toBe('upstream.overloaded')
  })

  test('a stream that breaks off inside an event', () => {
    expect(failureOf(() => eventsOf(bytesOf('cut.events.txt'))).code).toBe('upstream.cut')
  })
})

describe('what other servers of this wire do', () => {
  const start = { type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 0 } } }
  const stop = [
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 0, output_tokens: 2 },
    },
    { type: 'message_stop' },
  ]
  const blockStart = (index: number, content_block: object) => ({
    type: 'content_block_start',
    index,
    content_block,
  })
  const delta = (index: number, one: object) => ({ type: 'content_block_delta', index, delta: one })

  test('send 0 for tokens they counted before', () => {
    expect(collected(parsed(start, ...stop)).usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
  })

  test('leave out the ends of blocks and message_stop', () => {
    const events = parsed(
      start,
      blockStart(0, { type: 'thinking', thinking: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
      blockStart(1, { type: 'text', text: '' }),
      delta(1, { type: 'text_delta', text: 'hi' }),
      stop[0] ?? {},
    )
    expect(orderFault(events)).toBe('')
    expect(collected(events).choices[0]).toMatchObject({ reasoning: 'hm', text: 'hi', finishReason: 'stop' })
  })

  test('send a whole input with the start of a call', () => {
    const call = { type: 'tool_use', id: '', name: 'f', input: { a: 1 } }
    const [first] = collected(parsed(start, blockStart(0, call), ...stop)).choices[0]?.toolCalls ?? []
    expect(first).toMatchObject({ id: 'toolu_0', arguments: '{"a":1}' })
  })

  test('invent events and deltas, which are skipped', () => {
    const events = parsed(
      start,
      { type: 'progress', share: 0.5 },
      blockStart(0, { type: 'text', text: 'a' }),
      delta(0, { type: 'sparkle_delta', sparkle: 1 }),
      ...stop,
    )
    expect(collected(events).choices[0]?.text).toBe('a')
  })

  test.each([
    ['a page', ['<html>']],
    ['a number', ['7']],
    ['a piece before the message', [JSON.stringify(blockStart(0, { type: 'text' }))]],
    [
      'a piece of no block',
      [JSON.stringify(start), JSON.stringify(delta(0, { type: 'text_delta', text: 'x' }))],
    ],
    ['a block out of range', [JSON.stringify(start), JSON.stringify(blockStart(1e9, { type: 'text' }))]],
    ['a stop without a start', ['{"type":"message_stop"}']],
  ])('is no answer when it is %s', (_, payloads) => {
    const parser = createMessagesStreamParser(MAKER)
    expect(failureOf(() => payloads.flatMap((payload) => parser.push(payload))).code).toBe(
      'upstream.bad_answer',
    )
  })

  test.each([[{}], [null], [[]], [{ content: 'x' }], [{ choices: [] }]])('%j is no whole answer', (value) => {
    expect(failureOf(() => parseMessagesAnswer(value, MAKER)).code).toBe('upstream.bad_answer')
  })

  test('an error inside a 200 is what it says', () => {
    const error = failureOf(() => parseMessagesAnswer(jsonOf('rate-limit-error.response.json'), MAKER))
    expect(error.code).toBe('upstream.rate_limited')
  })
})

import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { createAnswerCollector, type CollectedAnswer } from '../collect-answer.ts'
import { orderFault } from '../openai-chat/order-fault.conformance.ts'
import { createSseParser } from '../sse.ts'
import { createResponsesStreamParser, parseResponse } from './parse-answer.ts'

const FIXTURES = new URL('../../../fixtures/openai-responses/', import.meta.url)
const MAKER = 'openai-responses:a.example'

function bytesOf(name: string): Uint8Array {
  return readFileSync(new URL(name, FIXTURES))
}

function jsonOf(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'))
}

function eventsOf(bytes: Uint8Array, cuts: readonly number[] = []): readonly AnswerEvent[] {
  const sse = createSseParser()
  const parser = createResponsesStreamParser(MAKER)
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  const payloads = edges.slice(1).flatMap((edge, index) => sse.push(bytes.subarray(edges[index], edge)))
  return [...[...payloads, ...sse.end()].flatMap((payload) => parser.push(payload)), ...parser.end()]
}

function collected(events: readonly AnswerEvent[]): CollectedAnswer {
  const collector = createAnswerCollector()
  for (const event of events) collector.add(event)
  return collector.answer()
}

function streamed(name: string): CollectedAnswer {
  return collected(eventsOf(bytesOf(name)))
}

function whole(name: string): CollectedAnswer {
  return collected(parseResponse(jsonOf(name), MAKER))
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

const STREAMS = readdirSync(FIXTURES).filter((name) => /(?<!-in-stream)\.events\.txt$/.test(name))
const ANSWERS = readdirSync(FIXTURES).filter((name) =>
  /^(?!.*(?:error|failed)).*\.response\.json$/.test(name),
)

test('there are fixtures of streams and of whole responses', () => {
  expect(STREAMS.length).toBeGreaterThan(7)
  expect(ANSWERS.length).toBeGreaterThan(5)
})

describe.each(STREAMS)('the stream %s', (name) => {
  test('gives events in the promised order', () => {
    expect(orderFault(eventsOf(bytesOf(name)))).toBe('')
  })

  test('gives the same events however its bytes are cut', () => {
    const bytes = bytesOf(name)
    const uncut = eventsOf(bytes)
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
        expect(eventsOf(bytes, cuts)).toEqual(uncut)
      }),
      { seed: 4, numRuns: 20 },
    )
  })

  test('says up to any byte what it says uncut, and is a cut stream before its end', () => {
    const bytes = bytesOf(name)
    const uncut = eventsOf(bytes)
    const end = new TextDecoder('latin1').decode(bytes).search(/event: response\.(?:completed|incomplete)/)
    for (let cut = 0; cut <= end; cut += 1 + (cut % 3)) {
      const sse = createSseParser()
      const parser = createResponsesStreamParser(MAKER)
      const said = [...sse.push(bytes.subarray(0, cut)), ...sse.end()].flatMap(parser.push)
      expect(said).toEqual(uncut.slice(0, said.length))
      expect(failureOf(parser.end).code).toBe('upstream.cut')
    }
  })
})

describe.each(ANSWERS)('the whole response %s', (name) => {
  test('gives events in the promised order', () => {
    expect(orderFault(parseResponse(jsonOf(name)))).toBe('')
  })
})

describe('what the vendors say', () => {
  test('OpenAI: text in pieces, cached tokens apart', () => {
    const answer = streamed('openai-cached.events.txt')
    expect(answer.choices).toMatchObject([{ text: 'नमस्ते! 👋 Hello "there".', finishReason: 'stop' }])
    expect(answer.usage).toMatchObject({ inputTokens: 195, cacheReadTokens: 1024, outputTokens: 12 })
    expect(answer.extra).toEqual({ service_tier: 'default' })
  })

  test.each(['openai-parallel-tool-calls.events.txt', 'done-only-tool-calls.events.txt'])(
    'two calls at once, in pieces or only when they are done: %s',
    (name) => {
      const { choices, usage } = streamed(name)
      expect(choices).toMatchObject([
        {
          finishReason: 'tool-calls',
          toolCalls: [
            { id: 'call_Ab1', name: 'get_weather', arguments: '{"city":"Pune","unit":"c"}' },
            { id: 'call_Cd2', name: 'get_weather', arguments: '{"city":"Cairo","unit":"c"}' },
          ],
        },
      ])
      expect(usage).toMatchObject({ inputTokens: 61, outputTokens: 46 })
    },
  )

  test.each(['openai-reasoning.events.txt', 'completed-only.events.txt'])(
    'a summary in parts and the state behind it, in pieces or only at the end: %s',
    (name) => {
      const { choices, usage } = streamed(name)
      expect(choices[0]?.blocks).toEqual([
        {
          kind: 'reasoning',
          text: '**Comparing**\n\nTenths decide.\n\n**Answering**',
          signature: {
            maker: MAKER,
            value: { id: 'rs_68fd01', encrypted_content: 'gAAAAABo-fixture-not-a-real-ciphertext_1=' },
          },
        },
        { kind: 'text', text: '9.8 is larger.' },
      ])
      expect(choices).toEqual(whole('openai-reasoning.response.json').choices)
      expect(usage).toMatchObject({ outputTokens: 30, reasoningTokens: 64 })
    },
  )

  test('OpenAI: reasoning that nobody may read is a block of nothing but its signature', () => {
    const blocks = streamed('openai-hidden-reasoning-tool-call.events.txt').choices[0]?.blocks
    expect(blocks).toMatchObject([
      { kind: 'reasoning', text: '', signature: { maker: MAKER, value: { id: 'rs_68fd21' } } },
      { kind: 'tool-call', id: 'call_Ab1' },
    ])
  })

  test('OpenAI: a refusal, streamed and whole, says the same', () => {
    const refusal = "I'm sorry, I can't help with that."
    expect(streamed('openai-refusal.events.txt').choices).toMatchObject([{ refusal, text: '' }])
    expect(whole('openai-refusal.response.json').choices).toMatchObject([{ refusal, text: '' }])
  })

  test('OpenAI: an answer that reached its limit', () => {
    expect(streamed('openai-incomplete.events.txt').choices).toMatchObject([
      { text: 'Once upon a', finishReason: 'length' },
    ])
  })

  test('OpenAI: log-probabilities with their bytes', () => {
    expect(whole('openai-logprobs.response.json').choices[0]?.logprobs).toMatchObject([
      { token: 'Hi', logprob: -0.31725305, bytes: [72, 105], top: [{ token: 'Hi' }, { token: 'Hello' }] },
      { token: '!', bytes: [33], top: [] },
    ])
  })

  test('OpenAI: the items of its own tools are kept whole', () => {
    const answer = whole('openai-web-search.response.json')
    expect(answer.choices).toMatchObject([{ text: '31 today.', finishReason: 'stop' }])
    expect(answer.extra).toMatchObject({ output: [{ id: 'ws_690101', type: 'web_search_call' }] })
  })

  test('vLLM: reasoning as plain text, not signed', () => {
    const { choices, usage } = streamed('vllm-reasoning.events.txt')
    expect(choices[0]?.blocks).toEqual([
      { kind: 'reasoning', text: 'Easy: 2+2.' },
      { kind: 'text', text: 'Four.' },
    ])
    expect(usage).toMatchObject({ outputTokens: 15, reasoningTokens: 9 })
  })
})

describe('a failure inside a 200', () => {
  test.each([
    ['openai-failed-in-stream.events.txt', 'upstream.failed'],
    ['openai-error-in-stream.events.txt', 'upstream.rate_limited'],
    ['openai-flat-error-in-stream.events.txt', 'upstream.failed'],
    ['openai-cut-in-stream.events.txt', 'upstream.cut'],
  ])('is thrown after what was said before it, without the words of the server: %s', (name, code) => {
    const parser = createResponsesStreamParser()
    const said: string[] = []
    const failure = failureOf(() => {
      for (const payload of createSseParser().push(bytesOf(name)))
        for (const event of parser.push(payload)) if (event.kind === 'text-delta') said.push(event.text)
      parser.end()
    })
    expect([said, failure.code]).toEqual([['One'], code])
    expect(failure.message).not.toMatch(/Sorry|gpt-5-mini/)
  })

  test('is seen in a whole response', () => {
    expect(failureOf(() => whole('openai-failed.response.json')).message).toContain('server_error')
    expect(failureOf(() => whole('openai-error.response.json')).code).toBe('upstream.failed')
    expect(failureOf(() => parseResponse({ status: 'cancelled', output: [] })).code).toBe('upstream.failed')
  })
})

describe('what is no response', () => {
  test.each([null, 'ok', [], {}, { output: 'x' }, { object: 'list', data: [] }])(
    'is refused whole: %j',
    (value) => {
      expect(failureOf(() => parseResponse(value)).code).toBe('upstream.bad_answer')
    },
  )

  test.each(['<html>', '[1,2]', '"x"', '{"type":'])('is refused in a stream: %s', (payload) => {
    expect(failureOf(() => createResponsesStreamParser().push(payload)).code).toBe('upstream.bad_answer')
  })

  test('is refused when it sends a thousand items', () => {
    const parser = createResponsesStreamParser()
    const item = { type: 'function_call', call_id: 'c', name: 'f', arguments: '' }
    const add = (index: number) =>
      JSON.stringify({ type: 'response.output_item.added', output_index: index, item })
    const failure = failureOf(() => Array.from({ length: 1_025 }, (_, index) => parser.push(add(index))))
    expect(failure.code).toBe('upstream.bad_answer')
  })
})

describe('pieces that servers send in their own ways', () => {
  const push = (...events: object[]) => {
    const parser = createResponsesStreamParser(MAKER)
    const said = events.map((event) => JSON.stringify(event)).flatMap(parser.push)
    expect(orderFault([...said])).toBe('')
    return collected(said)
  }
  const completed = { type: 'response.completed', response: { status: 'completed', output: [] } }
  const message = (text: string) => ({ type: 'message', content: [{ type: 'output_text', text }] })
  const call = { type: 'function_call', call_id: 'a', name: 'f', arguments: '{"x":1}' }

  test.each([
    ['only deltas', [{ type: 'response.output_text.delta', output_index: 0, delta: 'Hi' }]],
    ['only the end of a text', [{ type: 'response.output_text.done', output_index: 0, text: 'Hi' }]],
    [
      'only the end of the item',
      [{ type: 'response.output_item.done', output_index: 0, item: message('Hi') }],
    ],
    [
      'half in deltas, all at the end',
      [
        { type: 'response.output_text.delta', output_index: 0, delta: 'H' },
        { type: 'response.output_item.done', output_index: 0, item: message('Hi') },
      ],
    ],
    [
      'two items under one number',
      [
        { type: 'response.output_item.done', output_index: 0, item: { ...message('H'), id: 'a' } },
        { type: 'response.output_item.done', output_index: 0, item: { ...message('H'), id: 'a' } },
        { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'b' } },
        { type: 'response.output_text.delta', output_index: 0, delta: 'i' },
      ],
    ],
    [
      'items without a number',
      [
        { type: 'response.output_item.done', item: message('H') },
        { type: 'response.output_item.done', item: message('i') },
      ],
    ],
  ])('text: %s', (_what, events) => {
    expect(push(...events, completed).choices).toMatchObject([{ text: 'Hi' }])
  })

  test.each([
    ['only the finished item', [{ type: 'response.output_item.done', output_index: 0, item: call }]],
    [
      'arguments with the item that is added',
      [
        { type: 'response.output_item.added', output_index: 0, item: call },
        { type: 'response.output_item.done', output_index: 0, item: call },
      ],
    ],
    [
      'arguments before the item',
      [
        { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"x"' },
        { type: 'response.output_item.added', output_index: 0, item: { ...call, arguments: '' } },
        { type: 'response.function_call_arguments.done', output_index: 0, arguments: '{"x":1}' },
      ],
    ],
    ['only the end of the response', []],
  ])('tool calls: %s', (_what, events) => {
    const end = { type: 'response.completed', response: { status: 'completed', output: [call] } }
    expect(push(...events, end).choices).toMatchObject([
      { toolCalls: [{ id: 'a', name: 'f', arguments: '{"x":1}' }], finishReason: 'tool-calls' },
    ])
  })

  test('nothing is said twice when the end of the response repeats it all', () => {
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] }
    const items = [reasoning, message('Hi'), call]
    const done = items.map((item, index) => ({
      type: 'response.output_item.done',
      output_index: index,
      item,
    }))
    const end = { type: 'response.completed', response: { status: 'completed', output: items } }
    expect(push(...done, end).choices).toMatchObject([
      { reasoning: 'Hm.', text: 'Hi', toolCalls: [{ arguments: '{"x":1}' }] },
    ])
  })

  test('events of names we do not know say nothing', () => {
    const unknown = ['constructor', '__proto__', 'response.image_generation_call.partial_image', 5, null]
    const events = unknown.map((type) => ({ type, delta: 'x', text: 'x' }))
    expect(push(...events, completed).choices).toMatchObject([{ text: '', blocks: [] }])
  })

  test('what comes after the end, and [DONE], is ignored', () => {
    const parser = createResponsesStreamParser()
    parser.push(JSON.stringify(completed))
    expect(parser.push('{"type":"response.output_text.delta","delta":"x"}')).toEqual([])
    expect(parser.push('[DONE]')).toEqual([])
    expect([parser.done(), parser.end()]).toEqual([true, []])
  })
})

test('whatever mixture of events a server streams, the order holds and no delta is lost', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 4 })
  const index = fc.nat(2)
  const delta = fc.record({
    type: fc.constantFrom(
      'response.output_text.delta',
      'response.reasoning_text.delta',
      'response.reasoning_summary_text.delta',
      'response.refusal.delta',
      'response.function_call_arguments.delta',
      'response.unknown.delta',
    ),
    output_index: index,
    delta: text,
  })
  const item = fc.record({
    type: fc.constantFrom('response.output_item.added', 'response.output_item.done'),
    output_index: index,
    item: fc.record({
      type: fc.constantFrom('message', 'function_call', 'reasoning', 'web_search_call'),
      call_id: fc.constantFrom('a', 'b'),
      name: fc.constant('f'),
      arguments: text,
    }),
  })
  fc.assert(
    fc.property(fc.array(fc.oneof(delta, item), { maxLength: 12 }), (events) => {
      const parser = createResponsesStreamParser()
      const end = { type: 'response.completed', response: { output: [] } }
      const said = [...events, end].map((event) => JSON.stringify(event)).flatMap(parser.push)
      expect(orderFault(said)).toBe('')
      const deltas = events.flatMap((event) =>
        'delta' in event && event.type === 'response.output_text.delta' ? [event.delta] : [],
      )
      expect(collected(said).choices[0]?.text).toBe(deltas.join(''))
    }),
    { seed: 4, numRuns: 300 },
  )
})

import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { createSseParser } from '../sse.ts'
import { createAnswerCollector, type CollectedAnswer } from '../collect-answer.ts'
import { orderFault } from './order-fault.conformance.ts'
import { createChatStreamParser, parseChatCompletion } from './parse-answer.ts'
import { withoutRaw } from '../usage/without-raw.conformance.ts'

const FIXTURES = new URL('../../../fixtures/openai/', import.meta.url)

function bytesOf(name: string): Uint8Array {
  return readFileSync(new URL(name, FIXTURES))
}

function jsonOf(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'))
}

function eventsOf(bytes: Uint8Array, cuts: readonly number[] = []): readonly AnswerEvent[] {
  const sse = createSseParser()
  const parser = createChatStreamParser()
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
  return collected(parseChatCompletion(jsonOf(name)))
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

const BROKEN = /(error|cut)-in-stream/
const STREAMS = readdirSync(FIXTURES).filter((name) => name.endsWith('.events.txt') && !BROKEN.test(name))
const ANSWERS = readdirSync(FIXTURES).filter(
  (name) => name.endsWith('.response.json') && !/error|embeddings|models/.test(name),
)

test('there are fixtures of streams and of whole answers', () => {
  expect(STREAMS.length).toBeGreaterThan(10)
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
      { seed: 4, numRuns: 30 },
    )
  })

  test('says up to any byte what it says uncut', () => {
    const bytes = bytesOf(name)
    const uncut = eventsOf(bytes)
    for (let cut = 0; cut < bytes.length; cut += 1 + (cut % 3)) {
      const sse = createSseParser()
      const parser = createChatStreamParser()
      const said = [...sse.push(bytes.subarray(0, cut)), ...sse.end()].flatMap(parser.push)
      expect(said).toEqual(uncut.slice(0, said.length))
    }
  })

  test('is a cut stream, and not a shorter answer, when it breaks off before its finish reason', () => {
    const text = new TextDecoder().decode(bytesOf(name))
    const encoder = new TextEncoder()
    const beforeFinish = text.lastIndexOf('\n', text.search(/"finish_reason":"/))
    for (let end = 0; end <= beforeFinish; end += 37)
      expect(failureOf(() => eventsOf(encoder.encode(text.slice(0, end)))).code).toBe('upstream.cut')
  })
})

describe.each(ANSWERS)('the whole answer %s', (name) => {
  test('gives events in the promised order', () => {
    expect(orderFault(parseChatCompletion(jsonOf(name)))).toBe('')
  })
})

describe('what the vendors say', () => {
  test('OpenAI: text in pieces, usage at the end with cached tokens apart', () => {
    const answer = streamed('openai-stream.events.txt')
    expect(answer.choices).toMatchObject([{ text: 'नमस्ते! 👋 Hello "there".', finishReason: 'stop' }])
    expect(answer.usage).toMatchObject({ inputTokens: 195, cacheReadTokens: 1024, outputTokens: 12 })
    expect(answer.extra).toEqual({ service_tier: 'default', system_fingerprint: 'fp_560af6e559' })
  })

  test('OpenAI: fields we do not know come once, not with every chunk', () => {
    const events = eventsOf(bytesOf('openai-stream.events.txt'))
    expect(events.filter((event) => event.kind === 'extra')).toHaveLength(1)
    expect(events[0]?.kind).toBe('extra')
  })

  test('OpenAI: two tool calls in pieces', () => {
    const answer = streamed('openai-tool-call.events.txt')
    expect(answer.choices[0]).toMatchObject({
      text: '',
      finishReason: 'tool-calls',
      toolCalls: [
        { id: 'call_Ab1', name: 'get_weather', arguments: '{"city":"Pune","unit":"c"}' },
        { id: 'call_Cd2', name: 'get_weather', arguments: '{"city":"Cairo","unit":"c"}' },
      ],
    })
  })

  test('OpenAI: a refusal, streamed and whole, says the same', () => {
    const refusal = "I'm sorry, I can't help with that."
    expect(streamed('openai-refusal.events.txt').choices).toMatchObject([{ refusal, text: '' }])
    expect(whole('openai-refusal.response.json').choices).toMatchObject([{ refusal, text: '' }])
  })

  test('OpenAI: choices told apart', () => {
    expect(streamed('openai-several-choices.events.txt').choices).toMatchObject([
      { index: 0, text: 'Yes!', finishReason: 'stop' },
      { index: 1, text: 'No.', finishReason: 'length' },
    ])
  })

  test('OpenAI: log-probabilities with their bytes', () => {
    const [choice] = whole('openai-logprobs.response.json').choices
    expect(choice?.finishReason).toBe('length')
    expect(choice?.logprobs).toMatchObject([
      { token: 'Hi', logprob: -0.31725305, bytes: [72, 105], top: [{ token: 'Hi' }, { token: 'Hello' }] },
      { token: '!', bytes: [33] },
    ])
  })

  test('DeepSeek: reasoning before text, and what its cache had', () => {
    const answer = streamed('deepseek-reasoning.events.txt')
    expect(answer.choices).toMatchObject([
      { reasoning: '9.11 has a smaller first decimal.', text: '9.8 is larger.' },
    ])
    expect(answer.choices).toEqual(whole('deepseek-reasoning.response.json').choices)
    expect(withoutRaw(answer.usage)).toEqual({
      inputTokens: 14,
      cacheReadTokens: 64,
      cacheWriteTokens: 0,
      outputTokens: 4,
      reasoningTokens: 19,
      source: 'counted',
    })
  })

  test('vLLM: usage that grows with every chunk is counted once, at its last', () => {
    const events = eventsOf(bytesOf('vllm-continuous-usage.events.txt'))
    expect(events.filter((event) => event.kind === 'usage')).toMatchObject([
      { usage: { inputTokens: 11, outputTokens: 4 } },
    ])
  })

  test('vLLM: a tool call whose first piece has no arguments', () => {
    expect(streamed('vllm-tool-call.events.txt').choices[0]?.toolCalls).toMatchObject([
      { id: 'chatcmpl-tool-1a2b', name: 'get_weather', arguments: '{"city": "Pune"}' },
    ])
  })

  test('Ollama: its name for reasoning', () => {
    expect(streamed('ollama-reasoning.events.txt').choices).toMatchObject([
      { reasoning: 'Easy.', text: 'Four.' },
    ])
  })

  test('Ollama: two whole calls under one number stay two calls', () => {
    const [choice] = streamed('ollama-tool-call.events.txt').choices
    expect(choice?.toolCalls.map((call) => [call.id, call.arguments])).toEqual([
      ['call_kxv2mpqz', '{"city":"Pune","unit":"c"}'],
      ['call_p9sd01aa', '{"city":"Cairo","unit":"c"}'],
    ])
  })

  test('Mistral: thinking and text of its content arrays, in order', () => {
    const answer = streamed('mistral-thinking.events.txt')
    expect(answer.choices[0]?.blocks).toEqual([
      { kind: 'reasoning', text: 'Tenths decide.' },
      { kind: 'text', text: '9.8 is larger.' },
    ])
    expect(answer.choices).toEqual(whole('mistral-thinking.response.json').choices)
  })

  test.each([
    ['mistral-tool-call.events.txt', '{"city": "Pune"}', '{"city": "Cairo"}'],
    ['deepseek-tool-call.events.txt', '{"city": "Pune"}', '{"city": "Cairo"}'],
    ['vllm-parallel-tool-calls.events.txt', '{"city": "Pune"}', '{"city": "Cairo"}'],
    ['ollama-parallel-tool-calls.events.txt', '{"city":"Pune"}', '{"city":"Cairo"}'],
  ])('two calls at once: %s', (name, ...texts) => {
    const [choice] = streamed(name).choices
    expect(choice?.finishReason).toBe('tool-calls')
    expect(choice?.toolCalls.map((call) => call.arguments)).toEqual(texts)
    expect(new Set(choice?.toolCalls.map((call) => call.id)).size).toBe(2)
  })

  test('DeepSeek: reasoning, text and calls in one answer, keep-alive comments skipped', () => {
    const { choices, usage } = streamed('deepseek-tool-call.events.txt')
    expect(choices[0]?.blocks.map((block) => block.kind)).toEqual([
      'reasoning',
      'text',
      'tool-call',
      'tool-call',
    ])
    expect(usage).toMatchObject({ inputTokens: 76, cacheReadTokens: 256, reasoningTokens: 21 })
  })

  test('vLLM: the stop sequence that ended it, streamed and whole', () => {
    for (const answer of [
      streamed('vllm-stop-sequence.events.txt'),
      whole('vllm-stop-sequence.response.json'),
    ])
      expect(answer.choices).toMatchObject([{ finishReason: 'stop', stopSequence: 'three', text: 'one two' }])
    expect(streamed('vllm-parallel-tool-calls.events.txt').choices[0]).not.toHaveProperty('stopSequence')
  })

  test('Azure: its filter results are kept, an answer it broke off says so', () => {
    const { choices, extra, usage } = streamed('azure-stream.events.txt')
    expect(choices).toMatchObject([{ text: 'Hello there.', finishReason: 'stop' }])
    expect(extra).toHaveProperty('prompt_filter_results')
    expect(usage).toMatchObject({ inputTokens: 132, cacheReadTokens: 1024 })
    expect(streamed('azure-content-filter.events.txt').choices).toMatchObject([
      { text: 'First', finishReason: 'content-filter' },
    ])
  })

  test('llama-server: its timings are kept', () => {
    expect(streamed('llama-server-stream.events.txt').extra).toMatchObject({ timings: { predicted_n: 4 } })
    expect(whole('llama-server-chat.response.json').extra).toMatchObject({ timings: { predicted_n: 4 } })
  })

  test('Gemini: calls without number and id get both', () => {
    const [choice] = streamed('gemini-tool-call.events.txt').choices
    expect(choice?.toolCalls.map((call) => [call.id, call.name, call.arguments])).toEqual([
      ['call_x8kaZ5_2N4_0_0', 'get_weather', '{"city":"Pune"}'],
      ['call_x8kaZ5_2N4_0_1', 'get_weather', '{"city":"Cairo"}'],
    ])
    expect(choice?.finishReason).toBe('tool-calls')
  })
})

describe('reasoning that servers sign', () => {
  const signed = (name: string) => {
    const payloads = createSseParser().push(bytesOf(name))
    return collected(payloads.flatMap(createChatStreamParser('openai-chat:a.example').push)).choices[0]
  }

  test('OpenRouter: text once, although it is said twice, and the signature at its end', () => {
    expect(signed('openrouter-reasoning.events.txt')?.blocks).toMatchObject([
      {
        kind: 'reasoning',
        text: 'Tenths decide.',
        signature: {
          maker: 'openai-chat:a.example',
          value: {
            type: 'reasoning.text',
            signature: 'EqQBfixture-signature==',
            format: 'anthropic-claude-v1',
            index: 0,
          },
        },
      },
      { kind: 'tool-call', id: 'toolu_01A' },
    ])
  })

  test('OpenRouter, whole: a summary and what nobody may read are two blocks', () => {
    const [choice] = whole('openrouter-reasoning.response.json').choices
    expect(choice?.reasoning).toBe('Tenths decide.')
    expect(choice?.blocks.slice(0, 2)).toMatchObject([
      { kind: 'reasoning', text: 'Tenths decide.' },
      { kind: 'reasoning', text: '', signature: { value: { type: 'reasoning.encrypted', id: 'rs_68fd01' } } },
    ])
  })

  test('Gemini: a tool call carries its thought signature, the one beside it none', () => {
    const calls = signed('gemini-thought-signature.events.txt')?.toolCalls
    expect(calls?.map((call) => call.signature)).toEqual([
      {
        maker: 'openai-chat:a.example',
        value: { google: { thought_signature: 'CrICfixture-thought-1==' } },
      },
      undefined,
    ])
  })
})

describe('an error inside a 200', () => {
  test('is thrown after what was said before it', () => {
    const parser = createChatStreamParser()
    const said: string[] = []
    const failure = failureOf(() => {
      for (const payload of createSseParser().push(bytesOf('vllm-error-in-stream.events.txt')))
        for (const event of parser.push(payload)) if (event.kind === 'text-delta') said.push(event.text)
    })
    expect(said).toEqual(['One'])
    expect(failure.code).toBe('upstream.failed')
    expect(failure.message).toContain('InternalServerError, 500')
    expect(failure.message).not.toContain('stack trace')
  })

  test('is seen beside a choice, and in a whole answer', () => {
    expect(failureOf(() => eventsOf(bytesOf('openrouter-error-in-stream.events.txt'))).code).toBe(
      'upstream.failed',
    )
    expect(failureOf(() => parseChatCompletion(jsonOf('llama-server-error.response.json'))).code).toBe(
      'context_length_exceeded',
    )
    expect(
      failureOf(() => parseChatCompletion(jsonOf('llama-server-loading-error.response.json'))).code,
    ).toBe('upstream.overloaded')
    expect(failureOf(() => parseChatCompletion(jsonOf('openai-rate-limit-error.response.json'))).code).toBe(
      'upstream.rate_limited',
    )
  })
})

describe('what is no chat completion', () => {
  test.each([null, 'ok', [], {}, { choices: [] }, { choices: 'x' }, { object: 'list', data: [] }])(
    'is refused as a whole answer: %j',
    (value) => {
      expect(failureOf(() => parseChatCompletion(value)).code).toBe('upstream.bad_answer')
    },
  )

  test.each(['<html>', '[1,2]', '"x"', '{"id":', '[DONE]'])('is refused in a stream: %s', (payload) => {
    expect(failureOf(() => createChatStreamParser().push(payload)).code).toBe('upstream.bad_answer')
  })

  test('is refused when it numbers a thousand choices or calls a thousand tools', () => {
    const choice = (index: number, delta: object) => JSON.stringify({ choices: [{ index, delta }] })
    expect(failureOf(() => createChatStreamParser().push(choice(1_000, {}))).code).toBe('upstream.bad_answer')
    const calls = Array.from({ length: 1_025 }, (_, index) => ({
      index,
      id: `c${index}`,
      function: { name: 'f' },
    }))
    expect(failureOf(() => createChatStreamParser().push(choice(0, { tool_calls: calls }))).code).toBe(
      'upstream.bad_answer',
    )
  })
})

describe('the end of a stream', () => {
  const chunk = (delta: object, finish_reason: string | null, more: object = {}) =>
    JSON.stringify({ id: 'a', choices: [{ index: 0, delta, finish_reason }], ...more })

  test('may lack [DONE] when a finish reason has come', () => {
    const parser = createChatStreamParser()
    parser.push(chunk({ content: 'x' }, 'stop'))
    expect(parser.end().at(-1)).toEqual({ kind: 'finish', choice: 0, reason: 'stop' })
    expect(parser.done()).toBe(true)
    expect(parser.end()).toEqual([])
  })

  test('loses no text that comes after the finish reason', () => {
    const parser = createChatStreamParser()
    const events = [chunk({ content: 'a' }, 'stop'), chunk({ content: 'b' }, ''), '[DONE]'].flatMap(
      parser.push,
    )
    expect(collected(events).choices).toMatchObject([{ text: 'ab', finishReason: 'stop' }])
    expect(orderFault(events)).toBe('')
  })

  test('keeps usage that stands on the chunk of the last choice', () => {
    const parser = createChatStreamParser()
    const usage = { prompt_tokens: 3, completion_tokens: 2 }
    const events = [chunk({ content: 'a' }, 'stop', { usage }), '[DONE]'].flatMap(parser.push)
    expect(collected(events).usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
  })

  test('keeps usage when a later chunk says null', () => {
    const parser = createChatStreamParser()
    const usage = { prompt_tokens: 3, completion_tokens: 2 }
    const chunks = [chunk({ content: 'a' }, null, { usage }), chunk({}, 'stop', { usage: null }), '[DONE]']
    expect(collected(chunks.flatMap(parser.push)).usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
  })

  test('ignores what a server sends after [DONE]', () => {
    const parser = createChatStreamParser()
    const events = [
      chunk({ content: 'a' }, 'stop'),
      '[DONE]',
      chunk({ content: 'b' }, null),
      '[DONE]',
    ].flatMap(parser.push)
    expect(collected(events).choices).toMatchObject([{ text: 'a' }])
  })
})

describe('tool calls', () => {
  const pushAll = (...deltas: object[]) => {
    const parser = createChatStreamParser()
    const chunks = deltas.map((delta) => JSON.stringify({ id: 'a', choices: [{ index: 0, delta }] }))
    return [...chunks, '[DONE]'].flatMap(parser.push)
  }
  const piece = (more: object, name?: string, text?: unknown) => ({
    tool_calls: [{ ...more, function: { ...(name === undefined ? {} : { name }), arguments: text } }],
  })

  test.each([
    [
      'a number and an id on the first piece',
      [piece({ index: 0, id: 'x' }, 'f', '{'), piece({ index: 0 }, undefined, '}')],
    ],
    ['no number at all', [piece({ id: 'x' }, 'f', '{'), piece({}, undefined, '}')]],
    [
      'a new id on every piece',
      [piece({ index: 0, id: 'x' }, 'f', '{'), piece({ index: 0, id: 'y' }, undefined, '}')],
    ],
    [
      'the id and name on every piece',
      [piece({ index: 0, id: 'x' }, 'f', '{'), piece({ index: 0, id: 'x' }, 'f', '}')],
    ],
    [
      'the name after the arguments have begun',
      [piece({ index: 0, id: 'x' }, '', '{'), piece({ index: 0 }, 'f', '}')],
    ],
    ['an object in place of text', [piece({ index: 0, id: 'x' }, 'f', {})]],
    ['numbers that do not begin at 0', [piece({ index: 7, id: 'x' }, 'f', '{}')]],
  ])('come out whole with %s', (_what, deltas) => {
    const events = pushAll(...deltas)
    expect(orderFault(events)).toBe('')
    expect(collected(events).choices[0]?.toolCalls).toMatchObject([{ id: 'x', name: 'f', arguments: '{}' }])
  })

  test('are put together when their pieces come mixed', () => {
    const events = pushAll(
      piece({ index: 0, id: 'x' }, 'f', '1'),
      piece({ index: 1, id: 'y' }, 'g', '2'),
      piece({ index: 0 }, undefined, '3'),
      { content: 'between' },
      piece({ index: 1 }, undefined, '4'),
    )
    expect(orderFault(events)).toBe('')
    expect(collected(events).choices[0]).toMatchObject({
      text: 'between',
      toolCalls: [
        { id: 'x', arguments: '13' },
        { id: 'y', arguments: '24' },
      ],
    })
  })

  test('of a megabyte pass piece by piece', () => {
    const long = 'x'.repeat(1_000_000)
    const events = pushAll(piece({ index: 0, id: 'x' }, 'f', long), piece({ index: 0 }, undefined, long))
    expect(collected(events).choices[0]?.toolCalls[0]?.arguments.length).toBe(2_000_000)
  })
})

test('whatever mixture a server streams, the order holds and no text is lost', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 5 })
  const piece = fc.record(
    {
      content: fc.option(text),
      reasoning_content: fc.option(text),
      refusal: text,
      tool_calls: fc.array(
        fc.record(
          {
            index: fc.nat(2),
            id: fc.constantFrom('a', 'b', ''),
            function: fc.record(
              { name: fc.constantFrom('f', 'g', ''), arguments: text },
              { requiredKeys: [] },
            ),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 2 },
      ),
    },
    { requiredKeys: [] },
  )
  const chunk = fc.record({
    choices: fc.array(
      fc.record({
        index: fc.nat(2),
        delta: piece,
        finish_reason: fc.constantFrom(null, '', 'stop', 'tool_calls'),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    usage: fc.constantFrom(null, {}, { prompt_tokens: 1, completion_tokens: 2 }),
  })
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 12 }), (chunks) => {
      const parser = createChatStreamParser()
      const events = [...chunks.map((one) => JSON.stringify(one)), '[DONE]'].flatMap(parser.push)
      expect(orderFault(events)).toBe('')
      const sent = chunks.flatMap((one) => one.choices)
      for (const choice of collected(events).choices) {
        const own = sent.filter((one) => one.index === choice.index).map((one) => one.delta)
        expect(choice.text).toBe(own.map((delta) => delta.content ?? '').join(''))
        expect(choice.reasoning).toBe(own.map((delta) => delta.reasoning_content ?? '').join(''))
        expect(choice.refusal).toBe(own.map((delta) => delta.refusal ?? '').join(''))
        const calls = own.flatMap((delta) => delta.tool_calls ?? [])
        const sentChars = calls.map((call) => call.function?.arguments ?? '').join('').length
        expect(choice.toolCalls.map((call) => call.arguments).join('').length).toBe(sentChars)
      }
    }),
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { noUsage } from '../../core/usage.ts'
import { withoutRaw } from '../usage/without-raw.conformance.ts'
import { createAnswerCollector, type CollectedAnswer } from '../collect-answer.ts'
import { answerEvents } from '../openai-chat/answer-events.conformance.ts'
import { orderFault } from '../openai-chat/order-fault.conformance.ts'
import { createSseParser } from '../sse.ts'
import { createResponsesStreamParser, parseResponse } from './parse-answer.ts'
import { parseResponsesRequest } from './parse-request.ts'
import { renderResponse } from './render-answer.ts'
import { createResponsesStreamRenderer } from './render-stream.ts'
import { streamFault } from './stream-fault.conformance.ts'

const request = { model: 'm', input: 'Hello!', metadata: { team: 'support' }, temperature: 0.2 }
const who = { requestId: '0190', created: 1_764_000_000, model: 'm', request, store: true }
const usage = { ...noUsage, inputTokens: 10, cacheReadTokens: 5, outputTokens: 3, reasoningTokens: 4 }

const thinking = { maker: 'anthropic-messages:b.example', value: 'ErcB' }
const thought = { maker: 'ai-sdk:google', value: 'CrIC' }
const signatures = [thinking, thought]

function collected(events: readonly AnswerEvent[]): CollectedAnswer {
  const collector = createAnswerCollector()
  for (const event of events) collector.add(event)
  return collector.answer()
}

function responseOf(events: readonly AnswerEvent[]) {
  return JSON.parse(JSON.stringify(renderResponse(collected(events), who))) as Record<string, unknown>
}

function streamOf(events: readonly AnswerEvent[]): string {
  const renderer = createResponsesStreamRenderer(who)
  return events.map(renderer.render).join('') + renderer.end()
}

function payloadsOf(stream: string): readonly Record<string, unknown>[] {
  return createSseParser()
    .push(new TextEncoder().encode(stream))
    .map((payload) => JSON.parse(payload) as Record<string, unknown>)
}

const hello: readonly AnswerEvent[] = [
  { kind: 'reasoning-start', choice: 0 },
  { kind: 'reasoning-delta', choice: 0, text: 'Hm.' },
  { kind: 'reasoning-end', choice: 0, signature: thinking },
  { kind: 'text-start', choice: 0 },
  { kind: 'text-delta', choice: 0, text: 'Hel' },
  { kind: 'text-delta', choice: 0, text: 'lo' },
  { kind: 'text-end', choice: 0 },
  { kind: 'usage', usage },
  { kind: 'finish', choice: 0, reason: 'stop' },
]

const call: readonly AnswerEvent[] = [
  { kind: 'tool-call-start', choice: 0, index: 0, id: 'call_1', name: 'f', signature: thought },
  { kind: 'tool-call-delta', choice: 0, index: 0, arguments: '{}' },
  { kind: 'tool-call-end', choice: 0, index: 0 },
  { kind: 'finish', choice: 0, reason: 'tool-calls' },
]

describe('a whole response', () => {
  test('has the shape of OpenAI and repeats what was asked', () => {
    expect(responseOf(hello)).toEqual({
      id: 'resp_0190',
      object: 'response',
      created_at: 1_764_000_000,
      status: 'completed',
      background: false,
      error: null,
      incomplete_details: null,
      instructions: null,
      max_output_tokens: null,
      max_tool_calls: null,
      metadata: { team: 'support' },
      model: 'm',
      output: [
        {
          id: 'rs_0190_0',
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: 'Hm.' }],
          encrypted_content: expect.stringMatching(/^mv1\./) as unknown,
        },
        {
          id: 'msg_0190_1',
          type: 'message',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'Hello' }],
        },
      ],
      parallel_tool_calls: true,
      previous_response_id: null,
      prompt_cache_key: null,
      reasoning: { effort: null, summary: null },
      safety_identifier: null,
      service_tier: 'auto',
      store: true,
      temperature: 0.2,
      text: { format: { type: 'text' } },
      tool_choice: 'auto',
      tools: [],
      top_logprobs: 0,
      top_p: null,
      truncation: 'disabled',
      usage: {
        input_tokens: 15,
        input_tokens_details: { cached_tokens: 5 },
        output_tokens: 7,
        output_tokens_details: { reasoning_tokens: 4 },
        total_tokens: 22,
      },
      user: null,
    })
  })

  test('says why it is incomplete, and of its last item that it is', () => {
    const cut = hello.map((event) =>
      event.kind === 'finish' ? { ...event, reason: 'length' as const } : event,
    )
    expect(responseOf(cut)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'reasoning' }, { type: 'message', status: 'incomplete' }],
    })
    const filtered: AnswerEvent = { kind: 'finish', choice: 0, reason: 'content-filter' }
    expect(responseOf([filtered])).toMatchObject({ incomplete_details: { reason: 'content_filter' } })
  })

  test('of nothing at all is an empty message, which agents wait for', () => {
    expect(responseOf([{ kind: 'finish', choice: 0, reason: 'stop' }])['output']).toMatchObject([
      { type: 'message', content: [{ type: 'output_text', text: '' }] },
    ])
  })

  test('holds the items of a vendor’s own tools', () => {
    const search = { id: 'ws_1', type: 'web_search_call', status: 'completed' }
    const events: readonly AnswerEvent[] = [{ kind: 'extra', fields: { output: [search] } }, ...hello]
    expect((responseOf(events)['output'] as unknown[]).at(-1)).toEqual(search)
    expect(streamFault(streamOf(events))).toBe('')
    expect(payloadsOf(streamOf(events)).at(-1)).toMatchObject({ response: { output: [search, {}, {}] } })
  })

  test('cannot be told another identity by the fields of a server', () => {
    const fields = { id: 'x', model: 'x', object: 'x', metadata: { a: 1 }, citations: ['c'] }
    expect(responseOf([{ kind: 'extra', fields }, ...hello])).toMatchObject({
      id: 'resp_0190',
      model: 'm',
      object: 'response',
      metadata: { team: 'support' },
      citations: ['c'],
    })
  })
})

describe('a streamed response', () => {
  test('is these events', () => {
    expect(payloadsOf(streamOf([...hello.slice(0, -2), ...call])).map((event) => event['type'])).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ])
  })

  test('names its pieces as OpenAI does', () => {
    const stream = streamOf(hello)
    expect(stream).toContain(
      'event: response.output_text.delta\n' +
        'data: {"type":"response.output_text.delta","sequence_number":10,"item_id":"msg_0190_1",' +
        '"output_index":1,"content_index":0,"delta":"Hel","logprobs":[]}\n\n',
    )
    const [delta] = payloadsOf(stream).filter((event) => String(event['type']).includes('summary_text.delta'))
    expect(delta).toMatchObject({ item_id: 'rs_0190_0', output_index: 0, summary_index: 0, delta: 'Hm.' })
    const [created] = payloadsOf(stream)
    expect(created).toMatchObject({ response: { status: 'in_progress', output: [], usage: null } })
  })

  test('ends with the response that a store keeps', () => {
    const renderer = createResponsesStreamRenderer(who)
    const said = hello.map(renderer.render).join('')
    expect(renderer.response()).toBeUndefined()
    const events = payloadsOf(said + renderer.end())
    expect(JSON.parse(renderer.response() ?? '')).toEqual(events.at(-1)?.['response'])
  })

  test('that breaks ends with an error that clients throw, and a response that failed', () => {
    const renderer = createResponsesStreamRenderer(who)
    const said = hello.slice(0, 5).map(renderer.render).join('')
    const stream = said + renderer.error(new MusivumError('upstream.cut', 'it closed'))
    expect(streamFault(stream)).toBe('')
    const [error, failed] = payloadsOf(stream).slice(-2)
    expect(error).toMatchObject({
      type: 'error',
      code: 'upstream.cut',
      message: 'it closed',
      param: null,
      error: { type: 'server_error', code: 'upstream.cut', message: 'it closed', request_id: '0190' },
    })
    expect(failed).toMatchObject({
      type: 'response.failed',
      response: { id: 'resp_0190', status: 'failed', error: { code: 'upstream.cut', message: 'it closed' } },
    })
  })

  test('keeps an event in one piece for clients that split lines as Unicode does', () => {
    const text = 'a\u2028b\u2029c\u0085d\r\ne'
    const stream = streamOf([
      { kind: 'text-start', choice: 0 },
      { kind: 'text-delta', choice: 0, text },
    ])
    expect(stream).not.toMatch(/[\r\u0085\u2028\u2029]/)
    expect(streamFault(stream)).toBe('')
  })

  test('begins no part with an empty piece', () => {
    const empty: AnswerEvent = { kind: 'reasoning-delta', choice: 0, text: '' }
    const [start, ...rest] = hello
    expect(streamOf([...(start === undefined ? [] : [start]), empty, ...rest])).toBe(streamOf(hello))
  })

  test('tells of several answers the first', () => {
    const second = hello.map((event) => ('choice' in event ? { ...event, choice: 1 } : event))
    expect(streamOf([...second.slice(0, -2), ...hello])).toBe(streamOf(hello))
    expect(responseOf([...second.slice(0, -2), ...hello])['output']).toEqual(responseOf(hello)['output'])
  })
})

describe('any answer', () => {
  const one = answerEvents({ maxChoices: 1, signatures })

  test('streams in OpenAI’s grammar, and ends with the response that is rendered whole', () => {
    fc.assert(
      fc.property(one, (events) => {
        const stream = streamOf(events)
        expect(streamFault(stream)).toBe('')
        const { response } = payloadsOf(stream).at(-1) as { response: Record<string, unknown> }
        const whole = responseOf(events)
        // Whole, the probabilities of all text stand with the first.
        expect(withoutLogprobs(response)).toEqual(withoutLogprobs(whole))
      }),
      { seed: 4, numRuns: 200 },
    )
  })

  test('comes back as it was, rendered as a stream and read as one', () => {
    fc.assert(
      fc.property(one, (events) => {
        const parser = createResponsesStreamParser()
        const again = createSseParser()
          .push(new TextEncoder().encode(streamOf(events)))
          .flatMap(parser.push)
        expect(parser.done()).toBe(true)
        expect(orderFault(again)).toBe('')
        expect(toldBy(again)).toEqual(toldBy(events))
      }),
      { seed: 4, numRuns: 200 },
    )
  })

  test('comes back as it was, rendered whole and read whole', () => {
    fc.assert(
      fc.property(one, (events) => {
        const again = parseResponse(responseOf(events))
        expect(orderFault(again)).toBe('')
        expect(toldBy(again)).toEqual(toldBy(events))
      }),
      { seed: 4, numRuns: 200 },
    )
  })

  test('is handed back by the client with every signature at its place', () => {
    fc.assert(
      fc.property(one, (events) => {
        const input = [{ role: 'user', content: 'x' }, ...(responseOf(events)['output'] as object[])]
        const { conversation } = parseResponsesRequest(JSON.stringify({ model: 'm', input }))
        const parts = conversation.messages.slice(1).flatMap((message) => message.parts)
        const [choice] = collected(events).choices
        const said = (choice?.blocks ?? []).filter(
          (block) => block.kind !== 'text' && block.kind !== 'refusal',
        )
        const kept = parts.filter((part) => part.kind === 'reasoning' || part.kind === 'tool-call')
        expect(kept.map((part) => [part.kind, part.signature])).toEqual(
          said.map((block) => [block.kind, block.signature]),
        )
      }),
      { seed: 4, numRuns: 200 },
    )
  })
})

function withoutLogprobs(response: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(response), (key, value: unknown) => (key === 'logprobs' ? [] : value))
}

/** What an answer says in a response's words: text of one kind in a row is one, and signatures are the maker's own affair. */
function toldBy(events: readonly AnswerEvent[]) {
  const { choices, usage: counted, extra } = collected(events)
  const [choice] = choices
  return {
    text: choice?.text,
    refusal: choice?.refusal,
    reasoning: choice?.reasoning,
    calls: choice?.toolCalls.map(({ id, name, arguments: text }) => ({ id, name, text })),
    probabilities: choice?.logprobs,
    // A response says no reason but those of an incomplete one.
    ended: /length|filter/.test(choice?.finishReason ?? '') ? choice?.finishReason : 'complete',
    counted: withoutRaw(counted),
    extra: Object.fromEntries(
      Object.entries(extra).filter(([key, value]) => value !== null && key !== 'service_tier'),
    ),
  }
}

import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import { createAnswerCollector, type CollectedAnswer } from '../collect-answer.ts'
import { answerEvents } from '../openai-chat/answer-events.conformance.ts'
import { createSseParser } from '../sse.ts'
import { unwrapSignature } from '../signature-text.ts'
import { renderMessagesError } from './error-body.ts'
import { messagesStreamFault } from './messages-stream-fault.conformance.ts'
import { renderMessagesModelList } from './models.ts'
import { createMessagesStreamParser, parseMessagesAnswer } from './parse-answer.ts'
import { parseMessagesRequest } from './parse-request.ts'
import { renderMessage } from './render-answer.ts'
import { createMessagesStreamRenderer, MESSAGES_PING } from './render-stream.ts'
import { withoutRaw } from '../usage/without-raw.conformance.ts'

const MAKER = 'anthropic-messages:api.anthropic.com'
const OPTIONS = { requestId: '0192', model: 'claude' }

function collected(events: readonly AnswerEvent[]): CollectedAnswer {
  const collector = createAnswerCollector()
  for (const event of events) collector.add(event)
  return collector.answer()
}

function streamOf(events: readonly AnswerEvent[]): string {
  const renderer = createMessagesStreamRenderer(OPTIONS)
  return events.map(renderer.render).join('') + renderer.end()
}

function payloadsOf(stream: string): readonly JsonObject[] {
  const sse = createSseParser()
  return sse.push(new TextEncoder().encode(stream)).map((payload) => JSON.parse(payload) as JsonObject)
}

function parsedStream(stream: string, maker = MAKER): readonly AnswerEvent[] {
  const parser = createMessagesStreamParser(maker)
  const sse = createSseParser()
  const payloads = sse.push(new TextEncoder().encode(stream))
  return [...payloads.flatMap((payload) => parser.push(payload)), ...parser.end()]
}

/** The message a client puts together from a stream, as Anthropic's own client does. */
function assembled(stream: string): JsonObject {
  let message: Record<string, unknown> = {}
  const content: Record<string, unknown>[] = []
  const inputs: string[] = []
  for (const event of payloadsOf(stream)) {
    const index = Number(event['index'])
    const delta = (event['delta'] ?? {}) as Record<string, string>
    if (event['type'] === 'message_start') message = { ...(event['message'] as JsonObject) }
    else if (event['type'] === 'content_block_start')
      content[index] = { ...(event['content_block'] as JsonObject) }
    else if (event['type'] === 'message_delta')
      message = {
        ...message,
        ...delta,
        usage: { ...(message['usage'] as JsonObject), ...(event['usage'] as JsonObject) },
      }
    else if (delta['type'] === 'input_json_delta')
      inputs[index] = (inputs[index] ?? '') + delta['partial_json']
    else if (delta['type'] === 'signature_delta')
      content[index] = { ...content[index], signature: delta['signature'] }
    else if (delta['type'] === 'citations_delta')
      content[index] = {
        ...content[index],
        citations: [...((content[index]?.['citations'] ?? []) as unknown[]), delta['citation']],
      }
    else if (event['type'] === 'content_block_delta')
      for (const key of ['text', 'thinking'])
        if (key in delta)
          content[index] = { ...content[index], [key]: String(content[index]?.[key]) + delta[key] }
  }
  for (const [index, input] of inputs.entries())
    if (input !== undefined)
      content[index] = { ...content[index], input: JSON.parse(input === '' ? '{}' : input) }
  return { ...message, content } as unknown as JsonObject
}

function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/anthropic/${name}`, import.meta.url), 'utf8')
}

/** Events as this protocol can say them: one answer, arguments that are objects. */
const answers = answerEvents().map((events) =>
  events.filter((event) => !('choice' in event) || event.choice === 0).flatMap(withObjectArguments),
)

function withObjectArguments(event: AnswerEvent): readonly AnswerEvent[] {
  if (event.kind === 'tool-call-delta') return []
  if (event.kind !== 'tool-call-end') return [event]
  const piece = (text: string) => ({ ...event, kind: 'tool-call-delta', arguments: text }) as const
  return event.index % 3 === 2 ? [event] : [piece('{"city":"Pü'), piece('ne"}'), event]
}

describe('a streamed answer', () => {
  test('follows the grammar, whatever comes', () => {
    fc.assert(
      fc.property(answerEvents(), (events) => {
        expect(messagesStreamFault(streamOf(events))).toBe('')
      }),
      { numRuns: 250, seed: 4 },
    )
  })

  test('says what the whole answer says', () => {
    fc.assert(
      fc.property(answers, (events) => {
        const { usage, content, stop_reason } = assembled(streamOf(events))
        const message = renderMessage(collected(events), OPTIONS)
        expect({ usage, content, stop_reason }).toEqual({
          usage: message['usage'],
          content: message['content'],
          stop_reason: message['stop_reason'],
        })
      }),
      { numRuns: 250, seed: 4 },
    )
  })

  test('read back, is what was said', () => {
    fc.assert(
      fc.property(answers, (events) => {
        const said = collected(events)
        const again = collected(parsedStream(streamOf(events)))
        const [choice, back] = [said.choices[0], again.choices[0]]
        // A refusal has no place of its own and is text here.
        expect((back?.text ?? '') + (back?.reasoning ?? '')).toHaveLength(
          (choice?.text ?? '').length + (choice?.refusal ?? '').length + (choice?.reasoning ?? '').length,
        )
        expect(back?.toolCalls).toEqual(
          choice?.toolCalls.map((call) => ({
            ...call,
            arguments: call.arguments === '' ? '{}' : call.arguments,
          })) ?? [],
        )
        if (said.usage !== undefined) expect(withoutRaw(again.usage)).toEqual(said.usage)
      }),
      { numRuns: 250, seed: 4 },
    )
  })

  test.each([
    'plain',
    'tool-call',
    'parallel-tools',
    'thinking',
    'redacted-thinking',
    'cached-prompt',
    'refusal',
    'server-tool',
  ])('of Anthropic, through our events, is the same message again: %s', (name) => {
    const original = fixture(`${name}.events.txt`)
    const stream = streamOf(parsedStream(original))
    const { id: _id, model: _model, ...rest } = assembled(original)
    expect(assembled(stream)).toMatchObject(
      JSON.parse(
        JSON.stringify(rest, (_, value: unknown) => (value === null || same(value, []) ? undefined : value)),
      ) as object,
    )
  })

  test('gives the signature of hidden thoughts in a piece of its own, where clients look for it', () => {
    const signature = { maker: MAKER, value: 'EosnCkYICxIM' }
    const deltas = payloadsOf(
      streamOf([
        { kind: 'reasoning-start', choice: 0 },
        { kind: 'reasoning-end', choice: 0, signature },
      ]),
    ).flatMap(({ delta, content_block: block }) => [block, delta].filter((each) => each !== undefined))
    expect(deltas.slice(0, 2)).toEqual([
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'signature_delta', signature: 'EosnCkYICxIM' },
    ])
  })

  test('keeps calls apart that another vendor interleaves, and streams the one that is first', () => {
    const call = (index: number): AnswerEvent => ({
      kind: 'tool-call-start',
      choice: 0,
      index,
      id: `c${index}`,
      name: 'f',
    })
    const piece = (index: number, text: string): AnswerEvent => ({
      kind: 'tool-call-delta',
      choice: 0,
      index,
      arguments: text,
    })
    const renderer = createMessagesStreamRenderer(OPTIONS)
    const first = [call(0), piece(0, '{"a":'), call(1), piece(1, '{"b":2'), piece(0, '1}')]
      .map(renderer.render)
      .join('')
    expect(first).toContain('"partial_json":"1}"')
    expect(first).not.toContain('\\"b\\"')
    // A call whose JSON has closed makes way for the next although nobody has said that it is over.
    const second = renderer.render(call(2))
    expect(second).toContain('content_block_stop')
    expect(second).toContain('{\\"b\\":2')
    const rest = renderer.render(piece(1, '}')) + renderer.end()
    expect(messagesStreamFault(first + second + rest)).toBe('')
    expect(assembled(first + second + rest)['content']).toEqual([
      { type: 'tool_use', id: 'c0', name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: 'c1', name: 'f', input: { b: 2 } },
      { type: 'tool_use', id: 'c2', name: 'f', input: {} },
    ])
  })

  test('that breaks ends with an error and no message_stop', () => {
    const renderer = createMessagesStreamRenderer(OPTIONS)
    const error = new MusivumError('upstream.overloaded', 'The server is overloaded.')
    const stream = renderer.render({ kind: 'text-delta', choice: 0, text: 'Once' }) + renderer.error(error)
    expect(stream).not.toContain('message_stop')
    expect(stream).toContain('event: error\ndata: {"type":"error","error":{"type":"overloaded_error"')
  })

  test('may be kept alive by a ping, and has no line that a client would cut', () => {
    const events: readonly AnswerEvent[] = [
      { kind: 'text-delta', choice: 0, text: 'a\u2028b\u0085c' },
      { kind: 'finish', choice: 0, reason: 'stop' },
    ]
    expect(messagesStreamFault(MESSAGES_PING + streamOf(events))).toBe('')
    expect(streamOf(events)).not.toMatch(/[\u2028\u0085]/)
    expect(assembled(streamOf(events))['content']).toEqual([{ type: 'text', text: 'a\u2028b\u0085c' }])
  })

  test('tells the tokens of the prompt at its start where they are known, and all counts at its end', () => {
    const renderer = createMessagesStreamRenderer({ ...OPTIONS, inputTokens: 12, musivum: { toy: true } })
    const [start] = payloadsOf(renderer.render({ kind: 'text-delta', choice: 0, text: 'x' }))
    expect(start).toMatchObject({
      message: { usage: { input_tokens: 12, output_tokens: 0 }, musivum: { toy: true } },
    })
  })
})

describe('a whole answer', () => {
  const said = (...events: readonly AnswerEvent[]): JsonObject => renderMessage(collected(events), OPTIONS)
  const finish = (
    reason: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other',
    stopSequence?: string,
  ) => ({ kind: 'finish', choice: 0, reason, ...(stopSequence !== undefined && { stopSequence }) }) as const
  const call: readonly AnswerEvent[] = [{ kind: 'tool-call-start', choice: 0, index: 0, id: 'a', name: 'f' }]

  test.each([
    [[finish('stop')], 'end_turn'],
    [[finish('stop', 'END')], 'stop_sequence'],
    [[finish('length')], 'max_tokens'],
    [[...call, finish('tool-calls')], 'tool_use'],
    [[...call, finish('stop')], 'tool_use'],
    [[finish('content-filter')], 'refusal'],
    [[{ kind: 'refusal-delta', choice: 0, text: 'No.' } as const, finish('stop')], 'refusal'],
    [[{ kind: 'extra', fields: { stop_reason: 'pause_turn' } } as const, finish('other')], 'pause_turn'],
    [[finish('other')], 'end_turn'],
  ])('stops for the reason the client knows: %j', (events, reason) => {
    expect(said(...events)['stop_reason']).toBe(reason)
    expect(assembled(streamOf(events))['stop_reason']).toBe(reason)
  })

  test.each(['plain', 'tool-call', 'thinking', 'redacted-thinking', 'refusal'])(
    'of Anthropic, through our events, is the same message again: %s',
    (name) => {
      const original = JSON.parse(fixture(`${name}.response.json`)) as JsonObject
      const { id: _id, model: _model, ...rest } = original
      const message = renderMessage(collected(parseMessagesAnswer(original, MAKER)), OPTIONS)
      const dropNulls = (_: string, value: unknown): unknown => (value === null ? undefined : value)
      const expected = JSON.parse(JSON.stringify(rest, dropNulls)) as { content: { caller?: unknown }[] }
      for (const block of expected.content) delete block.caller
      expect(message).toMatchObject(expected)
    },
  )

  test('hands thoughts of another maker over so that they come back as they were', () => {
    const signature = { maker: 'openai-responses:api.openai.com', value: { id: 'rs_1' } }
    const gemini = { maker: 'openai-chat:generativelanguage.googleapis.com', value: 'thought' }
    const events: readonly AnswerEvent[] = [
      { kind: 'reasoning-start', choice: 0 },
      { kind: 'reasoning-delta', choice: 0, text: 'hm' },
      { kind: 'reasoning-end', choice: 0, signature },
      { kind: 'reasoning-start', choice: 0 },
      { kind: 'reasoning-end', choice: 0, signature },
      { kind: 'tool-call-start', choice: 0, index: 0, id: 'a', name: 'f', signature: gemini },
      finish('tool-calls'),
    ]
    expect(messagesStreamFault(streamOf(events))).toBe('')
    for (const { content } of [said(...events), assembled(streamOf(events))]) {
      const [thinking] = content as readonly { signature?: string }[]
      expect(unwrapSignature(thinking?.signature ?? '')).toEqual(signature)
      const messages = [
        { role: 'user', content: 'x' },
        { role: 'assistant', content },
      ]
      const request = { model: 'm', max_tokens: 1, messages } as unknown
      expect(parseMessagesRequest(JSON.stringify(request)).conversation.messages[1]?.parts).toEqual([
        { kind: 'reasoning', text: 'hm', signature },
        { kind: 'reasoning', text: '', signature },
        { kind: 'tool-call', id: 'a', name: 'f', arguments: '{}', signature: gemini },
      ])
    }
  })

  test('hands broken arguments over as text in an object', () => {
    const message = said(
      ...call,
      { kind: 'tool-call-delta', choice: 0, index: 0, arguments: '{"a' },
      finish('tool-calls'),
    )
    expect(message['content']).toEqual([
      { type: 'tool_use', id: 'a', name: 'f', input: { INVALID_JSON: '{"a' } },
    ])
  })
})

describe('an error', () => {
  test.each([
    ['request.invalid', 'invalid_request_error'],
    ['upstream.credentials', 'api_error'],
    ['budget.exhausted', 'billing_error'],
    ['policy.forbidden', 'permission_error'],
    ['model.not_found', 'not_found_error'],
    ['request.too_large', 'request_too_large'],
    ['upstream.rate_limited', 'rate_limit_error'],
    ['upstream.timeout', 'timeout_error'],
    ['upstream.overloaded', 'overloaded_error'],
    ['engine.weights_missing', 'api_error'],
    ['internal', 'api_error'],
  ] as const)('%s is a %s', (code, type) => {
    expect(renderMessagesError(new MusivumError(code, 'x', { param: 'y' }), 'req_1')).toEqual({
      type: 'error',
      error: { type, message: 'x', details: { error_code: code, param: 'y' } },
      request_id: 'req_1',
    })
  })

  test('of a prompt that does not fit is said in the words that Claude Code waits for', () => {
    const body = renderMessagesError(
      new MusivumError('context_length_exceeded', '9000 tokens do not fit 8192.'),
      '',
    )
    expect(body).toMatchObject({
      error: { message: 'prompt is too long: 9000 tokens do not fit 8192.' },
      request_id: null,
    })
  })
})

test('models are listed on one page, with the time they came', () => {
  const models = [
    { id: 'a', created: 0, ownedBy: 'x' },
    { id: 'b', created: 1_763_769_600, ownedBy: 'x' },
  ]
  expect(renderMessagesModelList(models)).toEqual({
    data: [
      { type: 'model', id: 'a', display_name: 'a', created_at: '1970-01-01T00:00:00.000Z' },
      { type: 'model', id: 'b', display_name: 'b', created_at: '2025-11-22T00:00:00.000Z' },
    ],
    has_more: false,
    first_id: 'a',
    last_id: 'b',
  })
})

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { Signature } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { noUsage } from '../../core/usage.ts'
import { createSseParser } from '../sse.ts'
import { answerEvents } from './answer-events.conformance.ts'
import { createAnswerCollector, type CollectedChoice } from '../collect-answer.ts'
import { orderFault } from './order-fault.conformance.ts'
import { createChatStreamParser, parseChatCompletion } from './parse-answer.ts'
import { parseChatRequest } from './parse-request.ts'
import { renderChatCompletion } from './render-answer.ts'
import { createChatStreamRenderer } from './render-stream.ts'

const who = { requestId: '0190', created: 1_764_000_000, model: 'm' }

const MAKER = 'openai-chat:a.example'
const detail = { type: 'reasoning.text', signature: 'EqQB', format: 'anthropic-claude-v1', index: 0 }
const signatures = [
  { maker: MAKER, value: detail },
  { maker: 'anthropic-messages:b.example', value: 'ErcB' },
]

function completionOf(events: readonly AnswerEvent[]) {
  const collector = createAnswerCollector()
  for (const event of events) collector.add(event)
  return renderChatCompletion(collector.answer(), who)
}

function streamOf(
  events: readonly AnswerEvent[],
  more: { includeUsage?: boolean; musivum?: object } = {},
): string {
  const { includeUsage = true } = more
  const renderer = createChatStreamRenderer({
    ...who,
    includeUsage,
    ...(more.musivum === undefined ? {} : { musivum: { toy: true } }),
  })
  return events.map(renderer.render).join('') + renderer.end()
}

function chunksOf(stream: string): readonly Record<string, unknown>[] {
  const payloads = createSseParser().push(new TextEncoder().encode(stream))
  return payloads
    .filter((payload) => payload !== '[DONE]')
    .map((payload) => JSON.parse(payload) as Record<string, unknown>)
}

const usage = { ...noUsage, inputTokens: 10, cacheReadTokens: 5, outputTokens: 3, reasoningTokens: 4 }
const hello: readonly AnswerEvent[] = [
  { kind: 'extra', fields: { system_fingerprint: 'fp' } },
  { kind: 'reasoning-start', choice: 0 },
  { kind: 'reasoning-delta', choice: 0, text: 'Hm.' },
  { kind: 'reasoning-end', choice: 0 },
  { kind: 'text-start', choice: 0 },
  { kind: 'text-delta', choice: 0, text: 'Hel' },
  { kind: 'text-delta', choice: 0, text: 'lo' },
  { kind: 'text-end', choice: 0 },
  { kind: 'usage', usage },
  { kind: 'finish', choice: 0, reason: 'length' },
]

describe('a whole answer', () => {
  test('has the shape of OpenAI', () => {
    expect(completionOf(hello)).toEqual({
      id: 'chatcmpl-0190',
      object: 'chat.completion',
      created: 1_764_000_000,
      model: 'm',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null, reasoning_content: 'Hm.' },
          logprobs: null,
          finish_reason: 'length',
        },
      ],
      usage: {
        prompt_tokens: 15,
        completion_tokens: 7,
        total_tokens: 22,
        prompt_tokens_details: { cached_tokens: 5 },
        completion_tokens_details: { reasoning_tokens: 4 },
      },
      system_fingerprint: 'fp',
    })
  })

  test('has no content when it calls tools or refuses, and empty content when it says nothing', () => {
    const contentOf = (...events: AnswerEvent[]) => {
      const completion = completionOf([...events, { kind: 'finish', choice: 0, reason: 'stop' }])
      return (completion['choices'] as readonly { message: { content: unknown } }[])[0]?.message.content
    }
    expect(contentOf({ kind: 'tool-call-start', choice: 0, index: 0, id: 'a', name: 'f' })).toBeNull()
    expect(contentOf({ kind: 'refusal-delta', choice: 0, text: 'No.' })).toBeNull()
    expect(contentOf()).toBe('')
  })

  test('cannot be told another identity by the fields of a server', () => {
    const fields = { id: 'x', model: 'x', choices: [], object: 'x', citations: ['c'] }
    const completion = completionOf([{ kind: 'extra', fields }, ...hello])
    expect(completion).toMatchObject({
      id: 'chatcmpl-0190',
      model: 'm',
      object: 'chat.completion',
      citations: ['c'],
    })
    expect(completion['choices']).toHaveLength(1)
  })
})

describe('a streamed answer', () => {
  test('is these bytes', () => {
    const head = '"id":"chatcmpl-0190","object":"chat.completion.chunk","created":1764000000,"model":"m"'
    const chunk = (delta: string, finish = 'null', fields = '') =>
      `data: {${head}${fields},"choices":[{"index":0,"delta":{${delta}},"logprobs":null,"finish_reason":${finish}}],"usage":null}\n\n`
    const counts = '"prompt_tokens":15,"completion_tokens":7,"total_tokens":22'
    const details =
      '"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":4}'
    expect(streamOf(hello)).toBe(
      chunk('"role":"assistant","reasoning_content":"Hm."', 'null', ',"system_fingerprint":"fp"') +
        chunk('"content":"Hel"') +
        chunk('"content":"lo"') +
        chunk('', '"length"') +
        `data: {${head},"choices":[],"usage":{${counts},${details}}}\n\n` +
        'data: [DONE]\n\n',
    )
  })

  test('says nothing of usage to a client that did not ask', () => {
    expect(streamOf(hello, { includeUsage: false })).not.toContain('usage')
  })

  test('carries our own metadata once, on its first chunk', () => {
    const chunks = chunksOf(streamOf(hello, { musivum: {} }))
    expect(chunks.map((chunk) => chunk['musivum'])).toEqual([
      { toy: true },
      ...chunks.slice(1).map(() => undefined),
    ])
  })

  test('cannot be told another identity by the fields of a server', () => {
    const fields = { id: 'x', model: 'x', choices: [], musivum: {}, citations: ['c'] }
    const [first] = chunksOf(streamOf([{ kind: 'extra', fields }, ...hello]))
    expect(first).toMatchObject({
      id: 'chatcmpl-0190',
      model: 'm',
      choices: [{ index: 0 }],
      citations: ['c'],
    })
    expect(first).not.toHaveProperty('musivum')
  })

  test('of nothing at all still says who speaks and why it stopped', () => {
    const [chunk] = chunksOf(streamOf([{ kind: 'finish', choice: 0, reason: 'stop' }]))
    expect(chunk?.['choices']).toEqual([
      { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: 'stop' },
    ])
  })

  test('ends without [DONE] when it breaks', () => {
    const renderer = createChatStreamRenderer({ ...who, includeUsage: false })
    const last = renderer.error(new MusivumError('upstream.cut', 'it closed'))
    expect(last).toBe(
      'data: {"error":{"message":"it closed","type":"server_error","param":null,"code":"upstream.cut","request_id":"0190"}}\n\n',
    )
  })

  test('keeps an event in one piece for clients that split lines as Unicode does', () => {
    const text = 'a\u2028b\u2029c\u0085d\r\ne'
    const stream = streamOf([
      { kind: 'text-start', choice: 0 },
      { kind: 'text-delta', choice: 0, text },
    ])
    expect(stream.trimEnd().split(/\n\n|[\r\u0085\u2028\u2029]/)).toHaveLength(2)
    expect(chunksOf(stream)[0]).toMatchObject({ choices: [{ delta: { content: text } }] })
  })
})

describe('any answer', () => {
  test('comes back as it was, rendered as a stream and read as one', () => {
    fc.assert(
      fc.property(answerEvents(), (events) => {
        expect(orderFault(events)).toBe('')
        const parser = createChatStreamParser(MAKER)
        const payloads = createSseParser().push(new TextEncoder().encode(streamOf(events)))
        const again = payloads.flatMap(parser.push)
        expect(parser.done()).toBe(true)
        expect(orderFault(again)).toBe('')
        expect(completionOf(again)).toEqual(completionOf(events))
      }),
    )
  })

  test('comes back as it was, rendered whole and read whole', () => {
    fc.assert(
      fc.property(answerEvents(), (events) => {
        const completion = completionOf(events)
        const again = parseChatCompletion(JSON.parse(JSON.stringify(completion)))
        expect(orderFault(again)).toBe('')
        expect(completionOf(again)).toEqual(completion)
      }),
    )
  })

  test('names the speaker once per choice and the finish reason last', () => {
    fc.assert(
      fc.property(answerEvents(), (events) => {
        type Choice = { index: number; delta: { role?: string }; finish_reason: string | null }
        const choices = chunksOf(streamOf(events)).flatMap((chunk) => chunk['choices'] as readonly Choice[])
        for (const index of new Set(choices.map((choice) => choice.index))) {
          const own = choices.filter((choice) => choice.index === index)
          expect(own.map((choice) => choice.delta.role)).toEqual([
            'assistant',
            ...own.slice(1).map(() => undefined),
          ])
          expect(own.findIndex((choice) => choice.finish_reason !== null)).toBe(own.length - 1)
        }
      }),
    )
  })
})

describe('signatures', () => {
  const signed = answerEvents({ signatures })

  test('come back to the client that a server’s own were meant for, streamed and whole', () => {
    const own = answerEvents({ signatures: signatures.slice(0, 1) })
    fc.assert(
      fc.property(own, (events) => {
        const payloads = createSseParser().push(new TextEncoder().encode(streamOf(events)))
        const streamed = payloads.flatMap(createChatStreamParser(MAKER).push)
        expect(orderFault(streamed)).toBe('')
        expect(signaturesOf(streamed)).toEqual(signaturesOf(events))
        const whole = parseChatCompletion(JSON.parse(JSON.stringify(completionOf(events))), MAKER)
        expect(orderFault(whole)).toBe('')
        expect(signaturesOf(whole)).toEqual(signaturesOf(events))
      }),
      { seed: 4 },
    )
  })

  test('of every maker come back in the message the client hands back, with the text they sign', () => {
    fc.assert(
      fc.property(signed, (events) => {
        const [first] = messagesOf(completionOf(events))
        const body = JSON.stringify({ model: 'm', messages: [first] })
        const [message] = parseChatRequest(body).conversation.messages
        const thoughts = (message?.parts ?? []).filter((part) => part.kind === 'reasoning')
        const [choice] = collected(events).choices
        const said = (choice?.blocks ?? []).filter((block) => block.kind === 'reasoning')
        if (said.some((block) => block.signature !== undefined))
          expect(thoughts.map(({ text, signature }) => [text, signature && anyHost(signature)])).toEqual(
            said.map(({ text, signature }) => [text, signature && anyHost(signature)]),
          )
        const calls = (message?.parts ?? []).filter((part) => part.kind === 'tool-call')
        expect(calls.map(({ signature }) => signature && anyHost(signature))).toEqual(
          (choice?.toolCalls ?? []).map(({ signature }) => signature && anyHost(signature)),
        )
      }),
      { seed: 4 },
    )
  })

  test('stand in a stream after the reasoning, with its whole text', () => {
    const events: readonly AnswerEvent[] = [
      { kind: 'reasoning-start', choice: 0 },
      { kind: 'reasoning-delta', choice: 0, text: 'Te' },
      { kind: 'reasoning-delta', choice: 0, text: 'nths.' },
      { kind: 'reasoning-end', choice: 0, signature: { maker: MAKER, value: detail } },
      { kind: 'finish', choice: 0, reason: 'stop' },
    ]
    const deltas = chunksOf(streamOf(events)).map((chunk) => (chunk['choices'] as Choices)[0]?.delta)
    expect(deltas[2]).toEqual({ reasoning_details: [{ ...detail, text: 'Tenths.' }] })
  })

  test('of a tool call stand in its first piece, those of other protocols wrapped', () => {
    const call = { kind: 'tool-call-start', choice: 0, index: 0, id: 'a', name: 'f' } as const
    const carried = (signature: Signature) => {
      const [chunk] = chunksOf(streamOf([{ ...call, signature }]))
      return (chunk?.['choices'] as Choices | undefined)?.[0]?.delta.tool_calls?.[0]?.extra_content
    }
    const google = { google: { thought_signature: 'CrIC' } }
    expect(carried({ maker: MAKER, value: google })).toEqual(google)
    expect(carried({ maker: 'ai-sdk:google', value: 'x' })).toEqual({
      musivum: { signature: expect.stringMatching(/^mv1\./) as unknown },
    })
  })

  type Choices = readonly {
    delta: { tool_calls?: readonly { extra_content?: unknown }[] }
    message: object
  }[]

  function messagesOf(completion: Record<string, unknown>): readonly object[] {
    return (completion['choices'] as Choices).map((choice) => choice.message)
  }

  function collected(events: readonly AnswerEvent[]) {
    const collector = createAnswerCollector()
    for (const event of events) collector.add(event)
    return collector.answer()
  }

  function signaturesOf(events: readonly AnswerEvent[]): readonly unknown[] {
    const of = (choice: CollectedChoice, kind: string) =>
      choice.blocks.flatMap((block) => (block.kind === kind && 'signature' in block ? [block.signature] : []))
    // Chat has calls after everything else.
    return collected(events).choices.map((choice) => [of(choice, 'reasoning'), of(choice, 'tool-call')])
  }

  /** A client does not say which host made what it hands back in chat's own places. */
  function anyHost({ maker, value }: Signature): Signature {
    return { maker: maker === MAKER ? 'openai-chat' : maker, value }
  }
})

test('a stop sequence that ended the answer is told under vLLM’s name, streamed and whole', () => {
  const events: readonly AnswerEvent[] = [
    { kind: 'finish', choice: 0, reason: 'stop', stopSequence: 'three' },
  ]
  expect(completionOf(events)).toMatchObject({ choices: [{ finish_reason: 'stop', stop_reason: 'three' }] })
  expect(chunksOf(streamOf(events))[0]).toMatchObject({
    choices: [{ finish_reason: 'stop', stop_reason: 'three' }],
  })
})

test('the whole answer of a server comes out as it went in, but for the names that are ours', () => {
  const url = new URL('../../../fixtures/openai/openai-tool-call.response.json', import.meta.url)
  const original = JSON.parse(readFileSync(url, 'utf8')) as Record<string, unknown>
  const rendered = completionOf(parseChatCompletion(original))
  const choices = original['choices'] as readonly { message: object }[]
  const withoutAnnotations = choices.map((choice) => {
    const { annotations: _annotations, ...message } = choice.message as { annotations: unknown }
    return { ...choice, message }
  })
  expect(rendered).toEqual({
    ...original,
    id: 'chatcmpl-0190',
    created: 1_764_000_000,
    model: 'm',
    choices: withoutAnnotations,
    usage: {
      prompt_tokens: 29,
      completion_tokens: 18,
      total_tokens: 47,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
  })
})

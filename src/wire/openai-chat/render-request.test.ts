import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Conversation, Message } from '../../core/conversation.ts'
import type { RenderedRequest } from '../rendered-request.ts'
import { chatRequests } from './chat-requests.conformance.ts'
import { parseChatRequest } from './parse-request.ts'
import { renderChatRequest } from './render-request.ts'

const whole = { model: 'm', stream: false, includeUsage: false, maker: 'openai-chat:a.example' }

function throughConversation(body: string): Record<string, unknown> {
  const { conversation, ...options } = parseChatRequest(body)
  return renderChatRequest(conversation, { ...options, maker: 'openai-chat:a.example' }).body
}

describe('a request taken apart and put together again', () => {
  test('means the same: nothing we promise to keep is lost, added or moved', () => {
    fc.assert(
      fc.property(chatRequests(), (body) => {
        const text = JSON.stringify(body)
        const first = parseChatRequest(text)
        const again = parseChatRequest(JSON.stringify(throughConversation(text)))
        expect(again.conversation).toEqual(first.conversation)
        expect([again.model, again.stream, again.includeUsage]).toEqual([
          first.model,
          first.stream,
          first.includeUsage,
        ])
      }),
      { seed: 4, numRuns: 300 },
    )
  })

  test('still has every field we do not know, where it was', () => {
    fc.assert(
      fc.property(chatRequests(), (body) => {
        const text = JSON.stringify(body)
        const rendered = JSON.parse(JSON.stringify(throughConversation(text))) as unknown
        expect(unknownOf(rendered)).toEqual(unknownOf(JSON.parse(text)))
      }),
      { seed: 4, numRuns: 300 },
    )
  })

  test.each([
    'openai-structured',
    'openai-multimodal',
    'openai-chat',
    'openai-stream',
    'deepseek-tools',
    'mistral-thinking',
    'openrouter-reasoning',
    'gemini-thought-signature',
  ])('is the very same body where it has nothing to normalise: %s', (name) => {
    const text = readFileSync(
      new URL(`../../../fixtures/openai/${name}.request.json`, import.meta.url),
      'utf8',
    )
    expect(throughConversation(text)).toEqual(JSON.parse(text))
  })

  test('sets the limit under the name the client used', () => {
    const body = (limit: object) =>
      JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...limit })
    expect(throughConversation(body({ max_tokens: 5 }))).toMatchObject({ max_tokens: 5 })
    expect(throughConversation(body({ max_tokens: 5 }))).not.toHaveProperty('max_completion_tokens')
    expect(throughConversation(body({ max_completion_tokens: 5 }))).toMatchObject({
      max_completion_tokens: 5,
    })
    expect(throughConversation(body({ max_completion_tokens: 5 }))).not.toHaveProperty('max_tokens')
  })
})

test('results of several tools in one message become one message each, with what has no id kept beside them', () => {
  const { conversation } = parseChatRequest('{"model":"m","messages":[{"role":"user","content":"x"}]}')
  const parts = [
    { kind: 'tool-result', id: 'a', text: '1' },
    { kind: 'image', url: 'u' },
    { kind: 'tool-result', id: 'b', text: '2' },
  ] as const
  const rendered = renderChatRequest(
    { ...conversation, messages: [{ role: 'tool', parts, extra: {} }] },
    whole,
  )
  expect(rendered.body['messages']).toEqual([
    {
      role: 'tool',
      tool_call_id: 'a',
      content: [
        { type: 'text', text: '1' },
        { type: 'image_url', image_url: { url: 'u' } },
      ],
    },
    { role: 'tool', tool_call_id: 'b', content: '2' },
  ])
})

test('a limit that a plan took away is not sent after all', () => {
  const body = '{"model":"m","messages":[{"role":"user","content":"x"}],"max_completion_tokens":5}'
  const { conversation } = parseChatRequest(body)
  expect(renderChatRequest({ ...conversation, sampling: {} }, whole).body).not.toHaveProperty(
    'max_completion_tokens',
  )
})

test('the stream options of a client are left out of a request that is not streamed', () => {
  const body =
    '{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"x":1}}'
  const { conversation } = parseChatRequest(body)
  const { body: rendered } = renderChatRequest(conversation, whole)
  expect(rendered).not.toHaveProperty('stream_options')
  expect(rendered).not.toHaveProperty('stream')
})

describe('a conversation of another protocol', () => {
  const signature = { maker: 'openai-chat:a.example', value: { type: 'reasoning.text', signature: 'EqQB' } }
  const messages: readonly Message[] = [
    {
      role: 'system',
      parts: [{ kind: 'text', text: 'Be brief.', cacheMark: { ttl: '1h' } }],
      extra: {},
    },
    { role: 'user', parts: [{ kind: 'text', text: 'Weather?', extra: { citations: true } }], extra: {} },
    {
      role: 'assistant',
      parts: [
        {
          kind: 'reasoning',
          text: 'Hm.',
          signature: { maker: 'anthropic-messages:b.example', value: 'ErcB' },
        },
        { kind: 'reasoning', text: 'So.', signature },
        { kind: 'tool-call', id: 'toolu_1', name: 'f', arguments: '{}', signature },
        { kind: 'other', value: { type: 'server_tool_use' } },
      ],
      extra: {},
    },
    {
      role: 'tool',
      parts: [
        { kind: 'tool-result', id: 'toolu_1', text: 'broken', failed: true },
        { kind: 'image', url: 'data:image/png;base64,iVBORw0KGgo=' },
      ],
      extra: {},
    },
  ]
  const conversation: Conversation = {
    dialect: 'anthropic-messages',
    messages,
    tools: [{ name: 'f', cacheMark: {}, extra: {} }],
    reasoning: { budgetTokens: 2_000 },
    sampling: { maxOutputTokens: 9, topK: 40, stop: ['x'] },
    answerCount: 1,
    extra: { metadata: { user_id: 'u' } },
  }
  const pathsOf = (rendered: RenderedRequest) =>
    rendered.changes.map(({ kind, path }) => `${kind} ${path}`).toSorted()

  test('is said in OpenAI’s words, and everything else is told', () => {
    const rendered = renderChatRequest(conversation, whole)
    expect(rendered.body).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: null,
          reasoning_details: [{ type: 'reasoning.text', signature: 'EqQB', text: 'So.' }],
          tool_calls: [
            {
              id: 'toolu_1',
              type: 'function',
              function: { name: 'f', arguments: '{}' },
              extra_content: { type: 'reasoning.text', signature: 'EqQB' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'toolu_1', content: 'broken' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Returned by tool call toolu_1:' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          ],
        },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
      reasoning_effort: 'low',
      max_tokens: 9,
      stop: ['x'],
    })
    expect(pathsOf(rendered)).toEqual([
      'changed messages[].content[]',
      'changed thinking.budget_tokens',
      'left-out messages[].content[]',
      'left-out messages[].content[].cache_control',
      'left-out messages[].content[].citations',
      'left-out messages[].content[].is_error',
      'left-out messages[].content[].thinking',
      'left-out metadata',
      'left-out tools[].cache_control',
      'left-out top_k',
    ])
  })

  test('is said further where the server is known to take more', () => {
    const habits = {
      topK: true,
      cacheMarks: true,
      reasoningText: 'reasoning_content',
      newerTokenLimit: true,
    } as const
    const rendered = renderChatRequest(conversation, { ...whole, habits })
    expect(rendered.body).toMatchObject({
      messages: [
        { content: [{ text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
        {},
        { reasoning_content: 'Hm.' },
        {},
        {},
      ],
      tools: [{ cache_control: { type: 'ephemeral' } }],
      max_completion_tokens: 9,
      top_k: 40,
    })
    expect(pathsOf(rendered)).not.toContain('left-out messages[].content[].thinking')
  })

  test('gives no signature to another server than the one that made it', () => {
    const { body } = renderChatRequest(conversation, { ...whole, maker: 'openai-chat:c.example' })
    expect(JSON.stringify(body)).not.toContain('EqQB')
  })

  test('is refused for a file that lies with another vendor', () => {
    const file: Message = { role: 'user', parts: [{ kind: 'file', fileId: 'file_1' }], extra: {} }
    expect(() => renderChatRequest({ ...conversation, messages: [file] }, whole)).toThrow(
      'the file lies with another vendor',
    )
  })
})

const UNKNOWN = new Set(['x_vendor', '__proto__', 'constructor', 'toString', 'cache_control', 'ünknown'])

/** All unknown fields of a body, with the kind of place they stood in; tools apart, as unknown ones move to the end. */
function unknownOf(value: unknown, place = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const found = Object.entries(value).flatMap(([key, item]) => {
    if (UNKNOWN.has(key)) return [`${place}.${key}=${JSON.stringify(item)}`]
    return unknownOf(item, Array.isArray(value) && place === '.tools' ? place : `${place}.${key}`)
  })
  return found.toSorted()
}

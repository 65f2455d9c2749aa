import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { chatRequests } from './chat-requests.conformance.ts'
import { parseChatRequest } from './parse-request.ts'
import { renderChatRequest } from './render-request.ts'

function throughConversation(body: string): Record<string, unknown> {
  const { conversation, ...options } = parseChatRequest(body)
  return renderChatRequest(conversation, options)
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
      { numRuns: 300 },
    )
  })

  test('still has every field we do not know, where it was', () => {
    fc.assert(
      fc.property(chatRequests(), (body) => {
        const text = JSON.stringify(body)
        const rendered = JSON.parse(JSON.stringify(throughConversation(text))) as unknown
        expect(unknownOf(rendered)).toEqual(unknownOf(JSON.parse(text)))
      }),
      { numRuns: 300 },
    )
  })

  test.each(['openai-structured', 'openai-multimodal', 'openai-chat', 'openai-stream'])(
    'is the very same body where it has nothing to normalise: %s',
    (name) => {
      const text = readFileSync(
        new URL(`../../../fixtures/openai/${name}.request.json`, import.meta.url),
        'utf8',
      )
      expect(throughConversation(text)).toEqual(JSON.parse(text))
    },
  )

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
    { model: 'm', stream: false, includeUsage: false },
  )
  expect(rendered['messages']).toEqual([
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
  const options = { model: 'm', stream: false, includeUsage: false }
  expect(renderChatRequest({ ...conversation, sampling: {} }, options)).not.toHaveProperty(
    'max_completion_tokens',
  )
})

test('the stream options of a client are left out of a request that is not streamed', () => {
  const body =
    '{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"x":1}}'
  const { conversation } = parseChatRequest(body)
  const whole = renderChatRequest(conversation, { model: 'm', stream: false, includeUsage: false })
  expect(whole).not.toHaveProperty('stream_options')
  expect(whole).not.toHaveProperty('stream')
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

import { describe, expect, test } from 'vitest'
import { parseChatRequest } from './parse-request.ts'
import { hasLooseForms } from './loose-forms.ts'
import { renderChatRequest } from './render-request.ts'

const calls = [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }]
const cursor = {
  model: 'm',
  messages: [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: [], tool_calls: calls },
    { role: 'tool', tool_call_id: 'call_1', content: 'y' },
  ],
  tools: [
    {
      type: 'custom',
      name: 'ApplyPatch',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
    },
  ],
}

describe('what Cursor sends and OpenAI refuses', () => {
  test('is known, so that it does not pass through', () => {
    expect(hasLooseForms(cursor)).toBe(true)
    expect(hasLooseForms({ messages: cursor.messages })).toBe(true)
    expect(hasLooseForms({ messages: [], tools: cursor.tools })).toBe(true)
    expect(hasLooseForms({ messages: [{ role: 'assistant', content: null, tool_calls: calls }] })).toBe(false)
    expect(hasLooseForms({ tools: [{ type: 'custom', custom: { name: 'ApplyPatch' } }] })).toBe(false)
  })

  test("is said again in OpenAI's words", () => {
    const { conversation } = parseChatRequest(JSON.stringify(cursor))
    const options = { model: 'm', stream: false, includeUsage: false, maker: 'openai-chat:a.example' }
    const { body, changes } = renderChatRequest(conversation, options)
    expect(body['messages']).toMatchObject([{}, { role: 'assistant', content: null, tool_calls: calls }, {}])
    expect(body['tools']).toEqual([
      {
        type: 'custom',
        custom: {
          name: 'ApplyPatch',
          format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } },
        },
      },
    ])
    expect(changes).toEqual([])
  })

  test('but an empty list of a message without calls is no message', () => {
    const messages = [{ role: 'assistant', content: [] }]
    expect(() => parseChatRequest(JSON.stringify({ model: 'm', messages }))).toThrow('at least one part')
  })
})

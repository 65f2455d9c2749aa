import { describe, expect, test } from 'vitest'
import type { Conversation, Message, Part } from '../../core/conversation.ts'
import { renderCall } from './render-call.ts'

const MAKER = 'ai-sdk:@acme/provider'
const PIXEL = 'data:image/png;base64,iVBORw0KGgo='

describe('a conversation as the options of a provider call', () => {
  test('instructions stand first; what stood between turns is told', () => {
    const { options, changes } = render([
      turn('system', text('One.')),
      turn('user', text('Hi.')),
      turn('developer', text('Two.')),
    ])
    expect(options.prompt).toEqual([
      { role: 'system', content: 'One.' },
      { role: 'system', content: 'Two.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi.' }] },
    ])
    expect(changes).toMatchObject([{ kind: 'changed', path: 'messages[].role' }])
  })

  test('a result knows the name of its tool, and what stands beside it belongs to it', () => {
    const messages = [
      turn('assistant', { kind: 'tool-call', id: 'c1', name: 'look', arguments: '' }),
      turn('tool', { kind: 'tool-result', id: 'c1', text: 'a cat' }, { kind: 'image', url: PIXEL }),
      turn('tool', { kind: 'tool-result', id: 'c2', text: 'no such file', failed: true }),
    ]
    const [call, seen, failed] = render(messages).options.prompt
    expect(call).toMatchObject({ content: [{ toolCallId: 'c1', toolName: 'look', input: {} }] })
    expect(seen).toMatchObject({
      content: [
        {
          toolName: 'look',
          output: {
            type: 'content',
            value: [
              { type: 'text', text: 'a cat' },
              { type: 'file', mediaType: 'image/png' },
            ],
          },
        },
      ],
    })
    expect(failed).toMatchObject({ content: [{ output: { type: 'error-text', value: 'no such file' } }] })
  })

  test.each([
    ['v4', { type: 'data', data: 'iVBORw0KGgo=' }],
    ['v3', 'iVBORw0KGgo='],
  ])('a picture in the form of version %s', (version, data) => {
    const { options } = render([turn('user', { kind: 'image', url: PIXEL })], {}, version)
    expect(options.prompt).toMatchObject([{ content: [{ type: 'file', mediaType: 'image/png', data }] }])
  })

  test('arguments that are no JSON go back inside an object, which is told', () => {
    const broken: Part = { kind: 'tool-call', id: 'c', name: 'now', arguments: '{"a":' }
    const { options, changes } = render([turn('assistant', broken)])
    expect(options.prompt).toMatchObject([{ content: [{ input: { arguments: '{"a":' } }] }])
    expect(changes).toMatchObject([{ path: 'arguments' }])
  })

  test('only thoughts with a signature of this provider go back', () => {
    const signed = (maker: string): Part => ({
      kind: 'reasoning',
      text: 'hm',
      signature: { maker, value: { acme: { signature: 's' } } },
    })
    const { options, changes } = render([
      turn('assistant', signed(MAKER), signed('ai-sdk:@acme/other'), text('So.')),
    ])
    expect(options.prompt).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm', providerOptions: { acme: { signature: 's' } } },
          { type: 'text', text: 'So.' },
        ],
      },
    ])
    expect(changes).toMatchObject([{ kind: 'left-out', path: 'reasoning' }])
  })

  test('settings keep their values, and what has no word is told', () => {
    const { options, changes } = render([turn('user', text('Hi.'))], {
      sampling: { temperature: 0.2, stop: ['END'], maxOutputTokens: 9, logitBias: { '1': 1 } },
      responseFormat: { kind: 'json-schema', name: 'a', schema: { type: 'object' }, strict: true },
      toolChoice: { kind: 'tool', name: 'now' },
      tools: [{ name: 'now', strict: true, extra: { x: 1 } }],
      reasoning: { effort: 'high' },
      extra: { user: 'u' },
    })
    expect(options).toMatchObject({
      temperature: 0.2,
      stopSequences: ['END'],
      maxOutputTokens: 9,
      responseFormat: { type: 'json', schema: { type: 'object' }, name: 'a' },
      tools: [
        { type: 'function', name: 'now', strict: true, inputSchema: { type: 'object', properties: {} } },
      ],
      toolChoice: { type: 'tool', toolName: 'now' },
      reasoning: 'high',
    })
    expect(changes.map(({ path }) => path).toSorted()).toEqual(['logit_bias', 'tools[].x', 'user'])
  })

  test.each<[string, Partial<Conversation>, readonly Part[]]>([
    ['n', { answerCount: 2 }, []],
    ['logprobs', { topLogprobs: 0 }, []],
    ['image', {}, [{ kind: 'image', url: 'https://a.example/b.png' }]],
    ['file_id', {}, [{ kind: 'file', fileId: 'file_1' }]],
    ['messages', {}, [{ kind: 'other', value: { type: 'video' } }]],
  ])('%s that the provider cannot do is refused', (param, more, parts) => {
    const code = 'request.unsupported'
    const messages = [turn('user', text('Hi.'), ...parts)]
    expect(() => render(messages, more)).toThrow(expect.objectContaining({ code, facts: { param } }))
  })
})

function render(messages: readonly Message[], more: Partial<Conversation> = {}, specificationVersion = 'v4') {
  const conversation: Conversation = {
    dialect: 'openai-chat',
    messages,
    tools: [],
    sampling: {},
    answerCount: 1,
    extra: {},
    ...more,
  }
  const target = { package: '@acme/provider', maker: MAKER, model: { specificationVersion }, urls: {} }
  return renderCall(conversation, target)
}

function turn(role: Message['role'], ...parts: readonly Part[]): Message {
  return { role, parts, extra: {} }
}

function text(words: string): Part {
  return { kind: 'text', text: words }
}

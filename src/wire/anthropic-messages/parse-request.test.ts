import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { wrapSignature } from '../signature-text.ts'
import { parseCountTokensRequest, parseMessagesRequest } from './parse-request.ts'
import { wrapToolSignature } from './tool-signature.ts'

function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/anthropic/${name}.request.json`, import.meta.url), 'utf8')
}

function conversationOf(fields: object) {
  return parseMessagesRequest(JSON.stringify({ ...hello, ...fields })).conversation
}

function refusalOf(fields: object): MusivumError {
  try {
    parseMessagesRequest(JSON.stringify({ ...hello, ...fields }))
  } catch (error) {
    if (error instanceof MusivumError) return error
    throw error
  }
  throw new Error('the request was taken')
}

const hello = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] }
const withBlocks = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] })
/** The same after a turn that called the tool `a`. */
const afterCall = (...content: unknown[]) => ({
  messages: [
    hello.messages[0],
    { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
    { role: 'user', content },
  ],
})
const answered = (...content: unknown[]) => ({
  messages: [hello.messages[0], { role: 'assistant', content }],
})

describe('a plain request', () => {
  test('becomes a conversation, with what we do not know in extra', () => {
    const parsed = parseMessagesRequest(fixture('plain'))
    expect([parsed.model, parsed.stream]).toEqual(['claude-sonnet-4-6', true])
    const said = (role: string, text: string) => ({ role, parts: [{ kind: 'text', text }], extra: {} })
    expect(parsed.conversation).toEqual({
      dialect: 'anthropic-messages',
      messages: [
        said('system', 'You answer in one sentence.'),
        said('user', 'Hello, Claude'),
        said('assistant', 'Hi! How can I help?'),
        said('user', 'Greet me in Hindi.'),
      ],
      tools: [],
      sampling: { maxOutputTokens: 1024, temperature: 0.3, topP: 0.9, topK: 40, stop: ['\n\nHuman:'] },
      answerCount: 1,
      extra: {
        metadata: { user_id: '13803d75-b4b5-4c3e-b2a2-6f21399b021b' },
        service_tier: 'auto',
      },
    })
  })

  test('of Claude Code says its thoughts, effort and marks in typed words', () => {
    const { conversation } = parseMessagesRequest(fixture('claude-code'))
    expect(conversation.reasoning).toEqual({ effort: 'medium' })
    expect(conversation.messages[0]).toMatchObject({
      role: 'system',
      parts: [
        { cacheMark: { ttl: '1h' } },
        { cacheMark: { ttl: '1h' }, extra: { cache_control: { scope: 'global' } } },
      ],
    })
    expect(conversation.messages.slice(2)).toEqual([
      {
        role: 'assistant',
        parts: [
          {
            kind: 'reasoning',
            text: 'I should read the file.',
            signature: {
              maker: 'anthropic-messages',
              value: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds',
            },
          },
          {
            kind: 'tool-call',
            id: 'toolu_01D7FLrfh4GYq7yT1ULFeyMV',
            name: 'Read',
            arguments: '{"file_path":"package.json"}',
            extra: { caller: { type: 'direct' } },
          },
        ],
        extra: {},
      },
      {
        role: 'tool',
        parts: [
          {
            kind: 'tool-result',
            id: 'toolu_01D7FLrfh4GYq7yT1ULFeyMV',
            text: '{\n  "name": "example"\n}',
            cacheMark: { ttl: '1h' },
          },
        ],
        extra: {},
      },
    ])
  })

  test('may say null for what it does not set', () => {
    const nulls = {
      system: null,
      tools: null,
      stream: null,
      thinking: null,
      output_config: null,
      top_k: null,
    }
    expect(conversationOf(nulls)).toEqual(conversationOf({}))
  })

  test('to count tokens needs no limit', () => {
    const { conversation, model } = parseCountTokensRequest(fixture('count-tokens'))
    expect(model).toBe('claude-opus-5-5')
    expect(conversation.sampling).toEqual({})
    expect(conversation.messages).toHaveLength(2)
  })
})

describe('tools', () => {
  test('of the client are typed, those of the vendor kept whole', () => {
    const { tools, extra } = parseMessagesRequest(fixture('tools')).conversation
    expect(tools.map(({ name, strict, cacheMark }) => ({ name, strict, cacheMark }))).toEqual([
      { name: 'get_weather', strict: undefined, cacheMark: undefined },
      { name: 'book_train', strict: true, cacheMark: {} },
    ])
    expect(extra['tools']).toEqual([{ type: 'web_search_20260209', name: 'web_search', max_uses: 3 }])
  })

  test('give their results in messages of their own, before what the user says beside them', () => {
    const { messages } = parseMessagesRequest(fixture('tools')).conversation
    expect(messages.map((message) => message.role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'tool',
      'user',
    ])
    expect(messages[4]?.parts).toEqual([
      {
        kind: 'tool-result',
        id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6',
        text: 'the station does not answer',
        failed: true,
      },
      { kind: 'image', url: 'https://example.com/station.jpg', cacheMark: {} },
    ])
  })

  test('may give a result without a text, which keeps the id of its call', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }
    const result = { type: 'tool_result', tool_use_id: 'a', content: [image] }
    expect(conversationOf(afterCall(result)).messages[2]?.parts).toEqual([
      { kind: 'tool-result', id: 'a', text: '' },
      { kind: 'image', url: 'https://example.com/a.png' },
    ])
  })

  test.each([
    [{ type: 'auto' }, { toolChoice: { kind: 'auto' } }],
    [
      { type: 'any', disable_parallel_tool_use: true },
      { toolChoice: { kind: 'required' }, parallelToolCalls: false },
    ],
    [{ type: 'tool', name: 'f' }, { toolChoice: { kind: 'tool', name: 'f' } }],
    [{ type: 'none' }, { toolChoice: { kind: 'none' } }],
    [{ type: 'auto', new: 1 }, { toolChoice: { kind: 'other', value: { type: 'auto', new: 1 } } }],
  ])('are chosen by %j', (choice, expected) => {
    expect(conversationOf({ tool_choice: choice })).toMatchObject(expected)
  })
})

describe('signatures that were wrapped for this client', () => {
  const made = { maker: 'openai-responses:api.openai.com', value: { id: 'rs_1', encrypted_content: 'x' } }

  test('are those of their maker again', () => {
    const wrapped = wrapSignature(made)
    const thinking = { type: 'thinking', thinking: 'hm', signature: wrapped }
    const redacted = { type: 'redacted_thinking', data: wrapped }
    expect(conversationOf(answered(thinking, redacted)).messages[1]?.parts).toEqual([
      { kind: 'reasoning', text: 'hm', signature: made },
      { kind: 'reasoning', text: '', signature: made },
    ])
  })

  test('of tool calls are beside their calls again', () => {
    const keeper = { type: 'redacted_thinking', data: wrapToolSignature('b', made) }
    const call = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} })
    expect(conversationOf(answered(call('a'), keeper, call('b'))).messages[1]?.parts).toEqual([
      { kind: 'tool-call', id: 'a', name: 'f', arguments: '{}' },
      { kind: 'tool-call', id: 'b', name: 'f', arguments: '{}', signature: made },
    ])
  })
})

test('the text of a document can be read by every model; its frame is kept for this protocol', () => {
  const source = { type: 'text', media_type: 'text/plain', data: 'Dear Sir' }
  const [part] =
    conversationOf(withBlocks({ type: 'document', source, title: 'letter' })).messages[0]?.parts ?? []
  expect(part).toEqual({
    kind: 'text',
    text: 'Dear Sir',
    extra: { document: { title: 'letter', source: { type: 'text', media_type: 'text/plain' } } },
  })
})

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const imageOf = (source: object) => withBlocks({ type: 'image', source })

describe('what cannot be used is refused in one line that names the place', () => {
  test.each([
    ['max_tokens', { max_tokens: undefined }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['messages', { messages: [] }],
    ['messages', { messages: undefined, max_tokens: undefined, input: 'x' }],
    [
      'messages[0].content[0].source.data',
      imageOf({ type: 'base64', media_type: 'text/html', data: 'PGI+' }),
    ],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: [] }] }],
    ['messages[0].content[0]', withBlocks('text')],
    ['messages[0].content[0].type', withBlocks({ text: 'x' })],
    ['messages[0].content[0].text', withBlocks({ type: 'text' })],
    ['messages[0].content[0]', withBlocks({ type: 'tool_use', id: 'a', name: 'f', input: {} })],
    ['messages[0].content[0].tool_use_id', withBlocks({ type: 'tool_result' })],
    ['messages[0].content[0].cache_control', withBlocks({ type: 'text', text: 'x', cache_control: true })],
    ['messages[2].content', afterCall({ type: 'tool_result', tool_use_id: 'b', content: 'x' })],
    ['messages[1].content[0]', answered({ type: 'tool_result', tool_use_id: 'a' })],
    ['messages[1].content[0].input', answered({ type: 'tool_use', id: 'a', name: 'f' })],
    ['messages[0].content[0].source.media_type', imageOf({ type: 'base64', media_type: 'a;b', data: PNG })],
    ['messages[0].content[0].source.data', imageOf({ type: 'base64', media_type: 'image/jpeg', data: PNG })],
    [
      'messages[0].content[0].source.data',
      imageOf({ type: 'base64', media_type: 'image/png', data: '§§§§' }),
    ],
    ['messages[0].content[0].source.url', imageOf({ type: 'url', url: 'http://169.254.169.254/latest' })],
    ['messages[0].content[0].source.type', imageOf({})],
    ['system[0].type', { system: [{ type: 'image' }] }],
    ['tools[0].input_schema', { tools: [{ name: 'f' }] }],
    ['tool_choice.type', { tool_choice: { name: 'f' } }],
    ['thinking.type', { thinking: {} }],
    ['output_config.format.schema', { output_config: { format: { type: 'json_schema' } } }],
    ['temperature', { temperature: 1.5 }],
    ['stop_sequences[0]', { stop_sequences: [''] }],
    ['stream', { stream: 'yes' }],
    ['model', { model: '' }],
  ])('%s', (param, fields) => {
    const error = refusalOf(fields)
    expect(error.code).toBe('request.invalid')
    expect(error.facts['param']).toBe(param)
    expect(error.message).toMatch(/^[\w[\].]+: \S.*$/)
  })

  test('a key twice, and a field in another case', () => {
    const twice = '{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x","content":"y"}]}'
    expect(() => parseMessagesRequest(twice)).toThrow(MusivumError)
    expect(refusalOf({ Model: 'other' }).facts['param']).toBe('model')
  })

  test('no message repeats what the client wrote', () => {
    const secret = 'my diagnosis'
    for (const fields of [withBlocks(secret), { temperature: secret }, { messages: [{ role: secret }] }])
      expect(refusalOf(fields).message).not.toContain(secret)
  })
})

import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Conversation, Message, Part, WireChange } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { chatRequests } from '../openai-chat/chat-requests.conformance.ts'
import { parseChatRequest } from '../openai-chat/parse-request.ts'
import { messagesRequests } from './messages-requests.conformance.ts'
import { parseMessagesRequest } from './parse-request.ts'
import { renderMessagesRequest, type MessagesRequestOptions } from './render-request.ts'

const MAKER = 'anthropic-messages:api.anthropic.com'
const OPTIONS = {
  model: 'm',
  stream: false,
  maker: MAKER,
  defaultMaxTokens: 4096,
  structured: 'native',
} as const

function throughConversation(body: string): { body: JsonObject; changes: readonly WireChange[] } {
  const { conversation, model, stream } = parseMessagesRequest(body)
  return renderMessagesRequest(conversation, { ...OPTIONS, model, stream })
}

function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/anthropic/${name}.request.json`, import.meta.url), 'utf8')
}

/** A chat request as messages, with the changes by path. */
function fromChat(fields: object, options: Partial<MessagesRequestOptions> = {}) {
  const hello = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] }
  const { conversation } = parseChatRequest(JSON.stringify({ ...hello, ...fields }))
  return fromConversation(conversation, options)
}

function fromConversation(conversation: Conversation, options: Partial<MessagesRequestOptions> = {}) {
  const { body, changes } = renderMessagesRequest(conversation, { ...OPTIONS, ...options })
  return { body, changed: changes.map(({ kind, path }) => `${kind} ${path}`) }
}

function withMessages(...messages: readonly Partial<Message>[]): Conversation {
  const { conversation } = parseChatRequest(
    '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}]}',
  )
  return {
    ...conversation,
    messages: messages.map((one) => ({ role: 'user', parts: [], extra: {}, ...one })),
  }
}

function refusalOf(run: () => unknown): MusivumError {
  try {
    run()
  } catch (error) {
    if (error instanceof MusivumError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('a request taken apart and put together again', () => {
  test('means the same: nothing we promise to keep is lost, added or moved', () => {
    fc.assert(
      fc.property(messagesRequests(), (body) => {
        const text = JSON.stringify(body)
        const first = parseMessagesRequest(text)
        const rendered = throughConversation(text)
        const again = parseMessagesRequest(JSON.stringify(rendered.body))
        expect(again.conversation).toEqual(first.conversation)
        expect([again.model, again.stream]).toEqual([first.model, first.stream])
        expect(rendered.changes).toEqual([])
      }),
      { numRuns: 250, seed: 4 },
    )
  })

  test('still has every field we do not know', () => {
    fc.assert(
      fc.property(messagesRequests(), (body) => {
        const text = JSON.stringify(body)
        const rendered = JSON.parse(JSON.stringify(throughConversation(text).body)) as unknown
        expect(unknownOf(rendered)).toEqual(unknownOf(JSON.parse(text)))
      }),
      { numRuns: 250, seed: 4 },
    )
  })

  test.each(['plain', 'tools', 'claude-code'])(
    'is the very same body where it has nothing to normalise: %s',
    (name) => {
      expect(throughConversation(fixture(name)).body).toEqual(JSON.parse(fixture(name)))
    },
  )

  test('keeps the words for thoughts and effort that the client used', () => {
    const bodies: readonly object[] = [
      { thinking: { type: 'enabled', budget_tokens: 2048, display: 'omitted' } },
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'max' } },
      { thinking: { type: 'disabled' }, output_config: { effort: 'high' } },
      { output_config: { effort: 'low' } },
      { thinking: { type: 'between_tools' } },
      { output_format: { type: 'json_schema', schema: { type: 'object' } } },
    ]
    for (const fields of bodies) {
      const body = { model: 'm', max_tokens: 5000, messages: [{ role: 'user', content: 'x' }], ...fields }
      expect(throughConversation(JSON.stringify(body)).body).toEqual(body)
    }
  })

  test('fills the cache of the vendor with a limit of 0, and says one token to anybody else', () => {
    const body = { model: 'm', max_tokens: 0, messages: [{ role: 'user', content: 'x' }] }
    expect(throughConversation(JSON.stringify(body)).body).toEqual(body)
    expect(parseMessagesRequest(JSON.stringify(body)).conversation.sampling.maxOutputTokens).toBe(1)
  })

  test('keeps instructions that stand in the middle where they stand', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'system', content: 'be brief' },
    ]
    const { body, changes } = throughConversation(JSON.stringify({ model: 'm', max_tokens: 5, messages }))
    expect(body['messages']).toEqual(messages)
    expect(changes).toEqual([])
  })
})

describe('a chat request said in messages', () => {
  test('reports every unknown field it leaves out, and loses no text, tool, call or result', () => {
    fc.assert(
      fc.property(chatRequests(), (body) => {
        const { conversation } = parseChatRequest(JSON.stringify(body))
        const rendered = renderOrRefuse(conversation)
        if (rendered === undefined) return
        const back = parseMessagesRequest(JSON.stringify(rendered.body)).conversation
        expect(wordsOf(back.messages)).toEqual(wordsOf(conversation.messages))
        expect(back.tools.map((tool) => tool.name)).toEqual(conversation.tools.map((tool) => tool.name))
        const paths = rendered.changes.map((change) => change.path)
        for (const key of keysSaid(conversation.extra).filter((one) => !MARKERS.has(one)))
          expect(paths).toContain(/^[\w-]+$/.test(key) ? key : '(a field)')
      }),
      { numRuns: 250, seed: 4 },
    )
  })

  test('has its system prompt apart, its results in the turn of the user, and ids that Anthropic takes', () => {
    const { body, changed } = fromChat({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: 'Metric units.' },
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: '',
          tool_calls: [
            {
              id: 'functions.weather:0',
              type: 'function',
              function: { name: 'weather', arguments: '{"city":"Pune"}' },
            },
            { id: 'call_2', type: 'function', function: { name: 'now', arguments: '' } },
          ],
        },
        { role: 'tool', tool_call_id: 'functions.weather:0', content: '31' },
        { role: 'tool', tool_call_id: 'call_2', content: 'noon' },
        { role: 'user', content: 'And tomorrow?' },
      ],
    })
    expect(changed).toEqual([])
    expect(body).toMatchObject({
      system: [
        { type: 'text', text: 'Be brief.' },
        { type: 'text', text: 'Metric units.' },
      ],
      messages: [
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: [
            {
              type: 'tool_use',
              id: 'toolu_functions_2e_weather_3a_0',
              name: 'weather',
              input: { city: 'Pune' },
            },
            { type: 'tool_use', id: 'call_2', name: 'now', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_functions_2e_weather_3a_0', content: '31' },
            { type: 'tool_result', tool_use_id: 'call_2', content: 'noon' },
            { type: 'text', text: 'And tomorrow?' },
          ],
        },
      ],
    })
  })

  test('merges what follows without a turn between, the results of tools first', () => {
    const text = (one: string) => ({ parts: [{ kind: 'text' as const, text: one }] })
    const { body } = fromConversation(
      withMessages(
        text('a'),
        { role: 'tool', parts: [{ kind: 'tool-result', id: 't', text: '1', failed: true }] },
        { role: 'assistant', ...text('b') },
        { role: 'assistant', ...text('c') },
      ),
    )
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't', content: '1', is_error: true },
          { type: 'text', text: 'a' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'b' },
          { type: 'text', text: 'c' },
        ],
      },
    ])
  })

  test('moves instructions from the middle to the system prompt, and says so', () => {
    const { body, changed } = fromChat({
      messages: [
        { role: 'user', content: 'a' },
        { role: 'system', content: 'late' },
        { role: 'user', content: 'b' },
      ],
    })
    expect(body['system']).toBe('late')
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    ])
    expect(changed).toEqual(['changed messages[]'])
  })

  test('reports what it cannot say', () => {
    const { body, changed } = fromChat({
      seed: 7,
      presence_penalty: 0.5,
      frequency_penalty: 0,
      logit_bias: { 5: 1 },
      temperature: 1.5,
      user: 'u-1',
      service_tier: 'default',
      store: true,
      stop: 'END',
      parallel_tool_calls: false,
      tools: [{ type: 'function', function: { name: 'now' } }],
    })
    expect(body).toEqual({
      model: 'm',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hello' }],
      temperature: 1,
      stop_sequences: ['END'],
      metadata: { user_id: 'u-1' },
      service_tier: 'standard_only',
      tools: [{ name: 'now', input_schema: { type: 'object', properties: {} } }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    })
    expect(changed.toSorted()).toEqual([
      'changed temperature',
      'left-out logit_bias',
      'left-out presence_penalty',
      'left-out seed',
      'left-out store',
    ])
  })

  test('sets a limit where the client set none, and says so', () => {
    const { body, changed } = fromChat({ max_tokens: null })
    expect(body['max_tokens']).toBe(4096)
    expect(changed).toEqual(['changed max_tokens'])
  })

  test.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['response_format', { response_format: { type: 'grammar', grammar: 'x' } }],
    ['tool_choice', { tools: [{ type: 'custom', custom: { name: 'x' } }], tool_choice: 'required' }],
    ['messages', { messages: [{ role: 'system', content: 'only' }] }],
    [
      'messages[0].content[0]',
      withContent({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }),
    ],
    ['messages[0].content[0]', withContent({ type: 'file', file: { file_id: 'file-1' } })],
    ['messages[0].content[0]', withContent({ type: 'video_url', video_url: {} })],
  ])('is refused with the reason where it would be another request without %s', (param, fields) => {
    const error = refusalOf(() => fromChat(fields))
    expect(error.code).toBe('request.unsupported')
    expect(error.facts['param']).toBe(param)
  })

  test('does without the tools that only their own vendor has, and says so', () => {
    const { body, changed } = fromChat({
      tools: [
        { type: 'custom', custom: { name: 'x' } },
        { type: 'function', function: { name: 'f' } },
      ],
    })
    expect(body['tools']).toMatchObject([{ name: 'f' }])
    expect(changed).toContain('left-out tools[]')
  })

  test('holds its answer to a schema only where the server can', () => {
    const schema = { type: 'object', properties: {} }
    const fields = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }
    expect(fromChat(fields).body['output_config']).toEqual({ format: { type: 'json_schema', schema } })
    const { conversation } = parseChatRequest(
      JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...fields }),
    )
    const { structured: _native, ...options } = OPTIONS
    expect(refusalOf(() => renderMessagesRequest(conversation, options)).facts['param']).toBe(
      'response_format',
    )
  })

  test('hands images over as data or as an address that only the server fetches', () => {
    const url = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='
    const { body } = fromChat(
      withContent(
        { type: 'image_url', image_url: { url } },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      ),
    )
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          {
            type: 'image',
            source: { type: 'base64', media_type: 'image/gif', data: 'R0lGODlhAQABAAAAACw=' },
          },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        ],
      },
    ])
  })

  test('hands broken arguments over as text in an object, and says so', () => {
    const { body, changed } = fromConversation(
      withMessages(
        { parts: [{ kind: 'text', text: 'x' }] },
        { role: 'assistant', parts: [{ kind: 'tool-call', id: 'a', name: 'f', arguments: '{"city": Pu' }] },
      ),
    )
    expect(body['messages']).toMatchObject([
      {},
      { content: [{ type: 'tool_use', input: { INVALID_JSON: '{"city": Pu' } }] },
    ])
    expect(changed).toEqual(['changed messages[].content[]'])
  })
})

test('a tool takes an object, and a schema that does not say so is told to', () => {
  const tools = (parameters: JsonObject): Conversation => ({
    ...withMessages({ parts: [{ kind: 'text', text: 'x' }] }),
    tools: [{ name: 'f', parameters, extra: {} }],
  })
  const { body, changed } = fromConversation(tools({ properties: {} }))
  expect(body['tools']).toEqual([{ name: 'f', input_schema: { type: 'object', properties: {} } }])
  expect(changed).toEqual(['changed tools[].parameters'])
  expect(refusalOf(() => fromConversation(tools({ type: 'array' }))).facts['param']).toBe(
    'tools[0].parameters',
  )
})

const THOUGHT = { type: 'thinking', thinking: 'hm', signature: '' }

describe('thoughts', () => {
  const asked: Partial<Message> = { parts: [{ kind: 'text', text: 'x' }] }
  const thought = (part: Omit<Extract<Part, { kind: 'reasoning' }>, 'kind'>): Conversation =>
    withMessages(asked, {
      role: 'assistant',
      parts: [
        { kind: 'reasoning', ...part },
        { kind: 'text', text: 'y' },
      ],
    })

  test('go to the server that signed them, in both forms', () => {
    const signed = thought({ text: 'hm', signature: { maker: MAKER, value: 'sig' } })
    expect(fromConversation(signed).body['messages']).toMatchObject([
      {},
      { content: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }, { type: 'text' }] },
    ])
    const hidden = thought({ text: '', signature: { maker: MAKER, value: { data: 'opaque' } } })
    expect(fromConversation(hidden).body['messages']).toMatchObject([
      {},
      { content: [{ type: 'redacted_thinking', data: 'opaque' }, { type: 'text' }] },
    ])
  })

  test('of another maker are left out, and said so only where text is lost', () => {
    const other = { maker: 'openai-responses:api.openai.com', value: 'enc' }
    const shown = fromConversation(thought({ text: 'hm', signature: other }))
    expect(shown.body['messages']).toMatchObject([{}, { content: 'y' }])
    expect(shown.changed).toEqual(['left-out messages[].content[]'])
    expect(fromConversation(thought({ text: '', signature: other })).changed).toEqual([])
  })

  test('that had to be left out are told once, by their place in the protocol', () => {
    const messages = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: [THOUGHT, { type: 'text', text: 'y' }, THOUGHT] },
    ]
    const { changes } = throughConversation(
      JSON.stringify({ model: 'm', max_tokens: 5, system: 's', messages }),
    )
    expect(changes.map((change) => change.path)).toEqual(['messages[].content[]'])
  })

  test('that nobody signed go only to servers that take them', () => {
    const unsigned = thought({ text: 'hm' })
    expect(fromConversation(unsigned).changed).toEqual(['left-out messages[].content[]'])
    expect(fromConversation(unsigned, { unsignedReasoning: true }).body['messages']).toMatchObject([
      {},
      { content: [{ type: 'thinking', thinking: 'hm', signature: '' }, { type: 'text' }] },
    ])
  })

  test('are ordered in the words of today or in those of models before, budget included in the limit', () => {
    const order = { reasoning_effort: 'minimal' }
    const today = fromConversation({ ...chatAsking(order), reasoning: { effort: 'minimal' } })
    expect(today.body).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'low' } })
    expect(today.changed).toEqual(['changed reasoning_effort'])
    const before = fromConversation(
      { ...chatAsking(order), reasoning: { effort: 'low' } },
      { reasoning: 'budget' },
    )
    expect(before.body).toMatchObject({
      max_tokens: 6500,
      thinking: { type: 'enabled', budget_tokens: 6400 },
    })
    expect(before.changed).toEqual(['changed reasoning_effort', 'changed max_tokens'])
    const off = fromConversation({ ...chatAsking({}), reasoning: { effort: 'none' } })
    expect(off.body['thinking']).toEqual({ type: 'disabled' })
  })

  test('are not ordered for a turn that goes on with the calls of another model', () => {
    const conversation: Conversation = {
      ...withMessages(
        asked,
        { role: 'assistant', parts: [{ kind: 'tool-call', id: 'a', name: 'f', arguments: '{}' }] },
        { role: 'tool', parts: [{ kind: 'tool-result', id: 'a', text: '1' }] },
      ),
      reasoning: { budgetTokens: 2000 },
    }
    const { body, changed } = fromConversation(conversation)
    expect(body).not.toHaveProperty('thinking')
    expect(changed).toEqual(['left-out reasoning_effort'])
  })
})

describe('the billing header of Claude Code', () => {
  const request = (cch: string): string => fixture('claude-code').replace('cch=36ee5', `cch=${cch}`)

  test('is no part of the prompt, so two requests of one session begin with the same one', () => {
    const [one, two] = ['00001', '00002'].map((cch) => parseMessagesRequest(request(cch)).conversation)
    expect(one?.messages).toEqual(two?.messages)
    expect(JSON.stringify(one?.messages)).not.toContain('cc_version')
  })

  test('goes to Anthropic as it came and to nobody else, which is said', () => {
    expect(throughConversation(request('aaaaa')).body).toEqual(JSON.parse(request('aaaaa')))
    const { conversation, model, stream } = parseMessagesRequest(request('aaaaa'))
    const other = fromConversation(conversation, { model, stream, billingHeader: 'leave-out' })
    expect(JSON.stringify(other.body)).not.toContain('cc_version')
    expect(other.changed).toEqual(['left-out system[]'])
  })
})

/** Fields that tell how a typed one was written, or that have a word here. */
const MARKERS = new Set(
  'max_completion_tokens stream_options response_format reasoning reasoning_effort tools service_tier user'.split(
    ' ',
  ),
)

/** Null is how clients say nothing. */
function keysSaid(extra: JsonObject): readonly string[] {
  return Object.keys(extra).filter((key) => extra[key] !== null)
}

function withContent(...content: object[]): object {
  return { messages: [{ role: 'user', content }] }
}

function chatAsking(fields: object): Conversation {
  const body = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'x' }], ...fields }
  return parseChatRequest(JSON.stringify(body)).conversation
}

function renderOrRefuse(conversation: Conversation) {
  try {
    return renderMessagesRequest(conversation, OPTIONS)
  } catch (error) {
    if (error instanceof MusivumError && error.code === 'request.unsupported') return undefined
    throw error
  }
}

/** Every text, call and result of a conversation; which turn a text stands in may change, not what is said. */
function wordsOf(messages: readonly Message[]): readonly string[] {
  return messages
    .flatMap((message) => message.parts)
    .flatMap((part) => {
      switch (part.kind) {
        case 'text':
        case 'refusal':
          return part.text === '' ? [] : [`text ${part.text}`]
        case 'tool-call':
          return [`call ${part.name}`]
        case 'tool-result':
          return part.text === '' ? [] : [`result ${part.text}`]
        default:
          return []
      }
    })
    .toSorted()
}

const UNKNOWN = new Set(['x_vendor', '__proto__', 'constructor', 'toString', 'ünknown'])

/** All unknown fields of a body, without the places of blocks in their lists: turns that follow each other are merged. */
function unknownOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const found = Object.entries(value).flatMap(([key, item]) =>
    UNKNOWN.has(key) ? [`${key}=${JSON.stringify(item)}`] : unknownOf(item),
  )
  return found.toSorted()
}

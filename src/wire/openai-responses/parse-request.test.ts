import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { wrapSignature } from '../signature-text.ts'
import { parseResponsesRequest, resumeConversation } from './parse-request.ts'
import { responsesRequests } from './responses-requests.conformance.ts'

function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/openai-responses/${name}`, import.meta.url), 'utf8')
}

function parse(body: object) {
  return parseResponsesRequest(JSON.stringify({ model: 'm', ...body }))
}

function failureOf(run: () => unknown): MusivumError {
  try {
    run()
  } catch (error) {
    if (error instanceof MusivumError) return error
    throw error
  }
  throw new Error('the request was taken')
}

const refusalOf = (body: unknown) =>
  failureOf(() => parseResponsesRequest(typeof body === 'string' ? body : JSON.stringify(body)))

describe('a plain request', () => {
  test('becomes a conversation whose first message are the instructions', () => {
    const parsed = parseResponsesRequest(fixture('openai-plain.request.json'))
    expect([parsed.model, parsed.stream, parsed.store]).toEqual(['gpt-5-mini', false, true])
    expect(parsed.conversation).toEqual({
      dialect: 'openai-responses',
      messages: [
        { role: 'system', parts: [{ kind: 'text', text: 'You are a helpful assistant.' }], extra: {} },
        { role: 'user', parts: [{ kind: 'text', text: 'Hello!' }], extra: {} },
      ],
      tools: [],
      sampling: { maxOutputTokens: 64, temperature: 0.2 },
      answerCount: 1,
      extra: { metadata: { team: 'support' }, prompt_cache_key: 'support-1' },
    })
    expect(parsed.inputItems).toEqual([{ type: 'message', role: 'user', content: 'Hello!' }])
  })

  test('may say null for what it does not set, as clients do', () => {
    const nulls = {
      instructions: null,
      tools: null,
      temperature: null,
      stream: null,
      text: null,
      include: null,
    }
    const more = { reasoning: null, previous_response_id: null, background: null, conversation: null }
    expect(parse({ input: 'x', ...nulls, ...more }).conversation).toEqual(parse({ input: 'x' }).conversation)
  })

  test('of many kinds of content', () => {
    const { conversation } = parseResponsesRequest(fixture('openai-multimodal.request.json'))
    expect(conversation.messages[0]?.parts).toEqual([
      { kind: 'text', text: 'What is in these?' },
      { kind: 'image', url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
      {
        kind: 'other',
        value: { type: 'input_image', file_id: 'file-6F2ksmvXxt4VdoqmHRw6kL', detail: 'auto' },
      },
      { kind: 'file', filename: 'a.pdf', data: 'data:application/pdf;base64,JVBERi0=' },
      { kind: 'audio', data: 'UklGRg==', format: 'wav' },
    ])
    expect(conversation.topLogprobs).toBe(3)
    expect(conversation.extra).toEqual({ truncation: 'auto' })
  })

  test('with a schema for its answer', () => {
    const { conversation } = parseResponsesRequest(fixture('openai-structured.request.json'))
    expect(conversation.responseFormat).toMatchObject({ kind: 'json-schema', name: 'person', strict: true })
    expect(conversation.extra).toEqual({ text: { verbosity: 'low' } })
  })
})

describe('items', () => {
  test('that the model said in a row are one message, each knowing where it began', () => {
    const { conversation } = parseResponsesRequest(fixture('openai-tools.request.json'))
    const call = { kind: 'tool-call', name: 'get_weather' }
    expect(conversation.messages.slice(2, 6)).toEqual([
      {
        role: 'assistant',
        parts: [
          {
            ...call,
            id: 'call_Ab1',
            arguments: '{"city":"Pune","unit":"c"}',
            extra: { id: 'fc_68fb01', status: 'completed' },
          },
          {
            ...call,
            id: 'call_Cd2',
            arguments: '{"city":"Cairo","unit":"c"}',
            extra: { id: 'fc_68fb02', status: 'completed' },
          },
        ],
        extra: {},
      },
      { role: 'tool', parts: [{ kind: 'tool-result', id: 'call_Ab1', text: '{"c":31}' }], extra: {} },
      {
        role: 'tool',
        parts: [
          { kind: 'tool-result', id: 'call_Cd2', text: '{"c":24}' },
          { kind: 'image', url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
        ],
        extra: {},
      },
      {
        role: 'assistant',
        parts: [
          {
            kind: 'text',
            text: '31 and 24.',
            extra: {
              annotations: [],
              logprobs: [],
              message: { id: 'msg_68fb03', status: 'completed' },
            },
          },
        ],
        extra: {},
      },
    ])
    expect(conversation.tools.map((tool) => [tool.name, tool.strict])).toEqual([['get_weather', true]])
    expect(conversation.extra).toEqual({ tools: [{ type: 'web_search' }] })
  })

  test('of reasoning are a part per text, the last with what the vendor encrypted', () => {
    const { conversation } = parseResponsesRequest(fixture('openai-reasoning.request.json'))
    const [, turn] = conversation.messages
    expect(turn?.parts.slice(0, 2)).toEqual([
      {
        kind: 'reasoning',
        text: '**Comparing**\n\nTenths decide.',
        extra: { type: 'summary_text', item: {} },
      },
      {
        kind: 'reasoning',
        text: '**Answering**',
        signature: {
          maker: 'openai-responses',
          value: { id: 'rs_68fd01', encrypted_content: 'gAAAAABo-fixture-not-a-real-ciphertext_1=' },
        },
        extra: { type: 'summary_text' },
      },
    ])
    expect(conversation.reasoning).toEqual({ effort: 'low', summary: 'auto' })
  })

  test('that carry a tool call’s signature give it back to the call, and are no reasoning', () => {
    const carried = { tool_call: 'call_1', value: { google: { thought_signature: 'CrIC' } } }
    const encrypted_content = wrapSignature({ maker: 'openai-chat:g.example', value: carried })
    const { conversation } = parse({
      input: [
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content },
        { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
      ],
    })
    expect(conversation.messages).toEqual([
      {
        role: 'assistant',
        parts: [
          {
            kind: 'tool-call',
            id: 'call_1',
            name: 'f',
            arguments: '{}',
            signature: {
              maker: 'openai-chat:g.example',
              value: { google: { thought_signature: 'CrIC' } },
            },
          },
        ],
        extra: {},
      },
    ])
  })

  test('of Codex: developer messages, null content, custom tools', () => {
    const { conversation, store, stream } = parseResponsesRequest(fixture('codex.request.json'))
    expect([store, stream, conversation.parallelToolCalls]).toEqual([false, true, false])
    expect(conversation.messages.map((message) => message.role)).toEqual([
      'system',
      'developer',
      'user',
      'user',
      'assistant',
      'tool',
    ])
    expect(conversation.extra).toMatchObject({
      include: ['reasoning.encrypted_content'],
      tools: [{ type: 'custom', name: 'apply_patch' }, { type: 'web_search' }],
    })
  })
})

describe('a request that goes on from stored items', () => {
  const parsed = parseResponsesRequest(fixture('openai-continued.request.json'))
  const call = { type: 'function_call', call_id: 'call_Ab1', name: 'get_weather', arguments: '{}' }
  const stored = { type: 'message', id: 'msg_68fa02', role: 'assistant', content: 'Hello!' }

  test('says which', () => {
    expect(parsed.previousResponseId).toBe('resp_68fc00')
    expect(parsed.references).toEqual(['msg_68fa02'])
  })

  test('has them before its own, references in their places', () => {
    const resumed = resumeConversation(parsed, {
      previous: [{ type: 'message', role: 'user', content: 'Weather?' }, call],
      byId: new Map([['msg_68fa02', stored]]),
    })
    expect(resumed.messages.map(({ role, parts }) => [role, parts[0]?.kind])).toEqual([
      ['user', 'text'],
      ['assistant', 'tool-call'],
      ['tool', 'tool-result'],
      ['assistant', 'text'],
    ])
  })

  test('keeps its own instructions first', () => {
    const body = parse({ instructions: 'New.', previous_response_id: 'resp_1', input: 'x' })
    const previous = [{ type: 'message', role: 'user', content: 'Weather?' }]
    const texts = resumeConversation(body, { previous, byId: new Map() }).messages.map(
      ({ parts: [part] }) => part?.kind === 'text' && part.text,
    )
    expect(texts).toEqual(['New.', 'Weather?', 'x'])
  })

  test('may have no input of its own', () => {
    expect(parse({ previous_response_id: 'resp_1' }).inputItems).toEqual([])
  })

  test('is refused for an item that is not stored, and for a result without its call', () => {
    const missing = failureOf(() => resumeConversation(parsed, { previous: [call], byId: new Map() }))
    expect(missing.message).toBe('input[1].id: expected the id of a stored item, got another id')
    const orphan = failureOf(() =>
      resumeConversation(parsed, { previous: [], byId: new Map([['msg_68fa02', stored]]) }),
    )
    expect(orphan.facts).toEqual({ param: 'input[0].call_id' })
  })
})

describe('a wrong request gets one line that says where and what', () => {
  const hello = { model: 'm', input: 'x' }
  const withItem = (item: unknown) => ({ model: 'm', input: [item] })
  const withPart = (part: unknown) => withItem({ role: 'user', content: [part] })
  test.each([
    [[], 'the body: expected a JSON object, got an empty array'],
    [{ input: 'x' }, 'model: expected a non-empty string, got nothing'],
    [{ model: 'm' }, 'input: expected a string or an array with at least one item, got nothing'],
    [
      { model: 'm', input: [] },
      'input: expected a string or an array with at least one item, got an empty array',
    ],
    [
      { model: 'm', messages: [] },
      'input: expected the input of a response, got "messages", which belong to /v1/chat/completions',
    ],
    [{ ...hello, instructions: 5 }, 'instructions: expected a string, got 5'],
    [withItem('hi'), 'input[0]: expected an object, got a string'],
    [
      withItem({ role: 'asistant', content: 'x' }),
      'input[0].role: expected "user", "assistant", "system" or "developer", got another string; "assistant"?',
    ],
    [withItem({ role: 'user' }), 'input[0].content: expected a string or an array, got nothing'],
    [
      withPart({ type: 7 }),
      'input[0].content[0].type: expected "input_text", "input_image", "input_file", "input_audio" or "output_text", got 7',
    ],
    [withPart({ type: 'input_text' }), 'input[0].content[0].text: expected a string, got nothing'],
    [
      withPart({ type: 'input_image', image_url: 'data:image/png;base64,aGVsbG8gd29ybGQ=' }),
      'input[0].content[0].image_url: expected data of type image/png, as it says, got data of another type',
    ],
    [
      withPart({ type: 'input_image', image_url: 'http://169.254.169.254/latest' }),
      'input[0].content[0].image_url: expected a data URL or an address on the internet, got a private address; send the data itself',
    ],
    [
      withPart({ type: 'input_file', filename: 'a' }),
      'input[0].content[0]: expected "file_id", "file_url" or "file_data", got none of them',
    ],
    [withItem({ type: 7 }), 'input[0].type: expected a non-empty string, got 7'],
    [
      withItem({ type: 'function_call', call_id: 'a', name: 'f', arguments: {} }),
      'input[0].arguments: expected a string, got an object',
    ],
    [
      withItem({ type: 'function_call_output', call_id: 'a', output: 'x' }),
      'input[0].call_id: expected the call_id of a function_call before it, got another id',
    ],
    [
      withItem({ type: 'reasoning', summary: [{ type: 'summary_text' }] }),
      'input[0].summary[0].text: expected a string, got nothing',
    ],
    [{ ...hello, max_output_tokens: 0 }, 'max_output_tokens: expected a whole number from 1, got 0'],
    [{ ...hello, include: ['a', 5] }, 'include[1]: expected a string, got 5'],
    [
      { ...hello, tools: [{ type: 'function', name: 'f', parameters: { type: 'string' } }] },
      'tools[0].parameters.type: expected "object", got a string',
    ],
    [
      { ...hello, tools: [{ type: 'function', name: 'f', parameters: { properties: { a: 5 } } }] },
      'tools[0].parameters.properties.*: expected a schema, got 5',
    ],
    [
      { ...hello, tools: [{ type: 'function', name: 'f', parameters: { required: ['a', 5] } }] },
      'tools[0].parameters.required[1]: expected a string, got 5',
    ],
    [
      { ...hello, tool_choice: 'atuo' },
      'tool_choice: expected "auto", "none" or "required", got another string; "auto"?',
    ],
    [
      { ...hello, text: { format: { type: 'json_schema', name: 'x' } } },
      'text.format.schema: expected an object, got nothing',
    ],
    [{ ...hello, stream: 'true' }, 'stream: expected true or false, got a string'],
  ])('%j', (body, message) => {
    const error = refusalOf(body)
    expect(error.message).toBe(message)
    expect(error.code).toBe('request.invalid')
    expect(error.facts['param']).toBe(Array.isArray(body) ? null : message.slice(0, message.indexOf(':')))
  })

  test.each([
    [{ ...hello, background: true }, 'background'],
    [{ ...hello, conversation: 'conv_1' }, 'conversation'],
    [{ ...hello, conversation: { id: 'conv_1' } }, 'conversation'],
  ])(
    'and what needs a server that goes on without the client says what to send instead: %j',
    (body, param) => {
      const error = refusalOf(body)
      expect([error.code, error.facts['param']]).toEqual(['request.unsupported', param])
      expect(error.message).toMatch(/instead$/)
    },
  )

  test('a key that stands twice and nesting without end are refused', () => {
    expect(refusalOf('{"model":"a","input":"x","model":"b"}').message).toContain('stands twice')
    expect(refusalOf(`{"model":"a","input":${'['.repeat(200)}`).message).toContain('nested deeper')
  })

  test('whatever a valid request is broken with, the refusal is ours and does not repeat its text', () => {
    const secret = 'Ramesh Kulkarni, HIV positive'
    const wrong = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constant(secret),
      fc.constant([secret]),
      fc.constant({ [secret]: 1 }),
    )
    fc.assert(
      fc.property(responsesRequests(), fc.nat(), wrong, (body, at, value) => {
        const paths = pathsOf(body)
        const path = paths[at % paths.length] ?? []
        try {
          parseResponsesRequest(JSON.stringify(replaceAt(body, path, value)))
        } catch (error) {
          expect(error).toBeInstanceOf(MusivumError)
          expect((error as MusivumError).message).not.toContain('Kulkarni')
          expect((error as MusivumError).code).toMatch(/^request\.(?:invalid|unsupported)$/)
        }
      }),
      { seed: 4, numRuns: 300 },
    )
  })
})

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))
  return path.length === 0 ? inner : [path, ...inner]
}

function replaceAt(value: unknown, path: Path, replacement: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return replacement
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replaceAt(item, rest, replacement) : item))
  const entries = Object.entries(value as object)
  return Object.fromEntries(
    entries.map(([name, item]) => [name, name === key ? replaceAt(item, rest, replacement) : item]),
  )
}

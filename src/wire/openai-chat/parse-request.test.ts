import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { wrapSignature } from '../signature-text.ts'
import { chatRequests } from './chat-requests.conformance.ts'
import { parseChatRequest } from './parse-request.ts'

function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/openai/${name}`, import.meta.url), 'utf8')
}

function refusalOf(body: unknown): MusivumError {
  try {
    parseChatRequest(typeof body === 'string' ? body : JSON.stringify(body))
  } catch (error) {
    if (error instanceof MusivumError) return error
    throw error
  }
  throw new Error('the request was taken')
}

const hello = { model: 'm', messages: [{ role: 'user', content: 'hello' }] }
const withParts = (...content: unknown[]) => ({ model: 'm', messages: [{ role: 'user', content }] })
const withTools = (...tools: unknown[]) => ({ ...hello, tools })

describe('a plain request', () => {
  test('becomes a conversation, with what we do not know in extra', () => {
    const parsed = parseChatRequest(fixture('openai-chat.request.json'))
    expect(parsed.model).toBe('gpt-4o-mini')
    expect(parsed.stream).toBe(false)
    expect(parsed.includeUsage).toBe(false)
    expect(parsed.conversation).toEqual({
      dialect: 'openai-chat',
      messages: [
        { role: 'developer', parts: [{ kind: 'text', text: 'You are a helpful assistant.' }], extra: {} },
        { role: 'user', parts: [{ kind: 'text', text: 'Hello!' }], extra: {} },
      ],
      tools: [],
      sampling: { maxOutputTokens: 64, temperature: 0.2, seed: 7, stop: ['\n\n'] },
      answerCount: 1,
      extra: {
        user: 'user-1234',
        metadata: { team: 'support' },
        store: false,
        service_tier: 'auto',
        max_completion_tokens: 64,
      },
    })
  })

  test('asks for usage in its stream', () => {
    const parsed = parseChatRequest(fixture('openai-stream.request.json'))
    expect([parsed.stream, parsed.includeUsage]).toEqual([true, true])
    expect(parsed.conversation.extra).toEqual({})
  })

  test('may say null for what it does not set, as clients do', () => {
    const nulls = {
      temperature: null,
      tools: null,
      stop: null,
      stream: null,
      logit_bias: null,
      response_format: null,
    }
    expect(parseChatRequest(JSON.stringify({ ...hello, ...nulls })).conversation).toEqual(
      parseChatRequest(JSON.stringify(hello)).conversation,
    )
  })
})

describe('tools', () => {
  test('in the history become parts of the messages they stood in', () => {
    const { conversation } = parseChatRequest(fixture('openai-tools.request.json'))
    const call = { kind: 'tool-call', name: 'get_weather' }
    expect(conversation.messages.slice(2)).toEqual([
      {
        role: 'assistant',
        parts: [
          { ...call, id: 'call_Ab1', arguments: '{"city":"Pune","unit":"c"}' },
          { ...call, id: 'call_Cd2', arguments: '{"city":"Cairo","unit":"c"}' },
        ],
        extra: {},
      },
      { role: 'tool', parts: [{ kind: 'tool-result', id: 'call_Ab1', text: '{"c":31}' }], extra: {} },
      {
        role: 'tool',
        parts: [
          { kind: 'tool-result', id: 'call_Cd2', text: '{"c":' },
          { kind: 'tool-result', id: 'call_Cd2', text: '24}' },
        ],
        extra: {},
      },
      { role: 'user', name: 'asha', parts: [{ kind: 'text', text: 'And in Fahrenheit?' }], extra: {} },
    ])
    expect(conversation.toolChoice).toEqual({ kind: 'auto' })
  })

  test('of a kind we do not know are carried whole beside the functions', () => {
    const { conversation } = parseChatRequest(fixture('openai-tools.request.json'))
    expect(conversation.tools.map((tool) => [tool.name, tool.strict])).toEqual([['get_weather', true]])
    expect(conversation.parallelToolCalls).toBe(true)
    expect(conversation.extra).toEqual({
      tools: [{ type: 'custom', custom: { name: 'shell', format: { type: 'text' } } }],
    })
  })

  test('are chosen by word, by name, or in a way we do not know', () => {
    const choiceOf = (tool_choice: unknown) =>
      parseChatRequest(JSON.stringify({ ...hello, tool_choice })).conversation.toolChoice
    expect(choiceOf('required')).toEqual({ kind: 'required' })
    expect(choiceOf({ type: 'function', function: { name: 'f' } })).toEqual({ kind: 'tool', name: 'f' })
    const allowed = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } }
    expect(choiceOf(allowed)).toEqual({ kind: 'other', value: allowed })
  })
})

describe('reasoning of earlier turns', () => {
  const partsOf = (message: object) =>
    parseChatRequest(JSON.stringify({ model: 'm', messages: [{ role: 'assistant', ...message }] }))
      .conversation.messages[0]

  test('as one text is a part, and where it stood is known', () => {
    const parts = [{ kind: 'reasoning', text: 'Hm.' }]
    expect(partsOf({ reasoning_content: 'Hm.' })).toEqual({ role: 'assistant', parts, extra: {} })
    expect(partsOf({ reasoning: 'Hm.' })).toEqual({ role: 'assistant', parts, extra: { reasoning: null } })
  })

  test('said twice is one part, with the signature it came with', () => {
    const { conversation } = parseChatRequest(fixture('openrouter-reasoning.request.json'))
    const signature = {
      maker: 'openai-chat',
      value: {
        type: 'reasoning.text',
        signature: 'EqQBfixture-signature==',
        format: 'anthropic-claude-v1',
        index: 0,
      },
    }
    expect(conversation.messages[2]?.parts[0]).toEqual({ kind: 'reasoning', text: 'One call.', signature })
    expect(conversation.messages[0]?.parts[0]).toMatchObject({ kind: 'text', cacheMark: { ttl: '1h' } })
    expect(conversation.tools[0]?.cacheMark).toEqual({})
    expect(conversation.reasoning).toEqual({ budgetTokens: 2000 })
    expect(conversation.sampling).toEqual({ topK: 40 })
  })

  test('with text that no entry repeats keeps it, in its place', () => {
    const details = [{ type: 'reasoning.text', text: 'b', signature: 's' }]
    expect(partsOf({ reasoning_content: 'abc', reasoning_details: details })?.parts).toMatchObject([
      { kind: 'reasoning', text: 'a' },
      { kind: 'reasoning', text: 'b', signature: {} },
      { kind: 'reasoning', text: 'c' },
    ])
  })

  test('that another protocol signed is unwrapped', () => {
    const signature = { maker: 'anthropic-messages:a.example', value: 'ErcB' }
    const wrapped = wrapSignature(signature)
    const details = [
      { type: 'reasoning.text', text: 'Hm.', signature: wrapped },
      { type: 'reasoning.encrypted', data: wrapped },
    ]
    expect(partsOf({ reasoning_details: details })?.parts).toEqual([
      { kind: 'reasoning', text: 'Hm.', signature },
      { kind: 'reasoning', text: '', signature },
    ])
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }
    const calls = [{ ...call, extra_content: { musivum: { signature: wrapped } } }]
    expect(partsOf({ tool_calls: calls })?.parts).toMatchObject([{ kind: 'tool-call', signature }])
  })

  test('in Mistral’s form stays in the content', () => {
    const { conversation } = parseChatRequest(fixture('mistral-thinking.request.json'))
    expect(conversation.messages[1]?.parts).toEqual([
      { kind: 'reasoning', text: 'Tenths decide.', extra: { type: 'thinking', closed: true } },
      { kind: 'text', text: '9.8 is larger.' },
    ])
  })

  test('that says two things at once is refused', () => {
    expect(
      refusalOf({ model: 'm', messages: [{ role: 'assistant', reasoning: 'a', reasoning_content: 'b' }] })
        .facts,
    ).toEqual({ param: 'messages[0].reasoning' })
    expect(refusalOf({ ...hello, reasoning_effort: 'low', reasoning: { effort: 'high' } }).facts).toEqual({
      param: 'reasoning_effort',
    })
  })
})

test('images, audio and files become parts; wishes become sampling', () => {
  const { conversation } = parseChatRequest(fixture('openai-multimodal.request.json'))
  expect(conversation.messages[0]?.parts).toEqual([
    { kind: 'text', text: 'What is in these?' },
    { kind: 'image', url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
    { kind: 'audio', data: 'UklGRg==', format: 'wav' },
    { kind: 'file', filename: 'a.pdf', data: 'data:application/pdf;base64,JVBERi0=' },
    { kind: 'file', fileId: 'file-6F2ksmvXxt4VdoqmHRw6kL' },
  ])
  expect(conversation.answerCount).toBe(2)
  expect(conversation.topLogprobs).toBe(3)
  expect(conversation.sampling.logitBias).toEqual({ 50256: -100 })
})

test('a JSON schema becomes the response format', () => {
  const { conversation } = parseChatRequest(fixture('openai-structured.request.json'))
  expect(conversation.responseFormat).toMatchObject({ kind: 'json-schema', name: 'person', strict: true })
})

test('a refusal beside the content, as answers have it, becomes a part where every reader of text sees it', () => {
  const messages = [{ role: 'assistant', content: null, refusal: 'No.' }]
  expect(parseChatRequest(JSON.stringify({ model: 'm', messages })).conversation.messages[0]?.parts).toEqual([
    { kind: 'refusal', text: 'No.' },
  ])
})

describe('unknown fields', () => {
  test('stay with the message, part, tool or format they came with', () => {
    const part = { type: 'image_url', image_url: { url: 'u', hint: 1 }, cache_control: { type: 'ephemeral' } }
    const body = {
      model: 'm',
      messages: [{ role: 'user', content: [part], weight: 0 }],
      tools: [{ type: 'function', function: { name: 'f', async: true }, defer: 1 }],
      response_format: { type: 'json_object', schema: { type: 'object' } },
    }
    const { conversation } = parseChatRequest(JSON.stringify(body))
    expect(conversation.messages[0]?.extra).toEqual({ weight: 0 })
    expect(conversation.messages[0]?.parts[0]).toEqual({
      kind: 'image',
      url: 'u',
      cacheMark: {},
      extra: { image_url: { hint: 1 } },
    })
    expect(conversation.tools[0]?.extra).toEqual({ defer: 1, function: { async: true } })
    expect(conversation.responseFormat).toEqual({ kind: 'json' })
    expect(conversation.extra).toEqual({ response_format: { schema: { type: 'object' } } })
  })

  test('named __proto__ are carried like any other and change nothing else', () => {
    const body =
      '{"model":"m","messages":[{"role":"user","content":"x","__proto__":{"name":"y"}}],"__proto__":{"seed":1}}'
    const { conversation } = parseChatRequest(body)
    expect(Object.keys(conversation.extra)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(conversation.extra)).toBe(Object.prototype)
    expect(conversation.sampling.seed).toBeUndefined()
    expect(conversation.messages[0]?.name).toBeUndefined()
    expect(JSON.stringify(conversation.messages[0]?.extra)).toBe('{"__proto__":{"name":"y"}}')
    expect(({} as Record<string, unknown>)['seed']).toBeUndefined()
  })

  test.each(['Model', 'MODEL', 'meſſages', 'Tools', 'STREAM', 'toolſ'])(
    'that a lenient server would take for one of ours are refused: %s',
    (key) => {
      expect(refusalOf({ ...hello, [key]: 'other' }).message).toContain('written in another case')
    },
  )
})

describe('a wrong request gets one line that says where and what', () => {
  test.each([
    [[], 'the body: expected a JSON object, got an empty array'],
    [{}, 'model: expected a non-empty string, got nothing'],
    [{ ...hello, model: '' }, 'model: expected a non-empty string, got an empty string'],
    [{ ...hello, model: 5 }, 'model: expected a non-empty string, got 5'],
    [{ model: 'm' }, 'messages: expected an array with at least one message, got nothing'],
    [
      { model: 'm', messages: [] },
      'messages: expected an array with at least one message, got an empty array',
    ],
    [{ model: 'm', messages: ['hi'] }, 'messages[0]: expected an object, got a string'],
    [
      { model: 'm', messages: [{ role: 'asistant', content: 'x' }] },
      'messages[0].role: expected "system", "developer", "user", "assistant" or "tool", got another string; "assistant"?',
    ],
    [
      { model: 'm', messages: [{ role: 'user' }] },
      'messages[0].content: expected a string or an array with at least one part, got nothing',
    ],
    [
      withParts(),
      'messages[0].content: expected a string or an array with at least one part, got an empty array',
    ],
    [
      withParts({ type: 5 }),
      'messages[0].content[0].type: expected "text", "image_url", "input_audio" or "file", got 5',
    ],
    [withParts({ type: 'text' }), 'messages[0].content[0].text: expected a string, got nothing'],
    [
      withParts({ type: 'image_url', image_url: 'https://x/y.png' }),
      'messages[0].content[0].image_url: expected an object, got a string',
    ],
    [
      withParts({ type: 'file', file: { filename: 'a' } }),
      'messages[0].content[0].file: expected "file_id" or "file_data", got neither',
    ],
    [
      { model: 'm', messages: [{ role: 'tool', content: 'x' }] },
      'messages[0].tool_call_id: expected a non-empty string, got nothing',
    ],
    [
      {
        model: 'm',
        messages: [
          {
            role: 'assistant',
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: {} } }],
          },
        ],
      },
      'messages[0].tool_calls[0].function.arguments: expected a string, got an object',
    ],
    [
      { model: 'm', input: 'x' },
      'messages: expected the messages of a chat completion, got "input", which belongs to /v1/responses',
    ],
    [
      { model: 'm', messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] },
      'messages[0].tool_call_id: expected the id of a call in a message before, got another id',
    ],
    [
      withTools({ type: 'function', function: { name: 'f', parameters: { type: 'string' } } }),
      'tools[0].function.parameters.type: expected "object", got a string',
    ],
    [
      withTools({ type: 'function', function: { name: 'f', parameters: { required: 'a' } } }),
      'tools[0].function.parameters.required: expected an array of strings, got a string',
    ],
    [
      withParts({ type: 'image_url', image_url: { url: 'data:image/jpeg;base64,iVBORw0KGgo=' } }),
      'messages[0].content[0].image_url.url: expected data of type image/jpeg, as it says, got image/png',
    ],
    [
      withParts({ type: 'image_url', image_url: { url: 'http://[::1]/a.png' } }),
      'messages[0].content[0].image_url.url: expected a data URL or an address on the internet, got a private address; send the data itself',
    ],
    [
      withParts({ type: 'input_audio', input_audio: { data: 'not base64!', format: 'wav' } }),
      'messages[0].content[0].input_audio.data: expected base64, got other characters',
    ],
    [
      withParts({ type: 'file', file: { file_data: 'data:application/pdf,x' } }),
      'messages[0].content[0].file.file_data: expected a data URL of the form data:TYPE;base64,DATA, got another one',
    ],
    [{ ...hello, top_k: 'x' }, 'top_k: expected a whole number from -1, got a string'],
    [{ ...hello, temperature: 3 }, 'temperature: expected a number from 0 to 2, got 3'],
    [{ ...hello, temperature: 'hot' }, 'temperature: expected a number from 0 to 2, got a string'],
    [{ ...hello, max_tokens: 0 }, 'max_tokens: expected a whole number from 1, got 0'],
    [{ ...hello, max_tokens: 1.5 }, 'max_tokens: expected a whole number from 1, got 1.5'],
    [
      { ...hello, max_tokens: 5, max_completion_tokens: 6 },
      'max_tokens: expected the number of max_completion_tokens, or only one of them, got 5',
    ],
    [{ ...hello, n: 0 }, 'n: expected a whole number from 1 to 128, got 0'],
    [{ ...hello, top_logprobs: 3 }, 'logprobs: expected true, as top_logprobs is set, got nothing'],
    [{ ...hello, stop: ['a', ''] }, 'stop[1]: expected a non-empty string, got an empty string'],
    [{ ...hello, logit_bias: { '5': 101 } }, 'logit_bias.5: expected a number from -100 to 100, got 101'],
    [
      { ...hello, logit_bias: { hello: 1 } },
      'logit_bias: expected token ids (whole numbers) as keys, got another key',
    ],
    [{ ...hello, stream: 'true' }, 'stream: expected true or false, got a string'],
    [
      { ...hello, stream_options: { include_usage: true } },
      'stream_options: expected "stream" to be true where it is set, got nothing',
    ],
    [
      { ...hello, tool_choice: 'atuo' },
      'tool_choice: expected "auto", "none" or "required", got another string; "auto"?',
    ],
    [withTools({ function: { name: 'f' } }), 'tools[0].type: expected "function", got nothing'],
    [
      withTools({ type: 'function', function: {} }),
      'tools[0].function.name: expected a non-empty string, got nothing',
    ],
    [
      { ...hello, response_format: { type: 'json_schema', json_schema: { name: 'x' } } },
      'response_format.json_schema.schema: expected an object, got nothing',
    ],
    [{ ...hello, response_format: 'json' }, 'response_format: expected an object, got a string'],
  ])('%j', (body, message) => {
    const error = refusalOf(body)
    expect(error.code).toBe('request.invalid')
    expect(error.message).toBe(message)
    expect(error.facts['param']).toBe(Array.isArray(body) ? null : message.slice(0, message.indexOf(':')))
  })

  test.each([
    [{ ...hello, functions: [] }, 'functions'],
    [{ ...hello, function_call: 'auto' }, 'function_call'],
    [{ model: 'm', messages: [{ role: 'function', name: 'f', content: 'x' }] }, 'messages[0].role'],
    [
      {
        model: 'm',
        messages: [{ role: 'assistant', content: null, function_call: { name: 'f', arguments: '' } }],
      },
      'messages[0].function_call',
    ],
  ])('and the form before tools says what to send instead: %j', (body, param) => {
    const error = refusalOf(body)
    expect(error.code).toBe('request.unsupported')
    expect(error.facts['param']).toBe(param)
    expect(error.message).toMatch(/send /)
  })

  test('text that is not JSON is told by line and column', () => {
    const error = refusalOf('{"model": "m",\n "messages": [{"role": user}]}')
    expect(error.code).toBe('request.malformed_json')
    expect(error.message).toBe('the body is not JSON: line 2, column 24: expected a value')
    expect(error.facts).toEqual({ line: 2, column: 24 })
  })

  test('numbers too large for a double are refused, as they would reach the model as another number', () => {
    expect(
      refusalOf('{"model":"m","messages":[{"role":"user","content":"x"}],"seed":9007199254740993}').facts,
    ).toEqual({
      param: 'seed',
    })
  })

  test('a key that stands twice is refused', () => {
    const twice = '{"model":"cheap","messages":[{"role":"user","content":"x"}],"model":"dear"}'
    expect(refusalOf(twice).message).toBe('model: this key stands twice in one object; send it once')
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
      fc.property(chatRequests(), fc.nat(), wrong, (body, at, value) => {
        const paths = pathsOf(body)
        const path = paths[at % paths.length] ?? []
        const text = JSON.stringify(replaceAt(body, path, value))
        try {
          parseChatRequest(text)
        } catch (error) {
          expect(error).toBeInstanceOf(MusivumError)
          expect((error as MusivumError).message).not.toContain('Kulkarni')
          expect((error as MusivumError).code).toMatch(/^request\.(?:invalid|unsupported)$/)
        }
      }),
    )
  })
})

test('half of a request is malformed, and says so without repeating it', () => {
  fc.assert(
    fc.property(chatRequests(), fc.nat(), (body, at) => {
      const text = JSON.stringify(body)
      const error = refusalOf(text.slice(0, at % text.length))
      expect(error.code).toBe('request.malformed_json')
      expect(error.message).toMatch(/^the body is not JSON: line 1, column \d+: expected [^\n]{1,80}$/)
    }),
  )
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

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from './running-gateway.ts'

/*
 * A loop of turns with tools, in each protocol, with a starter model behind the gateway. It has never learned tools: what it
 * calls under the grammar is nonsense of the right form, which is what is tested. Its context is 512 tokens.
 */

const NAME = 'pick'
const SCHEMA = { type: 'object', properties: { of: { enum: ['ab', 'cd'] } }, required: ['of'] }
const QUESTION = 'Copy: x'
const LIMIT = 80

type Call = { readonly id: string; readonly name: string; readonly input: unknown }
type Seen = {
  readonly calls: readonly Call[]
  readonly text: string
  readonly stop: unknown
  readonly said: readonly object[]
}
type Choice = 'required' | 'none'

/** One protocol: its request, what its answer shows, and the results of calls as messages. */
type Protocol = {
  readonly path: string
  readonly body: (messages: readonly object[], choice: Choice) => object
  readonly read: (answer: unknown) => Seen
  readonly results: (calls: readonly Call[]) => readonly object[]
  readonly stops: { readonly called: string; readonly done: string; readonly cut: string }
  /** Arguments in a stream of events. */
  readonly streamed: (event: Streamed) => string | undefined
}

type Answer = {
  readonly choices: readonly [{ readonly finish_reason: string; readonly message: ChatMessage }]
  readonly output: readonly OutputItem[]
  readonly status: string
  readonly content: readonly ContentBlock[]
  readonly stop_reason: string
}
type ChatMessage = {
  readonly content: string | null
  readonly tool_calls?: readonly {
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
  }[]
}
type OutputItem = {
  readonly type: string
  readonly call_id: string
  readonly name: string
  readonly arguments: string
  readonly content?: readonly { readonly text: string }[]
}
type ContentBlock = {
  readonly type: string
  readonly id: string
  readonly name: string
  readonly input: unknown
  readonly text: string
}
type Streamed = {
  readonly type?: string
  readonly delta?: string | { readonly partial_json?: string }
  readonly choices?: readonly {
    readonly delta?: {
      readonly tool_calls?: readonly { readonly function: { readonly arguments?: string } }[]
    }
  }[]
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  'chat completions': {
    path: '/chat/completions',
    body: (messages, choice) => ({
      messages: [{ role: 'user', content: QUESTION }, ...messages],
      tools: [{ type: 'function', function: { name: NAME, parameters: SCHEMA, strict: true } }],
      tool_choice: choice,
      parallel_tool_calls: false,
      max_tokens: LIMIT,
    }),
    read(answer) {
      const { message, finish_reason: stop } = (answer as Answer).choices[0]
      const calls = (message.tool_calls ?? []).map(({ id, function: called }) => ({
        id,
        name: called.name,
        input: JSON.parse(called.arguments) as unknown,
      }))
      return { calls, text: message.content ?? '', stop, said: [{ role: 'assistant', ...message }] }
    },
    results: (calls) => calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' })),
    stops: { called: 'tool_calls', done: 'stop', cut: 'length' },
    streamed: ({ choices }) => choices?.[0]?.delta?.tool_calls?.[0]?.function.arguments,
  },
  responses: {
    path: '/responses',
    body: (messages, choice) => ({
      input: [{ role: 'user', content: QUESTION }, ...messages],
      tools: [{ type: 'function', name: NAME, parameters: SCHEMA, strict: true }],
      tool_choice: choice,
      parallel_tool_calls: false,
      max_output_tokens: LIMIT,
      store: false,
    }),
    read(answer) {
      const { output, status } = answer as Answer
      const calls = output
        .filter(({ type }) => type === 'function_call')
        .map((item) => ({ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) as unknown }))
      const text = output.flatMap(({ content = [] }) => content.map((part) => part.text)).join('')
      return { calls, text, stop: status, said: output }
    },
    results: (calls) =>
      calls.map(({ id }) => ({ type: 'function_call_output', call_id: id, output: 'done' })),
    stops: { called: 'completed', done: 'completed', cut: 'incomplete' },
    streamed: ({ type, delta }) =>
      type === 'response.function_call_arguments.delta' && typeof delta === 'string' ? delta : undefined,
  },
  messages: {
    path: '/messages',
    body: (messages, choice) => ({
      messages: [{ role: 'user', content: QUESTION }, ...messages],
      tools: [{ name: NAME, input_schema: SCHEMA, strict: true }],
      tool_choice: choice === 'none' ? { type: 'none' } : { type: 'any', disable_parallel_tool_use: true },
      max_tokens: LIMIT,
    }),
    read(answer) {
      const { content, stop_reason: stop } = answer as Answer
      const calls = content
        .filter(({ type }) => type === 'tool_use')
        .map(({ id, name, input }) => ({ id, name, input }))
      const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('')
      return { calls, text, stop, said: [{ role: 'assistant', content }] }
    },
    results: (calls) => [
      {
        role: 'user',
        content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'done' })),
      },
    ],
    stops: { called: 'tool_use', done: 'end_turn', cut: 'max_tokens' },
    streamed: ({ delta }) => (typeof delta === 'object' ? delta.partial_json : undefined),
  },
}

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.close())

async function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }
  return fetch(gateway.url + path, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'starter-s1', ...body }),
  })
}

async function answerTo(path: string, body: object): Promise<unknown> {
  const response = await post(path, body)
  const answer: unknown = await response.json()
  expect(response.status, JSON.stringify(answer)).toBe(200)
  // Everything of such a request is understood and held to.
  expect(response.headers.get('x-musivum-changes')).toBeNull()
  return answer
}

function expectPicked(calls: readonly Call[]): void {
  expect(calls.length).toBeGreaterThan(0)
  for (const { name, input } of calls) {
    expect(name).toBe(NAME)
    expect([{ of: 'ab' }, { of: 'cd' }]).toContainEqual(input)
  }
}

describe.each(Object.keys(PROTOCOLS))('an agent that speaks %s', (name) => {
  const protocol = PROTOCOLS[name] as Protocol

  test('is called, gives results, is called again, and is answered in the end', async () => {
    const history: object[] = []
    const ids: string[] = []
    for (let turn = 0; turn < 3; turn += 1) {
      const seen = protocol.read(await answerTo(protocol.path, protocol.body(history, 'required')))
      expect([seen.stop, seen.text]).toEqual([protocol.stops.called, ''])
      expectPicked(seen.calls)
      ids.push(...seen.calls.map(({ id }) => id))
      history.push(...seen.said, ...protocol.results(seen.calls))
    }
    expect(new Set(ids).size).toBe(ids.length)
    const last = protocol.read(await answerTo(protocol.path, protocol.body(history, 'none')))
    expect(last.calls).toEqual([])
    expect([protocol.stops.done, protocol.stops.cut]).toContain(last.stop)
  })

  test('gets the arguments in a stream, piece by piece', async () => {
    const response = await post(protocol.path, { ...protocol.body([], 'required'), stream: true })
    const events = (await response.text())
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)) as Streamed)
    const pieces = events.map(protocol.streamed).filter((piece) => piece !== undefined)
    expectPicked([{ id: '', name: NAME, input: JSON.parse(pieces.join('')) as unknown }])
    expect(JSON.stringify(events)).toContain(`"name":"${NAME}"`)
  })
})

test('several calls of one answer are valid, and their results are taken together', async () => {
  const { path, body, read, results } = PROTOCOLS['chat completions'] as Protocol
  const several = { parallel_tool_calls: true, max_tokens: 220, temperature: 1 }
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, seed) => answerTo(path, { ...body([], 'required'), ...several, seed })),
  )
  const whole = (answers as Answer[])
    .filter(({ choices }) => choices[0].finish_reason === 'tool_calls')
    .map(read)
  for (const { calls } of whole) expectPicked(calls)
  const most = whole.toSorted((a, b) => b.calls.length - a.calls.length)[0]
  expect(most?.calls.length).toBeGreaterThan(1)
  const next = [...(most?.said ?? []), ...results(most?.calls ?? [])]
  expectPicked(read(await answerTo(path, body(next, 'required'))).calls)
})

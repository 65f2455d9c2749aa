import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Conversation, Message } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import { parseChatRequest } from '../openai-chat/parse-request.ts'
import { renderChatRequest } from '../openai-chat/render-request.ts'
import { chatRequests } from '../openai-chat/chat-requests.conformance.ts'
import { wrapSignature } from '../signature-text.ts'
import { parseResponsesRequest } from './parse-request.ts'
import { renderResponsesRequest } from './render-request.ts'
import { responsesRequests } from './responses-requests.conformance.ts'

const MAKER = 'openai-responses:a.example'
const whole = { model: 'm', stream: false, maker: MAKER }
const chat = { model: 'm', stream: false, includeUsage: false, maker: 'openai-chat:c.example' }

function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/openai-responses/${name}`, import.meta.url), 'utf8')
}

function throughConversation(body: string): Record<string, unknown> {
  const { conversation, model, stream } = parseResponsesRequest(body)
  return { ...renderResponsesRequest(conversation, { model, stream, maker: MAKER }).body }
}

function conversationOf(body: object): Conversation {
  return parseResponsesRequest(JSON.stringify({ model: 'm', ...body })).conversation
}

function chatConversation(body: object): Conversation {
  const hello = { model: 'm', messages: [{ role: 'user', content: 'x' }] }
  return parseChatRequest(JSON.stringify({ ...hello, ...body })).conversation
}

function refusalOf(run: () => unknown): MusivumError {
  try {
    run()
  } catch (error) {
    if (error instanceof MusivumError) return error
    throw error
  }
  throw new Error('it was said')
}

describe('a request taken apart and put together again', () => {
  test('means the same: nothing we promise to keep is lost, added or moved', () => {
    fc.assert(
      fc.property(responsesRequests(), (body) => {
        const text = JSON.stringify(body)
        const first = parseResponsesRequest(text)
        const again = parseResponsesRequest(JSON.stringify(throughConversation(text)))
        expect(again.conversation).toEqual(first.conversation)
        expect([again.model, again.stream]).toEqual([first.model, first.stream])
        expect(renderResponsesRequest(first.conversation, whole).changes).toEqual([])
      }),
      { seed: 4, numRuns: 300 },
    )
  })

  test.each(['openai-tools', 'openai-reasoning', 'openai-structured'])(
    'is the very same body where it has nothing to normalise: %s',
    (name) => {
      const text = fixture(`${name}.request.json`)
      expect(throughConversation(text)).toEqual(JSON.parse(text))
    },
  )

  test('is the body of Codex, but for what it says in the longer of two ways', () => {
    const original = JSON.parse(fixture('codex.request.json')) as { input: Record<string, unknown>[] }
    const shorter = (item: Record<string, unknown>) => {
      const { content, ...rest } = item
      if (content === null) return rest
      const [part] = Array.isArray(content) ? (content as { text: string }[]) : []
      return part === undefined ? item : { ...item, content: part.text }
    }
    expect(throughConversation(fixture('codex.request.json'))).toEqual({
      ...original,
      input: original.input.map(shorter),
    })
  })

  test('is not kept by the server, and says nothing of what only the gateway keeps', () => {
    const rendered = throughConversation(fixture('openai-continued.request.json'))
    expect(rendered).toMatchObject({ store: false })
    expect(rendered).not.toHaveProperty('previous_response_id')
  })

  test('names no item that we named ourselves', () => {
    const own = '01930000-0000-7000-8000-000000000000'
    const input = [
      { type: 'reasoning', id: `rs_${own}_0`, summary: [{ type: 'summary_text', text: 'Hm.' }] },
      {
        type: 'message',
        id: `msg_${own}_1`,
        role: 'assistant',
        content: [{ type: 'output_text', text: 'x' }],
      },
      { type: 'function_call', id: `fc_${own}_2`, call_id: 'a', name: 'f', arguments: '{}' },
    ]
    expect(JSON.stringify(throughConversation(JSON.stringify({ model: 'm', input })))).not.toContain(own)
  })
})

describe('state that a vendor encrypted', () => {
  const returned = (encrypted_content: string) =>
    conversationOf({
      input: [
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'Hm.' }],
          encrypted_content,
        },
        { type: 'message', role: 'assistant', content: 'x' },
      ],
    })
  const itemsFor = (conversation: Conversation, maker: string) =>
    renderResponsesRequest(conversation, { ...whole, maker }).body['input'] as readonly object[]

  test('goes back to its maker under its own id', () => {
    const value = { id: 'rs_upstream', encrypted_content: 'gAAA' }
    const conversation = returned(wrapSignature({ maker: MAKER, value }))
    expect(itemsFor(conversation, MAKER)[0]).toEqual({
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      ...value,
    })
  })

  test('goes back without content when a client of another protocol returns it: what it shows is the summary', () => {
    const value = { id: 'rs_upstream', encrypted_content: 'gAAA' }
    const parts = [{ kind: 'reasoning', text: 'Hm.', signature: { maker: MAKER, value } }] as const
    const conversation: Conversation = {
      ...returned('x'),
      dialect: 'anthropic-messages',
      messages: [{ role: 'assistant', parts, extra: {} }],
    }
    expect(itemsFor(conversation, MAKER)).toEqual([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], ...value },
    ])
  })

  test('goes to no one else, and the loss of its text is told', () => {
    const conversation = returned(wrapSignature({ maker: 'openai-responses:b.example', value: {} }))
    const { body, changes } = renderResponsesRequest(conversation, whole)
    expect(body['input']).toMatchObject([{ type: 'message' }])
    expect(changes).toEqual([
      {
        kind: 'left-out',
        path: 'input[].summary',
        why: 'the server does not take back this reasoning',
      },
    ])
  })

  test('that no gateway wrapped goes to any server of this protocol', () => {
    expect(itemsFor(returned('gAAA'), MAKER)[0]).toMatchObject({ id: 'rs_1', encrypted_content: 'gAAA' })
  })
})

describe('a chat completion in the words of responses', () => {
  test('says tools, results, images and formats', () => {
    const conversation = chatConversation({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: 'In English.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
          ],
        },
        {
          role: 'assistant',
          content: 'One moment.',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'done' },
        { role: 'assistant', content: null, refusal: 'No.' },
      ],
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'person', schema: { type: 'object' }, strict: true },
      },
      parallel_tool_calls: false,
      reasoning_effort: 'low',
      max_completion_tokens: 99,
      logprobs: true,
      top_logprobs: 2,
    })
    expect(renderResponsesRequest(conversation, whole)).toEqual({
      body: {
        model: 'm',
        instructions: 'Be brief.',
        input: [
          { type: 'message', role: 'developer', content: 'In English.' },
          {
            type: 'message',
            role: 'user',
            content: [
              { type: 'input_text', text: 'Look' },
              {
                type: 'input_image',
                image_url: 'data:image/png;base64,iVBORw0KGgo=',
                detail: 'auto',
              },
              { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
            ],
          },
          { type: 'message', role: 'assistant', content: 'One moment.' },
          { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{"a":1}' },
          { type: 'function_call_output', call_id: 'call_1', output: 'done' },
          { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
        ],
        tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: false }],
        tool_choice: { type: 'function', name: 'f' },
        parallel_tool_calls: false,
        text: { format: { type: 'json_schema', name: 'person', schema: { type: 'object' }, strict: true } },
        reasoning: { effort: 'low' },
        max_output_tokens: 99,
        top_logprobs: 2,
        include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
        store: false,
      },
      // By which of its two names the limit was set is said nowhere else.
      changes: [],
    })
  })

  test('tells what it leaves out', () => {
    const conversation = chatConversation({
      seed: 7,
      logit_bias: { '5': 1 },
      top_k: 40,
      verbosity: 'low',
      reasoning: { max_tokens: 2_000, exclude: true },
      messages: [
        {
          role: 'user',
          name: 'asha',
          content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
        },
        { role: 'assistant', reasoning_content: 'Hm.', content: 'y' },
      ],
      tools: [{ type: 'custom', custom: { name: 'shell' } }],
    })
    const { changes } = renderResponsesRequest(conversation, whole)
    expect(changes.map(({ kind, path }) => `${kind} ${path}`).toSorted()).toEqual([
      'changed reasoning_effort.budget_tokens',
      'left-out logit_bias',
      'left-out messages[].content[].cache_control',
      'left-out messages[].name',
      'left-out messages[].reasoning_content',
      'left-out reasoning.exclude',
      'left-out seed',
      'left-out tools',
      'left-out top_k',
      'left-out verbosity',
    ])
  })

  test('is refused where a response cannot do what it asks', () => {
    const refusal = (body: object) => refusalOf(() => renderResponsesRequest(chatConversation(body), whole))
    expect(refusal({ n: 2 }).facts).toEqual({ param: 'n' })
    expect(refusal({ stop: ['x'] }).facts).toEqual({ param: 'stop' })
    const custom = { type: 'custom', custom: { name: 'shell' } }
    expect(refusal({ tools: [custom], tool_choice: 'required' }).facts).toEqual({ param: 'tool_choice' })
    const video = { type: 'video_url', video_url: { url: 'x' } }
    expect(refusal({ messages: [{ role: 'user', content: [video] }] }).code).toBe('request.unsupported')
  })

  test('gives calls ids that fit, the same for call and result', () => {
    const id = `call_${'x'.repeat(100)}`
    const conversation = chatConversation({
      messages: [
        { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '' } }] },
        { role: 'tool', tool_call_id: id, content: 'y' },
      ],
    })
    const input = renderResponsesRequest(conversation, whole).body['input'] as { call_id: string }[]
    expect(new Set(input.map((item) => item.call_id)).size).toBe(1)
    expect(input[0]?.call_id.length).toBeLessThanOrEqual(64)
  })
})

describe('a response in the words of chat completions', () => {
  test('Codex reaches a local server, and is told what did not', () => {
    const { conversation } = parseResponsesRequest(fixture('codex.request.json'))
    const { body, changes } = renderChatRequest(conversation, chat)
    expect(body['messages']).toEqual([
      { role: 'system', content: 'You are Codex, a coding agent running in a terminal.' },
      { role: 'developer', content: expect.stringContaining('<permissions') as unknown },
      { role: 'user', content: expect.stringContaining('<environment_context>') as unknown },
      { role: 'user', content: 'List the files.' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_Ls1',
            type: 'function',
            function: { name: 'shell', arguments: '{"command":["ls"],"workdir":"/srv/app"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_Ls1', content: expect.stringContaining('exit_code') as unknown },
    ])
    expect(body['tools']).toMatchObject([{ type: 'function', function: { name: 'shell', strict: false } }])
    expect(body).toMatchObject({
      tool_choice: 'auto',
      parallel_tool_calls: false,
      reasoning_effort: 'medium',
    })
    expect(changes.map((change) => change.path).toSorted()).toEqual([
      'input[].summary',
      'prompt_cache_key',
      'reasoning.summary',
      'text.verbosity',
      'tools',
    ])
  })

  test('turns of several items are one message, with their reasoning where the server takes it', () => {
    const { conversation } = parseResponsesRequest(fixture('openai-tools.request.json'))
    const messages = renderChatRequest(conversation, chat).body['messages'] as { role: string }[]
    expect(messages.map((message) => message.role)).toEqual([
      'developer',
      'user',
      'assistant',
      'tool',
      'tool',
      'user',
      'assistant',
      'user',
    ])
    const thinking = conversationOf({
      input: [
        { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }] },
        { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      ],
    })
    const habits = { reasoningText: 'reasoning_content' } as const
    expect(renderChatRequest(thinking, { ...chat, habits }).body['messages']).toMatchObject([
      { reasoning_content: 'Hm.', tool_calls: [{ id: 'a' }] },
    ])
  })

  test('images that a tool returned follow in a message of the user, and that is told', () => {
    const { conversation } = parseResponsesRequest(fixture('openai-tools.request.json'))
    const { body, changes } = renderChatRequest(conversation, chat)
    expect((body['messages'] as object[]).slice(3, 6)).toEqual([
      { role: 'tool', tool_call_id: 'call_Ab1', content: '{"c":31}' },
      { role: 'tool', tool_call_id: 'call_Cd2', content: '{"c":24}' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Returned by tool call call_Cd2:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } },
        ],
      },
    ])
    expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toContain('changed input[].content[]')
  })

  test('is refused where what a person sent has no words', () => {
    const refusal = (body: object) => refusalOf(() => renderChatRequest(conversationOf(body), chat))
    const image = { type: 'input_image', file_id: 'file-1' }
    expect(refusal({ input: [{ role: 'user', content: [image] }] }).facts).toEqual({
      param: 'input[].content[]',
    })
    expect(refusal({ input: [{ type: 'item_reference', id: 'msg_1' }] }).code).toBe('request.unsupported')
    expect(refusal({ input: 'x', prompt: { id: 'pmpt_1' } }).facts).toEqual({ param: 'prompt' })
    const search = { tools: [{ type: 'web_search' }], tool_choice: 'required' }
    expect(refusal({ input: 'x', ...search }).facts).toEqual({ param: 'tool_choice' })
  })
})

describe('there and back again', () => {
  test('a chat conversation comes back as it was, but for what was told', () => {
    fc.assert(
      fc.property(chatRequests(), (body) => {
        const { conversation } = parseChatRequest(JSON.stringify(body))
        const rendered = rendering(() => renderResponsesRequest(conversation, whole))
        if (rendered === undefined) return
        const again = parseResponsesRequest(JSON.stringify(rendered.body)).conversation
        expect(saidIn(again.messages)).toEqual(saidIn(conversation.messages))
        expect(again.tools.map((tool) => tool.name)).toEqual(conversation.tools.map((tool) => tool.name))
        expect(again.responseFormat).toEqual(conversation.responseFormat)
        expect(again.parallelToolCalls).toEqual(conversation.parallelToolCalls)
        expect(again.sampling.temperature).toEqual(conversation.sampling.temperature)
        expect(again.sampling.maxOutputTokens).toEqual(conversation.sampling.maxOutputTokens)
      }),
      { seed: 4, numRuns: 300 },
    )
  })

  test('so does a conversation of responses', () => {
    fc.assert(
      fc.property(responsesRequests(), (body) => {
        const { conversation } = parseResponsesRequest(JSON.stringify(body))
        const rendered = rendering(() => renderChatRequest(conversation, chat))
        if (rendered === undefined) return
        const again = parseChatRequest(JSON.stringify(rendered.body)).conversation
        const moved = rendered.changes.some((change) => change.kind === 'changed')
        if (!moved) expect(saidIn(again.messages)).toEqual(saidIn(conversation.messages))
        expect(again.tools.map((tool) => tool.name)).toEqual(conversation.tools.map((tool) => tool.name))
        expect(again.responseFormat).toEqual(conversation.responseFormat)
        expect(again.sampling.maxOutputTokens).toEqual(conversation.sampling.maxOutputTokens)
      }),
      { seed: 4, numRuns: 300 },
    )
  })

  function rendering<T>(render: () => T): T | undefined {
    try {
      return render()
    } catch (error) {
      expect(error).toMatchObject({ code: 'request.unsupported' })
      return undefined
    }
  }

  /** What was said by whom. Protocols differ in how turns are cut into messages, in ids, and chat has calls after text. */
  function saidIn(messages: readonly Message[]): readonly unknown[] {
    const ids = new Map<string, number>()
    const numbered = (id: string) => ids.get(id) ?? (ids.set(id, ids.size), ids.size - 1)
    const turns: { role: string; said: unknown[]; calls: unknown[] }[] = []
    for (const { role, parts } of messages) {
      const last = turns.at(-1)
      const turn = last?.role === role ? last : { role, said: [], calls: [] }
      if (turn !== last) turns.push(turn)
      for (const part of parts) {
        if (part.kind === 'tool-call') turn.calls.push([numbered(part.id), part.name, part.arguments])
        if (part.kind === 'tool-result' && part.text !== '') turn.said.push([numbered(part.id), part.text])
        if (part.kind === 'text' || part.kind === 'refusal') turn.said.push([part.kind, part.text])
        if (part.kind === 'image') turn.said.push(part.url)
      }
    }
    return turns.filter((turn) => turn.said.length > 0 || turn.calls.length > 0)
  }
})

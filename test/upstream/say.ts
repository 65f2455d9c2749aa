import type { Dialect } from '../../src/core/conversation.ts'

/** What a server says in one answer, in the words of no protocol. */
export type Saying = {
  readonly text?: string
  readonly reasoning?: { readonly text: string; readonly signature: string }
  readonly calls?: readonly SaidCall[]
}

export type SaidCall = { readonly id: string; readonly name: string; readonly arguments: string }

/** An answer as the vendor of a protocol sends it: the JSON of a whole one, or the bytes of a streamed one. */
export function say(dialect: Dialect, model: string, saying: Saying, stream: boolean): string {
  switch (dialect) {
    case 'openai-chat':
      return stream ? chatStream(model, saying) : chatWhole(model, saying)
    case 'openai-responses':
      return stream ? responseStream(model, saying) : JSON.stringify(response(model, saying))
    case 'anthropic-messages':
      return stream ? messagesStream(model, saying) : messagesWhole(model, saying)
    default:
      return dialect satisfies never
  }
}

// 30 of prompt and 12 of answer, whatever is said: tests compare what clients show, not what tokenizers count.
export const PROMPT_TOKENS = 30
export const ANSWER_TOKENS = 12

/** In pieces of a few characters, cut without regard to words. */
function pieces(text: string): readonly string[] {
  return text.match(/.{1,5}/gsu) ?? []
}

// --- Chat Completions, with reasoning as OpenRouter has it

const chatUsage = {
  prompt_tokens: PROMPT_TOKENS,
  completion_tokens: ANSWER_TOKENS,
  total_tokens: PROMPT_TOKENS + ANSWER_TOKENS,
}

const chatDetail = { type: 'reasoning.text', format: 'vendor-v1', index: 0 }

function chatHead(model: string, object: string) {
  return { id: 'chatcmpl-said', object, created: 1_764_000_000, model }
}

function chatFinish({ calls = [] }: Saying): string {
  return calls.length > 0 ? 'tool_calls' : 'stop'
}

function chatWhole(model: string, saying: Saying): string {
  const { text, reasoning, calls = [] } = saying
  const message = {
    role: 'assistant',
    content: text ?? null,
    ...(reasoning && {
      reasoning: reasoning.text,
      reasoning_details: [{ ...chatDetail, text: reasoning.text, signature: reasoning.signature }],
    }),
    ...(calls.length > 0 && { tool_calls: calls.map(chatCall) }),
  }
  const choices = [{ index: 0, message, logprobs: null, finish_reason: chatFinish(saying) }]
  return JSON.stringify({ ...chatHead(model, 'chat.completion'), choices, usage: chatUsage })
}

function chatCall({ id, name, arguments: text }: SaidCall) {
  return { id, type: 'function', function: { name, arguments: text } }
}

function chatStream(model: string, saying: Saying): string {
  const head = chatHead(model, 'chat.completion.chunk')
  const chunk = (delta: object, finish: string | null = null) =>
    data({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })
  const { text = '', reasoning, calls = [] } = saying
  const thoughts = reasoning === undefined ? [] : pieces(reasoning.text)
  return [
    chunk({ role: 'assistant', content: '' }),
    ...thoughts.map((piece) =>
      chunk({ reasoning: piece, reasoning_details: [{ ...chatDetail, text: piece }] }),
    ),
    ...(reasoning ? [chunk({ reasoning_details: [{ ...chatDetail, signature: reasoning.signature }] })] : []),
    ...pieces(text).map((piece) => chunk({ content: piece })),
    ...calls.flatMap((call, index) =>
      chatCallPieces(call, index).map((tool_call) => chunk({ tool_calls: [tool_call] })),
    ),
    chunk({}, chatFinish(saying)),
    data({ ...head, choices: [], usage: chatUsage }),
    'data: [DONE]\n\n',
  ].join('')
}

function chatCallPieces(call: SaidCall, index: number): readonly object[] {
  const begun = { index, ...chatCall({ ...call, arguments: '' }) }
  return [begun, ...pieces(call.arguments).map((piece) => ({ index, function: { arguments: piece } }))]
}

// --- Responses

function responseItems({ text, reasoning, calls = [] }: Saying, model: string) {
  return [
    ...(reasoning
      ? [
          {
            id: `rs_${reasoning.signature}`,
            type: 'reasoning',
            summary: [{ type: 'summary_text', text: reasoning.text }],
            encrypted_content: reasoning.signature,
          },
        ]
      : []),
    ...(text === undefined
      ? []
      : [
          {
            id: `msg_${model}`,
            type: 'message',
            status: 'completed',
            role: 'assistant',
            content: [{ type: 'output_text', annotations: [], logprobs: [], text }],
          },
        ]),
    ...calls.map(({ id, name, arguments: args }) => ({
      id: `fc_${id}`,
      type: 'function_call',
      status: 'completed',
      arguments: args,
      call_id: id,
      name,
    })),
  ]
}

type ResponseItem = ReturnType<typeof responseItems>[number]

function response(model: string, saying: Saying, status = 'completed') {
  return {
    id: 'resp_said',
    object: 'response',
    created_at: 1_764_000_000,
    status,
    error: null,
    incomplete_details: null,
    model,
    output: status === 'completed' ? responseItems(saying, model) : [],
    parallel_tool_calls: true,
    store: false,
    tools: [],
    usage:
      status === 'completed'
        ? {
            input_tokens: PROMPT_TOKENS,
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: ANSWER_TOKENS,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: PROMPT_TOKENS + ANSWER_TOKENS,
          }
        : null,
  }
}

function responseStream(model: string, saying: Saying): string {
  let number = 0
  const event = (type: string, fields: object): string =>
    `event: ${type}\n${data({ type, sequence_number: number++, ...fields })}`
  return [
    event('response.created', { response: response(model, saying, 'in_progress') }),
    ...responseItems(saying, model).flatMap((item, output_index) => {
      const pieceEvent = (type: string, fields: object) =>
        event(type, { item_id: item.id, output_index, ...fields })
      return [
        event('response.output_item.added', { output_index, item: emptied(item) }),
        ...itemPieces(item, pieceEvent),
        event('response.output_item.done', { output_index, item }),
      ]
    }),
    event('response.completed', { response: response(model, saying) }),
  ].join('')
}

function emptied(item: ResponseItem): object {
  if ('summary' in item) return { ...item, summary: [], encrypted_content: 'begun' }
  return 'arguments' in item
    ? { ...item, status: 'in_progress', arguments: '' }
    : { ...item, status: 'in_progress', content: [] }
}

function itemPieces(item: ResponseItem, event: (type: string, fields: object) => string): readonly string[] {
  if ('arguments' in item)
    return [
      ...pieces(item.arguments).map((delta) => event('response.function_call_arguments.delta', { delta })),
      event('response.function_call_arguments.done', { arguments: item.arguments }),
    ]
  const [kind, part, at] =
    'summary' in item
      ? (['reasoning_summary', item.summary[0], { summary_index: 0 }] as const)
      : (['output', item.content[0], { content_index: 0 }] as const)
  const added = kind === 'output' ? 'response.content_part' : 'response.reasoning_summary_part'
  const text = part?.text ?? ''
  return [
    event(`${added}.added`, { ...at, part: { ...part, text: '' } }),
    ...pieces(text).map((delta) => event(`response.${kind}_text.delta`, { ...at, delta })),
    event(`response.${kind}_text.done`, { ...at, text }),
    event(`${added}.done`, { ...at, part }),
  ]
}

// --- Messages

function messagesContent({ text, reasoning, calls = [] }: Saying) {
  return [
    ...(reasoning
      ? [{ type: 'thinking' as const, thinking: reasoning.text, signature: reasoning.signature }]
      : []),
    ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
    ...calls.map(({ id, name, arguments: args }) => ({
      type: 'tool_use' as const,
      id,
      name,
      input: JSON.parse(args) as object,
    })),
  ]
}

function messagesEnd({ calls = [] }: Saying) {
  return { stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn', stop_sequence: null }
}

const messagesUsage = {
  input_tokens: PROMPT_TOKENS,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: ANSWER_TOKENS,
}

function messagesHead(model: string) {
  return { id: 'msg_said', type: 'message', role: 'assistant', model }
}

function messagesWhole(model: string, saying: Saying): string {
  const content = messagesContent(saying)
  return JSON.stringify({ ...messagesHead(model), content, ...messagesEnd(saying), usage: messagesUsage })
}

function messagesStream(model: string, saying: Saying): string {
  const event = (type: string, fields: object): string => `event: ${type}\n${data({ type, ...fields })}`
  const opening = { stop_reason: null, stop_sequence: null, usage: { ...messagesUsage, output_tokens: 1 } }
  const raw = new Map((saying.calls ?? []).map(({ id, arguments: text }) => [id, text]))
  return [
    event('message_start', { message: { ...messagesHead(model), content: [], ...opening } }),
    ...messagesContent(saying).flatMap((block, index) => [
      event('content_block_start', { index, content_block: emptyBlock(block) }),
      ...blockDeltas(block, raw).map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', { delta: messagesEnd(saying), usage: { output_tokens: ANSWER_TOKENS } }),
    event('message_stop', {}),
  ].join('')
}

type MessagesBlock = ReturnType<typeof messagesContent>[number]

function emptyBlock(block: MessagesBlock): object {
  if (block.type === 'thinking') return { ...block, thinking: '', signature: '' }
  return block.type === 'text' ? { ...block, text: '' } : { ...block, input: {} }
}

function blockDeltas(block: MessagesBlock, raw: ReadonlyMap<string, string>): readonly object[] {
  switch (block.type) {
    case 'thinking':
      return [
        ...pieces(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block.signature },
      ]
    case 'text':
      return pieces(block.text).map((text) => ({ type: 'text_delta', text }))
    case 'tool_use':
      return pieces(raw.get(block.id) ?? '').map((partial_json) => ({
        type: 'input_json_delta',
        partial_json,
      }))
    default:
      return block satisfies never
  }
}

function data(json: object): string {
  return `data: ${JSON.stringify(json)}\n\n`
}

import type { OfficialClients } from '../official-clients.ts'
import type { Seen, SpeakingClient, ToolResult, Wishes } from './speaking-client.ts'
import { openAiFault } from './openai-fault.ts'

/** `openai`, chat completions. */
export function openAiChatClient({ openai }: OfficialClients, baseURL: string): SpeakingClient {
  const client = new openai.OpenAI({ baseURL, apiKey: 'not-needed', maxRetries: 0 }) as unknown as ChatClient
  return {
    name: 'openai chat',
    dialect: 'openai-chat',
    signs: true,
    faultOf: openAiFault,
    open(first, wishes = {}) {
      let model = first
      const messages: object[] =
        wishes.system === undefined ? [] : [{ role: 'system', content: wishes.system }]
      async function ask(stream: boolean): Promise<Seen> {
        const body = { model, messages, ...fieldsOf(wishes) }
        const { choices, usage } = stream
          ? await streamed(client, body)
          : await client.chat.completions.create(body)
        const [choice] = choices
        if (choice === undefined) throw new TypeError('an answer without a choice')
        messages.push(choice.message)
        return seen(choice, usage)
      }
      return {
        say(text, stream = false) {
          messages.push({ role: 'user', content: text })
          return ask(stream)
        },
        give(results, stream = false) {
          messages.push(...results.map(toolMessage))
          return ask(stream)
        },
        switchTo(next) {
          model = next
        },
      }
    },
  }
}

type ChatClient = {
  readonly chat: {
    readonly completions: {
      create(body: object): Promise<ChatAnswer>
      stream(body: object): AsyncIterable<ChatChunk> & { finalChatCompletion(): Promise<ChatAnswer> }
    }
  }
}

type ChatAnswer = { readonly choices: readonly ChatChoice[]; readonly usage?: ChatUsage }
type ChatChoice = { readonly message: ChatMessage; readonly finish_reason: string }
type ChatUsage = {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null
}
type ChatMessage = {
  readonly content: string | null
  readonly refusal?: string | null
  readonly reasoning_content?: string
  readonly reasoning?: string
  readonly reasoning_details?: readonly Detail[]
  readonly tool_calls?: readonly ChatCall[]
}
type ChatCall = {
  readonly id: string
  readonly function: { readonly name: string; readonly arguments: string }
}
type Detail = { readonly index?: number; readonly text?: string; readonly [field: string]: unknown }
type ChatChunk = { readonly choices: readonly { readonly delta: Partial<ChatMessage> }[] }

function fieldsOf({ tools, reason, schema, maxTokens }: Wishes): object {
  return {
    ...(tools && {
      tools: tools.map((tool) => ({ type: 'function', function: tool })),
    }),
    ...(reason && { reasoning_effort: 'low' }),
    ...(schema && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
    }),
    ...(maxTokens && { max_tokens: maxTokens }),
  }
}

/**
 * The client puts text and calls together, and of fields it does not know keeps the last piece only. Whoever uses it with
 * servers that reason collects theirs from the chunks.
 */
async function streamed(client: ChatClient, body: object): Promise<ChatAnswer> {
  const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } })
  let thoughts = ''
  let details: readonly Detail[] = []
  for await (const { choices } of stream) {
    const delta = choices[0]?.delta
    thoughts += delta?.reasoning_content ?? delta?.reasoning ?? ''
    for (const detail of delta?.reasoning_details ?? []) details = withDetail(details, detail)
  }
  const { choices, usage } = await stream.finalChatCompletion()
  const [choice] = choices
  if (choice === undefined || (thoughts === '' && details.length === 0))
    return { choices, ...(usage && { usage }) }
  const { content, refusal = null, tool_calls } = choice.message
  const message = {
    role: 'assistant',
    content,
    refusal,
    ...(tool_calls && { tool_calls }),
    ...(thoughts !== '' && { reasoning_content: thoughts }),
    ...(details.length > 0 && { reasoning_details: details }),
  }
  return { choices: [{ ...choice, message }], ...(usage && { usage }) }
}

/** As OpenRouter documents it: pieces with the same index are one entry. */
function withDetail(details: readonly Detail[], piece: Detail): readonly Detail[] {
  const at = details.findIndex(({ index }) => index === piece.index)
  const before = details[at]
  if (before === undefined) return [...details, piece]
  const text = `${before.text ?? ''}${piece.text ?? ''}`
  return details.with(at, { ...before, ...piece, ...(text !== '' && { text }) })
}

function toolMessage({ id, text }: ToolResult): object {
  return { role: 'tool', tool_call_id: id, content: text }
}

const STOPS: Readonly<Record<string, Seen['stop']>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'refused',
}

function seen({ message, finish_reason }: ChatChoice, usage: ChatUsage | undefined): Seen {
  return {
    text: message.content ?? '',
    reasoning: message.reasoning_content ?? message.reasoning ?? '',
    refusal: message.refusal ?? '',
    calls: (message.tool_calls ?? []).map((call) => ({
      id: call.id,
      name: call.function.name,
      input: JSON.parse(call.function.arguments) as unknown,
    })),
    stop: STOPS[finish_reason] ?? 'other',
    usage: {
      input: usage?.prompt_tokens ?? 0,
      cached: usage?.prompt_tokens_details?.cached_tokens ?? 0,
      output: usage?.completion_tokens ?? 0,
    },
  }
}

import type { AnthropicMessage, OfficialClients } from '../official-clients.ts'
import type { Fault, Seen, SpeakingClient, ToolResult, Wishes } from './speaking-client.ts'

/** `@anthropic-ai/sdk`. Its base URL has no version. */
export function anthropicClient({ anthropic }: OfficialClients, origin: string): SpeakingClient {
  const client = new anthropic.Anthropic({ baseURL: origin, apiKey: 'not-needed', maxRetries: 0 })
  return {
    name: 'anthropic',
    dialect: 'anthropic-messages',
    signs: true,
    faultOf,
    open(first, wishes = {}) {
      let model = first
      const messages: object[] = []
      async function ask(content: string | readonly object[], stream: boolean): Promise<Seen> {
        messages.push({ role: 'user', content })
        const body = { model, messages, ...fieldsOf(wishes) }
        const message = stream
          ? await client.messages.stream(body).finalMessage()
          : await client.messages.create(body)
        messages.push({ role: 'assistant', content: message.content })
        return seen(message)
      }
      return {
        say: (text, stream = false) => ask(text, stream),
        give: (results, stream = false) => ask(results.map(resultBlock), stream),
        switchTo(next) {
          model = next
        },
      }
    },
  }
}

function fieldsOf({ system, tools, reason, schema, maxTokens = 4_096 }: Wishes): object {
  return {
    max_tokens: maxTokens,
    ...(system && { system }),
    ...(tools && {
      tools: tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters })),
    }),
    ...(reason && { thinking: { type: 'enabled', budget_tokens: 1_024 } }),
    ...(schema && { output_config: { format: { type: 'json_schema', schema } } }),
  }
}

function resultBlock({ id, text }: ToolResult): object {
  return { type: 'tool_result', tool_use_id: id, content: text }
}

const STOPS: Readonly<Record<string, Seen['stop']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool-calls',
  refusal: 'refused',
}

function seen({ content, stop_reason, usage }: AnthropicMessage): Seen {
  const cached = usage.cache_read_input_tokens ?? 0
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')
  return {
    text,
    reasoning: content.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : [])).join('\n\n'),
    refusal: '',
    calls: content
      .filter((block) => block.type === 'tool_use')
      .map(({ id, name, input }) => ({ id, name, input })),
    stop: STOPS[stop_reason] ?? 'other',
    usage: {
      input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
      cached,
      output: usage.output_tokens,
    },
  }
}

type AnthropicError = {
  readonly status?: number
  readonly message: string
  readonly error?: { readonly error?: { readonly details?: { readonly error_code?: string } } }
}

function faultOf(thrown: unknown): Fault {
  const { status, message, error } = thrown as AnthropicError
  return { status, code: error?.error?.details?.error_code, message }
}

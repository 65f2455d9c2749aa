import type { OfficialClients } from '../official-clients.ts'
import type { Seen, SpeakingClient, ToolResult, Wishes } from './speaking-client.ts'
import { openAiFault } from './openai-fault.ts'

/** `openai`, responses. `stored` leaves the history to the server; otherwise every request holds all of it. */
export function openAiResponsesClient(
  { openai }: OfficialClients,
  baseURL: string,
  { stored }: { readonly stored: boolean },
): SpeakingClient {
  const client = new openai.OpenAI({ baseURL, apiKey: 'not-needed', maxRetries: 0 }) as unknown as Client
  return {
    name: stored ? 'openai responses, stored' : 'openai responses',
    dialect: 'openai-responses',
    signs: true,
    faultOf: openAiFault,
    open(first, wishes = {}) {
      let model = first
      const input: object[] = []
      let previous: string | undefined
      async function ask(added: readonly object[], stream: boolean): Promise<Seen> {
        input.push(...added)
        const body = {
          model,
          ...fieldsOf(wishes),
          ...(stored
            ? { input: added, ...(previous && { previous_response_id: previous }) }
            : { input, store: false, ...(wishes.reason && { include: ['reasoning.encrypted_content'] }) }),
        }
        const response = stream
          ? await client.responses.stream(body).finalResponse()
          : await client.responses.create(body)
        previous = response.id
        input.push(...response.output)
        return seen(response)
      }
      return {
        say: (text, stream = false) => ask([{ role: 'user', content: text }], stream),
        give: (results, stream = false) => ask(results.map(outputItem), stream),
        switchTo(next) {
          model = next
        },
      }
    },
  }
}

type Client = {
  readonly responses: {
    create(body: object): Promise<Response>
    stream(body: object): { finalResponse(): Promise<Response> }
  }
}

type Response = {
  readonly id: string
  readonly status: string
  readonly incomplete_details: { readonly reason: string } | null
  readonly output: readonly Item[]
  readonly output_text: string
  readonly usage?: {
    readonly input_tokens: number
    readonly input_tokens_details: { readonly cached_tokens: number }
    readonly output_tokens: number
  }
}

type Item =
  | {
      readonly type: 'message'
      readonly content: readonly { readonly type: string; readonly refusal?: string }[]
    }
  | { readonly type: 'reasoning'; readonly summary: readonly Text[]; readonly content?: readonly Text[] }
  | {
      readonly type: 'function_call'
      readonly call_id: string
      readonly name: string
      readonly arguments: string
    }

type Text = { readonly text: string }

function fieldsOf({ system, tools, reason, schema, maxTokens }: Wishes): object {
  return {
    ...(system && { instructions: system }),
    ...(tools && { tools: tools.map((tool) => ({ type: 'function', strict: false, ...tool })) }),
    ...(reason && { reasoning: { effort: 'low', summary: 'auto' } }),
    ...(schema && { text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } } }),
    ...(maxTokens && { max_output_tokens: maxTokens }),
  }
}

function outputItem({ id, text }: ToolResult): object {
  return { type: 'function_call_output', call_id: id, output: text }
}

function seen({ status, incomplete_details, output, output_text, usage }: Response): Seen {
  const calls = output.filter((item) => item.type === 'function_call')
  const reasoning = output.filter((item) => item.type === 'reasoning')
  const parts = output.filter((item) => item.type === 'message').flatMap(({ content }) => content)
  return {
    text: output_text,
    reasoning: reasoning
      .flatMap(({ summary, content = [] }) => [...summary, ...content].map(({ text }) => text))
      .join('\n\n'),
    refusal: parts.map(({ refusal = '' }) => refusal).join(''),
    calls: calls.map(({ call_id: id, name, arguments: text }) => ({
      id,
      name,
      input: JSON.parse(text) as unknown,
    })),
    stop: stopOf(status, incomplete_details?.reason, calls.length),
    usage: {
      input: usage?.input_tokens ?? 0,
      cached: usage?.input_tokens_details.cached_tokens ?? 0,
      output: usage?.output_tokens ?? 0,
    },
  }
}

function stopOf(status: string, reason: string | undefined, calls: number): Seen['stop'] {
  if (status === 'completed') return calls > 0 ? 'tool-calls' : 'stop'
  if (reason === 'max_output_tokens') return 'length'
  return reason === 'content_filter' ? 'refused' : 'other'
}

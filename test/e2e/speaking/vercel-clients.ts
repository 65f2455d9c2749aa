import type { Dialect } from '../../../src/core/conversation.ts'
import type { OfficialClients } from '../official-clients.ts'
import type { Fault, Seen, Session, SpeakingClient, ToolResult, Wishes } from './speaking-client.ts'

/** The Vercel AI SDK with the providers of OpenAI, in both of its protocols, and of Anthropic. */
export function vercelClients(clients: OfficialClients, baseURL: string): readonly SpeakingClient[] {
  const settings = { baseURL, apiKey: 'not-needed' }
  const openai = clients.aiOpenAi.createOpenAI(settings)
  const anthropic = clients.aiAnthropic.createAnthropic(settings)
  // `forceReasoning`: the provider knows by their names which models of OpenAI reason, and does not know ours.
  const reasoning = { forceReasoning: true, reasoningEffort: 'low' }
  return [
    speaking(clients, {
      name: 'vercel openai chat',
      dialect: 'openai-chat',
      signs: false,
      modelOf: (name) => openai.chat(name),
      optionsOf: ({ reason }) => ({ openai: reason ? reasoning : {} }),
    }),
    speaking(clients, {
      name: 'vercel openai responses',
      dialect: 'openai-responses',
      signs: true,
      modelOf: (name) => openai.responses(name),
      optionsOf: ({ reason }) => ({
        openai: {
          store: false,
          ...(reason && { ...reasoning, reasoningSummary: 'auto', include: ['reasoning.encrypted_content'] }),
        },
      }),
    }),
    speaking(clients, {
      name: 'vercel anthropic',
      dialect: 'anthropic-messages',
      signs: true,
      modelOf: (name) => anthropic(name),
      optionsOf: ({ reason }) => ({
        anthropic: {
          structuredOutputMode: 'outputFormat',
          ...(reason && { thinking: { type: 'enabled', budgetTokens: 1_024 } }),
        },
      }),
    }),
  ]
}

type Provider = {
  readonly name: string
  readonly dialect: Dialect
  readonly signs: boolean
  readonly modelOf: (name: string) => object
  readonly optionsOf: (wishes: Wishes) => object
}

function speaking({ ai }: OfficialClients, { modelOf, optionsOf, ...known }: Provider): SpeakingClient {
  const { generateText, streamText } = ai as unknown as AiCalls
  const { jsonSchema, tool, Output } = ai as unknown as AiMakers
  return {
    ...known,
    faultOf,
    open(first, wishes = {}): Session {
      let model = modelOf(first)
      const messages: object[] = []
      const { system, tools = [], schema, maxTokens } = wishes
      const call = {
        messages,
        maxRetries: 0,
        providerOptions: optionsOf(wishes),
        ...(system && { instructions: system }),
        ...(maxTokens && { maxOutputTokens: maxTokens }),
        ...(schema && { output: Output.object({ schema: jsonSchema(schema) }) }),
        ...(tools.length > 0 && {
          tools: Object.fromEntries(
            tools.map(({ name: id, description, parameters }) => [
              id,
              tool({ description, inputSchema: jsonSchema(parameters) }),
            ]),
          ),
        }),
      }
      async function ask(message: object, stream: boolean): Promise<Seen> {
        messages.push(message)
        const answer = stream
          ? await streamed(streamText, { ...call, model })
          : await generateText({ ...call, model })
        messages.push(...answer.responseMessages)
        return seen(answer)
      }
      return {
        say: (text, stream = false) => ask({ role: 'user', content: text }, stream),
        give: (results, stream = false) => ask({ role: 'tool', content: results.map(resultPart) }, stream),
        switchTo(next) {
          model = modelOf(next)
        },
      }
    },
  }
}

type AiCalls = {
  readonly generateText: (call: object) => Promise<AiAnswer>
  readonly streamText: (call: object) => AiStream
}

type AiMakers = {
  readonly jsonSchema: (schema: object) => object
  readonly tool: (fields: object) => object
  readonly Output: { object(fields: { schema: object }): object }
}

type AiAnswer = {
  readonly text: string
  readonly reasoning: readonly { readonly text: string }[]
  readonly toolCalls: readonly {
    readonly toolCallId: string
    readonly toolName: string
    readonly input: unknown
  }[]
  readonly finishReason: string
  readonly responseMessages: readonly object[]
  readonly usage: {
    readonly inputTokens: number | undefined
    readonly outputTokens: number | undefined
    readonly inputTokenDetails: { readonly cacheReadTokens: number | undefined }
  }
}

type AiStream = { readonly [Key in keyof AiAnswer]: PromiseLike<AiAnswer[Key]> } & {
  readonly fullStream: AsyncIterable<{ readonly type: string; readonly error?: unknown }>
}

/** An error inside a stream is a part of it here. */
async function streamed(streamText: AiCalls['streamText'], call: object): Promise<AiAnswer> {
  const stream = streamText({ ...call, onError: () => undefined })
  for await (const { type, error } of stream.fullStream) if (type === 'error') throw error
  return {
    text: await stream.text,
    reasoning: await stream.reasoning,
    toolCalls: await stream.toolCalls,
    finishReason: await stream.finishReason,
    responseMessages: await stream.responseMessages,
    usage: await stream.usage,
  }
}

function resultPart({ id, name, text }: ToolResult): object {
  return { type: 'tool-result', toolCallId: id, toolName: name, output: { type: 'text', value: text } }
}

const STOPS: Readonly<Record<string, Seen['stop']>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool-calls',
  'content-filter': 'refused',
}

function seen({ text, reasoning, toolCalls, finishReason, usage }: AiAnswer): Seen {
  return {
    text,
    reasoning: reasoning.map((part) => part.text).join('\n\n'),
    refusal: '',
    calls: toolCalls.map(({ toolCallId: id, toolName: name, input }) => ({ id, name, input })),
    stop: STOPS[finishReason] ?? 'other',
    usage: {
      input: usage.inputTokens ?? 0,
      cached: usage.inputTokenDetails.cacheReadTokens ?? 0,
      output: usage.outputTokens ?? 0,
    },
  }
}

type AiError = {
  readonly statusCode?: number
  readonly message?: string
  readonly responseBody?: string
}

function faultOf(thrown: unknown): Fault {
  if (typeof thrown !== 'object' || thrown === null)
    return { status: undefined, code: undefined, message: String(thrown) }
  const { statusCode: status, message, responseBody } = thrown as AiError
  const code = /"(?:error_)?code":"([^"]+)"/.exec(responseBody ?? JSON.stringify(thrown))?.[1]
  return { status, code, message: message ?? JSON.stringify(thrown) }
}

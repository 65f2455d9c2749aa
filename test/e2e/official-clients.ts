import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * The official clients, unmodified, from their own folder, where an installation apart from ours keeps them. Undefined
 * where they could not be installed. The types are as much of theirs as the tests use: the folder is empty when the
 * types of this repository are checked.
 */
export type OfficialClients = {
  readonly openai: OpenAiModule
  readonly openaiZod: { zodResponseFormat(schema: unknown, name: string): object }
  readonly zod: ZodModule
  readonly ai: AiModule
  readonly anthropic: AnthropicModule
  readonly compatible: CompatibleModule
  readonly aiOpenAi: { createOpenAI(settings: AiSettings): AiOpenAi }
  readonly aiAnthropic: { createAnthropic(settings: AiSettings): (model: string) => object }
  readonly langchain: LangChainModule
  readonly langchainTools: { tool(run: () => string, fields: object): object }
}

export const clientsMissing = 'the official clients are not installed (test/clients)'

export function officialClients(): OfficialClients | undefined {
  const folder = process.env['MUSIVUM_TEST_CLIENTS']
  if (folder === undefined) return undefined
  const load = createRequire(join(folder, 'package.json')) as (name: string) => unknown
  return {
    openai: load('openai') as OpenAiModule,
    openaiZod: load('openai/helpers/zod') as OfficialClients['openaiZod'],
    zod: load('zod') as ZodModule,
    ai: load('ai') as AiModule,
    anthropic: load('@anthropic-ai/sdk') as AnthropicModule,
    compatible: load('@ai-sdk/openai-compatible') as CompatibleModule,
    aiOpenAi: load('@ai-sdk/openai') as OfficialClients['aiOpenAi'],
    aiAnthropic: load('@ai-sdk/anthropic') as OfficialClients['aiAnthropic'],
    langchain: load('@langchain/openai') as LangChainModule,
    langchainTools: load('@langchain/core/tools') as OfficialClients['langchainTools'],
  }
}

export type AnthropicModule = {
  readonly Anthropic: new (options: {
    baseURL: string
    apiKey: string
    maxRetries: number
  }) => AnthropicClient
}

export type AnthropicClient = {
  readonly messages: {
    create(body: object): Promise<AnthropicMessage>
    stream(body: object): { finalMessage(): Promise<AnthropicMessage> }
    countTokens(body: object): Promise<{ readonly input_tokens: number }>
  }
  readonly models: {
    list(): Promise<{ readonly data: readonly { readonly id: string; readonly type: string }[] }>
    retrieve(id: string): Promise<{ readonly id: string; readonly type: string }>
  }
}

export type AnthropicMessage = {
  readonly content: readonly AnthropicBlock[]
  readonly stop_reason: string
  readonly usage: {
    readonly input_tokens: number
    readonly cache_creation_input_tokens?: number | null
    readonly cache_read_input_tokens?: number | null
    readonly output_tokens: number
  }
}

type AnthropicBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string }
  | { readonly type: 'redacted_thinking' }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown }

type AiSettings = { readonly baseURL: string; readonly apiKey: string }

type AiOpenAi = { chat(model: string): object; responses(model: string): object }

type ErrorClass = new (...args: never) => Error

export type OpenAiModule = {
  readonly OpenAI: new (options: { baseURL: string; apiKey: string; maxRetries: number }) => OpenAiClient
  readonly APIError: ErrorClass
  readonly APIUserAbortError: ErrorClass
  readonly BadRequestError: ErrorClass
  readonly InternalServerError: ErrorClass
  readonly NotFoundError: ErrorClass
  readonly RateLimitError: ErrorClass
}

/** What the errors of that client carry. */
export type OpenAiError = Error & {
  readonly status: number
  readonly code: string
  readonly headers: Headers
  readonly requestID: string
}

export type OpenAiClient = {
  readonly chat: {
    readonly completions: {
      create(body: ChatBody & { stream: true }, options?: CallOptions): Promise<ChunkStream>
      create(body: ChatBody, options?: CallOptions): Promise<Completion>
      parse(body: ChatBody): Promise<Completion<{ readonly parsed: unknown }>>
      stream(body: ChatBody): { finalChatCompletion(): Promise<Completion> }
    }
  }
  readonly embeddings: {
    create(body: object): Promise<{
      readonly data: readonly { readonly index: number; readonly embedding: readonly number[] }[]
    }>
  }
  readonly models: { list(): Promise<{ readonly data: readonly { readonly id: string }[] }> }
}

type ChatBody = {
  readonly model: string
  readonly messages: readonly object[]
  readonly [field: string]: unknown
}
type CallOptions = { readonly signal?: AbortSignal }

export type Completion<Extra = unknown> = {
  readonly model: string
  readonly choices: readonly {
    readonly message: Extra & { readonly content: string | null; readonly tool_calls?: readonly ToolCall[] }
    readonly finish_reason: string
  }[]
  readonly usage?: OpenAiUsage
}

type ToolCall = { readonly function: { readonly name: string; readonly arguments: string } }

type OpenAiUsage = { readonly prompt_tokens: number; readonly completion_tokens: number }

type ChunkStream = AsyncIterable<{
  readonly choices: readonly { readonly delta: { readonly content?: string | null } }[]
  readonly usage?: OpenAiUsage | null
}> & { readonly controller: AbortController }

type ZodModule = {
  readonly z: {
    object(shape: object): unknown
    number(): unknown
    enum(values: readonly string[]): unknown
  }
}

/** The Vercel AI SDK. */
type AiModule = {
  generateText(call: AiCall): Promise<AiText>
  streamText(call: AiCall): {
    readonly textStream: AsyncIterable<string>
    readonly fullStream: AsyncIterable<{ readonly type: string; readonly error?: unknown }>
    readonly usage: PromiseLike<AiUsage>
    readonly finishReason: PromiseLike<string>
  }
  embedMany(call: {
    model: object
    values: readonly string[]
  }): Promise<{ readonly embeddings: readonly number[][] }>
  tool(fields: object): object
  readonly Output: { object(fields: { schema: unknown }): object }
  readonly APICallError: { isInstance(error: unknown): error is AiError }
}

type AiCall = {
  readonly model: object
  readonly prompt: string
  readonly tools?: Readonly<Record<string, object>>
  readonly toolChoice?: 'required'
  readonly output?: object
  readonly abortSignal?: AbortSignal
  readonly maxRetries?: number
  readonly onError?: (event: { readonly error: unknown }) => void
}

type AiText = {
  readonly text: string
  readonly output: unknown
  readonly finishReason: string
  readonly usage: AiUsage
  readonly toolCalls: readonly { readonly toolName: string; readonly input: unknown }[]
}

type AiUsage = { readonly inputTokens?: number; readonly outputTokens?: number }

export type AiError = Error & {
  readonly statusCode?: number
  readonly isRetryable: boolean
  readonly responseHeaders?: Readonly<Record<string, string>>
}

type CompatibleModule = {
  createOpenAICompatible(options: {
    name: string
    baseURL: string
    includeUsage: boolean
    supportsStructuredOutputs: boolean
  }): ((model: string) => object) & { embeddingModel(model: string): object }
}

type LangChainModule = {
  readonly ChatOpenAI: new (options: LangChainOptions) => ChatOpenAI
  readonly OpenAIEmbeddings: new (options: LangChainOptions) => {
    embedDocuments(texts: readonly string[]): Promise<readonly number[][]>
  }
}

type LangChainOptions = {
  readonly model: string
  readonly apiKey: string
  readonly maxRetries: number
  readonly configuration: { readonly baseURL: string }
}

type ChatOpenAI = {
  invoke(prompt: string, options?: CallOptions): Promise<LangChainMessage>
  stream(prompt: string, options?: CallOptions): Promise<AsyncIterable<LangChainMessage>>
  bindTools(tools: readonly object[], options: object): ChatOpenAI
  withStructuredOutput(schema: unknown, options: object): { invoke(prompt: string): Promise<unknown> }
}

type LangChainMessage = {
  readonly content: string
  readonly tool_calls?: readonly { readonly name: string; readonly args: unknown }[]
  readonly usage_metadata?: { readonly input_tokens: number; readonly output_tokens: number }
}

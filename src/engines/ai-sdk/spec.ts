import type { Json, JsonObject } from '../../core/json.ts'

/**
 * The provider specification of the Vercel AI SDK, version 3 and 4, as far as we use it. Written down here because the
 * packages that bring its types are optional; `provider-package.ts` checks what a package really has.
 * https://github.com/vercel/ai/tree/main/packages/provider, read 2026-11-23.
 */
export type LanguageModel = {
  readonly specificationVersion: string
  readonly provider: string
  readonly supportedUrls?: SupportedUrls | PromiseLike<SupportedUrls>
  doStream(options: CallOptions): PromiseLike<{ readonly stream: ReadableStream<StreamPart> }>
}

/** Patterns of URLs that the provider's server fetches by itself, by media type. */
export type SupportedUrls = Readonly<Record<string, readonly RegExp[]>>

export type EmbeddingModel = {
  readonly specificationVersion: string
  readonly maxEmbeddingsPerCall?: number | undefined | PromiseLike<number | undefined>
  doEmbed(options: EmbedOptions): PromiseLike<EmbedResult>
}

export type EmbedOptions = {
  readonly values: readonly string[]
  readonly dimensions?: number
  readonly abortSignal: AbortSignal
}

export type EmbedResult = {
  readonly embeddings: readonly (readonly number[])[]
  readonly usage?: { readonly tokens: number }
  readonly warnings?: readonly Warning[]
}

/** Keyed by the name of a provider, so that what is meant for one is nothing to the others. */
export type ProviderFields = Readonly<Record<string, JsonObject>>

export type CallOptions = {
  readonly prompt: readonly PromptMessage[]
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly stopSequences?: readonly string[]
  readonly topP?: number
  readonly topK?: number
  readonly presencePenalty?: number
  readonly frequencyPenalty?: number
  readonly seed?: number
  readonly responseFormat?: {
    readonly type: 'json'
    readonly schema?: JsonObject
    readonly name?: string
    readonly description?: string
  }
  readonly tools?: readonly FunctionTool[]
  readonly toolChoice?: ToolChoiceOption
  /** Version 4 only. */
  readonly reasoning?: string
  readonly providerOptions?: ProviderFields
  readonly abortSignal?: AbortSignal
}

export type FunctionTool = {
  readonly type: 'function'
  readonly name: string
  readonly description?: string
  readonly inputSchema: JsonObject
  readonly strict?: boolean
}

export type ToolChoiceOption =
  { readonly type: 'auto' | 'none' | 'required' } | { readonly type: 'tool'; readonly toolName: string }

export type PromptMessage = { readonly providerOptions?: ProviderFields } & (
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user' | 'assistant' | 'tool'; readonly content: readonly PromptPart[] }
)

export type PromptPart = { readonly providerOptions?: ProviderFields } & (
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  | FilePart
  | {
      readonly type: 'tool-call'
      readonly toolCallId: string
      readonly toolName: string
      readonly input: Json
    }
  | {
      readonly type: 'tool-result'
      readonly toolCallId: string
      readonly toolName: string
      readonly output: ToolOutput
    }
)

export type FilePart = {
  readonly type: 'file'
  readonly mediaType: string
  readonly filename?: string
  /** Version 3: base64, or a URL. Version 4: an object that says which. */
  readonly data:
    | string
    | URL
    | { readonly type: 'data'; readonly data: string }
    | { readonly type: 'url'; readonly url: URL }
}

export type ToolOutput =
  | { readonly type: 'text' | 'error-text'; readonly value: string }
  | { readonly type: 'content'; readonly value: readonly JsonObject[] }

/** A vendor's part may hold more, and there are kinds we do not read: all fields beyond `type` are checked where used. */
export type StreamPart = { readonly type: string } & Readonly<Record<string, unknown>>

export type Warning = {
  readonly type: string
  readonly feature?: string
  readonly setting?: string
  readonly details?: string
  readonly message?: string
}

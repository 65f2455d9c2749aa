import type { Json, JsonObject } from './json.ts'

/**
 * Our own form of a request, independent of any wire protocol. Fields we do not know travel in `extra` and are put
 * back where they were, so that a vendor's new option works the day it appears.
 */
export type Conversation = {
  /** The protocol the client spoke: fields in `extra` are its words, and mean nothing in another. */
  readonly dialect: Dialect
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  /** Absent: the model's own default, which is to call several tools at once where it can. */
  readonly parallelToolCalls?: boolean
  readonly reasoning?: ReasoningOrder
  readonly responseFormat?: ResponseFormat
  readonly sampling: Sampling
  /** How many independent answers are wanted (`n` in OpenAI's words). */
  readonly answerCount: number
  /** How many alternatives to report per token; 0 reports the chosen token only. Absent: no log-probabilities. */
  readonly topLogprobs?: number
  readonly extra: JsonObject
}

export type Dialect = 'openai-chat' | 'openai-responses' | 'anthropic-messages'

/** How much the model should think before it answers. Both may be absent: then only that it should. */
export type ReasoningOrder = {
  /** `none`, `minimal`, `low`, `medium`, `high`, … in OpenAI's words. */
  readonly effort?: string
  /** Tokens, in Anthropic's and Google's words. */
  readonly budgetTokens?: number
  /** How a summary of it should read, where the vendor writes one: `auto`, `concise`, `detailed`, `omitted`. */
  readonly summary?: string
}

/**
 * What a vendor put beside reasoning or a tool call so that it can be handed back: opaque to everyone else, and refused by
 * anyone else. It travels with the part it came with, through whatever protocol the client speaks, and is only ever sent to
 * its maker.
 */
export type Signature = {
  /** Wire and host that made it, such as `anthropic-messages:api.anthropic.com`. */
  readonly maker: string
  readonly value: Json
}

/** The sender's wish that everything up to here be kept in the vendor's prompt cache. */
export type CacheMark = { readonly ttl?: string }

export type Message = {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  readonly parts: readonly Part[]
  readonly name?: string
  readonly extra: JsonObject
}

export type Part = PartBody & { readonly cacheMark?: CacheMark; readonly extra?: JsonObject }

type PartBody =
  | { readonly kind: 'text'; readonly text: string }
  /** A `data:` URL, or one that only the model's server may fetch: we never do, on a client's behalf. */
  | { readonly kind: 'image'; readonly url: string; readonly detail?: string }
  | {
      readonly kind: 'file'
      readonly fileId?: string
      readonly filename?: string
      /** A `data:` URL. */
      readonly data?: string
    }
  | { readonly kind: 'audio'; readonly data: string; readonly format: string }
  | { readonly kind: 'refusal'; readonly text: string }
  | {
      readonly kind: 'tool-call'
      readonly id: string
      readonly name: string
      /** JSON text exactly as the model wrote it: not always valid JSON, and never re-serialised by us. */
      readonly arguments: string
      readonly signature?: Signature
    }
  /** One text of a tool's result; images and files beside it in the same message belong to the same call. */
  | { readonly kind: 'tool-result'; readonly id: string; readonly text: string; readonly failed?: true }
  /** What the model thought, handed back. Empty text with a signature: thoughts the vendor shows to nobody. */
  | { readonly kind: 'reasoning'; readonly text: string; readonly signature?: Signature }
  /** A part of a kind we do not know, kept whole. */
  | { readonly kind: 'other'; readonly value: JsonObject }

export type Tool = {
  readonly name: string
  readonly description?: string
  readonly parameters?: JsonObject
  readonly strict?: boolean
  readonly cacheMark?: CacheMark
  readonly extra: JsonObject
}

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'required' }
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'other'; readonly value: Json }

export type ResponseFormat =
  | { readonly kind: 'text' | 'json' }
  | {
      readonly kind: 'json-schema'
      readonly name: string
      readonly schema: JsonObject
      readonly strict?: boolean
      readonly description?: string
    }

export type Sampling = {
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly seed?: number
  readonly stop?: readonly string[]
  readonly presencePenalty?: number
  readonly frequencyPenalty?: number
  /** Token id (of the model's own vocabulary) -> bias, -100..100. */
  readonly logitBias?: Readonly<Record<string, number>>
}

/** Texts to turn into vectors. */
export type EmbeddingRequest = {
  readonly inputs: readonly (string | readonly number[])[]
  readonly dimensions?: number
  readonly extra: JsonObject
}

/** Texts to put in order by how well they answer a query. */
export type RerankRequest = {
  readonly query: string
  readonly documents: readonly string[]
  /** How many of the best are wanted; absent: all. */
  readonly topN?: number
  readonly extra: JsonObject
}

/**
 * Something a renderer had to do to say a conversation in another protocol's words. Every one is told to the client in a
 * header: `path` is the field as the client sent it, `why` one clause.
 */
export type WireChange = {
  readonly kind: 'left-out' | 'changed'
  readonly path: string
  readonly why: string
}

import type { Json, JsonObject } from './json.ts'

/**
 * Our own form of a request, independent of any wire protocol. Fields we do not know travel in `extra` and are put
 * back where they were, so that a vendor's new option works the day it appears.
 */
export type Conversation = {
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  readonly responseFormat?: ResponseFormat
  readonly sampling: Sampling
  /** How many independent answers are wanted (`n` in OpenAI's words). */
  readonly answerCount: number
  /** How many alternatives to report per token; 0 reports the chosen token only. Absent: no log-probabilities. */
  readonly topLogprobs?: number
  readonly extra: JsonObject
}

export type Message = {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  readonly parts: readonly Part[]
  readonly name?: string
  readonly extra: JsonObject
}

export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly extra?: JsonObject }
  | { readonly kind: 'image'; readonly url: string; readonly detail?: string; readonly extra?: JsonObject }
  | {
      readonly kind: 'file'
      readonly fileId?: string
      readonly filename?: string
      /** A `data:` URL. */
      readonly data?: string
      readonly extra?: JsonObject
    }
  | { readonly kind: 'audio'; readonly data: string; readonly format: string; readonly extra?: JsonObject }
  | { readonly kind: 'refusal'; readonly text: string; readonly extra?: JsonObject }
  | {
      readonly kind: 'tool-call'
      readonly id: string
      readonly name: string
      /** JSON text exactly as the model wrote it: not always valid JSON, and never re-serialised by us. */
      readonly arguments: string
      readonly extra?: JsonObject
    }
  | { readonly kind: 'tool-result'; readonly id: string; readonly text: string; readonly extra?: JsonObject }
  /** A part of a kind we do not know, kept whole. */
  | { readonly kind: 'other'; readonly value: JsonObject }

export type Tool = {
  readonly name: string
  readonly description?: string
  readonly parameters?: JsonObject
  readonly strict?: boolean
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

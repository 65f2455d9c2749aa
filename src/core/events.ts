import type { Signature } from './conversation.ts'
import type { JsonObject } from './json.ts'
import type { Usage } from './usage.ts'

/**
 * An answer is a stream of events: nouns then action, and every block that starts also ends. `choice` tells apart the
 * answers of a request that wanted several. `usage` comes at most once, `finish` once per choice, nothing after.
 */
export type AnswerEvent =
  | { readonly kind: 'text-start'; readonly choice: number }
  | {
      readonly kind: 'text-delta'
      readonly choice: number
      readonly text: string
      readonly logprobs?: readonly TokenLogprob[]
    }
  | { readonly kind: 'text-end'; readonly choice: number }
  | { readonly kind: 'reasoning-start'; readonly choice: number }
  | { readonly kind: 'reasoning-delta'; readonly choice: number; readonly text: string }
  /** A block without a delta but with a signature is reasoning that the vendor shows to nobody. */
  | { readonly kind: 'reasoning-end'; readonly choice: number; readonly signature?: Signature }
  | { readonly kind: 'refusal-delta'; readonly choice: number; readonly text: string }
  /** `index` numbers the tool calls of one choice from 0. */
  | {
      readonly kind: 'tool-call-start'
      readonly choice: number
      readonly index: number
      readonly id: string
      readonly name: string
      readonly signature?: Signature
    }
  | {
      readonly kind: 'tool-call-delta'
      readonly choice: number
      readonly index: number
      readonly arguments: string
    }
  | { readonly kind: 'tool-call-end'; readonly choice: number; readonly index: number }
  /** `calls`: where several made one answer, what each of them used; prices have steps, so a sum of calls has none. */
  | { readonly kind: 'usage'; readonly usage: Usage; readonly calls?: readonly Usage[] }
  | {
      readonly kind: 'finish'
      readonly choice: number
      readonly reason: FinishReason
      /** The stop sequence that ended it, where the server says which. */
      readonly stopSequence?: string
    }
  /** Fields of the answer we do not know, to be put back at the top level of the rendered answer. */
  | { readonly kind: 'extra'; readonly fields: JsonObject }

export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other'

export type TokenLogprob = {
  readonly token: string
  /** Natural logarithm of the probability the sampler gave this token. */
  readonly logprob: number
  readonly bytes: readonly number[]
  readonly top: readonly {
    readonly token: string
    readonly logprob: number
    readonly bytes: readonly number[]
  }[]
}

export type EmbeddingAnswer = {
  readonly vectors: readonly Float32Array[]
  readonly usage: Usage
}

export type RerankAnswer = {
  /** Best first. */
  readonly ranked: readonly RankedDocument[]
  readonly usage: Usage
}

/** `index` is the place among the documents that were sent; `score` is of the model's own scale. */
export type RankedDocument = { readonly index: number; readonly score: number }

import type { ErrorCode, ErrorFacts } from '../../core/errors.ts'
import type { FinishReason, TokenLogprob } from '../../core/events.ts'
import type { CallPiece, ChatToolCall, ToolUse } from './tools/tool-use.ts'
import type { WeightsUse } from './weights-use.ts'

/** What the gateway tells the process of a model. */
export type Order =
  LoadOrder | AnswerOrder | EmbedOrder | RerankOrder | CountOrder | TokeniseOrder | CancelOrder

export type LoadOrder = {
  readonly kind: 'load'
  /** `file:` URL of the library's entry. */
  readonly library: string
  readonly weights: string
  readonly adapter?: string
  readonly slots: number
  readonly contextTokens: number
  readonly gpu: 'auto' | false
  readonly gpuLayers: number | 'auto'
  readonly threads: ThreadOrder
  /** Look for NaN in the tensors while loading; unnecessary when the hash of the file is known. */
  readonly checkTensors: boolean
  /** By the header of the weights. */
  readonly use: WeightsUse
  /** Each token sees those after it, so that a text is read in one batch. */
  readonly bothWays: boolean
  /** No weights are read and no context made: the process can only tokenise. */
  readonly vocabularyOnly?: true
}

/** A number that was configured, or the most that may be used: then the process measures which is fastest. */
export type ThreadOrder = { readonly kind: 'fixed' | 'atMost'; readonly count: number }

export type ChatMessage = {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly text: string
  readonly name?: string
  /** What an assistant called, at least one; and the call that this is the result of, with the role `tool` only. */
  readonly calls?: readonly ChatToolCall[]
  readonly callId?: string
}

/** What a chat template makes a prompt of. */
export type ChatPrompt = {
  readonly messages: readonly ChatMessage[]
  readonly use?: ToolUse
}

/** One answer; a request for several is several orders. */
export type AnswerOrder = ChatPrompt & {
  readonly kind: 'answer'
  readonly id: number
  /** Answers of one tenant may go on from what an earlier prompt of it left. */
  readonly tenant?: string
  /** Absolute path of the adapter to write with, where several share these weights. */
  readonly adapter?: string
  readonly maxOutputTokens?: number
  /** The limit is one that the client's protocol makes it set: where the context ends sooner, so does the answer. */
  readonly limitIsCeiling?: true
  readonly temperature: number
  readonly topP: number
  readonly topK: number
  readonly minP: number
  readonly seed?: number
  readonly stop: readonly string[]
  readonly presencePenalty: number
  readonly frequencyPenalty: number
  readonly logitBias: readonly (readonly [token: number, logit: number])[]
  readonly topLogprobs?: number
  /** GBNF of the answer; one that calls tools is held to theirs instead. */
  readonly grammar?: string
  /** The key whose mark the answer carries: 32 bytes. */
  readonly watermark?: Uint8Array
}

export type EmbedOrder = {
  readonly kind: 'embed'
  readonly id: number
  readonly inputs: readonly (string | readonly number[])[]
  readonly dimensions?: number
}

/** A query, and texts to score by how well they answer it. */
export type RerankOrder = {
  readonly kind: 'rerank'
  readonly id: number
  readonly query: string
  readonly documents: readonly string[]
}

/** How many tokens the prompt of a conversation has. */
export type CountOrder = ChatPrompt & { readonly kind: 'count'; readonly id: number }

/** A text as the tokens of this model; control tokens in it are read as text. */
export type TokeniseOrder = { readonly kind: 'tokenise'; readonly id: number; readonly text: string }

export type CancelOrder = { readonly kind: 'cancel'; readonly id: number }

/** What the process says; many reports travel in one message. */
export type Report =
  | ReadyReport
  | { readonly kind: 'refused'; readonly failure: Failure }
  | DeltaReport
  | DoneReport
  | VectorsReport
  | RankedReport
  | CountedReport
  | TokensReport
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure }

export type ReadyReport = {
  readonly kind: 'ready'
  readonly slots: number
  readonly contextTokens: number
  readonly threads: number
  readonly residentBytes: number
}

export type DeltaReport = {
  readonly kind: 'delta'
  readonly id: number
  readonly text: string
  readonly logprobs?: readonly TokenLogprob[]
  /** Comes without text. */
  readonly call?: CallPiece
}

export type DoneReport = {
  readonly kind: 'done'
  readonly id: number
  readonly reason: FinishReason | 'cancelled'
  readonly promptTokens: number
  /** Of these, what the slot had read for an earlier prompt of the same tenant, and what it read now. */
  readonly reusedTokens: number
  readonly evaluatedTokens: number
  readonly outputTokens: number
  /** To the first token, and from there to the last. */
  readonly promptMs: number
  readonly writingMs: number
  readonly residentBytes: number
}

export type VectorsReport = {
  readonly kind: 'vectors'
  readonly id: number
  readonly vectors: readonly Float32Array[]
  readonly tokens: number
}

/** A score from 0 to 1 for each document, in their order; the tokens of all pairs, the query counted in each. */
export type RankedReport = {
  readonly kind: 'ranked'
  readonly id: number
  readonly scores: Float64Array
  readonly tokens: number
}

export type CountedReport = { readonly kind: 'counted'; readonly id: number; readonly tokens: number }

export type TokensReport = { readonly kind: 'tokens'; readonly id: number; readonly tokens: Uint32Array }

/** A MusivumError on its way between processes. */
export type Failure = { readonly code: ErrorCode; readonly message: string; readonly facts?: ErrorFacts }

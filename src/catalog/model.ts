import type { Price } from '../core/money.ts'

/**
 * A name that clients and plans can use, bound to one engine, one set of weights or one seller's model id, one region,
 * one licence record, one price.
 */
export type Model = {
  readonly name: string
  readonly binding: Binding
  readonly price: Price
  readonly licence?: string
  readonly region?: string
  /** Trained to show the machinery, not to be right: every answer says so, and no production route may use it. */
  readonly toy: boolean
  /** Why it is listed and cannot be asked, in one line: a key whose environment variable is not set. */
  readonly unavailable?: string
  /** Where this model came from: the configuration, weights that ship with us, or a server found on loopback. */
  readonly origin: 'config' | 'starter' | 'discovered'
}

export type Binding = LlamaBinding | OpenAiBinding

/** Weights in our own child process. */
export type LlamaBinding = {
  readonly engine: 'llama'
  /** Absolute path of a GGUF file. */
  readonly weights: string
  /** Lower-case hex; checked before every load when known. */
  readonly sha256?: string
  /** Absolute path of a LoRA adapter in GGUF. */
  readonly adapter?: string
  readonly adapterSha256?: string
  /** Tokens of context for one request; default: what the model was trained with, capped by memory. */
  readonly contextTokens?: number
  /** Requests answered at the same time. */
  readonly slots?: number
  /** Requests that may wait for a slot before 429. */
  readonly queue?: number
  readonly threads?: number
  /** Layers kept on a GPU: `auto`, or a number; 0 uses the CPU only. */
  readonly gpuLayers?: number | 'auto'
  /** How long the process stays loaded without a request; 0 unloads at once, -1 never. Default 5 minutes. */
  readonly keepAliveMs?: number
}

/** A server that speaks OpenAI's wire protocol, whoever runs it. */
export type OpenAiBinding = {
  readonly engine: 'openai'
  /** Up to and including the version segment: `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string
  /** The name the server knows the model by. */
  readonly upstreamModel: string
  /** The key itself, already read from the environment. Never logged, never shown, never in an error. */
  readonly key?: string
  /** Fields this server rejects: dropping them is said in the decision, never silent. */
  readonly drops?: readonly string[]
  readonly timeouts?: { readonly firstByteMs?: number; readonly idleMs?: number }
}

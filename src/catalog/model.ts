import type { Price } from '../core/money.ts'
import type { MeasuredSpeed } from './machine-cost.ts'
import type { StatedFacts } from './model-facts.ts'

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
  /** Where this model came from: the configuration, `models pull`, weights that ship with us, or a server found on loopback. */
  readonly origin: 'config' | 'pulled' | 'starter' | 'discovered'
  /** Where its weights were pulled from, with the revision: `hf:OWNER/REPO:QUANT@COMMIT`. */
  readonly source?: string
  /** Who answers in its place, in this order, when it cannot. Each needs a permit of its own. */
  readonly fallbacks?: readonly Fallback[]
  /** What the configuration states about it for rules: contracts, seats, terms. */
  readonly facts?: StatedFacts
  /** What `models bench` found of these weights, on this machine, with these settings. */
  readonly measured?: MeasuredSpeed
  /** Absent: its answers are not kept, unless the key asks for it. */
  readonly cache?: CacheRule
}

/** For how long an answer may be given again, and whether that holds for answers that were drawn by lot. */
export type CacheRule = { readonly ttlMs: number; readonly sampled: boolean }

export type Fallback = { readonly model: string; readonly on: readonly FallbackReason[] }

/**
 * Why a model could not answer: it sheds load or limits our rate; prompt and answer do not fit; its server refused the
 * content; it cannot do what was asked; or it is down in any other way.
 */
export type FallbackReason = 'overloaded' | 'context-too-long' | 'content-policy' | 'unsupported' | 'outage'

export type Binding = LlamaBinding | LlamaServerBinding | OpenAiBinding | AnthropicBinding | AiSdkBinding

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
  /** The models that share one process: the weights by themselves, called `base`, and each adapter on them. */
  readonly family?: { readonly base: string; readonly adapters: readonly AdapterFile[] }
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
  /** How far the context may be shortened when memory is short. Default: not at all where one was asked for, else 2,048. */
  readonly minContextTokens?: number
  /** Loaded when the gateway starts. */
  readonly warm?: true
  /** Never unloaded, neither for its age nor for another model. */
  readonly pinned?: true
}

export type AdapterFile = {
  /** What follows the colon: `urgency` of `clerk:urgency`. */
  readonly name: string
  /** Absolute path of a LoRA adapter in GGUF. */
  readonly path: string
  readonly sha256?: string
}

/** Weights in a `llama-server` of llama.cpp that we start, watch and end. */
export type LlamaServerBinding = Omit<LlamaBinding, 'engine'> & {
  readonly engine: 'llama-server'
  /** Absolute path of the program. Default: what LLAMA_SERVER names, else what the PATH has. */
  readonly binary?: string
  /** A process of it does one of these. Default: it writes text. */
  readonly serves?: 'text' | 'embeddings' | 'rerank'
}

/** The weights are files of this machine, loaded by a process of ours: nobody sends a bill, and nothing leaves. */
export function runsHere(binding: Binding): binding is LlamaBinding | LlamaServerBinding {
  return binding.engine === 'llama' || binding.engine === 'llama-server'
}

/** A server that speaks OpenAI's wire protocol, whoever runs it. */
export type OpenAiBinding = ServerBinding & {
  readonly engine: 'openai'
  /** Whose server it is: a name of src/engines/vendors, whose table then says what the server does in a way of its own. */
  readonly vendor?: string
  /** Sent with every request: `api-version` of Azure. Beside what the vendor's table says, and in its place. */
  readonly query?: Readonly<Record<string, string>>
  /** What is spoken for clients of other protocols. Default: what the vendor's table says, else chat completions. */
  readonly speaks?: 'openai-chat' | 'openai-responses'
  /** Tokens of context that the server says the model has there; of Ollama, which can be told, those it is to give it. */
  readonly contextTokens?: number
  /** It speaks nothing else, so clients of the other protocol are translated: `gpt-5-pro` is had through Responses only. */
  readonly speaksOnlyThat?: true
}

/** A server that speaks Anthropic's Messages protocol, whoever runs it. */
export type AnthropicBinding = ServerBinding & {
  readonly engine: 'anthropic'
  /** The header that carries the key. Default `x-api-key`, which every version of the API and most other servers take. */
  readonly keyHeader?: 'x-api-key' | 'authorization'
  /** Default 2023-06-01: what is right for a newer version is right for it too, and other servers know no newer one. */
  readonly version?: string
  /** Sent with every request as `anthropic-beta`, beside those that a relayed client asks for. */
  readonly betas?: readonly string[]
  /** The limit where a client of another protocol sets none. */
  readonly defaultMaxTokens?: number
  /** The server holds answers to a JSON schema. Default: Anthropic itself does, others do not. */
  readonly structured?: boolean
  /** How models of this server are told to think. Default `adaptive`; `budget` for models before Claude 4.6. */
  readonly reasoning?: 'adaptive' | 'budget'
  /** The server signs no thoughts and takes them back without, as vLLM and llama-server do. Default: it signs. */
  readonly unsignedReasoning?: boolean
  /** What becomes of Claude Code's billing header. Default: Anthropic itself gets it, others do not. */
  readonly billingHeader?: 'keep' | 'leave-out'
}

/** A provider package of the Vercel AI SDK, loaded when the model is first asked. */
export type AiSdkBinding = {
  readonly engine: 'ai-sdk'
  /** As npm knows it: `@ai-sdk/google`. */
  readonly package: string
  /** The name the provider knows the model by. */
  readonly upstreamModel: string
  /** Given to the provider as `apiKey`. Never logged, never shown, never in an error. */
  readonly key?: string
  /** The provider's other settings, secrets among them: read from the environment, and kept as the key is. */
  readonly options?: Readonly<Record<string, string | number | boolean>>
  readonly timeouts?: Timeouts
  readonly tries?: Tries
}

/** Who answers, as people recognise it: the host of a server, the package that knows the way to one. */
export function servedBy(binding: OpenAiBinding | AnthropicBinding | AiSdkBinding): string {
  return binding.engine === 'ai-sdk' ? binding.package : new URL(binding.baseUrl).host
}

/** A model on a server that we reach over HTTP. */
export type ServerBinding = Place & {
  /** The name the server knows the model by. */
  readonly upstreamModel: string
  /** Fields this server rejects: dropping them is said in the decision, never silent. */
  readonly drops?: readonly string[]
  readonly timeouts?: Timeouts
  /** Other places that serve the same model. */
  readonly elsewhere?: readonly Place[]
  readonly tries?: Tries
}

/** Where a model is served, and the key for it: the key is bound to this address and goes nowhere else. */
export type Place = {
  /** Up to and including the version segment: `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string
  /** The key itself, already read from the environment. Never logged, never shown, never in an error. */
  readonly key?: string
  /** Share of the requests compared with the others; 1 unless said. */
  readonly weight?: number
}

export type Timeouts = {
  readonly connectMs?: number
  readonly firstByteMs?: number
  readonly idleMs?: number
  /** From the arrival of the request to the last byte of the answer, all tries together. */
  readonly totalMs?: number
}

export type Tries = {
  /** Tries in all, the first included; 3 unless said. */
  readonly attempts?: number
  readonly balance?: 'latency' | 'weight' | 'load'
  readonly hedge?: { readonly afterMs: number; readonly maxShare: number }
}

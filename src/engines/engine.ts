import type { Model } from '../catalog/model.ts'
import type {
  Conversation,
  Dialect,
  EmbeddingRequest,
  RerankRequest,
  WireChange,
} from '../core/conversation.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { AnswerEvent, EmbeddingAnswer, FinishReason, RerankAnswer } from '../core/events.ts'
import type { JsonObject } from '../core/json.ts'
import type { Usage } from '../core/usage.ts'
import type { Permit } from '../policy/permit.ts'

/**
 * What runs or calls one model. Every method takes a permit for that model and calls `assertPermit` before anything
 * else. Failures of the world are thrown as `MusivumError`; after the first event they are thrown from the iterator.
 */
export type Engine = {
  readonly model: Model
  readonly capabilities: Capabilities

  /** The answer as events. Ends early, without an error, never: an abort rejects with `request.cancelled`. */
  answer(permit: Permit, conversation: Conversation, context: CallContext): AsyncIterable<AnswerEvent>

  embed(permit: Permit, request: EmbeddingRequest, context: CallContext): Promise<EmbeddingAnswer>

  /** Present where the server behind the model puts documents in order. */
  rerank?(permit: Permit, request: RerankRequest, context: CallContext): Promise<RerankAnswer>

  /** How many tokens the prompt of a conversation has, by the model's own tokenizer. Absent: nobody here knows. */
  countTokens?(permit: Permit, conversation: Conversation, context: CallContext): Promise<number>

  /** What `relay` can pass through, because the server behind the model speaks it; empty where there is no server. */
  readonly relays: ReadonlySet<RelayOperation>

  /** For operations in `relays`: bytes pass through and only what must change does. */
  relay?(permit: Permit, request: RelayRequest, sink: RelaySink, context: CallContext): Promise<RelayOutcome>

  /** Present where weights are loaded here: brings them into memory, or out of it. */
  readonly weights?: WeightsInMemory

  /** For /readyz, `models list` and the console. Cheap, synchronous, never starts anything. */
  state(): EngineState

  /** Ends child processes and connections. In-flight calls reject with `gateway.stopping`. */
  close(): Promise<void>
}

export type WeightsInMemory = {
  /** Resolves when the model is loaded. */
  readonly load: () => Promise<void>
  /** Resolves when the memory is back: after what is being answered, or `now`. */
  readonly unload: (when: 'when-done' | 'now') => Promise<void>
  /** Processes that were replaced because they had grown, since the gateway started. */
  readonly recycled: () => number
}

export type Capabilities = {
  readonly tools: boolean
  readonly images: boolean
  readonly jsonSchema: boolean
  /**
   * Of an engine that holds answers to a schema while it writes: the keywords of this one that it does not, and whose answers are
   * to be validated. Absent: it holds to all, or `jsonSchema` is false. Does not throw: what is refused, the answer refuses.
   */
  readonly schemaGaps?: (schema: JsonObject) => readonly SchemaGap[]
  /** JSON objects without a schema. */
  readonly jsonObject: boolean
  readonly logprobs: boolean
  readonly embeddings: boolean
  /** Its weights put documents in order. Absent: nobody here knows before it is asked, or there is no `rerank`. */
  readonly reranks?: boolean
  /** More than one answer per request (`n`) by the engine itself. */
  readonly severalAnswers: boolean
}

/** What an engine can or cannot do. */
export type Capability = Exclude<keyof Capabilities, 'schemaGaps' | 'reranks'>

/** A keyword, and the JSON pointer of the schema it stands in. */
export type SchemaGap = { readonly keyword: string; readonly path: string }

export type CallContext = {
  readonly signal: AbortSignal
  /** Monotonic milliseconds at which the client's patience ends, whatever a single wait would allow. */
  readonly deadlineAtMs?: number
  readonly requestId: string
  /**
   * Requests of one tenant share what was read of earlier prompts, and stand in one line beside those of others. Absent: this
   * one shares with nobody.
   */
  readonly tenant?: string
  /**
   * The client waits for the whole answer: a server may be asked for it in one piece too. Reading 200 pieces that nobody
   * looks at costs ten times as much.
   */
  readonly whole?: boolean
  /** What is written is to carry the mark of this key. Only for the embedded engine: no other is given one. */
  readonly watermark?: Watermarking
  /** Called once, when the call leaves us (upstream request written, handed to the model's process): what was before is our overhead. Waiting for a slot and loading weights come after. */
  readonly onDispatched?: () => void
  /** What of the request was left out or said differently, because the server behind the model has no word for it. */
  readonly onChanged?: (changes: readonly WireChange[]) => void
  /**
   * A try that failed while another is still possible, or lost a race (`request.cancelled`). The one that answers, or fails
   * last, is not told here.
   */
  readonly onFailedTry?: (failed: FailedTry) => void
}

/** 32 bytes. */
export type Watermarking = { readonly key: Uint8Array }

export type FailedTry = {
  /** Which of the endpoints of the model, as the configuration numbers or names them; never a key. */
  readonly endpoint: string
  readonly errorCode: ErrorCode
  /** `Clock.monotonic()`. */
  readonly startedMs: number
  readonly durationMs: number
}

/** A protocol that can pass through. */
export type RelayOperation = Dialect | 'embeddings'

export type EngineState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting' }
  | {
      readonly kind: 'ready'
      readonly activeRequests: number
      readonly queuedRequests: number
      readonly residentBytes?: number
      /** How many requests it answers at once. */
      readonly slots?: number
      /** Prompt tokens of all answers so far: read, and found read by an earlier prompt of the same tenant. */
      readonly promptTokens?: { readonly evaluated: number; readonly reused: number }
      /** Of one request among those beside it, lately; null before anything was measured. */
      readonly tokensPerSecond?: { readonly prompt: number | null; readonly answer: number | null }
      readonly process?: ProcessFacts
    }
  | { readonly kind: 'restarting'; readonly afterMs: number; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string }

/** The process that holds the weights of a local model. Times are milliseconds since the Unix epoch. */
export type ProcessFacts = {
  readonly pid: number | null
  /** What it may come to hold, by the estimate that let it in. */
  readonly promisedBytes: number
  readonly contextTokens: number
  readonly threads: number
  readonly loadedAtMs: number
  /** Since when nobody asks it; null while it answers. */
  readonly idleSinceMs: number | null
  /** When it will be unloaded if nobody asks; null while it answers, and where it stays. */
  readonly unloadAtMs: number | null
  /** It takes no more requests: it ends with what it is answering. */
  readonly leaving: boolean
}

/** A request on its way through, in the client's own words. */
export type RelayRequest = {
  readonly operation: RelayOperation
  /** The client's body, already checked; the engine replaces the value of the top-level `model` and adds what usage needs. */
  readonly body: string
  readonly stream: boolean
  /** The client asked for usage in the stream; if not, the engine asks for it and takes that event out again. */
  readonly includeUsage: boolean
  /** Beta features that the client asks for in a header beside the body, in Anthropic's protocol. */
  readonly betas?: readonly string[]
}

export type RelaySink = {
  /** Once, before any bytes, and only when the answer has begun well: errors before this reject the relay instead. */
  readonly head: (contentType: string) => void
  /** False when the client reads slower than the server writes: the engine then waits for `drained`. */
  readonly bytes: (chunk: Uint8Array) => boolean
  readonly drained: (resume: () => void) => void
}

/**
 * What is known when the relayed answer is whole. A relay that fails after `head` rejects like any other; the caller
 * knows from the sink that the answer had begun and ends the stream with an error event.
 */
export type RelayOutcome = {
  readonly usage?: Usage
  readonly finishReason?: FinishReason
  /** `monotonic` milliseconds at which the last upstream byte was read: what follows is our overhead. */
  readonly lastByteAtMs: number
}

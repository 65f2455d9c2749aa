/** The body of a chat request as far as the double reads it. */
export type ChatBody = {
  readonly model?: string
  /** No vendor's field: asks for a behaviour where the model name is already taken for something else. */
  readonly behave_as?: string
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly n?: number
  readonly logprobs?: boolean
  readonly tools?: readonly unknown[]
  readonly tool_choice?: unknown
  readonly response_format?: { readonly type?: string }
  readonly input?: string | readonly (string | readonly number[])[]
  readonly dimensions?: number
  readonly encoding_format?: string
}

export type ChunkFields = {
  readonly index?: number
  readonly delta?: Record<string, unknown>
  readonly logprobs?: unknown
  readonly finishReason?: string | null
}

const CREATED = 1_763_769_600
const ID = 'chatcmpl-Cf0xTestDouble0000000000000'

/** One `chat.completion.chunk` as OpenAI sends it; `extra` adds or replaces top-level fields, such as `usage`. */
export function chunk(model: string, fields: ChunkFields, extra: Record<string, unknown> = {}): string {
  const { index = 0, delta = {}, logprobs = null, finishReason = null } = fields
  return JSON.stringify({
    id: ID,
    object: 'chat.completion.chunk',
    created: CREATED,
    model,
    service_tier: 'default',
    system_fingerprint: 'fp_560af6e559',
    choices: [{ index, delta, logprobs, finish_reason: finishReason }],
    ...extra,
  })
}

/** The event that `stream_options.include_usage` asks for: no choices, only usage. */
export function usageChunk(model: string, usage: Record<string, unknown>): string {
  return chunk(model, {}, { choices: [], usage })
}

export function completion(
  model: string,
  choices: readonly Record<string, unknown>[],
  usage: Record<string, unknown> | undefined,
): string {
  return JSON.stringify({
    id: ID,
    object: 'chat.completion',
    created: CREATED,
    model,
    choices,
    ...(usage === undefined ? {} : { usage }),
    service_tier: 'default',
    system_fingerprint: 'fp_560af6e559',
  })
}

export function usageOf(completionTokens: number): Record<string, unknown> {
  return {
    prompt_tokens: 11,
    completion_tokens: completionTokens,
    total_tokens: 11 + completionTokens,
    prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  }
}

export function errorBody(message: string, type: string, code: string | number | null): string {
  return JSON.stringify({ error: { message, type, param: null, code } })
}

export function logprobsOf(text: string): Record<string, unknown> {
  const bytes = [...Buffer.from(text)]
  const token = { token: text, logprob: -0.25, bytes }
  return { content: [{ ...token, top_logprobs: [token] }], refusal: null }
}

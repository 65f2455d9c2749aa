/** One question to one model. */
export type Call = {
  readonly model: string
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }[]
  readonly maxTokens?: number
  readonly temperature?: number
  readonly seed?: number
}

/** The whole answer. */
export type Reply = {
  readonly text: string
  readonly finishReason: string | null
  /** Null when the server behind the model did not say. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null
  /** `owned`: our own weights, nobody sends a bill. `unpriced`: nobody knows, which is not 0. */
  readonly cost:
    { readonly kind: 'metered'; readonly nanoUsd: number } | { readonly kind: 'owned' | 'unpriced' }
  readonly latencyMs: number
}

/**
 * Asks through the gateway's own pipeline, so that policy, privacy, budgets and the audit log hold for a run, a judge and
 * a custom scorer as they hold for any client.
 *
 * Rejects with a MusivumError; its `next` says whether a retry can help.
 */
export type Ask = (call: Call, signal: AbortSignal) => Promise<Reply>

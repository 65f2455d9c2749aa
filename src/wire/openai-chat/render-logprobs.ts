import type { TokenLogprob } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'

/** The `logprobs` member of a choice. */
export function renderLogprobs(logprobs: readonly TokenLogprob[]): JsonObject {
  return {
    content: logprobs.map(({ token, logprob, bytes, top }) => ({
      token,
      logprob,
      bytes,
      top_logprobs: top.map((other) => ({ token: other.token, logprob: other.logprob, bytes: other.bytes })),
    })),
    refusal: null,
  }
}

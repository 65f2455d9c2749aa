import type { Json } from './json.ts'

/** What a caller may try next: nothing (`stop`), the same again later (`retry`), another model (`other-model`), a changed request (`change-request`). */
export type Next = 'stop' | 'retry' | 'other-model' | 'change-request'

export type ErrorKind = { readonly status: number; readonly next: Next; readonly means: string }

/**
 * Everything the world can do to us, by code. The table decides the HTTP status, what may help next, and the words in
 * the reference (docs/errors.md is generated from it).
 */
export const errors = {
  'request.malformed_json': { status: 400, next: 'change-request', means: 'The body is not JSON.' },
  'request.invalid': { status: 400, next: 'change-request', means: 'A field has the wrong type or value.' },
  'request.unsupported': {
    status: 400,
    next: 'other-model',
    means: 'The model that was asked for cannot do this. Nothing was dropped silently.',
  },
  'request.too_large': { status: 413, next: 'change-request', means: 'The body is over the limit.' },
  'request.not_utf8': { status: 400, next: 'change-request', means: 'The body is not valid UTF-8.' },
  'request.headers_too_large': {
    status: 431,
    next: 'change-request',
    means: 'The headers are over the limit.',
  },
  'request.timeout': { status: 408, next: 'retry', means: 'The request did not arrive in time.' },
  'request.not_found': { status: 404, next: 'change-request', means: 'There is no such path.' },
  'request.method': { status: 405, next: 'change-request', means: 'The path does not take this method.' },
  'request.forbidden_host': {
    status: 403,
    next: 'stop',
    means: 'The Host or Origin header names a machine this gateway does not answer for.',
  },
  'request.cancelled': {
    status: 499,
    next: 'stop',
    means: 'The client went away before the answer was whole.',
  },
  'response.not_found': {
    status: 404,
    next: 'change-request',
    means:
      'No stored response of this caller has this id. It may have been deleted, or be older than thirty days.',
  },
  'model.not_found': { status: 404, next: 'change-request', means: 'No model has this name.' },
  'model.unavailable': {
    status: 503,
    next: 'other-model',
    means: 'The model is configured and cannot be used as it is, for example because its key is not set.',
  },
  context_length_exceeded: {
    status: 400,
    next: 'other-model',
    means: 'Prompt and wanted answer do not fit the context of the model. Nothing was truncated.',
  },
  'answer.not_structured': {
    status: 502,
    next: 'other-model',
    means:
      'The model did not write JSON of the wanted form, nor when it was told why. Its server does not hold answers to a schema.',
  },
  'cache.not_kept': {
    status: 504,
    next: 'change-request',
    means: 'The client wanted a kept answer or none (`Cache-Control: only-if-cached`), and none is kept.',
  },
  'policy.forbidden': {
    status: 403,
    next: 'stop',
    means: 'A policy rule removed every model that was allowed to answer.',
  },
  'policy.approval_needed': {
    status: 403,
    next: 'stop',
    means:
      'Every model that may answer this needs the approval of a person first. No model has seen it; send the same again once it is approved.',
  },
  'policy.denied': {
    status: 403,
    next: 'stop',
    means: 'A person was asked to approve this request and denied it.',
  },
  'guard.refused': {
    status: 400,
    next: 'change-request',
    means:
      'A guard of this gateway found something in the request or the answer that may not pass. The same again ends the same.',
  },
  'guard.failed': {
    status: 503,
    next: 'retry',
    means:
      'A guard could not judge the request or the answer, and it is one that lets nothing through unjudged.',
  },
  'auth.missing': { status: 401, next: 'stop', means: 'This gateway asks for a key and none was sent.' },
  'auth.key_unknown': { status: 401, next: 'stop', means: 'The key is not one of this gateway.' },
  'auth.key_expired': { status: 401, next: 'stop', means: 'The key was good until a date that has passed.' },
  'auth.key_revoked': {
    status: 401,
    next: 'stop',
    means: 'The key was revoked, perhaps while the answer was on its way.',
  },
  'auth.forbidden': { status: 403, next: 'stop', means: 'The key is good and does not allow this.' },
  'budget.exhausted': {
    status: 402,
    next: 'stop',
    means: 'A budget that this request counts against is spent, or would be by the answer.',
  },
  'budget.unpriced': {
    status: 402,
    next: 'other-model',
    means: 'A hard budget is set and nobody has said what the model costs. Unknown is never taken for free.',
  },
  'limit.reached': {
    status: 429,
    next: 'retry',
    means: 'The rate limit of the key, its project, its team or the gateway is reached.',
  },
  'privacy.not_maskable': {
    status: 403,
    next: 'other-model',
    means:
      'A rule obliges to mask personal data before the model sees it, and the request holds something that cannot be masked, such as a picture.',
  },
  'privacy.mask_failed': {
    status: 500,
    next: 'other-model',
    means: 'A rule obliges to mask personal data and that failed, so the model was not asked.',
  },
  'privacy.names_failed': {
    status: 503,
    next: 'retry',
    means:
      'The model that looks for names of people, places and organisations could not say which there are, so no model was asked.',
  },
  'engine.not_installed': {
    status: 503,
    next: 'other-model',
    means: 'The embedded engine is not installed. `musivum engine install` brings it.',
  },
  'engine.weights_missing': {
    status: 503,
    next: 'other-model',
    means: 'The weights file is not where the configuration says.',
  },
  'engine.weights_damaged': {
    status: 503,
    next: 'other-model',
    means: 'The weights file is damaged, or not the one whose hash is known.',
  },
  'engine.busy': {
    status: 429,
    next: 'retry',
    means:
      'Every slot of the model is taken and its queue is full, or models that are answering hold the memory it needs.',
  },
  'engine.crashed': {
    status: 503,
    next: 'retry',
    means: 'The process of the model ended while it answered. It is being restarted.',
  },
  'engine.quarantined': {
    status: 503,
    next: 'other-model',
    means: 'The model crashed twice in a row and is not started again until its file or the gateway changes.',
  },
  'engine.out_of_memory': {
    status: 503,
    next: 'other-model',
    means:
      'The model does not fit the memory that is free, or that local models may use. The message says what would.',
  },
  'engine.failed': { status: 500, next: 'other-model', means: 'The engine reported a failure of its own.' },
  'upstream.unreachable': {
    status: 502,
    next: 'other-model',
    means: 'The server behind the model does not answer.',
  },
  'upstream.timeout': { status: 504, next: 'retry', means: 'The server behind the model took too long.' },
  'upstream.credentials': {
    status: 502,
    next: 'other-model',
    means: 'The server behind the model refused the key that this gateway holds. Your own key is fine.',
  },
  'upstream.rate_limited': {
    status: 429,
    next: 'retry',
    means: 'The server behind the model limits its rate.',
  },
  'upstream.overloaded': {
    status: 503,
    next: 'other-model',
    means: 'The server behind the model shed load.',
  },
  'upstream.rejected': {
    status: 400,
    next: 'change-request',
    means: 'The server behind the model did not accept the request.',
  },
  'upstream.content_policy': {
    status: 400,
    next: 'other-model',
    means: 'The server behind the model refused the content by rules of its own.',
  },
  'upstream.model_not_found': {
    status: 502,
    next: 'other-model',
    means: 'The server behind the model does not know the model under the configured name.',
  },
  'upstream.failed': { status: 502, next: 'other-model', means: 'The server behind the model failed.' },
  'upstream.bad_answer': {
    status: 502,
    next: 'other-model',
    means: 'The server behind the model answered something that is not its protocol, such as a web page.',
  },
  'upstream.cut': {
    status: 502,
    next: 'retry',
    means: 'The server behind the model closed the connection in the middle of the answer.',
  },
  'gateway.cannot_listen': { status: 500, next: 'stop', means: 'The address or port cannot be listened on.' },
  'config.invalid': { status: 500, next: 'stop', means: 'The configuration is wrong.' },
  'gateway.stopping': { status: 503, next: 'retry', means: 'The gateway is shutting down.' },
  'store.unavailable': { status: 503, next: 'retry', means: 'The store does not accept writes.' },
  internal: { status: 500, next: 'retry', means: 'A mistake of ours. The request id finds it in the log.' },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errors

/** What is known about the failure, for machines: names and numbers, never a secret, never the client's text. */
export type ErrorFacts = { readonly [key: string]: Json | undefined }

/**
 * A failure the world caused. `message` says what was given, what was expected and what to do next in one line; it may
 * be shown to the client. Secrets are removed here, when the error is built, not where it happens to be printed.
 */
export class MusivumError extends Error {
  readonly code: ErrorCode
  readonly facts: ErrorFacts
  override readonly name = 'MusivumError'

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, options?: ErrorOptions) {
    super(oneLine(withoutSecrets(message)), options)
    this.code = code
    this.facts = facts
  }

  get status(): number {
    return errors[this.code].status
  }

  get next(): Next {
    return errors[this.code].next
  }

  /** Seconds after which a retry makes sense, where the cause told us. */
  get retryAfterSeconds(): number | undefined {
    const value = this.facts['retryAfterSeconds']
    return typeof value === 'number' ? value : undefined
  }
}

/** Input that cannot be used. The message is one line: what was given, where, and what was expected. */
export function invalid(message: string): MusivumError {
  return new MusivumError('request.invalid', message)
}

/** Any thrown value as a MusivumError; what is not one of ours is `internal`, with the cause kept for the log only. */
export function toMusivumError(thrown: unknown): MusivumError {
  if (thrown instanceof MusivumError) return thrown
  return new MusivumError('internal', errors.internal.means, {}, { cause: thrown })
}

// Keys of the common vendors, bearer headers and URL passwords. A longer list would give false comfort; the first
// defence is that no code puts a key into a message at all.
const SECRETS = [
  /\b(?:sk|pk|rk|gsk|xai|hf|AIza)[-_A-Za-z0-9]{16,}/g,
  // Keys of our own.
  /\bmv-[0-9a-hjkmnp-tv-z]{10}-[-_A-Za-z0-9]{16,}/g,
  /\bBearer\s+[-._~+/A-Za-z0-9]+=*/gi,
  /(?<=:\/\/[^/\s:@]{0,64}:)[^/\s@]+(?=@)/g,
]

export function withoutSecrets(text: string): string {
  return SECRETS.reduce((clean, pattern) => clean.replace(pattern, '[secret removed]'), text)
}

const MAX_MESSAGE_CHARS = 600

// Secrets go first: one cut in two here would no longer look like one. Control characters go because a server's words
// reach terminals; a character cut in half would not be valid in JSON.
function oneLine(text: string): string {
  const line = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toWellFormed()
  return line.length <= MAX_MESSAGE_CHARS ? line : `${line.slice(0, MAX_MESSAGE_CHARS - 1).toWellFormed()}…`
}

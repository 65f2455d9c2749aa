import { MusivumError, type ErrorCode, type ErrorFacts } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import { parseOpenAiError, type UpstreamError } from '../../wire/openai-error.ts'

/** What an error may say about the server: never the key, which is only here to be removed from what the server says. */
export type UpstreamIdentity = {
  /** The name of the model as clients know it. */
  readonly model: string
  /** `host:port`. */
  readonly host: string
  readonly key: string | undefined
  /** How errors of its wire read. Default: OpenAI's. */
  readonly parseError?: ErrorParser
}

/** What a server said about a failure, from JSON; undefined when the value reports none. */
export type ErrorParser = (value: unknown) => UpstreamError | undefined

/** An answer that is not the one we asked for, read as far as `MAX_ERROR_BODY_BYTES`. */
export type RefusedAnswer = {
  readonly status: number
  readonly contentType: string
  readonly retryAfter: string | undefined
  readonly body: string
}

/** A failed answer as an error of ours, with the vendor's words where the client needs them to change the request. */
export function refusalError(
  upstream: UpstreamIdentity,
  answer: RefusedAnswer,
  clock: Pick<Clock, 'now'>,
): MusivumError {
  const said = vendorError(upstream, answer.body)
  const status = answer.status < 400 ? statusInside(said) : answer.status
  const code = codeFor(status, said)
  const facts: ErrorFacts = {
    upstreamStatus: answer.status,
    upstreamCode: said === undefined || said.code === '' ? undefined : cleaned(upstream, said.code, 64),
    retryAfterSeconds: RETRYABLE.has(code) ? retryAfterSeconds(answer.retryAfter, clock.now()) : undefined,
  }
  return new MusivumError(code, messageFor(upstream, code, answer, said), facts)
}

/** An answer that does not follow the protocol: `what` completes "the server … answered …". */
export function badAnswer(upstream: UpstreamIdentity, what: string, facts: ErrorFacts = {}): MusivumError {
  return new MusivumError('upstream.bad_answer', `${subject(upstream)} answered ${what}.`, facts)
}

export function cutError(upstream: UpstreamIdentity, when: string, cause?: unknown): MusivumError {
  const message = `${subject(upstream)} closed the connection ${when}.`
  return new MusivumError('upstream.cut', message, {}, cause === undefined ? undefined : { cause })
}

export function timeoutError(upstream: UpstreamIdentity, ms: number, waitingFor: string): MusivumError {
  const seconds = ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`
  const message = `${subject(upstream)} sent ${waitingFor} within ${seconds}.`
  return new MusivumError('upstream.timeout', message, { timeoutMs: ms })
}

/** The request had its own deadline, and the server had not answered whole by then. */
export function deadlineError(upstream: UpstreamIdentity): MusivumError {
  const message = `${subject(upstream)} had not answered when the time for the whole request was over.`
  return new MusivumError('upstream.timeout', message)
}

/** Failures of the connection itself, as Node and undici report them. */
export function connectionError(upstream: UpstreamIdentity, error: unknown, begun: boolean): unknown {
  const code = codeOf(error)
  if (code === undefined) return error
  if (UNREACHABLE.has(code)) {
    const message = `${subject(upstream)} is not reachable (${code}). Is it running, and is base_url right?`
    return new MusivumError('upstream.unreachable', message, { upstreamCode: code }, { cause: error })
  }
  if (CLOSED.has(code)) {
    return cutError(upstream, begun ? 'in the middle of the answer' : 'before it answered', error)
  }
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    const message = `${subject(upstream)} answered something that is not HTTP (${code}).`
    return new MusivumError('upstream.bad_answer', message, { upstreamCode: code }, { cause: error })
  }
  if (TLS.test(code)) {
    const message = `${subject(upstream)} has no certificate this machine trusts (${code}).`
    return new MusivumError('upstream.unreachable', message, { upstreamCode: code }, { cause: error })
  }
  return error
}

/** True for a payload that reports an error instead of a piece of an answer, in any of the forms vendors use. */
export function isErrorPayload(value: unknown): boolean {
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (typeof first !== 'object' || first === null) return false
  const { error, object } = first as { readonly error?: unknown; readonly object?: unknown }
  return (error !== undefined && error !== null && error !== false) || object === 'error'
}

/** Azure's and OpenAI's codes. Words of a message are not enough: a client's own prompt may be quoted there. */
const CONTENT_REFUSED = /content_filter|content_policy_violation|ResponsibleAIPolicyViolation/i
const MAX_VENDOR_MESSAGE_CHARS = 300
// A day: what a vendor asks for beyond that is a mistake in its header or clock.
const MAX_RETRY_AFTER_SECONDS = 86_400

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])
const CLOSED = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'HPE_INVALID_EOF_STATE',
  'HPE_CLOSED_CONNECTION',
])
const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/
const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['upstream.rate_limited', 'upstream.overloaded'])

// OpenAI, vLLM, llama-server, Ollama, LM Studio, Anthropic, Bedrock, Gemini and Cohere, in the words each of them uses.
const CONTEXT_EXCEEDED =
  /context_length_exceeded|exceed_context_size|maximum context length|prompt is too long|input is too long for requested model|token count \(\d+\) exceeds the maximum|too many tokens: |exceeds? the (?:available |maximum |model'?s? )*context|context (?:length|window|size)[^.]{0,40}(?:exceeded|overflow)|context the overflows/i
// No waiting helps a key without money: OpenAI, DeepSeek, Anthropic (400 for both of its), OpenRouter, xAI.
const OUT_OF_CREDIT =
  /insufficient_quota|insufficient balance|insufficient credits|billing_hard_limit|credit balance is too low|specified api usage limits|(?:monthly )?spending limit/i

function codeFor(status: number, said: UpstreamError | undefined): ErrorCode {
  const words = said === undefined ? '' : `${said.code} ${said.type} ${said.message}`
  if (status === 401 || status === 402 || status === 403 || OUT_OF_CREDIT.test(words) || isKeyRefused(said)) {
    return 'upstream.credentials'
  }
  if (status === 429) return 'upstream.rate_limited'
  if (CONTEXT_EXCEEDED.test(words)) return 'context_length_exceeded'
  if (CONTENT_REFUSED.test(`${said?.code} ${said?.type}`)) return 'upstream.content_policy'
  if (status === 503 || status === 529) return 'upstream.overloaded'
  if (status === 408 || status === 504 || status === 524) return 'upstream.timeout'
  if (status === 413) return 'request.too_large'
  if (said === undefined) return 'upstream.bad_answer'
  // FastAPI's {"detail":"Not Found"} and its like are about the path, not about the model.
  if (status === 404) return /model/i.test(words) ? 'upstream.model_not_found' : 'upstream.bad_answer'
  return status < 500 ? 'upstream.rejected' : 'upstream.failed'
}

/** Google answers a wrong key with 400; its code says so where its status does not. */
function isKeyRefused(said: UpstreamError | undefined): boolean {
  return said?.code === 'API_KEY_INVALID' || said?.code === 'API_KEY_EXPIRED'
}

function messageFor(
  upstream: UpstreamIdentity,
  code: ErrorCode,
  answer: RefusedAnswer,
  said: UpstreamError | undefined,
): string {
  const who = subject(upstream)
  if (code === 'upstream.bad_answer') {
    const type = cleaned(upstream, answer.contentType, 64) || 'no content type'
    const hint = answer.status === 404 ? ' Does base_url end in the version segment, such as /v1?' : ''
    return `${who} answered with status ${answer.status} and ${type} where JSON of its protocol was expected.${hint}`
  }
  // Vendors quote the key they were sent, in full or in part, so their words about it are not repeated at all.
  if (code === 'upstream.credentials') {
    return `${who} refused the key that this gateway holds for it (status ${answer.status}).`
  }
  const words = said === undefined ? '' : cleaned(upstream, said.message, MAX_VENDOR_MESSAGE_CHARS)
  return `${who} ${VERBS[code] ?? 'failed'} (status ${answer.status})${words === '' ? '.' : `: ${words}`}`
}

const VERBS: Partial<Record<ErrorCode, string>> = {
  'upstream.rate_limited': 'limits its rate',
  'upstream.overloaded': 'is overloaded',
  'upstream.timeout': 'took too long by its own account',
  'upstream.model_not_found': 'does not know the model under its configured name',
  'upstream.rejected': 'did not accept the request',
  'request.too_large': 'takes no request this large',
  context_length_exceeded: 'cannot fit prompt and answer into the context of the model',
}

/** The status that an error inside a 200 stands for. */
function statusInside(said: UpstreamError | undefined): number {
  const code = Number(said?.code)
  if (Number.isInteger(code) && code >= 400 && code <= 599) return code
  const words = `${said?.code ?? ''} ${said?.type ?? ''}`
  if (/rate_limit/i.test(words)) return 429
  if (/overloaded/i.test(words)) return 503
  if (/authentication|permission|api_key/i.test(words)) return 401
  return /invalid_request|BadRequest/i.test(words) ? 400 : 500
}

function vendorError({ parseError }: UpstreamIdentity, body: string): UpstreamError | undefined {
  try {
    return (parseError ?? parseOpenAiError)(JSON.parse(body))
  } catch {
    // Not JSON: a proxy's page or plain text. The status and content type say all there is.
    return undefined
  }
}

/** Seconds from a `Retry-After` header, which is a number of seconds or an HTTP date. */
function retryAfterSeconds(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  // A date has the name of a month; without that, Date.parse makes years of stray numbers.
  if (!/^\s*\d+(?:\.\d+)?\s*$|[a-z]{3}/i.test(header)) return undefined
  const number = Number(header)
  const seconds = Math.ceil(Number.isNaN(number) ? (Date.parse(header) - nowMs) / 1_000 : number)
  if (!Number.isFinite(seconds)) return undefined
  return Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS)
}

function cleaned(upstream: UpstreamIdentity, text: string, maxChars: number): string {
  const withoutKey =
    upstream.key === undefined || upstream.key === ''
      ? text
      : text.replaceAll(upstream.key, '[secret removed]')
  // Control characters would let a vendor paint over a terminal that shows our log.
  // oxlint-disable-next-line no-control-regex
  const line = withoutKey.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim()
  return line.length <= maxChars ? line : `${line.slice(0, maxChars - 1)}…`
}

function subject(upstream: UpstreamIdentity): string {
  return `The server behind ${upstream.model} at ${upstream.host}`
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown }
  return typeof code === 'string' ? code : cause === undefined ? undefined : codeOf(cause)
}

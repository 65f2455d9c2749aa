import { MusivumError, type ErrorCode } from '../../core/errors.ts'
import { headerOf, type RemoteReply, type ReplyHeaders } from './remote-reply.ts'

/** What a failure is told about: `hf:OWNER/REPO` or the host of an address. */
export type Subject = {
  readonly name: string
  readonly host: string
  /** The page where its terms are accepted. */
  readonly page?: string
  readonly revision?: string
  readonly hasToken: boolean
}

/** Whether the same again may end better: the server is busy, or the line was cut. */
export function passes(error: MusivumError): boolean {
  return PASSING.has(error.code)
}

const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'upstream.unreachable',
  'upstream.timeout',
  'upstream.cut',
  'upstream.rate_limited',
  'upstream.overloaded',
  'upstream.failed',
])

/** Hosts come from redirects too: they are cut to what a terminal line can hold. */
export function shownHost(host: string): string {
  return host.length <= 80 ? host : `${host.slice(0, 79)}…`
}

/**
 * A thrown error of a connection as one of ours. What the caller's own signal did is passed on as it is.
 * The message never holds the address: links of stores behind a hub are signed.
 */
export function connectionFailure(thrown: unknown, host: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (thrown instanceof MusivumError) return thrown
  const { code, message } = codeOf(thrown)
  const at = shownHost(host)
  const failure = (kind: ErrorCode, line: string) =>
    new MusivumError(kind, `${at} ${line}`, { host }, { cause: thrown })
  if (/proxy/i.test(message)) return proxyFailure(message, thrown)
  if (/^(?:ENOTFOUND|EAI_AGAIN)$/.test(code)) return failure('upstream.unreachable', NOT_FOUND)
  if (/^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/.test(code))
    return failure('upstream.unreachable', `cannot be reached (${code}). ${CHECK_NETWORK}`)
  if (/^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/.test(code))
    return failure(
      'upstream.timeout',
      'sent nothing for too long. The same command goes on where it stopped.',
    )
  if (/CERT|TLS|SSL|UNABLE_TO_/.test(code))
    return failure(
      'upstream.bad_answer',
      `shows a certificate that is not trusted here (${code}). ${CHECK_AUTHORITY}`,
    )
  if (code.startsWith('HPE_')) return failure('upstream.bad_answer', `does not speak HTTP (${code}).`)
  return failure('upstream.cut', 'closed the connection. The same command goes on where it stopped.')
}

const CHECK_NETWORK =
  'Check the network, and the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names, or should.'
const NOT_FOUND = `is not found by name. ${CHECK_NETWORK}`
const CHECK_AUTHORITY = 'Behind a proxy that reads traffic, name its authority in NODE_EXTRA_CA_CERTS.'

function codeOf(thrown: unknown): { readonly code: string; readonly message: string } {
  if (!(thrown instanceof Error)) return { code: '', message: '' }
  const { code } = thrown as NodeJS.ErrnoException
  const known = typeof code === 'string' ? code : ''
  if (known !== '' || thrown.cause === undefined) return { code: known, message: thrown.message }
  return codeOf(thrown.cause)
}

function proxyFailure(message: string, cause: unknown): MusivumError {
  const status = /\((\d{3})\)/.exec(message)?.[1]
  if (status === '407') {
    const line =
      'the proxy wants a name and a password (407): write them into HTTPS_PROXY as http://NAME:PASSWORD@HOST:PORT'
    return new MusivumError('upstream.credentials', line, {}, { cause })
  }
  const what = status === undefined ? 'cannot be used' : `answered ${status}`
  const line = `the proxy ${what}; look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY`
  return new MusivumError(
    status === undefined ? 'upstream.unreachable' : 'upstream.bad_answer',
    line,
    {},
    { cause },
  )
}

/**
 * An answer that is no success, as one line and the next step. The hub's words: https://huggingface.co/docs/hub/api and
 * `hf_raise_for_status` of its own client, which reads `x-error-code` first because 401 means three things.
 */
export function statusFailure({ status, headers }: RemoteReply, subject: Subject): MusivumError {
  const code = headerOf(headers, 'x-error-code')
  const say = (kind: ErrorCode, line: string) =>
    new MusivumError(kind, `${subject.name} ${line}`, { host: subject.host, status })
  if (code === 'GatedRepo') return say('upstream.credentials', gatedLine(subject))
  if (code === 'RevisionNotFound') return say('model.not_found', revisionLine(subject))
  if (code === 'EntryNotFound') return say('model.not_found', 'has no such file (any more).')
  // A hub tells a stranger 401 for what is not there, so that nobody learns which private names exist.
  const hidden = status === 404 || (status === 401 && !subject.hasToken)
  if (code === 'RepoNotFound' || (hidden && subject.page !== undefined))
    return say('model.not_found', absentLine(subject))
  if (status === 401 || status === 403) return say('upstream.credentials', credentialsLine(status, subject))
  if (status === 404 || status === 410)
    return say('model.not_found', `is not there (${status}). Check the address.`)
  if (status === 429) return rateLimited(headers, subject)
  if (status === 503)
    return withPause(
      'upstream.overloaded',
      headers,
      `${subject.name}: ${subject.host} is busy (503). Try again later.`,
    )
  if (status >= 500)
    return say('upstream.failed', `cannot be had: ${subject.host} failed (${status}). Try again later.`)
  return say('upstream.rejected', `cannot be had: ${subject.host} answered ${status}.`)
}

function gatedLine({ page, hasToken }: Subject): string {
  const terms = page === undefined ? 'accept its terms' : `accept its terms at ${page}`
  return hasToken
    ? `is gated and the account of this token is not on its list: ${terms} with that account, and give the token the right to read gated repositories.`
    : `is gated and no token was sent: ${terms}, then set HF_TOKEN to a token of that account.`
}

function revisionLine({ revision }: Subject): string {
  return `has no revision ${JSON.stringify(revision ?? 'main')}. Expected a branch, a tag or a commit of 40 digits.`
}

function absentLine({ hasToken }: Subject): string {
  return hasToken
    ? 'is not there, or this token may not see it. Check the name.'
    : 'is not there, or is private and no token was sent. Check the name; for a private one set HF_TOKEN.'
}

function credentialsLine(status: number, { host, hasToken }: Subject): string {
  return hasToken
    ? `cannot be had: ${host} does not accept the token (${status}). Check HF_TOKEN, or the variable that --token-env names.`
    : `cannot be had without a token (${status}): set HF_TOKEN, or name a variable with --token-env.`
}

function rateLimited(headers: ReplyHeaders, { name, host, hasToken }: Subject): MusivumError {
  const seconds = pauseAsked(headers)
  const when = seconds === undefined ? 'later' : `in ${seconds} s`
  const more = hasToken ? '' : ' With HF_TOKEN set the limit is higher.'
  return withPause(
    'upstream.rate_limited',
    headers,
    `${name}: ${host} limits how often it is asked (429). Try again ${when}.${more}`,
  )
}

function withPause(code: ErrorCode, headers: ReplyHeaders, line: string): MusivumError {
  const retryAfterSeconds = pauseAsked(headers)
  return new MusivumError(code, line, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
}

/** `Retry-After` in seconds, or the `t` of the hub's `RateLimit: "api";r=0;t=55`. Dates are rare and read as unknown. */
function pauseAsked(headers: ReplyHeaders): number | undefined {
  const plain = /^\s*(\d{1,6})\s*$/.exec(headerOf(headers, 'retry-after') ?? '')?.[1]
  const hub = /;\s*t=(\d{1,6})/.exec(headerOf(headers, 'ratelimit') ?? '')?.[1]
  const found = plain ?? hub
  return found === undefined ? undefined : Number(found)
}

import type { Clock } from '../../core/ports.ts'
import type { ResponseHeaders, ResponseReader } from './upstream.ts'
import { badAnswer, refusalError, type UpstreamIdentity } from './upstream-error.ts'

// Sixteen answers (`n`) of 128 k tokens at 16 bytes each are 32 MiB, with room for what stands around them.
const MAX_ANSWER_BYTES = 64 * 1024 * 1024
// A vendor's error is a few hundred bytes, the page that a proxy puts in its place a few thousand.
const MAX_ERROR_BODY_BYTES = 64 * 1024

/** A response sorted into the three things it can be. Refusals become errors here and arrive at `onFail`. */
export type SortedResponse = {
  /** Packets of an event stream. */
  readonly onStreamData: (chunk: Buffer) => void
  readonly onStreamEnd: () => void
  /** A body that came whole and is no stream: an answer, or an error inside a 200. */
  readonly onWhole: (body: Buffer) => void
  readonly onFail: (error: unknown) => void
}

export function responseReader(
  upstream: UpstreamIdentity,
  clock: Pick<Clock, 'now'>,
  to: SortedResponse,
): ResponseReader {
  let onData = to.onStreamData
  let onEnd = to.onStreamEnd
  return {
    onStart(status, headers) {
      const kind = bodyKind(upstream, status, headers)
      if (kind === 'stream') return
      const body =
        kind === 'whole'
          ? collector(MAX_ANSWER_BYTES, () => tooLarge(upstream))
          : collector(MAX_ERROR_BODY_BYTES, (read) => refuse(read))
      const refuse = (read: Buffer): never => {
        throw refusalError(upstream, refusedAnswer(status, headers, read), clock)
      }
      onData = (chunk) => body.add(chunk)
      onEnd = () => (kind === 'whole' ? to.onWhole(body.bytes()) : refuse(body.bytes()))
    },
    onData: (chunk) => onData(chunk),
    onEnd: () => onEnd(),
    onFail: to.onFail,
  }
}

/** A whole body as JSON. Throws `upstream.bad_answer` when it is not. */
export function parseWhole(upstream: UpstreamIdentity, body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // The parser's message quotes the body, which may be a client's text; its size is enough to find the fault.
    const size = body.length === 0 ? 'an empty body' : `${body.length} bytes that are not JSON`
    throw badAnswer(upstream, `with ${size}`)
  }
}

/** An error inside a 200, as JSON or its text, as the error it would have been with an honest status. */
export function errorInside(upstream: UpstreamIdentity, reported: unknown, clock: Pick<Clock, 'now'>): Error {
  const body = typeof reported === 'string' ? reported : JSON.stringify(reported)
  const answer = { status: 200, contentType: 'application/json', retryAfter: undefined, body }
  return refusalError(upstream, answer, clock)
}

/** What the head of a response promises. Throws where no body could make it an answer. */
function bodyKind(
  upstream: UpstreamIdentity,
  status: number,
  headers: ResponseHeaders,
): 'stream' | 'whole' | 'refused' {
  refuseRedirect(upstream, status, header(headers, 'location'))
  if (status >= 400) return 'refused'
  const encoding = header(headers, 'content-encoding')
  if (encoding !== undefined && encoding !== 'identity') {
    throw badAnswer(upstream, `compressed (${encoding.slice(0, 32)}) although it was asked not to`)
  }
  const type = header(headers, 'content-type') ?? ''
  if (/event-stream/i.test(type)) return 'stream'
  // JSON under a wrong name is found out by parsing it; a web page needs no parsing to be refused.
  return /html/i.test(type) ? 'refused' : 'whole'
}

/** The key goes nowhere but to the configured address, whatever an answer says. */
export function refuseRedirect(
  upstream: UpstreamIdentity,
  status: number,
  location: string | undefined,
): void {
  if (status < 300 || status >= 400) return
  // Only the host: paths and queries of sign-in pages carry tokens.
  const host = URL.parse(location ?? '')?.host ?? ''
  const to = /^[\w.:[\]-]{1,255}$/.test(host) ? ` to ${host}` : ''
  const why = 'redirects are not followed, because the key goes nowhere but to base_url'
  throw badAnswer(upstream, `with a redirect${to} (status ${status}); ${why}`, { upstreamStatus: status })
}

function refusedAnswer(status: number, headers: ResponseHeaders, read: Buffer) {
  return {
    status,
    contentType: header(headers, 'content-type') ?? '',
    retryAfter: header(headers, 'retry-after'),
    body: read.toString('utf8', 0, MAX_ERROR_BODY_BYTES),
  }
}

function tooLarge(upstream: UpstreamIdentity): never {
  throw badAnswer(upstream, `with more than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`)
}

/** Collects packets; `onFull` gets what was read when there is more than `maxBytes` of it, and must throw. */
function collector(maxBytes: number, onFull: (read: Buffer) => never) {
  const chunks: Buffer[] = []
  let size = 0
  const bytes = (): Buffer => {
    const [first] = chunks
    return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size)
  }
  return {
    bytes,
    add(chunk: Buffer): void {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBytes) onFull(bytes())
    },
  }
}

function header(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { MusivumError } from '../core/errors.ts'
import type { Clock, Ids } from '../core/ports.ts'
import type { Exchange, Headers, Reply } from './exchange.ts'
import { gatedReply } from './spending/gated-reply.ts'

export type ExchangeDeps = { readonly clock: Clock; readonly ids: Ids; readonly maxBodyBytes: number }

export function httpExchange(
  request: IncomingMessage,
  response: ServerResponse,
  deps: ExchangeDeps,
): Exchange {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  // An aborted upload surfaces here as well; without a listener it would take the process down.
  request.on('error', () => gone.abort())
  return {
    requestId: deps.ids.next(),
    arrivedAtMs: deps.clock.now(),
    arrivedMonotonicMs: deps.clock.monotonic(),
    header: (name) => headerOf(request, name),
    body: () => readBody(request, deps.maxBodyBytes),
    signal: gone.signal,
    stop: (error) => gone.abort(error),
    reply: gatedReply(new HttpReply(request, response)),
  }
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** The body as text: at most `maxBytes`, plain UTF-8. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    // Inflating what a stranger sent is how a small body becomes a large one.
    throw new MusivumError('request.invalid', 'content-encoding: expected a plain body, got a compressed one')
  }
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > maxBytes) throw tooLarge(maxBytes)
  const bytes = await collect(request, maxBytes)
  if (!isUtf8(bytes))
    throw new MusivumError('request.not_utf8', 'The body is not valid UTF-8; send JSON in UTF-8.')
  return bytes.toString('utf8')
}

function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) {
        request.pause()
        reject(tooLarge(maxBytes))
        return
      }
      chunks.push(chunk)
    })
    request.once('end', () => {
      const [only] = chunks
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length))
    })
    request.once('close', () => {
      // Every request closes in the end; an error costs its stack trace, so none is made for the whole ones.
      if (request.complete) return
      reject(new MusivumError('request.cancelled', 'The client went away before its request was whole.'))
    })
  })
}

function tooLarge(maxBytes: number): MusivumError {
  const mib = Math.round((maxBytes / 1024 / 1024) * 10) / 10
  return new MusivumError(
    'request.too_large',
    `The body is over the limit of ${mib} MiB (limits.body_mib).`,
    {
      maxBytes,
    },
  )
}

// Node writes a head and a buffer as two pieces in one slow system call, a head and a Latin-1 string as one piece in a
// fast one: a tenth of the CPU of a small reply. Latin-1 is every byte as itself, so nothing is changed on the way.
const MAX_JOINED_BYTES = 64 * 1024

/**
 * A class for the sake of `begun`: a getter in an object literal gives every reply a hidden class of its own, which lives in
 * the old heap and keeps its request there until the next full collection. Collecting that was a sixth of our CPU.
 */
class HttpReply implements Reply {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  // Node frames a chunk of a stream as four pieces in one slow system call; framed here it is one piece in a fast one.
  #framed = false

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request
    this.#response = response
  }

  get begun(): boolean {
    return this.#response.headersSent
  }

  whole(status: number, headers: Headers, body: string | Uint8Array): void {
    const response = this.#response
    if (response.headersSent || response.destroyed) return
    closeUnlessRead(this.#request, response)
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    response.writeHead(status, { ...headers, 'content-length': String(length) })
    if (length > MAX_JOINED_BYTES) response.end(body)
    else if (typeof body === 'string') response.end(body, length === body.length ? 'latin1' : 'utf8')
    else response.end(latin1Of(body), 'latin1')
  }

  begin(status: number, headers: Headers, trailers: readonly string[]): void {
    const response = this.#response
    // A client of HTTP/1.0, such as nginx in front of us as it comes, reads until the connection closes and knows no trailers.
    const trailer = response.useChunkedEncodingByDefault ? { trailer: trailers.join(', ') } : {}
    response.writeHead(status, { ...headers, ...trailer })
    this.#framed = response.chunkedEncoding
    response.chunkedEncoding = false
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#framed ? writeFramed(this.#response, chunk) : this.#response.write(chunk)
  }

  drained(resume: () => void): void {
    this.#response.once('drain', resume)
  }

  end(trailers: Headers): void {
    if (this.#framed) this.#response.end(lastChunk(trailers), 'latin1')
    else this.#response.end()
  }
}

/** One chunk of `transfer-encoding: chunked` (RFC 9112 §7.1). Nothing for nothing: an empty chunk is the end of the body. */
function writeFramed(response: ServerResponse, chunk: string | Uint8Array): boolean {
  const length = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
  if (length === 0) return !response.writableNeedDrain
  const size = length.toString(16)
  if (typeof chunk === 'string')
    return response.write(`${size}\r\n${chunk}\r\n`, length === chunk.length ? 'latin1' : 'utf8')
  if (length <= MAX_JOINED_BYTES) return response.write(`${size}\r\n${latin1Of(chunk)}\r\n`, 'latin1')
  response.write(`${size}\r\n`, 'latin1')
  response.write(chunk)
  return response.write('\r\n', 'latin1')
}

function lastChunk(trailers: Headers): string {
  const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `0\r\n${lines.join('')}\r\n`
}

function latin1Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/**
 * A reply sent before the request was read through (body too large, unknown path) must close the connection: the rest
 * of the body would be taken for the next request.
 */
function closeUnlessRead(request: IncomingMessage, response: ServerResponse): void {
  if (!request.complete) response.setHeader('connection', 'close')
}

import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { MusivumError } from '../core/errors.ts'
import type { Clock, Ids } from '../core/ports.ts'
import type { Exchange, Headers, Reply } from './exchange.ts'

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
    reply: httpReply(request, response),
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

function httpReply(request: IncomingMessage, response: ServerResponse): Reply {
  return {
    get begun() {
      return response.headersSent
    },
    whole(status, headers, body) {
      if (response.headersSent || response.destroyed) return
      closeUnlessRead(request, response)
      const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
      response.writeHead(status, { ...headers, 'content-length': String(length) })
      if (typeof body === 'string' || length > MAX_JOINED_BYTES) response.end(body)
      else response.end(Buffer.from(body.buffer, body.byteOffset, length).toString('latin1'), 'latin1')
    },
    begin(status, headers, trailers) {
      response.writeHead(status, { ...headers, trailer: trailers.join(', ') })
    },
    write: (chunk) => response.write(chunk),
    drained: (resume) => {
      response.once('drain', resume)
    },
    end(trailers: Headers) {
      response.addTrailers(trailers)
      response.end()
    },
  }
}

/**
 * A reply sent before the request was read through (body too large, unknown path) must close the connection: the rest
 * of the body would be taken for the next request.
 */
function closeUnlessRead(request: IncomingMessage, response: ServerResponse): void {
  if (!request.complete) response.setHeader('connection', 'close')
}

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { behaviours, type BehaviourName } from './behaviours.ts'
import { answerFast } from './fast.ts'
import type { Exchange } from './exchange.ts'
import type { ChatBody } from './wire.ts'

export type UpstreamOptions = {
  /** Default: any free port. */
  readonly port?: number
  /** What a streamed answer says, one chunk each. Default: five pieces with accents and an emoji. */
  readonly pieces?: readonly string[]
  /** Instead of `pieces`: this many chunks of `chunkText`. */
  readonly chunks?: number
  readonly chunkText?: string
  /** Pause between chunks; 0 waits for the next turn of the event loop only. */
  readonly delayMs?: number
  /** How long `slow-first-byte` waits. */
  readonly slowMs?: number
  /** What /v1/models says. */
  readonly modelNames?: readonly string[]
  readonly ownedBy?: string
  /** For benchmarks: bytes made beforehand, no parsing, no record of requests, behaviours by model name off. */
  readonly fast?: boolean
}

export type ReceivedRequest = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Disconnect = {
  /** `performance.now()` when the double saw that the client was gone. */
  readonly atMs: number
  readonly model: string
}

export type Upstream = {
  /** Up to and including the version segment. */
  readonly url: string
  readonly port: number
  /** The newest requests, oldest first. */
  readonly requests: readonly ReceivedRequest[]
  /** Requests that are being answered now. */
  readonly active: () => number
  readonly openConnections: () => Promise<number>
  /** The next client that left before its answer was whole; each is reported once, in order. */
  readonly nextDisconnect: () => Promise<Disconnect>
  readonly close: () => Promise<void>
}

const DEFAULT_PIECES = ['Hé', 'llo ', 'from the ', 'double ', '🎉']
// A soak run sends millions of requests; tests look at the last few.
const MAX_RECORDED_REQUESTS = 1_000

/**
 * A server that speaks the OpenAI wire protocol with the bytes that vendors send, good and bad. The model name, or a
 * field `behave_as`, chooses the behaviour (see behaviours.ts); any other name gets a plain answer, whole or streamed.
 */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const requests: ReceivedRequest[] = []
  const disconnects = disconnectQueue()
  let active = 0

  const server = createServer((request, response) => {
    active += 1
    response.on('close', () => (active -= 1))
    if (options.fast === true) return answerFast(request, response, options)
    answerRecorded(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  async function answerRecorded(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readBody(request)
    const exchange = exchangeOf(request, response, text, options)
    requests.push({
      method: request.method ?? '',
      path: exchange.path,
      headers: request.headers,
      body: text,
    })
    if (requests.length > MAX_RECORDED_REQUESTS) requests.shift()
    response.on('close', () => {
      if (response.writableFinished || exchange.closedByUs) return
      disconnects.push({ atMs: performance.now(), model: exchange.model })
    })
    await behaviourFor(exchange, options)(exchange)
  }

  // 65 s: longer than any test, so that a reused connection never races against the server's own clock.
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    active: () => active,
    openConnections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
    nextDisconnect: () => disconnects.next(),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

function behaviourFor(exchange: Exchange, options: UpstreamOptions): (exchange: Exchange) => unknown {
  if (exchange.path === '/v1/models') return (e) => behaviours.models(e, options.modelNames, options.ownedBy)
  if (exchange.path !== '/v1/chat/completions' && exchange.path !== '/v1/embeddings')
    return behaviours['no-route']
  return exchange.model in behaviours ? behaviours[exchange.model as BehaviourName] : behaviours.plain
}

function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
  options: UpstreamOptions,
): Exchange {
  const body = chatBody(text)
  const { chunks, chunkText = ' word' } = options
  return {
    request,
    response,
    path: new URL(request.url ?? '/', 'http://double').pathname,
    headers: request.headers,
    text,
    body,
    model: body.behave_as ?? body.model ?? '',
    pieces: options.pieces ?? (chunks === undefined ? DEFAULT_PIECES : Array<string>(chunks).fill(chunkText)),
    delayMs: options.delayMs ?? 0,
    slowMs: options.slowMs ?? 1_000,
    closedByUs: false,
  }
}

function chatBody(text: string): ChatBody {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    // A GET has no body, and a test may send nonsense on purpose: both get the plain behaviour.
    return {}
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

function disconnectQueue() {
  const seen: Disconnect[] = []
  const waiting: ((disconnect: Disconnect) => void)[] = []
  return {
    push(disconnect: Disconnect): void {
      const waiter = waiting.shift()
      if (waiter !== undefined) waiter(disconnect)
      else if (seen.push(disconnect) > MAX_RECORDED_REQUESTS) seen.shift()
    },
    next(): Promise<Disconnect> {
      const first = seen.shift()
      return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first)
    },
  }
}

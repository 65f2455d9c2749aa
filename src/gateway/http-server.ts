import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { MusivumError, toMusivumError, type ErrorCode } from '../core/errors.ts'
import { renderOpenAiError } from '../wire/openai-error.ts'
import { checkOrigin } from './origin.ts'
import { findRoute, type RouteTable } from './route-table.ts'

export type ServerOptions = {
  readonly routes: RouteTable
  readonly loopbackOnly: boolean
  readonly log: (line: string) => void
  /** How long a client may take to send its head, and its whole request. */
  readonly patience?: { readonly headMs: number; readonly requestMs: number }
}

/** The listener: bounds on everything a stranger can send, and a deny-by-default route table. */
export function httpServer(options: ServerOptions): Server {
  const { headMs, requestMs } = options.patience ?? PATIENCE
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headMs,
      requestTimeout: requestMs,
      // The check is what ends a slow connection; a fifth of the shortest patience keeps the bound honest.
      connectionsCheckingInterval: headMs / 5,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => handle(options, request, response),
  )
  server.maxHeadersCount = MAX_HEADERS
  server.on('clientError', refuseConnection)
  return server
}

// 16 KiB is what the common proxies accept; nothing we read needs a tenth of it.
const MAX_HEADER_BYTES = 16 * 1024
const MAX_HEADERS = 100
// A client that trickles its head or body holds a socket; ten seconds for a head, two minutes for 32 MiB on a slow line.
const PATIENCE = { headMs: 10_000, requestMs: 120_000 }
// Longer than the usual 60 s of load balancers in front, so that they close first and never write into a closing socket.
const KEEP_ALIVE_MS = 65_000

function handle(options: ServerOptions, request: IncomingMessage, response: ServerResponse): void {
  // A client that resets the connection surfaces here; without a listener it would end the process.
  response.on('error', () => response.destroy())
  try {
    checkOrigin(request, options.loopbackOnly)
    const route = findRoute(options.routes, request.method ?? '', request.url ?? '')
    const working = route.handler(request, response, route.parameters)
    if (working instanceof Promise)
      working.catch((error: unknown) => refuse(options, request, response, error))
  } catch (error) {
    refuse(options, request, response, error)
  }
}

/** The last net: a handler that failed before it replied. */
function refuse(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
): void {
  const error = toMusivumError(thrown)
  if (error.code === 'internal')
    options.log(`${request.method} failed by a mistake of ours: ${describe(error.cause)}`)
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const allow = error.facts['allow']
  if (typeof allow === 'string') response.setHeader('allow', allow)
  if (!request.complete) response.setHeader('connection', 'close')
  const body = JSON.stringify(renderOpenAiError(error, ''))
  response.writeHead(error.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}

/** What Node's parser refuses never becomes a request: the reply is written by hand, once, and the connection ends. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { code, status, text } = connectionFault(error.code)
  const body = JSON.stringify(renderOpenAiError(new MusivumError(code, text), ''))
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n`
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

function connectionFault(fault: string | undefined): { code: ErrorCode; status: string; text: string } {
  switch (fault) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        code: 'request.headers_too_large',
        status: '431 Request Header Fields Too Large',
        text: `The headers are over the limit of ${MAX_HEADER_BYTES / 1024} KiB.`,
      }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        code: 'request.timeout',
        status: '408 Request Timeout',
        text: 'The request did not arrive in time; send it again in one go.',
      }
    default:
      return {
        code: 'request.invalid',
        status: '400 Bad Request',
        text: 'This is not an HTTP/1.1 request that can be read.',
      }
  }
}

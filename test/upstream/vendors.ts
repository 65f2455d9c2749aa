import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Dialect } from '../../src/core/conversation.ts'
import { requestFault } from './strict-requests.ts'

/** A request that a vendor took: well-formed for its protocol. */
export type VendorRequest = {
  readonly dialect: Dialect
  readonly headers: IncomingHttpHeaders
  /** The received bytes as text, and what they say. */
  readonly text: string
  readonly body: VendorBody
  readonly stream: boolean
}

export type VendorBody = {
  readonly model: string
  readonly stream?: boolean
  readonly messages?: readonly VendorMessage[]
  readonly input?: string | readonly VendorMessage[]
  readonly [field: string]: unknown
}

/** A message, or an item of the Responses protocol. */
export type VendorMessage = {
  readonly role?: string
  readonly type?: string
  readonly [field: string]: unknown
}

export type VendorReply = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
  /** Closes the connection after the body, in the middle of the answer. */
  readonly cut?: true
}

export type Vendors = {
  /** The base URL of all three, up to and including the version. */
  readonly url: string
  /** What was taken, oldest first. */
  readonly requests: readonly VendorRequest[]
  readonly close: () => Promise<void>
}

/**
 * Three vendors in one server: Chat Completions, Responses and Messages, each at its own path and each as strict as the
 * real one. A body with an unknown field, or with a call that has no result, gets status 400 in the words of its protocol.
 */
export async function startVendors(answer: (request: VendorRequest) => VendorReply): Promise<Vendors> {
  const requests: VendorRequest[] = []
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request)
    const { pathname } = new URL(request.url ?? '/', 'http://vendor')
    if (pathname === '/v1/messages/count_tokens')
      return reply(response, false, { body: '{"input_tokens":14}' })
    const dialect = DIALECTS[pathname]
    if (dialect === undefined)
      return reply(response, false, { status: 404, body: '{"error":{"message":"no route"}}' })
    const body = JSON.parse(text) as VendorBody
    const stream = body.stream === true
    const fault = requestFault(dialect, body)
    if (fault !== undefined) return reply(response, false, refusal(dialect, fault))
    const taken = { dialect, headers: request.headers, text, body, stream }
    requests.push(taken)
    reply(response, stream, answer(taken))
  }

  // 65 s: longer than any test, so that a reused connection never races against the server's own clock.
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  '/v1/chat/completions': 'openai-chat',
  '/v1/responses': 'openai-responses',
  '/v1/messages': 'anthropic-messages',
}

/** Status 400, as each vendor says it. */
export function refusal(dialect: Dialect, message: string): VendorReply {
  const error = { type: 'invalid_request_error', message }
  const body =
    dialect === 'anthropic-messages'
      ? { type: 'error', error }
      : { error: { ...error, param: null, code: null } }
  return { status: 400, body: JSON.stringify(body) }
}

function reply(
  response: ServerResponse,
  stream: boolean,
  { status = 200, headers, body, cut }: VendorReply,
): void {
  const type = stream && status === 200 ? 'text/event-stream; charset=utf-8' : 'application/json'
  response.writeHead(status, { 'content-type': type, ...headers })
  if (cut !== true) response.end(body)
  else response.write(body, () => response.destroy())
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

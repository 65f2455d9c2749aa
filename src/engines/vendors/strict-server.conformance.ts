import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { OpenAiVendor } from './vendor.ts'

export type StrictServer = {
  readonly origin: string
  readonly received: readonly Received[]
  readonly close: () => Promise<void>
}

export type Received = {
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * A server that refuses what the vendor's table says the vendor refuses, and answers all else with bytes in the vendor's
 * form where fixtures have them, else in OpenAI's.
 */
export async function startStrictServer(vendor: OpenAiVendor): Promise<StrictServer> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://strict')
      received.push({ url, headers: request.headers, body })
      const refused = refusal(vendor, url, body)
      if (refused === undefined) return reply(vendor, url, body, response)
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: refused, type: 'invalid_request_error' } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function refusal(vendor: OpenAiVendor, url: URL, body: Received['body']): string | undefined {
  const operation = operationOf(url)
  if (!vendor.relays.includes(operation)) return `there is no ${operation} here`
  const refused = [...(vendor.drops ?? []), ...Object.keys(vendor.renames ?? {})]
  const extra = Object.keys(body).find((field) => refused.includes(field))
  if (extra !== undefined) return `Extra inputs are not permitted: ${extra}`
  if (vendor.lacks?.includes('severalAnswers') === true && Number(body['n'] ?? 1) > 1) return 'n must be 1'
  const messages = Array.isArray(body['messages']) ? (body['messages'] as Record<string, unknown>[]) : []
  for (const message of messages) {
    if (Object.hasOwn(vendor.roles ?? {}, String(message['role'])))
      return `unknown variant ${String(message['role'])}`
    const field = vendor.messageDrops?.find((name) => name in message)
    if (field !== undefined) return `messages[].${field} is not supported`
  }
  return undefined
}

function operationOf({ pathname }: URL): 'openai-chat' | 'openai-responses' | 'embeddings' {
  if (pathname.endsWith('/responses')) return 'openai-responses'
  return pathname.endsWith('/embeddings') ? 'embeddings' : 'openai-chat'
}

function reply(vendor: OpenAiVendor, url: URL, body: Received['body'], response: ServerResponse): void {
  const operation = operationOf(url)
  if (operation === 'embeddings') return json(response, fixture('openai', 'openai-embeddings.response.json'))
  const folder = operation === 'openai-chat' ? 'openai' : 'openai-responses'
  const tools = Array.isArray(body['tools']) && body['tools'].length > 0
  const cases = tools ? TOOL_CASES : PLAIN_CASES
  const suffix = body['stream'] === true ? '.events.txt' : '.response.json'
  const names = [vendor.name, 'openai'].flatMap((name) => cases.map((kind) => `${name}-${kind}${suffix}`))
  const found = names.find((name) => existsSync(join(FIXTURES, folder, name)))
  if (found === undefined) throw new TypeError(`no fixture of ${names.join(', ')} in ${folder}`)
  const bytes = fixture(folder, found)
  if (body['stream'] !== true) return json(response, bytes)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(bytes)
}

// Most vendors' own bytes are the same as OpenAI's; where they differ there is a fixture of that name.
const TOOL_CASES = ['tool-call', 'parallel-tool-calls']
const PLAIN_CASES = ['stream', 'chat', 'plain', 'reasoning']

function json(response: ServerResponse, bytes: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(bytes)
}

const FIXTURES = join(import.meta.dirname, '../../../fixtures')

function fixture(folder: string, name: string): Buffer {
  return readFileSync(join(FIXTURES, folder, name))
}

async function readBody(request: IncomingMessage): Promise<Received['body']> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as Received['body']
}

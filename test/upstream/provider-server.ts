import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32 } from 'node:zlib'

export type ProviderServer = {
  readonly origin: string
  readonly requests: readonly ProviderRequest[]
  readonly active: () => number
  readonly close: () => Promise<void>
}

export type ProviderRequest = {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: ProviderBody
}

export type ProviderBody = Readonly<Record<string, unknown>>

export type Vendor = 'gemini' | 'bedrock' | 'cohere'

/**
 * Answers with a vendor's published bytes from `fixtures/`. The request chooses the case: `case:tool-call` anywhere in it;
 * `endless` goes on until the client leaves, `status-429` and the like are refusals, `redirect` leads elsewhere.
 */
export async function startProviderServer(vendor: Vendor): Promise<ProviderServer> {
  const requests: ProviderRequest[] = []
  let active = 0
  const server = createServer((request, response) => {
    active += 1
    response.on('close', () => (active -= 1))
    void readText(request).then((text) => {
      requests.push({
        path: request.url ?? '',
        headers: request.headers,
        body: JSON.parse(text) as ProviderBody,
      })
      const [, wanted = 'plain'] = /case:([a-z0-9-]+)/.exec(text) ?? []
      return reply(vendor, request.url ?? '', wanted, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    active: () => active,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function reply(vendor: Vendor, path: string, wanted: string, response: ServerResponse): Promise<void> {
  if (/embed/i.test(path)) return json(response, 200, fixture(vendor, 'embeddings.response.json'))
  const status = wanted === 'key-error' ? KEY_STATUSES[vendor] : STATUSES[wanted]
  if (status !== undefined)
    return json(response, status, fixture(vendor, `${wanted}.response.json`), RETRY[wanted])
  if (wanted === 'redirect') {
    response.writeHead(307, { location: 'https://elsewhere.example/secret?token=1' })
    response.end()
    return
  }
  if (wanted === 'html') {
    response.writeHead(502, { 'content-type': 'text/html' })
    response.end('<html>bad gateway</html>')
    return
  }
  response.writeHead(200, {
    'content-type': vendor === 'bedrock' ? 'application/vnd.amazon.eventstream' : 'text/event-stream',
  })
  await stream(response, vendor, wanted)
}

const KEY_STATUSES: Readonly<Record<Vendor, number>> = { gemini: 400, bedrock: 403, cohere: 401 }
const STATUSES: Readonly<Record<string, number>> = {
  'rate-limit-error': 429,
  'prompt-too-long-error': 400,
}
const RETRY: Readonly<Record<string, Record<string, string>>> = {
  'rate-limit-error': { 'retry-after': '31' },
}

async function stream(response: ServerResponse, vendor: Vendor, wanted: string): Promise<void> {
  const pieces = piecesOf(vendor, wanted === 'endless' || wanted === 'stall' ? 'plain' : wanted)
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = pieces
  if (wanted === 'stall') {
    response.write(first)
    response.write(second)
    return
  }
  for (let sent = 0; wanted === 'endless' && !response.destroyed; sent += 1)
    await written(response, sent === 0 ? first : second)
  for (const piece of pieces) {
    // Each piece in two packets, cut wherever: inside a code point, a line, a frame.
    const cut = Math.floor(piece.length / 2) + 1
    await written(response, piece.subarray(0, cut))
    await written(response, piece.subarray(cut))
  }
  response.end()
}

async function written(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  if (response.destroyed) return
  await new Promise<void>((resolve) => {
    response.once('close', resolve)
    response.write(bytes, () => {
      response.off('close', resolve)
      resolve()
    })
  })
  await nextTurn()
}

/** For an endless answer the second piece must be one that may come again: a delta. */
function piecesOf(vendor: Vendor, wanted: string): readonly Buffer[] {
  if (vendor !== 'bedrock') {
    const text = fixture(vendor, `${wanted}.events.txt`).toString('utf8')
    const events = text.split(/(?<=\n\n)/)
    const opening = vendor === 'cohere' ? 2 : 0
    return [
      Buffer.from(events.slice(0, opening).join('')),
      ...events.slice(opening).map((event) => Buffer.from(event)),
    ]
  }
  const lines = fixture(vendor, `${wanted}.frames.jsonl`).toString('utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const [[event, payload] = ['', {}]] = Object.entries(JSON.parse(line) as Record<string, unknown>)
    return eventStreamFrame(event, payload)
  })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html: lengths, headers, payload, two checksums. */
function eventStreamFrame(event: string, payload: unknown): Buffer {
  const kind = event.endsWith('Exception') ? 'exception' : 'event'
  const headers = Buffer.concat([
    frameHeader(`:${kind}-type`, event),
    frameHeader(':content-type', 'application/json'),
    frameHeader(':message-type', kind),
  ])
  const body = Buffer.from(JSON.stringify(payload))
  const frame = Buffer.alloc(16 + headers.length + body.length)
  frame.writeUInt32BE(frame.length, 0)
  frame.writeUInt32BE(headers.length, 4)
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8)
  headers.copy(frame, 12)
  body.copy(frame, 12 + headers.length)
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - 4)), frame.length - 4)
  return frame
}

const STRING_HEADER = 7

function frameHeader(name: string, value: string): Buffer {
  const header = Buffer.alloc(4 + name.length + value.length)
  header.writeUInt8(name.length, 0)
  header.write(name, 1)
  header.writeUInt8(STRING_HEADER, 1 + name.length)
  header.writeUInt16BE(value.length, 2 + name.length)
  header.write(value, 4 + name.length)
  return header
}

function json(
  response: ServerResponse,
  status: number,
  body: Buffer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
}

const FIXTURES = join(import.meta.dirname, '../../fixtures')

function fixture(vendor: Vendor, name: string): Buffer {
  return readFileSync(join(FIXTURES, vendor, name))
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { say } from '../../test/e2e/raw-http.ts'
import type { Reply } from './exchange.ts'
import { httpExchange } from './http-exchange.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const TRAILERS = ['x-cost', 'x-late']

describe('a streamed reply', () => {
  test('is framed as chunks with their lengths in bytes, and its trailers', async () => {
    const said = await answered('HTTP/1.1', (reply) => {
      reply.begin(200, { 'content-type': 'text/event-stream' }, TRAILERS)
      reply.write('data: hello\n\n')
      reply.write('')
      reply.write(new Uint8Array())
      reply.write('data: ü€😀\n\n')
      reply.write(Buffer.from('data: ü\n\n'))
      reply.end({ 'x-cost': '1.5', 'x-late': 'no' })
    })
    const [head, ...body] = said.split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(head).toMatch(/transfer-encoding: chunked/i)
    expect(head).toContain('trailer: x-cost, x-late')
    expect(body.join('\r\n\r\n')).toBe(
      'd\r\ndata: hello\n\n\r\n' +
        '11\r\ndata: ü€😀\n\n\r\n' +
        'a\r\ndata: ü\n\n\r\n' +
        '0\r\nx-cost: 1.5\r\nx-late: no\r\n\r\n',
    )
  })

  test('comes whole through a client, large pieces too', async () => {
    const large = 'é'.repeat(200_000)
    const origin = await serving((reply) => {
      reply.begin(200, { 'content-type': 'text/plain' }, TRAILERS)
      reply.write(large)
      reply.write(Buffer.from(large))
      reply.write(Buffer.alloc(70_000, 'a'))
      reply.end({})
    })
    const response = await fetch(origin, { method: 'POST', body: '{}' })
    expect(await response.text()).toBe(large + large + 'a'.repeat(70_000))
  })

  test('is not framed for a client of HTTP/1.0, which reads until the connection closes', async () => {
    const said = await answered('HTTP/1.0', (reply) => {
      reply.begin(200, { 'content-type': 'text/plain' }, TRAILERS)
      reply.write('one, ')
      reply.write(Buffer.from('two'))
      reply.end({ 'x-cost': '1' })
    })
    expect(said.split('\r\n\r\n')[1]).toBe('one, two')
  })

  test('leaves its connection good for the next request', async () => {
    const origin = await serving((reply) => {
      reply.begin(200, {}, TRAILERS)
      reply.write('x')
      reply.end({ 'x-cost': '1' })
    })
    const request = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n'
    const said = await say(origin, `${request}\r\n{}${request}connection: close\r\n\r\n{}`)
    expect(said.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(said.match(/x-cost: 1\r\n\r\n/g)).toHaveLength(2)
  })
})

test.each([['ASCII'], ['ü€😀'], ['é'.repeat(70_000)]])(
  'a whole reply has its length in bytes',
  async (text) => {
    for (const body of [text, Buffer.from(text)]) {
      const said = await answered('HTTP/1.1', (reply) => reply.whole(200, {}, body))
      const [head, received] = said.split('\r\n\r\n')
      expect(head).toContain(`content-length: ${Buffer.byteLength(text)}`)
      expect(received).toBe(text)
    }
  },
)

async function answered(version: string, reply: (reply: Reply) => void): Promise<string> {
  const head = `POST / ${version}\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\n`
  return say(await serving(reply), `${head}{}`)
}

function serving(reply: (reply: Reply) => void): Promise<string> {
  const server = createServer((request, response) => {
    const exchange = httpExchange(request, response, {
      clock: { now: () => 0, monotonic: () => 0 },
      ids: { next: () => 'id' },
      maxBodyBytes: 1_000,
    })
    void exchange.body().then(() => reply(exchange.reply))
  })
  servers.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}

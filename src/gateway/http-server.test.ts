import { connect, type AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MusivumError } from '../core/errors.ts'
import { anonymous } from '../core/principal.ts'
import { httpServer } from './http-server.ts'
import { readBody } from './http-exchange.ts'
import { routeTable } from './route-table.ts'

const logged: string[] = []
let server: Server
let port = 0

beforeAll(async () => {
  const routes = routeTable(
    [
      { method: 'GET', path: '/v1/ok', access: 'open', handler: (_, response) => void response.end('ok') },
      {
        method: 'POST',
        path: '/v1/echo',
        access: 'open',
        handler: async (request, response) => void response.end(await readBody(request, 1000)),
      },
      {
        method: 'GET',
        path: '/v1/mistake',
        access: 'open',
        handler: () => {
          throw new TypeError('a mistake of ours')
        },
      },
      {
        method: 'GET',
        path: '/v1/refused',
        access: 'open',
        handler: () => Promise.reject(new MusivumError('request.invalid', 'limit: expected a whole number')),
      },
    ],
    (_, response) => void response.end('console'),
    ({ handler }) =>
      (request, response, place) =>
        handler(request, response, { ...place, principal: anonymous }),
  )
  server = httpServer({
    routes,
    loopbackOnly: true,
    log: (line) => logged.push(line),
    patience: { headMs: 300, requestMs: 600 },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterAll(() => void server.close())

/** Everything the server says to these bytes until it closes the connection. */
function say(...pieces: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const answer: Buffer[] = []
    socket.on('data', (chunk) => answer.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(answer).toString('utf8')))
    socket.on('error', (error) =>
      answer.length > 0 ? resolve(Buffer.concat(answer).toString()) : reject(error),
    )
    for (const piece of pieces) socket.write(piece)
  })
}

const head = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, 'host: 127.0.0.1', 'connection: close', ...headers, '', ''].join('\r\n')

test('a known path answers', async () => {
  expect(await say(head('GET /v1/ok'))).toMatch(/^HTTP\/1\.1 200 OK[^]*ok$/)
})

test('an unknown path is a 404 in the shape of OpenAI', async () => {
  const answer = await say(head('GET /v1/nothing'))
  expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({
    error: { code: 'request.not_found', message: 'There is no GET /v1/nothing here.' },
  })
})

test('the wrong method names the right one in Allow', async () => {
  expect(await say(head('DELETE /v1/ok'))).toMatch(/^HTTP\/1\.1 405 [^]*allow: GET/)
})

test('a foreign Host header never reaches a handler', async () => {
  const answer = await say('GET /v1/ok HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 403 [^]*request\.forbidden_host/)
})

test('a mistake of ours is a 500 that tells the client nothing about it, and the log everything', async () => {
  const answer = await say(head('GET /v1/mistake'))
  expect(answer).toMatch(/^HTTP\/1\.1 500 /)
  expect(answer).not.toContain('a mistake of ours at')
  expect(answer).not.toContain('TypeError')
  expect(logged.at(-1)).toContain('TypeError: a mistake of ours')
})

test('a handler that refuses becomes its status', async () => {
  expect(await say(head('GET /v1/refused'))).toMatch(/^HTTP\/1\.1 400 [^]*limit: expected a whole number/)
})

test('a header bomb is 431 and one line', async () => {
  const answer = await say(head('GET /v1/ok', `x-bomb: ${'a'.repeat(20_000)}`))
  expect(answer).toMatch(/^HTTP\/1\.1 431 [^]*The headers are over the limit of 16 KiB\./)
})

test('bytes that are not HTTP are 400 and one line', async () => {
  expect(await say('\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 400 [^]*not an HTTP\/1\.1 request/,
  )
})

test('a body over the limit is 413, declared or not, and closes the connection', async () => {
  expect(await say(head('POST /v1/echo', 'content-length: 5000'))).toMatch(
    /^HTTP\/1\.1 413 [^]*over the limit/,
  )
  const chunk = `3e8\r\n${'a'.repeat(1000)}\r\n`
  expect(await say(head('POST /v1/echo', 'transfer-encoding: chunked'), chunk, chunk)).toMatch(
    /^HTTP\/1\.1 413 /,
  )
})

test('invalid UTF-8 is refused, not replaced', async () => {
  const answer = await say(head('POST /v1/echo', 'content-length: 2'), Buffer.from([0xc3, 0x28]))
  expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*The body is not valid UTF-8/)
})

test('a compressed body is refused', async () => {
  const answer = await say(head('POST /v1/echo', 'content-length: 2', 'content-encoding: gzip'), 'xx')
  expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*expected a plain body/)
})

test('a client that trickles its head, or its body, is told so and let go', async () => {
  expect(await say('GET /v1/ok HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ')).toMatch(/^HTTP\/1\.1 408 /)
  expect(await say(head('POST /v1/echo', 'content-length: 10'), 'abc')).toMatch(/^HTTP\/1\.1 408 /)
})

test('after all of this the server still answers', async () => {
  expect(await say(head('GET /v1/ok'))).toMatch(/ok$/)
})

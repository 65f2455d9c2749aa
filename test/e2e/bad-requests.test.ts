import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { head, say } from './raw-http.ts'
import { doubled, errorOf, startTestGateway, user, type TestGateway } from './running-gateway.ts'

let upstream: Upstream
let gateway: TestGateway
/** Begun first and looked at last: the server's patience with a slow client is ten seconds, and nobody waits for it. */
let trickled: Promise<string>

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startTestGateway({
    limits: { body_mib: 1 },
    models: { vendor: doubled(upstream.url, 'plain') },
  })
  trickled = say(gateway.origin, 'GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ')
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

describe('a body that cannot be answered gets one line that says what, where and what was expected', () => {
  const ok = { model: 'vendor', messages: user('Hello') }
  test.each<[string, object | string, string, string, string | null]>([
    ['nothing', '', 'request.malformed_json', 'line 1, column 1: expected', null],
    [
      'broken JSON',
      '{"model":"vendor",\n"messages":[}',
      'request.malformed_json',
      'line 2, column 13: expected',
      null,
    ],
    ['an array', '[]', 'request.invalid', 'the body: expected a JSON object, got an empty array', null],
    [
      'no model',
      { messages: ok.messages },
      'request.invalid',
      'model: expected a non-empty string, got nothing',
      'model',
    ],
    [
      'a model of the wrong type',
      { ...ok, model: 7 },
      'request.invalid',
      'model: expected a non-empty string, got 7',
      'model',
    ],
    [
      'no messages',
      { model: 'vendor' },
      'request.invalid',
      'messages: expected an array with at least one message, got nothing',
      'messages',
    ],
    [
      'empty messages',
      { ...ok, messages: [] },
      'request.invalid',
      'messages: expected an array with at least one message, got an empty array',
      'messages',
    ],
    [
      'a message that is text',
      { ...ok, messages: ['Hello'] },
      'request.invalid',
      'messages[0]: expected an object, got a string',
      'messages[0]',
    ],
    [
      'a role nobody has',
      { ...ok, messages: [{ role: 'usr', content: 'x' }] },
      'request.invalid',
      '"user"?',
      'messages[0].role',
    ],
    [
      'a temperature of text',
      { ...ok, temperature: 'hot' },
      'request.invalid',
      'temperature: expected a number from 0 to 2, got a string',
      'temperature',
    ],
    [
      'a limit below one',
      { ...ok, max_tokens: 0 },
      'request.invalid',
      'max_tokens: expected a whole number from 1, got 0',
      'max_tokens',
    ],
    [
      'a stream flag of text',
      { ...ok, stream: 'yes' },
      'request.invalid',
      'stream: expected true or false, got a string',
      'stream',
    ],
  ])('%s', async (_, body, code, message, param) => {
    const response = await gateway.chat(body)
    const error = await errorOf(response)
    expect(response.status).toBe(400)
    expect(error).toMatchObject({ code, param, type: 'invalid_request_error' })
    expect(error.message).toContain(message)
    expect(error.message).not.toMatch(/[\r\n]/)
    expect(response.headers.get('x-musivum-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('an unknown model, with the nearest names', async () => {
    const response = await gateway.chat({ ...ok, model: 'starter-x1' })
    expect(response.status).toBe(404)
    const error = await errorOf(response)
    expect(error).toMatchObject({ code: 'model.not_found', param: 'model' })
    expect(error.message).toMatch(/^No model is called "starter-x1"\. Did you mean starter-s\d/)
  })

  test('invalid UTF-8, which is not replaced', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"model":"vendor","x":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ])
    const response = await gateway.chat('', { body: bytes })
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({
      code: 'request.not_utf8',
      message: 'The body is not valid UTF-8; send JSON in UTF-8.',
    })
  })

  test('more bytes than the limit', async () => {
    const response = await gateway.chat({ ...ok, messages: user('a'.repeat(1024 * 1024)) })
    expect(response.status).toBe(413)
    expect(await errorOf(response)).toMatchObject({
      code: 'request.too_large',
      message: 'The body is over the limit of 1 MiB (limits.body_mib).',
    })
  })

  test('an embedding of nothing', async () => {
    const response = await fetch(`${gateway.url}/embeddings`, {
      method: 'POST',
      body: JSON.stringify({ model: 'vendor', input: [] }),
    })
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ code: 'request.invalid', param: 'input' })
  })

  test('and nothing of it reached the vendor', () => {
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toEqual([])
  })
})

describe('a request that is not for this gateway', () => {
  const local = 'host: 127.0.0.1'

  test('the wrong method is told the right one', async () => {
    const response = await fetch(`${gateway.url}/chat/completions`)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
    expect((await errorOf(response)).message).toBe('/v1/chat/completions takes POST, not GET.')
  })

  test('an unknown path is told so', async () => {
    const response = await fetch(`${gateway.url}/completion`, { method: 'POST' })
    expect(response.status).toBe(404)
    expect(await errorOf(response)).toMatchObject({
      code: 'request.not_found',
      message: 'There is no POST /v1/completion here.',
    })
  })

  test('a base URL without /v1 is recognised', async () => {
    const response = await fetch(`${gateway.origin}/chat/completions`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(404)
    expect((await errorOf(response)).message).toContain('Does the base URL end in /v1?')
  })

  test('a foreign Host, which a rebound name would send, is refused', async () => {
    const answer = await say(gateway.origin, head('GET /v1/models', 'host: evil.example'))
    expect(answer).toMatch(
      /^HTTP\/1\.1 403 [^]*The Host header names another machine; use http:\/\/127\.0\.0\.1/,
    )
  })

  test("a stranger's web page is refused", async () => {
    const { port } = new URL(gateway.origin)
    const answer = await say(
      gateway.origin,
      head(
        'POST /v1/chat/completions',
        `host: 127.0.0.1:${port}`,
        'origin: https://evil.example',
        'content-length: 0',
      ),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 403 [^]*The request comes from a web page of another site/)
    expect(answer).not.toMatch(/access-control-allow-origin/i)
  })

  test('a header bomb is refused before it is read', async () => {
    const answer = await say(
      gateway.origin,
      head('GET /v1/models', local, `x-bomb: ${'a'.repeat(64 * 1024)}`),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 431 [^]*The headers are over the limit of 16 KiB\./)
  })

  test('something that is not HTTP is told so', async () => {
    const answer = await say(gateway.origin, '\u0016\u0003\u0001 hello\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*This is not an HTTP\/1\.1 request that can be read\./)
  })

  test('a client that hangs up in the middle of its body costs nobody else anything', async () => {
    const { port } = new URL(gateway.origin)
    const controller = new AbortController()
    const body = new ReadableStream({
      start(stream) {
        stream.enqueue(Buffer.from('{"model":"vendor",'))
      },
      pull: () => controller.abort(),
    })
    const options = { method: 'POST', body, duplex: 'half', signal: controller.signal } as RequestInit
    await expect(fetch(`http://127.0.0.1:${port}/v1/chat/completions`, options)).rejects.toThrow('aborted')
    expect((await gateway.chat({ model: 'vendor', messages: user('Hello') })).status).toBe(200)
  })

  test('a client that trickles its head is let go within its ten seconds', async () => {
    expect(await trickled).toMatch(
      /^HTTP\/1\.1 408 [^]*The request did not arrive in time; send it again in one go\./,
    )
  }, 20_000)
})

test('after all of it the gateway is alive and has logged no mistake of its own', async () => {
  expect((await fetch(`${gateway.origin}/healthz`)).status).toBe(200)
  expect((await gateway.chat({ model: 'vendor', messages: user('Hello') })).status).toBe(200)
  expect(gateway.lines.filter((line) => line.includes('mistake of ours'))).toEqual([])
})

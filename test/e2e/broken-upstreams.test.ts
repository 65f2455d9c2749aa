import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestPage } from '../../src/store/store.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { freePort } from './free-port.ts'
import { doubled, errorOf, startTestGateway, user, type TestGateway } from './running-gateway.ts'

const KEY = 'sk-test-0123456789abcdefghij-never-shown'
const ODD_KEY = 'no.known/form+4711~of-a-key'

let upstream: Upstream
let gateway: TestGateway
/** Everything that any client or operator could read in this file. */
const said: string[] = []

beforeAll(async () => {
  upstream = await startUpstream({ slowMs: 20_000 })
  const nobody = `http://127.0.0.1:${await freePort()}/v1`
  const names = [
    ...WHOLE.map(([name]) => name),
    ...STREAMED.map(([name]) => name),
    'echo',
    'status-400-key',
  ].filter((name) => !['refusing', 'too-slow', 'odd-key'].includes(name))
  const models = names.map((name) => [name, doubled(upstream.url, name, { key: 'env:VENDOR_KEY' })])
  gateway = await startTestGateway(
    {
      models: {
        ...Object.fromEntries(models),
        refusing: doubled(nobody, 'any', { key: 'env:VENDOR_KEY' }),
        'too-slow': doubled(upstream.url, 'slow-first-byte', { timeouts: { first_byte: '200ms' } }),
        'odd-key': doubled(upstream.url, 'status-401', { key: 'env:ODD_KEY' }),
      },
    },
    { VENDOR_KEY: KEY, ODD_KEY },
  )
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

type Row = readonly [model: string, status: number, code: string, message: RegExp]

const WHOLE: readonly Row[] = [
  [
    'refusing',
    502,
    'upstream.unreachable',
    /127\.0\.0\.1:\d+.* is not reachable \(ECONNREFUSED\)\. Is it running/,
  ],
  ['closed-before-headers', 502, 'upstream.cut', /closed the connection before it answered/],
  [
    'html-200',
    502,
    'upstream.bad_answer',
    /answered with status 200 and text\/html where JSON of its protocol was expected/,
  ],
  ['html-502', 502, 'upstream.bad_answer', /answered with status 502 and text\/html/],
  ['bad-json', 502, 'upstream.bad_answer', /answered/],
  ['other-json', 502, 'upstream.bad_answer', /answered/],
  ['cut-json', 502, 'upstream.cut', /closed the connection in the middle of the answer/],
  ['error-in-200', 502, 'upstream.failed', /had an error while processing/],
  ['too-slow', 504, 'upstream.timeout', /within 200 ms/],
  ['status-401', 502, 'upstream.credentials', /key/],
  ['odd-key', 502, 'upstream.credentials', /key/],
  ['status-404', 502, 'upstream.model_not_found', /does not know/],
  ['status-429', 429, 'upstream.rate_limited', /Rate limit|rate/],
  ['status-503', 503, 'upstream.overloaded', /overloaded/],
  ['context-vllm', 400, 'context_length_exceeded', /4096 tokens/],
]

describe('a server that fails becomes one clear line with the right status', () => {
  test.each(WHOLE)('%s', async (model, status, code, message) => {
    const response = await gateway.chat({ model, messages: user('Hello') })
    const error = await errorOf(response.clone())
    said.push(await response.text(), JSON.stringify([...response.headers]))
    expect(error).toMatchObject({ code })
    expect(response.status).toBe(status)
    expect(error.message).toMatch(message)
    expect(error.message).not.toMatch(/[\r\n]|<html/i)
  })

  test('the same before a stream has begun: a status, not a broken stream', async () => {
    for (const [model, status, code] of WHOLE.filter(
      ([name]) => !['bad-json', 'cut-json', 'other-json', 'error-in-200'].includes(name),
    )) {
      const response = await gateway.chat({ model, messages: user('Hello'), stream: true })
      expect([model, response.status, (await errorOf(response)).code]).toEqual([model, status, code])
    }
  })
})

const STREAMED: readonly Row[] = [
  ['cut-mid-stream', 200, 'upstream.cut', /closed the connection in the middle of the answer/],
  ['cut-silently', 200, 'upstream.cut', /closed the connection|ended/],
  ['reset-mid-stream', 200, 'upstream.cut', /closed the connection in the middle of the answer/],
  ['error-mid-stream', 200, 'upstream.failed', /The engine process died/],
]

describe('a stream that breaks off ends with an error event and without [DONE]', () => {
  test.each(STREAMED)('%s', async (model, status, code, message) => {
    const response = await gateway.chat({ model, messages: user('Hello'), stream: true })
    const events = (await response.text()).trim().split('\n\n')
    said.push(events.join('\n'))
    expect(response.status).toBe(status)
    expect(events.filter((event) => event.includes('"content"')).length).toBeGreaterThan(1)
    const last = JSON.parse(events.at(-1)?.replace(/^data: /, '') ?? '') as {
      error: { code: string; message: string }
    }
    expect(last.error.code).toBe(code)
    expect(last.error.message).toMatch(message)
    expect(events.join()).not.toContain('[DONE]')
  })

  test('and is a failed row in the log, though its status was already sent', async () => {
    const response = await gateway.chat({ model: 'cut-mid-stream', messages: user('Hello'), stream: true })
    await response.text()
    await expect
      .poll(() => gateway.rowOf(response))
      .toMatchObject({ errorCode: 'upstream.cut', model: 'cut-mid-stream' })
  })
})

describe('a key', () => {
  test('reaches the server it belongs to', async () => {
    await gateway.chat({ model: 'echo', messages: user('Hello') })
    expect(upstream.requests.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`)
  })

  test('is removed from what the server says about it', async () => {
    const error = await errorOf(await gateway.chat({ model: 'status-400-key', messages: user('Hello') }))
    said.push(error.message)
    expect(error.message).toContain('Bad header:')
  })

  test('is in no reply, no line for the operator and nothing the admin API says', async () => {
    const page = await gateway.ask<RequestPage>('/api/requests?limit=200')
    expect(page.rows.length).toBeGreaterThan(WHOLE.length)
    for (const path of ['/api/state', '/api/models', '/api/requests?limit=200', '/readyz', '/v1/models']) {
      said.push(JSON.stringify(await gateway.ask(path)))
    }
    const everything = [...said, ...gateway.lines].join('\n')
    expect(everything).not.toContain(KEY)
    expect(everything).not.toContain(KEY.slice(8))
    expect(everything).not.toContain(ODD_KEY)
  })

  test('of the client is not passed on', async () => {
    await gateway.chat(
      { model: 'echo', messages: user('Hello') },
      { headers: { authorization: 'Bearer of-the-client', 'x-api-key': 'of-the-client' } },
    )
    expect(JSON.stringify(upstream.requests.at(-1)?.headers)).not.toContain('of-the-client')
  })
})

test('after all of it the gateway is alive and holds no connection that failed', async () => {
  expect((await fetch(`${gateway.origin}/healthz`)).status).toBe(200)
  expect((await gateway.chat({ model: 'echo', messages: user('Hello') })).status).toBe(200)
  await expect.poll(upstream.active).toBe(0)
  expect(gateway.lines.filter((line) => line.includes('mistake of ours'))).toEqual([])
})

import { afterEach, describe, expect, test } from 'vitest'
import { startScripted, type Act, type Scripted } from '../upstream/scripted.ts'
import { freePort } from './free-port.ts'
import { errorOf, startTestGateway, user, type Config, type TestGateway } from './running-gateway.ts'

const servers: Scripted[] = []
const gateways: TestGateway[] = []
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close()
  for (const server of servers.splice(0)) await server.close()
})

async function serve(script: (key: string, before: number) => Act): Promise<Scripted> {
  const server = await startScripted(script)
  servers.push(server)
  return server
}

const KEYS = { KEY_A: 'key-a-0123456789', KEY_B: 'key-b-0123456789' }

async function start(models: Config): Promise<TestGateway> {
  const gateway = await startTestGateway({ models }, KEYS)
  gateways.push(gateway)
  return gateway
}

const openAi = (server: Scripted, more: Config = {}): Config => ({
  engine: 'openai',
  base_url: server.url,
  model: 'm',
  ...more,
})
const answer = (text: string): Act => ({ kind: 'answer', text })
const refuse = (status: number, more: object = {}): Act => ({ kind: 'refuse', status, ...more })

describe.each([false, true])('with stream: %s', (stream) => {
  const ask = (gateway: TestGateway, model = 'm') => gateway.chat({ model, stream, messages: user('hi') })

  test('a key without money gives way to the next at once, and the client never knows', async () => {
    const server = await serve((key) => (key === KEYS.KEY_A ? refuse(402) : answer('hello')))
    const endpoints = [{ base_url: server.url, key: 'env:KEY_B' }]
    const gateway = await start({
      m: openAi(server, { key: 'env:KEY_A', endpoints, tries: { balance: 'load' } }),
    })
    const responses = [await ask(gateway), await ask(gateway)]
    for (const response of responses) {
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('hell')
    }
    expect(
      server.keys.filter((key) => key === KEYS.KEY_A).length,
      'then it is left alone',
    ).toBeLessThanOrEqual(1)
    expect(JSON.stringify(await gateway.ask('/api/requests'))).not.toContain(KEYS.KEY_A)
  })

  test('a server that fails once is asked again, and the log holds both tries', async () => {
    const server = await serve((_, before) => (before === 0 ? refuse(500) : answer('hello')))
    const gateway = await start({ m: openAi(server) })
    const response = await ask(gateway)
    expect(response.status).toBe(200)
    await response.text()
    expect((await gateway.rowOf(response)).attempts).toMatchObject([
      { outcome: 'failed', errorCode: 'upstream.failed', endpoint: new URL(server.url).host },
      { outcome: 'answered' },
    ])
  })

  test('a connection that closes before the answer is tried again at once', async () => {
    const server = await serve((_, before) => (before === 0 ? { kind: 'hang-up' } : answer('hello')))
    const response = await ask(await start({ m: openAi(server) }))
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('hell')
  })

  test('a long Retry-After is the client’s to keep', async () => {
    const server = await serve(() => refuse(429, { retryAfter: 30 }))
    const response = await ask(await start({ m: openAi(server) }))
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('30')
    expect(server.keys.length).toBe(1)
  })

  test('the deadline of the model holds for all tries together', async () => {
    const server = await serve((_, before) => (before === 0 ? refuse(500) : { kind: 'stall' }))
    const gateway = await start({ m: openAi(server, { timeouts: { total: '700ms' } }) })
    const fromMs = performance.now()
    const response = await ask(gateway)
    expect(response.status).toBe(504)
    expect((await errorOf(response)).code).toBe('upstream.timeout')
    expect(performance.now() - fromMs).toBeLessThan(1_500)
  })

  test('a model that is down is answered for by its fallback, which is said', async () => {
    const server = await serve(() => answer('hello'))
    const dead = { engine: 'openai', base_url: `http://127.0.0.1:${await freePort()}/v1`, model: 'x' }
    const gateway = await start({ m: { ...dead, fallbacks: ['other'] }, other: openAi(server) })
    const response = await ask(gateway)
    expect(response.status).toBe(200)
    await response.text()
    expect(response.headers.get('x-musivum-model')).toBe('other')
    expect(await gateway.rowOf(response)).toMatchObject({
      askedModel: 'm',
      model: 'other',
      attempts: [
        { model: 'm' },
        { model: 'm' },
        { model: 'm', outcome: 'failed' },
        { model: 'other', outcome: 'answered' },
      ],
      decision: { plan: { kind: 'single', model: 'm', otherwise: [{ model: 'other' }] } },
    })
  })

  test('a fallback answers only for its reasons', async () => {
    const small = await serve(() => refuse(400, { code: 'context_length_exceeded' }))
    const strict = await serve(() => refuse(400, { code: 'content_filter' }))
    const large = await serve(() => answer('hello'))
    const gateway = await start({
      small: openAi(small, {
        fallbacks: [
          { model: 'never', on: ['outage'] },
          { model: 'large', on: ['context-too-long'] },
        ],
      }),
      strict: openAi(strict, { fallbacks: ['large'] }),
      never: openAi(strict),
      large: openAi(large),
    })
    const fitted = await ask(gateway, 'small')
    expect([fitted.status, fitted.headers.get('x-musivum-model')]).toEqual([200, 'large'])
    const refused = await ask(gateway, 'strict')
    expect([refused.status, (await errorOf(refused)).code]).toEqual([400, 'upstream.content_policy'])
  })
})

test.each(['error', 'close'] as const)(
  'what breaks off after its first words (%s) is told as that, and nobody answers in its place',
  async (by) => {
    const server = await serve(() => ({ kind: 'break-off', text: 'half an ans', by }))
    const other = await serve(() => answer('wer from elsewhere'))
    const gateway = await start({
      m: openAi(server, {
        weight: 1000,
        endpoints: [{ base_url: other.url, weight: 0.001 }],
        tries: { balance: 'weight' },
        fallbacks: ['other'],
      }),
      other: openAi(other),
    })
    const text = await (await gateway.chat({ model: 'm', stream: true, messages: user('hi') })).text()
    expect(text.split('half an ans').length - 1, 'said once').toBe(1)
    expect(text).not.toContain('elsewhere')
    expect(text).toContain('"error"')
    expect(text).not.toContain('[DONE]')
  },
)

test('a slow endpoint is raced after a while, and ended when the other wins', async () => {
  const slow = await serve(() => ({ kind: 'stall' }))
  const fast = await serve(() => answer('hello'))
  const tries = { hedge: { after: '100ms', max_share: 1 }, balance: 'weight' }
  const endpoints = [{ base_url: fast.url, weight: 0.001 }]
  const gateway = await start({ m: openAi(slow, { weight: 1000, endpoints, tries }) })
  const response = await gateway.chat({ model: 'm', messages: user('hi') })
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('hello')
  await expect.poll(() => slow.aborted()).toBe(1)
})

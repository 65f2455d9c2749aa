import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { RequestCost } from '../../src/gateway/admin/contract.ts'
import type { NewBudgetBody } from '../../src/gateway/admin/contract.ts'
import { startScripted, type Act } from '../upstream/scripted.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { freePort } from './free-port.ts'
import { as, startKeyedGateway, type KeyedGateway } from './keyed-gateway.ts'
import { clientsMissing, officialClients, type OpenAiError } from './official-clients.ts'
import { doubled, errorOf, user, type Config } from './running-gateway.ts'

/** A dollar a million in, ten out: a nano-dollar counts, and a token out is 10,000 of them. */
const PRICE = { input_usd_per_million: 1, output_usd_per_million: 10 }
const IN = 1_000
const OUT = 10_000

const clients = officialClients()
let upstream: Upstream
let gateway: KeyedGateway

beforeAll(async () => {
  upstream = await startUpstream({ chunks: 20, chunkText: ' word', slowMs: 300 })
  const behind = (name: string, more: Config = {}): Config =>
    doubled(upstream.url, name, { price: PRICE, ...more })
  const dead = { engine: 'openai', base_url: `http://127.0.0.1:${await freePort()}/v1`, model: 'x' }
  gateway = await startKeyedGateway({
    models: {
      m: behind('plain'),
      endless: behind('endless'),
      slow: behind('slow-first-byte'),
      uncounted: behind('no-usage'),
      embedder: behind('embeddings'),
      unpriced: doubled(upstream.url, 'plain'),
      cut: behind('cut-mid-stream'),
      dead: { ...dead, price: PRICE, tries: { attempts: 1 }, fallbacks: ['unpriced'] },
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const ask = { model: 'm', max_tokens: 20, messages: user('Hello') }

/** A key that has spent nothing, with a budget of its own. */
async function funded(capUsd: string, more: Partial<NewBudgetBody> = {}) {
  const { key, secret } = await gateway.makeKey({ name: 'funded' })
  const scope = { kind: 'key', id: key.id } as const
  await gateway.budget({ scope, capUsd, ...more })
  const balance = async () => {
    const found = (await gateway.budgets()).find(({ scope: of }) => of.kind === 'key' && of.id === key.id)
    if (found === undefined) throw new TypeError('the budget is gone')
    return found
  }
  return { id: key.id, secret, scope, balance }
}

async function costOf(response: Response): Promise<RequestCost> {
  const id = response.headers.get('x-musivum-request-id')
  return gateway.manage<RequestCost>('GET', `/api/requests/${id}/cost`)
}

/** Other models from now on. */
async function configure(models: Config): Promise<void> {
  gateway.writeConfig({ models })
  const listed = async (): Promise<string> => (await fetch(`${gateway.url}/models`, as(gateway.admin))).text()
  await expect.poll(listed).toContain(`"${Object.keys(models)[0] ?? ''}"`)
}

const sumOf = ({ lines }: RequestCost): number => lines.reduce((sum, line) => sum + line.nanoUsd, 0)

describe('money adds up', () => {
  test.each([false, true])('header, log, lines and balance say one number (stream: %s)', async (stream) => {
    const { secret, balance } = await funded('1')
    const body = { ...ask, stream, ...(stream && { stream_options: { include_usage: true } }) }
    const response = await gateway.chat(body, as(secret))
    await response.text()
    const row = await gateway.requestOf(response)
    const { inputTokens = 0, cacheReadTokens = 0, outputTokens = 0 } = row.usage ?? {}
    const expected = (inputTokens + cacheReadTokens) * IN + outputTokens * OUT
    expect(outputTokens).toBe(20)
    expect(row.cost).toEqual({ kind: 'metered', nanoUsd: expected })
    expect(row.key).not.toBeNull()
    const cost = await costOf(response)
    expect(sumOf(cost)).toBe(expected)
    expect(cost.lines.map(({ purpose, bucket }) => `${purpose} ${bucket}`)).toContain('answer out_text')
    for (const { priceRow } of cost.lines) expect(priceRow).toMatch(/^config:m\//)
    expect(await balance()).toMatchObject({ spentNanoUsd: expected, heldNanoUsd: 0 })
    if (!stream) expect(response.headers.get('x-musivum-cost-usd')).toBe((expected / 1e9).toFixed(9))
  })

  test('an answer whose usage nobody counted is estimated, and never free', async () => {
    const { secret, balance } = await funded('1')
    const response = await gateway.chat({ ...ask, model: 'uncounted', stream: true }, as(secret))
    await response.text()
    expect((await gateway.requestOf(response)).usage).toMatchObject({ source: 'estimated' })
    expect((await balance()).spentNanoUsd).toBeGreaterThanOrEqual(20 * OUT)
  })

  test('a client that leaves pays for what it got', async () => {
    const { id, secret, balance } = await funded('1')
    const gone = new AbortController()
    const body = JSON.stringify({ ...ask, model: 'endless', max_tokens: 1_000, stream: true })
    const response = await gateway.chat(body, { ...as(secret), signal: gone.signal })
    await response.body?.getReader().read()
    gone.abort()
    await expect.poll(async () => (await balance()).heldNanoUsd).toBe(0)
    expect((await balance()).spentNanoUsd).toBeGreaterThan(OUT)
    const { rows } = await gateway.manage<{ rows: { errorCode: string }[] }>('GET', `/api/requests?key=${id}`)
    expect(rows.map(({ errorCode }) => errorCode)).toEqual(['request.cancelled'])
  })

  test('a stream that the server cut is paid for as far as it went', async () => {
    const { secret, balance } = await funded('1')
    const response = await gateway.chat({ ...ask, model: 'cut', stream: true }, as(secret))
    expect(await response.text()).toContain('upstream.cut')
    const { lines } = await costOf(response)
    expect(lines.map(({ purpose, source }) => `${purpose} ${source}`)).toContain('answer estimated')
    expect((await balance()).spentNanoUsd).toBeGreaterThan(0)
  })

  test('embeddings are charged as such, and counting tokens is free', async () => {
    const { secret, balance } = await funded('1')
    const post = (path: string, body: object) =>
      fetch(gateway.url + path, { method: 'POST', body: JSON.stringify(body), ...as(secret) })
    const counted = await post('/messages/count_tokens', { model: 'm', messages: user('Hello') })
    expect(counted.status).toBe(200)
    await counted.text()
    expect((await balance()).spentNanoUsd).toBe(0)
    const embedded = await post('/embeddings', { model: 'embedder', input: ['one', 'two'] })
    expect(embedded.status).toBe(200)
    await embedded.text()
    const cost = await costOf(embedded)
    expect(new Set(cost.lines.map(({ purpose }) => purpose))).toEqual(new Set(['embedding']))
    expect((await balance()).spentNanoUsd).toBe(sumOf(cost))
  })
})

describe('a hard budget', () => {
  test('admits as many answers at once as it can pay at worst, and is never gone over', async () => {
    // 20 of answer and about 120 bytes of prompt: some 320,000 nano-dollars at worst, some 210,000 in fact.
    const { secret, balance } = await funded('0.0025')
    const answers = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const response = await gateway.chat({ ...ask, model: 'slow' }, as(secret))
        return { status: response.status, body: await response.text() }
      }),
    )
    const paid = answers.filter(({ status }) => status === 200).length
    expect(paid).toBeGreaterThanOrEqual(7)
    expect(answers.filter(({ status }) => status === 402).length).toBe(64 - paid)
    expect(await balance()).toMatchObject({ heldNanoUsd: 0 })
    expect((await balance()).spentNanoUsd).toBeLessThanOrEqual(2_500_000)
  })

  test('says what it lacks and when it begins again', async () => {
    const { secret } = await funded('0.00001', { period: 'day' })
    const response = await gateway.chat(ask, as(secret))
    expect(response.status).toBe(402)
    const { code, message } = await errorOf(response)
    expect(code).toBe('budget.exhausted')
    expect(message).toMatch(/It begins again at \d{4}-\d\d-\d\dT00:00:00/)
  })

  const endless = { model: 'endless', stream: true, max_tokens: 100_000, messages: user('Go on') }
  test.each([
    ['/v1/chat/completions', endless, '"code":"budget.exhausted"', 'data: [DONE]'],
    ['/v1/messages', endless, '"type":"error"', 'message_stop'],
    [
      '/v1/responses',
      { model: 'endless', stream: true, input: 'Go on' },
      '"code":"budget.exhausted"',
      'response.completed',
    ],
  ])('cuts a stream of %s when it is used up, and the call behind it', async (path, body, said, end) => {
    const { secret, balance } = await funded('0.03')
    const left = upstream.nextDisconnect()
    const response = await fetch(gateway.origin + path, {
      method: 'POST',
      body: JSON.stringify(body),
      ...as(secret),
    })
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(text).toContain(said)
    expect(text).not.toContain(end)
    expect((await left).model).toBe('endless')
    const { spentNanoUsd, heldNanoUsd } = await balance()
    expect(heldNanoUsd).toBe(0)
    expect(spentNanoUsd).toBeLessThanOrEqual(30_000_000)
    // Three thousand tokens are paid, each of them held as the five bytes that it is: it was not cut before its time.
    expect(text.split('more').length).toBeGreaterThan(550)
    expect((await gateway.requestOf(response)).usage).toMatchObject({ source: 'estimated' })
  })

  test('of 64 streams at once is never gone over by more than what each had in its hands', async () => {
    const { secret, balance } = await funded('0.2')
    const texts = await Promise.all(
      Array.from({ length: 64 }, async () => (await gateway.chat(endless, as(secret))).text()),
    )
    expect(texts.filter((text) => text.includes('budget.exhausted')).length).toBe(64)
    const { spentNanoUsd, heldNanoUsd } = await balance()
    expect(heldNanoUsd).toBe(0)
    expect(spentNanoUsd).toBeLessThanOrEqual(200_000_000 + 64 * 5 * OUT)
    expect(spentNanoUsd).toBeGreaterThan(20_000_000)
  })

  test('lets nothing through that nobody priced, not even in another’s place', async () => {
    const { secret } = await funded('1')
    const refused = await gateway.chat({ ...ask, model: 'unpriced' }, as(secret))
    expect([refused.status, (await errorOf(refused)).code]).toEqual([402, 'budget.unpriced'])
    const instead = await gateway.chat({ ...ask, model: 'dead' }, as(secret))
    expect([instead.status, (await errorOf(instead)).code]).toEqual([402, 'budget.unpriced'])
    const { secret: free } = await gateway.makeKey({})
    const answered = await gateway.chat({ ...ask, model: 'dead' }, as(free))
    expect([answered.status, answered.headers.get('x-musivum-cost-usd')]).toEqual([200, 'unpriced'])
  })
})

test('a soft budget is only said', async () => {
  const { secret, balance } = await funded('0.00001', { hard: false })
  const response = await gateway.chat(ask, as(secret))
  expect(response.status).toBe(200)
  expect(response.headers.get('x-musivum-over-budget')).toBe((await balance()).id)
})

describe('a limit', () => {
  test('of requests a minute says when to come back, in every way that clients read', async () => {
    const { key, secret } = await gateway.makeKey({})
    await gateway.limit({ kind: 'key', id: key.id }, { requestsPerMinute: 2 })
    for (let turn = 0; turn < 2; turn += 1) expect((await gateway.chat(ask, as(secret))).status).toBe(200)
    const response = await gateway.chat(ask, as(secret))
    expect([response.status, (await errorOf(response)).code]).toEqual([429, 'limit.reached'])
    const header = (name: string) => response.headers.get(name)
    const exactMs = Number(header('retry-after-ms'))
    expect(exactMs).toBeGreaterThan(50_000)
    expect(exactMs).toBeLessThanOrEqual(60_000)
    expect(Number(header('retry-after'))).toBe(Math.ceil(exactMs / 1_000))
    expect(header('x-ratelimit-limit-requests')).toBe('2')
    expect(header('x-ratelimit-remaining-requests')).toBe('0')
    expect(header('x-ratelimit-reset-requests')).toMatch(/^(1m)?\d+(\.\d+)?s$/)
  })

  test('is a RateLimitError of the official client', async ({ skip }) => {
    if (clients === undefined) return skip(clientsMissing)
    const { key, secret } = await gateway.makeKey({})
    await gateway.limit({ kind: 'key', id: key.id }, { requestsPerMinute: 1 })
    const openai = new clients.openai.OpenAI({ baseURL: gateway.url, apiKey: secret, maxRetries: 0 })
    await openai.chat.completions.create(ask)
    const error = await openai.chat.completions.create(ask).catch((thrown: unknown) => thrown as OpenAiError)
    expect(error).toBeInstanceOf(clients.openai.RateLimitError)
    expect(error).toMatchObject({ status: 429, code: 'limit.reached' })
  })

  test('of tokens a minute counts what was used and not what was feared', async () => {
    const { key, secret } = await gateway.makeKey({})
    // 100 answers may be written at worst, 20 are: two requests fit that are both feared to take 140.
    await gateway.limit({ kind: 'key', id: key.id }, { tokensPerMinute: 200 })
    const one = { ...ask, max_tokens: 100 }
    for (let turn = 0; turn < 2; turn += 1) {
      const response = await gateway.chat(one, as(secret))
      await response.text()
      expect(response.status).toBe(200)
      await expect.poll(async () => (await gateway.requestOf(response)).status).toBe(200)
    }
    const many = await gateway.chat({ ...ask, max_tokens: 1_000 }, as(secret))
    expect([many.status, (await errorOf(many)).code]).toEqual([429, 'limit.reached'])
  })

  test('of what runs at once is free again when an answer ends', async () => {
    const { key, secret } = await gateway.makeKey({})
    await gateway.limit({ kind: 'key', id: key.id }, { parallel: 1 })
    const first = gateway.chat({ ...ask, model: 'slow' }, as(secret))
    await expect.poll(() => upstream.active()).toBe(1)
    expect((await gateway.chat(ask, as(secret))).status).toBe(429)
    expect((await first).status).toBe(200)
    await (await first).text()
    await expect.poll(async () => (await gateway.chat(ask, as(secret))).status).toBe(200)
  })
})

describe('every call is charged to the request that caused it', () => {
  test('a model that failed before its fallback answered is charged for, and so are both tries at a form', async () => {
    const script = (acts: readonly Act[]) =>
      startScripted((_, before) => acts[before] ?? { kind: 'answer', text: '' })
    const wrong = await script([{ kind: 'answer', text: 'no' }])
    const right = await script([{ kind: 'answer', text: '{"a":1}' }])
    onTestFinished(async () => void (await Promise.all([wrong.close(), right.close()])))
    const model = (url: string, more: Config = {}) =>
      doubled(url, 'x', { price: PRICE, drops: ['response_format'], ...more })
    await configure({
      first: model(wrong.url, { fallbacks: [{ model: 'second', on: ['unsupported'] }] }),
      second: model(right.url),
    })
    const { secret, balance } = await funded('1')
    const body = {
      model: 'first',
      max_tokens: 50,
      messages: user('JSON'),
      response_format: { type: 'json_object' },
    }
    const response = await gateway.chat(body, as(secret))
    expect([response.status, response.headers.get('x-musivum-model')]).toEqual([200, 'second'])
    await response.text()
    const cost = await costOf(response)
    const calls = cost.lines.filter(({ bucket }) => bucket === 'out_text')
    expect(calls.map(({ model: name, purpose }) => `${name} ${purpose}`)).toEqual([
      'first failed-attempt',
      'first failed-attempt',
      'second answer',
    ])
    expect((await balance()).spentNanoUsd).toBe(sumOf(cost))
    expect((await gateway.requestOf(response)).cost.nanoUsd).toBe(sumOf(cost))
  })

  test('whoever lost a race is charged for beside whoever won it', async () => {
    const slow = await startScripted(() => ({ kind: 'stall' }))
    const fast = await startScripted(() => ({ kind: 'answer', text: 'hello' }))
    onTestFinished(async () => void (await Promise.all([slow.close(), fast.close()])))
    const raced = {
      price: PRICE,
      weight: 1000,
      endpoints: [{ base_url: fast.url, weight: 0.001 }],
      tries: { hedge: { after: '50ms', max_share: 1 }, balance: 'weight' },
    }
    await configure({ raced: doubled(slow.url, 'x', raced) })
    const { secret, balance } = await funded('1')
    const response = await gateway.chat({ ...ask, model: 'raced' }, as(secret))
    expect(response.status).toBe(200)
    await response.text()
    const cost = await costOf(response)
    expect(new Set(cost.lines.map(({ purpose, source }) => `${purpose} ${source}`))).toEqual(
      new Set(['failed-attempt estimated', 'answer counted']),
    )
    expect((await gateway.requestOf(response)).attempts).toMatchObject([
      { outcome: 'cancelled', endpoint: new URL(slow.url).host },
      { outcome: 'answered' },
    ])
    expect((await balance()).spentNanoUsd).toBe(sumOf(cost))
  })
})

test.each([
  ['/v1/chat/completions', { messages: user('Hello') }],
  ['/v1/responses', { input: 'Hello', store: false }],
])(
  'tells a model of %s how long an answer it has money for may be, where nobody else does',
  async (path, asked) => {
    const server = await startScripted(() => ({ kind: 'answer', text: 'Hello' }))
    onTestFinished(server.close)
    // A name of its own: under the one before, the server of before would still be there for a moment.
    const model = `told${path.replaceAll('/', '-')}`
    await configure({ [model]: doubled(server.url, model, { price: PRICE }) })
    const post = (secret: string, more: Config = {}): Promise<Response> =>
      fetch(gateway.origin + path, {
        method: 'POST',
        body: JSON.stringify({ model, ...asked, ...more }),
        ...as(secret),
      })
    const told = () => {
      const body = server.bodies.at(-1) as {
        readonly max_tokens?: number
        readonly max_completion_tokens?: number
      }
      return body.max_completion_tokens ?? body.max_tokens
    }
    const { secret } = await funded('1')
    const limited = await post(secret)
    expect([limited.status, told()]).toEqual([200, 4_096])
    expect(limited.headers.get('x-musivum-changes')).toContain(
      'set to 4096: more is not held of the hard budget',
    )
    const soft = await funded('1', { hard: false })
    const free = await post(soft.secret)
    expect([free.status, told(), free.headers.get('x-musivum-changes')]).toEqual([200, undefined, null])
    // What a stream costs is seen as it goes by.
    const streamed = await post(secret, { stream: true })
    await streamed.text()
    expect([streamed.status, told()]).toEqual([200, undefined])
  },
)

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request } from 'undici'
import type { RequestPage, RequestRow, Rollup } from '../../src/gateway/admin/contract.ts'
import { presetHashes } from '../../src/policy/presets/_hashes.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { firstEvents } from './live-events.ts'
import { doubled, startTestGateway, user, type TestGateway } from './running-gateway.ts'

const TRIAGE = user('Triage: where do I go for a urine test?')
const OPEN = `policy open ${presetHashes.open.slice(0, 12)} is in force, because none is configured`
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const PRICE = { input_usd_per_million: 3, cache_read_usd_per_million: 0.3, output_usd_per_million: 15 }
/** The double counts 11 tokens in, 4 of them from the cache, and 5 out. */
const COST_USD = (7 * 3 + 4 * 0.3 + 5 * 15) / 1e6

let upstream: Upstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startTestGateway({
    models: {
      priced: doubled(upstream.url, 'plain', { price: PRICE }),
      unpriced: doubled(upstream.url, 'plain'),
      owned: doubled(upstream.url, 'plain', { price: 'owned' }),
      हिन्दी: doubled(upstream.url, 'plain'),
      limited: doubled(upstream.url, 'status-429', { price: PRICE }),
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

describe('the headers of an answer', () => {
  test('name the request, the decision, the model, the plan, the cost and our own time', async () => {
    const { headers } = await gateway.chat({ model: 'priced', messages: user('Hello') })
    expect(headers.get('x-musivum-request-id')).toMatch(ID)
    expect(headers.get('x-request-id')).toBe(headers.get('x-musivum-request-id'))
    expect(headers.get('x-musivum-decision-id')).toMatch(ID)
    expect(headers.get('x-musivum-model')).toBe('priced')
    expect(headers.get('x-musivum-plan')).toBe('single')
    expect(Number(headers.get('x-musivum-cost-usd'))).toBeCloseTo(COST_USD, 9)
    const overheadMs = Number(headers.get('x-musivum-overhead-ms'))
    expect(overheadMs).toBeGreaterThan(0)
    expect(overheadMs).toBeLessThan(1_000)
    expect(headers.get('x-musivum-toy')).toBeNull()
  })

  test.each([
    ['unpriced', 'unpriced'],
    ['owned', 'owned'],
    ['limited', 'none'],
  ])('say of a model that is %s what it cost: %s, never 0', async (model, cost) => {
    const { headers } = await gateway.chat({ model, messages: user('Hello') })
    expect(headers.get('x-musivum-cost-usd')).toBe(cost)
  })

  test('say so when a toy answered', async () => {
    const { headers } = await gateway.chat({ model: 'starter-s1', messages: TRIAGE })
    expect(headers.get('x-musivum-toy')).toBe('true')
    expect(headers.get('x-musivum-cost-usd')).toBe('owned')
  })

  test('carry a model named in any script', async () => {
    const { status, headers } = await gateway.chat({ model: 'हिन्दी', messages: user('Hello') })
    expect(status).toBe(200)
    expect(decodeURI(headers.get('x-musivum-model') ?? '')).toBe('हिन्दी')
  })

  test.each(['priced', 'starter-s1'])(
    'of a stream of %s come in two parts: who before it, cost and time after it',
    async (model) => {
      const { headers, body, trailers } = await request(`${gateway.url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: TRIAGE, stream: true }),
      })
      await body.dump()
      expect(headers['x-musivum-decision-id']).toMatch(ID)
      expect(headers['x-musivum-model']).toBe(model)
      expect(headers['x-musivum-cost-usd']).toBeUndefined()
      const cost = String(trailers['x-musivum-cost-usd'])
      if (model === 'priced') expect(Number(cost)).toBeCloseTo(COST_USD, 9)
      else expect(cost).toBe('owned')
      expect(Number(trailers['x-musivum-overhead-ms'])).toBeGreaterThan(0)
    },
  )
})

describe('every answer of a toy says that it is one', () => {
  type Noted = {
    readonly musivum?: { readonly toy?: boolean; readonly notice?: string; readonly model?: string }
  }

  test('in its JSON', async () => {
    const answer = (await (await gateway.chat({ model: 'starter-s2', messages: TRIAGE })).json()) as Noted
    expect(answer.musivum).toMatchObject({ toy: true, model: 'starter-s2' })
    expect(answer.musivum?.notice).toMatch(/^Toy model: .*Do not rely on its answers\.$/)
  })

  test('in a chunk of its stream', async () => {
    const text = await (await gateway.chat({ model: 'starter-s2', messages: TRIAGE, stream: true })).text()
    const chunks = text
      .split('\n\n')
      .filter((event) => event.startsWith('data: {'))
      .map((event) => JSON.parse(event.slice('data: '.length)) as Noted)
    expect(chunks.filter(({ musivum }) => musivum?.toy === true).length).toBeGreaterThan(0)
  })

  test('and in the list of models', async () => {
    const list = await gateway.ask<{ readonly models: readonly { name: string; toy: boolean }[] }>(
      '/api/models',
    )
    const toys = list.models.filter(({ toy }) => toy).map(({ name }) => name)
    expect(toys.toSorted()).toEqual([
      'starter-l',
      'starter-s1',
      'starter-s1-urgency',
      'starter-s2',
      'starter-s3',
    ])
  })
})

describe('the request log', () => {
  test('holds the decision card of an answer', async () => {
    const response = await gateway.chat({ model: 'priced', messages: user('a text that nobody may log') })
    const row = await gateway.rowOf(response)
    expect(row).toMatchObject({
      operation: 'chat',
      stream: false,
      askedModel: 'priced',
      model: 'priced',
      plan: 'single',
      status: 200,
      errorCode: null,
      usage: { inputTokens: 7, cacheReadTokens: 4, outputTokens: 5, source: 'counted' },
      cost: { kind: 'metered', nanoUsd: Math.round(COST_USD * 1e9) },
      toy: false,
      decision: {
        id: response.headers.get('x-musivum-decision-id'),
        asked: 'priced',
        candidates: ['priced'],
        removed: [],
        policy: OPEN,
        plan: { kind: 'single', model: 'priced' },
        because: `The client asked for priced by name, and ${OPEN}.`,
      },
      attempts: [{ model: 'priced', outcome: 'answered', errorCode: null }],
    })
    expect(row.overheadMs).toBeLessThan(row.durationMs)
    expect(JSON.stringify(row)).not.toContain('nobody may log')
  })

  test('holds what failed, with the reason', async () => {
    const row = await gateway.rowOf(await gateway.chat({ model: 'limited', messages: user('Hello') }))
    expect(row).toMatchObject({
      status: 429,
      errorCode: 'upstream.rate_limited',
      cost: { kind: 'none' },
      attempts: [{ outcome: 'failed', errorCode: 'upstream.rate_limited' }],
    })
  })

  test('holds a client that went away as that', async () => {
    const leaving = new AbortController()
    const response = await gateway.chat(
      { model: 'starter-l', messages: user('Copy: a'), stream: true, response_format: ENDLESS },
      { signal: leaving.signal },
    )
    leaving.abort()
    await expect
      .poll(() => gateway.rowOf(response))
      .toMatchObject({ errorCode: 'request.cancelled', attempts: [{ outcome: 'cancelled' }] })
  })

  test('is paged by key: every row once, newest first', async () => {
    const wanted = 7
    for (let i = 0; i < wanted; i += 1) await gateway.chat({ model: 'owned', messages: user('Hello') })
    const seen: RequestRow[] = []
    let before = ''
    do {
      const page = await gateway.ask<RequestPage>(`/api/requests?model=owned&limit=3&before=${before}`)
      seen.push(...page.rows)
      before = page.next ?? ''
    } while (before !== '')
    expect(seen.length).toBeGreaterThanOrEqual(wanted)
    expect(seen.map(({ id }) => id)).toEqual([...new Set(seen.map(({ id }) => id))].toSorted().toReversed())
  })

  test('can be asked for what failed', async () => {
    const { rows } = await gateway.ask<RequestPage>('/api/requests?status=error&model=limited')
    expect(rows.length).toBeGreaterThan(0)
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set([429]))
  })

  test('adds up in the rollups', async () => {
    const { rollups } = await gateway.ask<{ readonly rollups: readonly Rollup[] }>('/api/rollups?unit=hour')
    const { rows } = await gateway.ask<RequestPage>('/api/requests?model=priced&limit=200')
    const requests = rollups
      .filter(({ model }) => model === 'priced')
      .reduce((sum, rollup) => sum + rollup.requests, 0)
    expect(requests).toBe(rows.length)
  })

  test('shows a request in the live list as soon as it is answered', async () => {
    const live = await firstEvents(gateway.origin, 'request')
    const response = await gateway.chat({ model: 'owned', messages: user('Hello') })
    const row = (await live.next()) as RequestRow
    live.close()
    expect(row).toMatchObject({
      id: response.headers.get('x-musivum-request-id'),
      model: 'owned',
      status: 200,
    })
  })
})

const ENDLESS = {
  type: 'json_schema',
  json_schema: {
    name: 'long',
    schema: { type: 'array', items: { enum: ['word', 'work'] }, minItems: 1_000 },
  },
}

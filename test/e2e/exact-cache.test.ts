import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { doubled, errorOf, startTestGateway, user, type TestGateway } from './running-gateway.ts'

let upstream: Upstream
let gateway: TestGateway

const price = { input_usd_per_million: 1000, output_usd_per_million: 1000 }
const models = (upstreamName = 'plain') => ({
  exact: doubled(upstream.url, upstreamName, { cache: { ttl: '10m' }, price }),
  drawn: doubled(upstream.url, 'plain', { cache: { ttl: '10m', sampled: true } }),
  plain: doubled(upstream.url, 'plain'),
  failing: doubled(upstream.url, 'status-500', { cache: { ttl: '10m' }, tries: { attempts: 1 } }),
  cut: doubled(upstream.url, 'cut-mid-stream', { cache: { ttl: '10m' }, tries: { attempts: 1 } }),
  tools: doubled(upstream.url, 'tool-call', { cache: { ttl: '10m' } }),
})

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startTestGateway({ models: models() })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

let question = 0
beforeEach(() => (question += 1))

type Ask = {
  readonly model?: string
  readonly stream?: boolean
  readonly control?: string
  readonly more?: object
}

async function ask({ model = 'exact', stream = false, control, more = {} }: Ask = {}) {
  const before = upstream.requests.length
  const answer = await gateway.chat(
    { model, messages: user(`Question ${question}`), temperature: 0, stream, ...more },
    {
      headers: {
        'content-type': 'application/json',
        ...(control === undefined ? {} : { 'cache-control': control }),
      },
    },
  )
  const text = await answer.text()
  const id = answer.headers.get('x-musivum-request-id') ?? ''
  return {
    answer,
    text,
    id,
    cache: answer.headers.get('x-musivum-cache'),
    asked: upstream.requests.length - before,
  }
}

/** What a client reads, whole or streamed. */
function said(text: string): string {
  const bodies = text.startsWith('{')
    ? [text]
    : Array.from(text.matchAll(/^data: (\{.*)$/gm), ([, json = '']) => json)
  return bodies
    .flatMap(
      (json) =>
        (
          JSON.parse(json) as {
            readonly choices: readonly { readonly message?: Said; readonly delta?: Said }[]
          }
        ).choices,
    )
    .map(({ message, delta }) => (message ?? delta)?.content ?? '')
    .join('')
}
type Said = { readonly content?: string | null }

describe.each([
  [false, true],
  [true, false],
  [false, false],
  [true, true],
])('asked streamed: %s, and again streamed: %s', (first, again) => {
  test('the model is asked once, and the answer is the same', async () => {
    const made = await ask({ stream: first })
    expect([made.cache, made.asked]).toEqual(['miss', 1])
    const kept = await ask({ stream: again, more: { user: 'somebody else' } })
    expect([kept.cache, kept.asked, kept.answer.status]).toEqual(['hit', 0, 200])
    expect(kept.answer.headers.get('age')).toBe('0')
    expect(said(kept.text)).toBe(said(made.text))
    expect(said(kept.text).length).toBeGreaterThan(3)
    if (again) expect(kept.text).toMatch(/data: \[DONE\]\n\n$/)
  })
})

test('a hit has an id of its own, costs nothing, shows the usage, and its decision names the request it came from', async () => {
  const made = await ask()
  const kept = await ask()
  expect(made.answer.headers.get('x-musivum-cost-usd')).not.toBe('0.000000000')
  expect(kept.answer.headers.get('x-musivum-cost-usd')).toBe('0.000000000')
  expect(kept.id).not.toBe(made.id)
  const [one, other] = [made, kept].map(
    ({ text }) => JSON.parse(text) as { readonly id: string; readonly usage: object },
  )
  expect(other?.usage).toEqual(one?.usage)
  expect(other?.id).not.toBe(one?.id)
  await expect
    .poll(async () => (await gateway.rowOf(kept.answer)).decision?.because)
    .toContain(`cache hit of request ${made.id}`)
  expect(await gateway.rowOf(kept.answer)).toMatchObject({
    status: 200,
    model: 'exact',
    attempts: [],
    cost: { kind: 'metered', nanoUsd: 0 },
  })
})

test.each<[string, Ask, string | null, number]>([
  ['another temperature', { more: { temperature: 0.5 } }, 'bypass', 1],
  ['another question', { more: { messages: user('Something else') } }, 'miss', 1],
  ['a model without a cache', { model: 'plain' }, null, 1],
  ['another model', { model: 'drawn' }, 'miss', 1],
  ['no-cache', { control: 'no-cache' }, 'miss', 1],
  ['no-store', { control: 'no-store' }, 'bypass', 1],
])('after an answer was kept, %s asks again', async (_, asked, cache, calls) => {
  await ask()
  expect(await ask(asked)).toMatchObject({ cache, asked: calls })
})

test('where the configuration says so, answers that are drawn by lot are kept too', async () => {
  const drawn = { model: 'drawn', more: { temperature: 0.9 } }
  expect((await ask(drawn)).cache).toBe('miss')
  expect(await ask(drawn)).toMatchObject({ cache: 'hit', asked: 0 })
})

test('only-if-cached is answered with 504 when nothing is kept', async () => {
  const before = upstream.requests.length
  const answer = await gateway.chat(
    { model: 'exact', messages: user(`Question ${question}`), temperature: 0 },
    { headers: { 'content-type': 'application/json', 'cache-control': 'only-if-cached' } },
  )
  expect(answer.status).toBe(504)
  expect(await errorOf(answer)).toMatchObject({ code: 'cache.not_kept' })
  expect(upstream.requests.length).toBe(before)
})

test.each(['failing', 'cut'])('what ends in an error is not kept: %s', async (model) => {
  const asked = { model, stream: model === 'cut' }
  const [one, other] = [await ask(asked), await ask(asked)]
  expect([one.cache, other.cache, other.asked]).toEqual(['miss', 'miss', 1])
  expect(one.text).toContain('error')
})

test('calls of tools are given again as they were', async () => {
  const [made, kept] = [await ask({ model: 'tools' }), await ask({ model: 'tools' })]
  const calls = ({ text }: { readonly text: string }) =>
    (
      JSON.parse(text) as {
        readonly choices: readonly { readonly message: { readonly tool_calls: object } }[]
      }
    ).choices[0]?.message.tool_calls
  expect([made.cache, kept.cache]).toEqual(['miss', 'hit'])
  expect(calls(kept)).toEqual(calls(made))
  expect(JSON.stringify(calls(made))).toContain('Pune')
})

test('vectors are kept too, in either encoding', async () => {
  const embed = async (encoding: string) => {
    const before = upstream.requests.length
    const answer = await fetch(`${gateway.url}/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'exact', input: `Question ${question}`, encoding_format: encoding }),
    })
    const { data } = (await answer.json()) as { readonly data: readonly { readonly embedding: unknown }[] }
    return {
      cache: answer.headers.get('x-musivum-cache'),
      asked: upstream.requests.length - before,
      vector: data[0]?.embedding,
    }
  }
  const made = await embed('float')
  const kept = await embed('float')
  const packed = await embed('base64')
  expect([made.cache, kept.cache, packed.cache]).toEqual(['miss', 'hit', 'hit'])
  expect([made.asked, kept.asked, packed.asked]).toEqual([1, 0, 0])
  expect(kept.vector).toEqual(made.vector)
  const bytes = Buffer.from(String(packed.vector), 'base64')
  expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual(
    (made.vector as readonly number[]).map(Math.fround),
  )
})

test('a reload that changes what stands behind the name begins anew; one that does not keeps what there is', async () => {
  await ask()
  gateway.writeConfig({ models: { ...models(), more: doubled(upstream.url, 'plain') } })
  await expect.poll(async () => (await ask({ model: 'more' })).answer.status).toBe(200)
  expect((await ask()).cache).toBe('hit')
  gateway.writeConfig({ models: models('another-name') })
  await expect.poll(async () => (await ask({ model: 'more' })).answer.status).toBe(404)
  expect((await ask()).cache).toBe('miss')
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { as, startKeyedGateway } from './keyed-gateway.ts'
import { doubled, errorOf, startTestGateway, user, type Config, type TestGateway } from './running-gateway.ts'

const CHEAP = { input_usd_per_million: 1, output_usd_per_million: 1 }
const DEAR = { input_usd_per_million: 1, output_usd_per_million: 1_000 }

let upstream: Upstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startUpstream()
  const behind = (name: string, more: Config = {}): Config => doubled(upstream.url, name, more)
  gateway = await startTestGateway({
    models: {
      here: behind('plain', { price: CHEAP, fallbacks: ['away', 'dear'] }),
      failing: behind('status-500', {
        tries: { attempts: 1 },
        price: CHEAP,
        fallbacks: ['dear', 'away', 'here'],
      }),
      dear: behind('plain', { price: DEAR }),
      away: { engine: 'openai', base_url: 'https://models.example.com/v1', model: 'x', price: CHEAP },
      unpriced: behind('plain'),
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const body = { model: 'here', max_tokens: 100, messages: user('Hello') }
const ask = (more: object, headers: Record<string, string> = {}) =>
  gateway.chat({ ...body, ...more }, { headers: { 'content-type': 'application/json', ...headers } })

async function removedBy(response: Response): Promise<readonly (readonly [string, string])[]> {
  const { decision } = await gateway.rowOf(response)
  return (decision?.removed ?? []).map(({ model, rule }) => [model, rule] as const)
}

describe.each([
  ['by headers', (headers: Record<string, string>, _field: object) => [{}, headers] as const],
  ['by the body', (_headers: Record<string, string>, field: object) => [{ musivum: field }, {}] as const],
])('a client narrows %s', (_, by) => {
  test('the models that may answer', async () => {
    const narrowed = by({ 'x-musivum-models': 'failing, he*' }, { models: ['failing', 'he*'] })
    const response = await ask({ ...narrowed[0], model: 'failing' }, narrowed[1])
    expect([response.status, response.headers.get('x-musivum-model')]).toEqual([200, 'here'])
    expect(await removedBy(response)).toEqual([
      ['dear', 'client.models'],
      ['away', 'client.models'],
    ])
  })

  test('what an answer may cost at worst', async () => {
    const narrowed = by({ 'x-musivum-max-price-usd': '0.01' }, { max_price_usd: 0.01 })
    const response = await ask({ ...narrowed[0], model: 'failing' }, narrowed[1])
    expect(await removedBy(response)).toEqual([['dear', 'client.max-price']])
    const refused = await ask({ ...narrowed[0], model: 'dear' }, narrowed[1])
    expect(refused.status).toBe(400)
    expect(await errorOf(refused)).toMatchObject({
      code: 'request.unsupported',
      message: expect.stringMatching(
        /dear: may cost \$0\.1\d+ at worst, and the client pays \$0\.01 at most/,
      ) as unknown,
    })
    const unknown = await ask({ ...narrowed[0], model: 'unpriced' }, narrowed[1])
    expect((await errorOf(unknown)).message).toContain('nobody has said what it costs')
  })

  test('that no data leaves this machine', async () => {
    const narrowed = by({ 'x-musivum-no-data-leaves': 'true' }, { no_data_leaves: true })
    const response = await ask(narrowed[0], narrowed[1])
    expect(response.status).toBe(200)
    expect(await removedBy(response)).toEqual([['away', 'client.no-data-leaves']])
    const refused = await ask({ ...narrowed[0], model: 'away' }, narrowed[1])
    expect((await errorOf(refused)).message).toContain('models.example.com')
  })

  test('that only open weights answer, and nobody’s word is taken for what is not known', async () => {
    const narrowed = by({ 'x-musivum-only': 'open' }, { only: 'open' })
    const open = await ask({ ...narrowed[0], model: 'starter-s1', messages: user('Add: 1 + 1') }, narrowed[1])
    expect(open.status).toBe(200)
    const unknown = await ask(narrowed[0], narrowed[1])
    expect((await errorOf(unknown)).message).toContain('nobody here knows whether its weights are public')
  })
})

test('headers and body narrow together, and neither takes back what the other says', async () => {
  const response = await ask(
    { model: 'failing', musivum: { models: ['failing', 'here', 'dear'], no_data_leaves: false } },
    { 'x-musivum-models': 'failing,here,away', 'x-musivum-no-data-leaves': 'true' },
  )
  expect(response.headers.get('x-musivum-model')).toBe('here')
  expect(await removedBy(response)).toEqual([
    ['dear', 'client.models'],
    ['away', 'client.models'],
  ])
})

test('nothing is widened: a key’s models stay the key’s, whatever the client names', async () => {
  const keyed = await startKeyedGateway({
    models: { a: doubled(upstream.url, 'plain'), b: doubled(upstream.url, 'plain') },
  })
  try {
    const { secret } = await keyed.makeKey({ models: ['a'] })
    const response = await keyed.chat({ ...body, model: 'b', musivum: { models: ['b'] } }, as(secret))
    expect([response.status, (await errorOf(response)).code]).toEqual([403, 'auth.forbidden'])
  } finally {
    await keyed.close()
  }
})

describe('the field is ours', () => {
  const sent = () => JSON.parse(upstream.requests.at(-1)?.body ?? '{}') as Record<string, unknown>

  test.each([
    ['first', '{"musivum":{"models":["here"]},"model":"here",  "messages":[{"role":"user","content":"x"}]}'],
    ['last', '{"model":"here",  "messages":[{"role":"user","content":"x"}], "musivum":{"models":["here"]} }'],
    ['alone', '{"model":"here","musivum":null,  "messages":[{"role":"user","content":"x"}]}'],
  ])('and goes no further where it stands %s; the rest passes byte for byte', async (_, text) => {
    expect((await gateway.chat(text)).status).toBe(200)
    expect(upstream.requests.at(-1)?.body).not.toContain('"musivum"')
    expect(upstream.requests.at(-1)?.body).toContain('  "messages":[{"role":"user","content":"x"}]')
  })

  test('only at the top: a text or a tool of that name is the client’s', async () => {
    const more = { metadata: { musivum: 'mine' }, user: 'musivum' }
    expect((await ask({ ...more, messages: user('say "musivum": {"models": []}') })).status).toBe(200)
    expect(sent()).toMatchObject(more)
  })

  test.each([
    ['/messages', { ...body, musivum: { models: ['here'] } }],
    ['/responses', { model: 'here', input: 'Hello', musivum: { models: ['here'] } }],
    ['/embeddings', { model: 'here', input: 'Hello', musivum: { models: ['here'] } }],
    ['/messages/count_tokens', { model: 'here', messages: user('Hello'), musivum: { models: ['here'] } }],
  ])('in %s too', async (path, request) => {
    const response = await fetch(gateway.url + path, { method: 'POST', body: JSON.stringify(request) })
    expect([response.status, await response.text()]).toEqual([200, expect.not.stringContaining('"models"')])
    expect(sent()).not.toHaveProperty('musivum')
  })
})

test.each<[object, Record<string, string>, string]>([
  [{ musivum: 'open' }, {}, 'musivum: expected an object, got a string'],
  [{ musivum: { model: 'here' } }, {}, 'musivum: expected only models, max_price_usd, only, no_data_leaves'],
  [{ musivum: { models: [] } }, {}, 'musivum.models: expected 1 to 64 names'],
  [{ musivum: { models: 'here' } }, {}, 'musivum.models: expected a list of names, got a string'],
  [{ musivum: { max_price_usd: -1 } }, {}, 'musivum.max_price_usd: expected US dollars'],
  [{ musivum: { max_price_usd: '1 EUR' } }, {}, 'no other currency is known'],
  [{ musivum: { only: 'closed' } }, {}, 'musivum.only: expected "open"'],
  [{ musivum: { no_data_leaves: 'yes' } }, {}, 'musivum.no_data_leaves: expected true or false'],
  [{}, { 'x-musivum-models': ' , ' }, 'x-musivum-models: expected 1 to 64 names'],
  [{}, { 'x-musivum-max-price-usd': 'cheap' }, 'x-musivum-max-price-usd: expected US dollars'],
  [{}, { 'x-musivum-only': 'Open weights' }, 'x-musivum-only: expected "open"'],
  [{}, { 'x-musivum-no-data-leaves': '1' }, 'x-musivum-no-data-leaves: expected true or false'],
  [{ Musivum: { models: ['here'] } }, {}, 'musivum: written with other letters or escapes'],
])('%j %j is refused in one line', async (more, headers, words) => {
  const response = await ask(more, headers)
  expect(response.status).toBe(400)
  expect((await errorOf(response)).message).toContain(words)
})

test('an escaped name of the field is refused, and broken JSON around it is told with its place', async () => {
  const escaped = await gateway.chat(
    '{"model":"here","messages":[{"role":"user","content":"x"}],"\\u006dusivum":{"only":"open"}}',
  )
  expect([escaped.status, (await errorOf(escaped)).message]).toEqual([
    400,
    expect.stringContaining('other letters'),
  ])
  const broken = await gateway.chat('{"musivum":{"only":"open"},\n"model":}')
  expect((await errorOf(broken)).message).toContain('line 2, column 9')
})

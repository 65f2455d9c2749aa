import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RequestCost } from '../../src/gateway/admin/contract.ts'
import type { Decision } from '../../src/routing/decide.ts'
import { startScripted, type Act, type Scripted } from '../upstream/scripted.ts'
import { errorOf, startTestGateway, user, type Config, type TestGateway } from './running-gateway.ts'

/**
 * Names by the second tier: a model on this machine says which there are, and what it says decides who may see the request and
 * what is masked. The double speaks Chat Completions: `tagger` knows a few names, `far` repeats what it was told.
 */
const NAMES: Readonly<Record<string, string>> = {
  'Ada Lovelace': 'PERSON',
  'सीता पाटील': 'PERSON',
  Utrecht: 'LOCATION',
  'Kranz & Söhne': 'ORGANIZATION',
}

const RULES = `
version: 1
rules:
  - id: mask-what-leaves
    effect: require
    if: '!model.local'
    when: request.sensitivity >= 1
    obligations: [mask]
    reason: A seller sees no more than it needs.
  - id: no-people-abroad
    effect: forbid
    if: model.name == "abroad" || model.name == "judge"
    when: '"person" in request.kinds'
    reason: People stay here.
  - id: seen-names-only
    effect: require
    if: model.name == "careful"
    when: request.names_covered
    reason: Somebody has to have looked.
  - id: not-this-one
    effect: forbid
    if: model.name == "barred"
    when: '"LOCATION" in request.entities'
    reason: It reads no addresses.
`

type Body = {
  readonly model: string
  readonly stream?: boolean
  readonly messages?: readonly { readonly content: string }[]
  readonly input?: readonly string[]
  readonly response_format?: unknown
}

let folder: string
let upstream: Scripted
/** Those that the tests of one group share. */
let gateways: TestGateway[] = []
/** Makes `tagger` behave otherwise, for one test. */
let otherwise: ((text: string) => Act) | undefined

function script(_key: string, _before: number, body: object): Act {
  const { model, messages } = body as Body
  const text = messages?.at(-1)?.content ?? ''
  if (model !== 'tagger') return { kind: 'answer', text: `You said: ${text}` }
  return otherwise === undefined ? { kind: 'answer', text: tagged(text) } : otherwise(text)
}

function tagged(text: string, more: readonly string[] = []): string {
  const found = [...Object.keys(NAMES).filter((name) => text.includes(name)), ...more]
  return JSON.stringify({ names: found.map((name) => ({ text: name, entity: NAMES[name] ?? 'PERSON' })) })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-names-'))
  writeFileSync(join(folder, 'rules.yaml'), RULES)
  upstream = await startScripted(script)
})
afterEach(() => {
  otherwise = undefined
})
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()))
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(names: Config = {}, more: Config = {}): Promise<TestGateway> {
  const at = { engine: 'openai', base_url: upstream.url }
  const remote = { ...at, facts: { runs: 'remote' } }
  const gateway = await startTestGateway({
    policy: join(folder, 'rules.yaml'),
    privacy: { names: { model: 'tagger', ...names } },
    models: {
      tagger: { ...at, model: 'tagger' },
      barred: { ...at, model: 'tagger' },
      near: { ...at, model: 'near' },
      careful: { ...at, model: 'near' },
      far: { ...remote, model: 'far' },
      abroad: { ...remote, model: 'far' },
      judge: { ...at, model: 'far' },
    },
    ...more,
  })
  gateways = [...gateways, gateway]
  return gateway
}

function sentTo(model: string, from = 0): readonly Body[] {
  return (upstream.bodies as readonly Body[]).slice(from).filter((body) => body.model === model)
}

async function decisionOf({ rowOf }: TestGateway, response: Response): Promise<Decision> {
  const { decision } = await rowOf(response)
  if (decision === null) throw new Error('no decision was made')
  return decision
}

async function textOf(response: Response): Promise<string> {
  const { choices } = (await response.json()) as { choices: readonly { message: { content: string } }[] }
  return choices[0]?.message.content ?? ''
}

const LETTER = 'Ada Lovelace <ada@example.org> of Kranz & Söhne moves to Utrecht, writes सीता पाटील.'

describe('names', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await start()
  })

  test('are masked before a model far away sees a byte, and are restored', async () => {
    const { chat } = gateway
    const from = upstream.bodies.length
    const messages = [{ role: 'system', content: 'You write for Ada Lovelace.' }, ...user(LETTER)]
    const answered = await chat({ model: 'far', messages })
    expect(await textOf(answered)).toBe(`You said: ${LETTER}`)
    const [sent] = sentTo('far', from)
    expect(JSON.stringify(sent)).not.toMatch(/Ada|Kranz|Utrecht|सीता/)
    expect(sent?.messages?.[1]?.content).toMatch(
      /^⟦PERSON_\w{7}⟧ <⟦EMAIL_ADDRESS_\w{7}⟧> of ⟦ORGANIZATION_\w{7}⟧ moves to ⟦LOCATION_\w{7}⟧, writes ⟦PERSON_\w{7}⟧\.$/,
    )
    const decision = await decisionOf(gateway, answered)
    expect(decision.labels).toMatchObject({
      names: 'covered',
      kinds: ['company', 'contact', 'person', 'place'],
      entities: ['EMAIL_ADDRESS', 'LOCATION', 'ORGANIZATION', 'PERSON'],
    })
    expect(decision.masked?.replaced).toEqual({ PERSON: 2, EMAIL_ADDRESS: 1, ORGANIZATION: 1, LOCATION: 1 })
    expect(decision.names).toMatchObject({ model: 'tagger', calls: 2, found: 4, dropped: 0 })
    expect(JSON.stringify(decision)).not.toMatch(/Ada|Utrecht/)
  })

  test('are restored in a stream that cuts stand-ins into pieces of four characters', async () => {
    const { chat } = gateway
    const answered = await chat({ model: 'far', messages: user(LETTER), stream: true })
    const pieces = Array.from((await answered.text()).matchAll(/^data: (\{.*)$/gm), ([, json = '']) => {
      const { choices } = JSON.parse(json) as { choices: readonly { delta?: { content?: string } }[] }
      return choices[0]?.delta?.content ?? ''
    })
    expect(pieces.join('')).toBe(`You said: ${LETTER}`)
  })

  test('are masked in calls of tools, their results and definitions, and in the inputs of embeddings', async () => {
    const { chat, origin } = gateway
    const from = upstream.bodies.length
    const call = { name: 'find', arguments: '{"who":"Ada Lovelace"}' }
    await chat({
      model: 'far',
      messages: [
        ...user('Who?'),
        { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: call }] },
        { role: 'tool', tool_call_id: 'c', content: '{"city":"Utrecht","firm":"Kranz & Söhne"}' },
      ],
      tools: [
        { type: 'function', function: { name: 'find', description: 'Finds people such as Ada Lovelace' } },
      ],
    })
    await fetch(`${origin}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'far', input: ['Ada Lovelace in Utrecht'] }),
    })
    const sent = sentTo('far', from)
    expect(sent.some(({ input }) => input !== undefined)).toBe(true)
    expect(JSON.stringify(sent)).not.toMatch(/Ada|Kranz|Utrecht/)
    expect(JSON.stringify(sent)).toContain('⟦LOCATION_')
  })

  test('of a conversation are looked for in what is new only', async () => {
    const { chat } = gateway
    const first = await chat({ model: 'near', messages: user('I am Ada Lovelace.') })
    const turn = [...user('I am Ada Lovelace.'), { role: 'assistant', content: 'Hello there.' }]
    const from = upstream.bodies.length
    const second = await chat({ model: 'near', messages: [...turn, ...user('From Utrecht.')] })
    expect((await decisionOf(gateway, first)).names).toMatchObject({ calls: 1, known: 0 })
    expect((await decisionOf(gateway, second)).names).toMatchObject({ calls: 1, known: 1, found: 2 })
    expect(JSON.stringify(sentTo('tagger', from))).not.toContain('Ada Lovelace')
  })

  test('decide who may see a request', async () => {
    const { chat } = gateway
    const from = upstream.bodies.length
    const refused = await chat({ model: 'abroad', messages: user('Call Ada Lovelace.') })
    expect(refused.status).toBe(403)
    expect((await decisionOf(gateway, refused)).removed[0]).toMatchObject({ rule: 'no-people-abroad' })
    expect((await chat({ model: 'abroad', messages: user('Call a taxi.') })).status).toBe(200)
    expect(sentTo('far', from)).toHaveLength(1)
    expect((await chat({ model: 'careful', messages: user('Hello.') })).status).toBe(200)
  })

  test('that a model makes up are dropped and counted', async () => {
    otherwise = (text) => ({ kind: 'answer', text: tagged(text, ['Grace Hopper', 'Charles Babbage']) })
    const { chat } = gateway
    const answered = await chat({ model: 'near', messages: user('Ada Lovelace was here.') })
    const { names, labels } = await decisionOf(gateway, answered)
    expect(names).toMatchObject({ found: 1, dropped: 2 })
    expect(labels).toMatchObject({ counts: { PERSON: 1 } })
  })

  test('are asked for under a schema, without chance and with a bound', async () => {
    const { chat } = gateway
    const from = upstream.bodies.length
    await chat({ model: 'near', messages: user('By Ada Lovelace') })
    expect(sentTo('tagger', from)[0]).toMatchObject({
      temperature: 0,
      response_format: { type: 'json_schema', json_schema: { strict: true } },
    })
    expect(JSON.stringify(sentTo('tagger', from)[0])).toMatch(/"max_(completion_)?tokens":2560/)
  })
})

describe('a model that does not say which names there are', () => {
  let strict: TestGateway
  let lenient: TestGateway
  beforeAll(async () => {
    strict = await start({ timeout: '300ms' })
    lenient = await start({ timeout: '300ms', on_error: 'continue' })
  })

  describe.each<readonly [string, (text: string) => Act]>([
    ['is down', () => ({ kind: 'refuse', status: 500 })],
    ['does not answer in time', () => ({ kind: 'stall' })],
    ['answers in prose', () => ({ kind: 'answer', text: 'I see no names at all.' })],
    ['breaks off within its JSON', () => ({ kind: 'answer', text: '{"names":[{"text":"Ada Lov' })],
  ])('a model that %s', (_how, act) => {
    test('keeps every model from being asked', async () => {
      otherwise = act
      const { chat } = strict
      const from = upstream.bodies.length
      const refused = await chat({ model: 'near', messages: user(LETTER) })
      expect([refused.status, (await errorOf(refused)).code]).toEqual([503, 'privacy.names_failed'])
      expect([...sentTo('near', from), ...sentTo('far', from)]).toEqual([])
    })

    test('is told in the labels where the configuration lets the request go on, and never under a mask', async () => {
      otherwise = act
      const { chat } = lenient
      const from = upstream.bodies.length
      const answered = await chat({ model: 'near', messages: user(LETTER) })
      expect(answered.status).toBe(200)
      expect((await decisionOf(lenient, answered)).labels).toMatchObject({
        names: 'failed',
        entities: ['EMAIL_ADDRESS'],
      })
      const masked = await chat({ model: 'far', messages: user(LETTER) })
      expect([masked.status, (await errorOf(masked)).code]).toEqual([503, 'privacy.names_failed'])
      expect(sentTo('far', from)).toEqual([])
      expect((await chat({ model: 'careful', messages: user('Hello.') })).status).toBe(403)
    })
  })
})

describe('the model that looks', () => {
  test('needs a permit as if all that it looks for were there', async () => {
    const { chat } = await start({ model: 'barred' })
    const from = upstream.bodies.length
    const refused = await chat({ model: 'near', messages: user('Nothing to see.') })
    const { code, message } = await errorOf(refused)
    expect([refused.status, code]).toEqual([503, 'privacy.names_failed'])
    expect(message).toContain('not-this-one')
    expect(upstream.bodies.length).toBe(from)
  })

  test('must run on this machine', async () => {
    await expect(start({ model: 'far' })).rejects.toThrow(
      /^\S*musivum\.yaml:\d+: privacy\.names\.model: .*leaves this machine.*expected a model that runs on this machine$/,
    )
  })

  test('that looks for some kinds only does not cover names', async () => {
    const gateway = await start({ entities: ['PERSON'] })
    const answered = await gateway.chat({ model: 'near', messages: user('Ada Lovelace') })
    expect((await decisionOf(gateway, answered)).labels).toMatchObject({
      names: 'not-covered',
      entities: ['PERSON'],
    })
  })

  test('reads no more of one request than is stated', async () => {
    const { chat } = await start()
    const from = upstream.bodies.length
    const words = Array.from({ length: 20_000 }, (_, at) => `word${at}`).join(' ')
    const refused = await chat({ model: 'near', messages: user(words) })
    expect((await errorOf(refused)).message).toMatch(/takes \d+ calls of it; at most 64 are made/)
    expect(upstream.bodies.length).toBe(from)
  })

  test('reads for a classifier of a guard as well: a guard is no way around a rule', async () => {
    const guard = { id: 'judged', on: 'input', action: 'refuse', fails: 'closed', check: 'classifier' }
    const { chat } = await start({}, { guards: [{ ...guard, preset: 'yes-no', model: 'judge' }] })
    const from = upstream.bodies.length
    const failed = await chat({ model: 'near', messages: user('Ada Lovelace') })
    expect((await errorOf(failed)).code).toBe('guard.failed')
    expect(sentTo('far', from)).toEqual([])
  })
})

describe('a model that looks and costs money', () => {
  /** The double counts tokens of every answer, and a call may be worth at most some cents. */
  const PRICE = { input_usd_per_million: 3, output_usd_per_million: 15 }
  const withPrice = (): Promise<TestGateway> =>
    start(
      {},
      {
        models: {
          tagger: { engine: 'openai', base_url: upstream.url, model: 'tagger', price: PRICE },
          abroad: {
            engine: 'openai',
            base_url: upstream.url,
            model: 'far',
            facts: { runs: 'remote' },
            price: 'owned',
          },
        },
      },
    )

  async function capAt({ origin }: TestGateway, capUsd: string): Promise<void> {
    const budget = { scope: { kind: 'everyone' }, period: 'month', capUsd }
    const body = JSON.stringify(budget)
    const set = await fetch(`${origin}/api/budgets`, { method: 'POST', headers: JSON_TYPE, body })
    expect(set.status).toBe(200)
  }

  test('is charged to the request that caused it, also when that is refused', async () => {
    const paid = await withPrice()
    await capAt(paid, '1.00')
    const refused = await paid.chat({ model: 'abroad', messages: user('Ada Lovelace wrote.') })
    expect(refused.status).toBe(403)
    const id = refused.headers.get('x-musivum-request-id') ?? ''
    const cost = () => paid.ask<RequestCost>(`/api/requests/${id}/cost`)
    await expect.poll(async () => (await cost()).settlements.length, { timeout: 10_000 }).toBe(1)
    const { lines } = await cost()
    expect(new Set(lines.map(({ model, purpose }) => `${model} ${purpose}`))).toEqual(
      new Set(['tagger judge']),
    )
    expect(lines.reduce((sum, line) => sum + line.nanoUsd, 0)).toBeGreaterThan(0)
  })

  test('is not asked when the money for it is not there', async () => {
    const paid = await withPrice()
    await capAt(paid, '0.01')
    const from = upstream.bodies.length
    const refused = await paid.chat({ model: 'abroad', messages: user('Ada Lovelace wrote.') })
    expect([refused.status, (await errorOf(refused)).code]).toEqual([402, 'budget.exhausted'])
    expect(upstream.bodies.length).toBe(from)
  })
})

const JSON_TYPE = { 'content-type': 'application/json' }

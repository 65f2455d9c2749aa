import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandLine } from '../../src/cli/command-line.conformance.ts'
import { loggedRequests } from '../../src/store/logged-requests.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { as, startKeyedGateway, type KeyedGateway } from './keyed-gateway.ts'
import { doubled, startTestGateway, user, type TestGateway } from './running-gateway.ts'

const RULES = `rules:
  - {id: cards-stay, effect: forbid, when: '!model.local && "CREDIT_CARD" in request.entities', reason: Cards stay.}
  - {id: short, effect: require, if: '!model.local', when: request.tokens < 1000, reason: Long texts stay.}
  - {id: cleared, effect: require, if: request.sensitivity >= 4, when: '"keys" in principal.clearances', reason: Keys.}
  - {id: no-copies, effect: require, when: request.sensitivity >= 2, obligations: [no-cache], reason: No copies.}
  - {id: funded, effect: prefer, when: model.name == "spare" && principal.budget_left_usd > 1.0}
`

/** What is changed: cards are let out, mail addresses are not, and copies are ruled out for everything. */
const CHANGED = `rules:
  - {id: mails-stay, effect: forbid, when: '!model.local && "EMAIL_ADDRESS" in request.entities', reason: Mails stay.}
  - {id: short, effect: require, if: '!model.local', when: request.tokens < 1000, reason: Long texts stay.}
  - {id: cleared, effect: require, if: request.sensitivity >= 4, when: '"keys" in principal.clearances', reason: Keys.}
  - {id: no-copies, effect: require, when: 'true', obligations: [no-cache], reason: No copies.}
  - {id: funded, effect: prefer, when: model.name == "spare" && principal.budget_left_usd > 1.0}
`

const CARD = 'My card is 4111 1111 1111 1111.'
const MAIL = 'Write to someone@example.com.'

const { run } = commandLine()
const folder = mkdtempSync(join(tmpdir(), 'musivum-replay-'))
const [rules, changed] = [join(folder, 'rules.yaml'), join(folder, 'changed.yaml')]
let upstream: Upstream

beforeAll(async () => {
  writeFileSync(rules, RULES)
  writeFileSync(changed, CHANGED)
  upstream = await startUpstream()
})
afterAll(async () => {
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

function post(gateway: TestGateway, path: string, body: object, options: RequestInit): Promise<Response> {
  return fetch(gateway.origin + path, { method: 'POST', body: JSON.stringify(body), ...options })
}

/** The document of a replay of this gateway's log, and the code that the command ended with. */
async function replay(gateway: TestGateway, words: string): Promise<readonly [number, Replayed]> {
  const where = `--config ${gateway.configFile} --home ${gateway.home}`
  const { code, out, err } = await run(`policy replay ${words} ${where} --json`)
  if (out === '') throw new Error(err)
  return [code, JSON.parse(out) as Replayed]
}

type Replayed = Readonly<Record<string, unknown>> & {
  readonly groups: readonly { readonly examples: readonly string[] }[]
}

describe('a log of requests in every protocol, by several callers', () => {
  let gateway: KeyedGateway
  /** The id of each request by what it was. */
  const ids = new Map<string, string>()

  beforeAll(async () => {
    const remote = { facts: { runs: 'remote' } }
    const behind = (more: object) => doubled(upstream.url, 'plain', { price: 'owned', ...more })
    gateway = await startKeyedGateway({
      policy: rules,
      models: {
        far: behind({ ...remote, fallbacks: ['near', 'spare'] }),
        alone: behind(remote),
        near: behind({}),
        spare: behind({}),
      },
    })
    const { secret } = await gateway.makeKey({})
    const plain = as(secret)
    const cleared = as((await gateway.makeKey({ clearances: ['keys'] })).secret)
    const kept = async (what: string, response: Promise<Response>) => {
      const { headers } = await response
      ids.set(what, headers.get('x-musivum-request-id') ?? '')
    }
    const chat = (model: string, content: string, options = plain) =>
      gateway.chat({ model, messages: user(content) }, options)
    await kept('plain', chat('far', 'Hello'))
    await kept('card', chat('alone', CARD))
    await kept('card with others', chat('far', CARD))
    await kept('mail', chat('alone', MAIL))
    await kept('mail with others', chat('far', MAIL))
    await kept('long', chat('far', 'word '.repeat(1_000)))
    await kept('key', chat('near', `AWS key AKIAIOSFODNN7EXAMPLE`))
    await kept('key, cleared', chat('near', `AWS key AKIAIOSFODNN7EXAMPLE`, cleared))
    await kept('narrowed', chat('far', MAIL, as(secret, { 'x-musivum-models': 'near, spare' })))
    await gateway.budget({ capUsd: 100 })
    await kept('funded', chat('far', CARD))
    const messages = { model: 'far', max_tokens: 9, messages: user(MAIL) }
    await kept('messages', post(gateway, '/v1/messages', messages, plain))
    await kept('responses', post(gateway, '/v1/responses', { model: 'far', input: CARD }, plain))
    await kept('embeddings', post(gateway, '/v1/embeddings', { model: 'far', input: [MAIL] }, plain))
    await kept('no JSON', gateway.chat('{', plain))
    // It answers when every row is on the disk.
    await gateway.manage('GET', '/api/requests')
  }, 60_000)
  afterAll(() => gateway.close())

  test('under the unchanged policy nothing is different, neither from today nor from when it was logged', async () => {
    const [code, document] = await replay(gateway, `--policy ${rules}`)
    expect(code).toBe(0)
    expect(document).toMatchObject({
      decisions: 13,
      judged: 13,
      as_logged: 13,
      same: 13,
      refused: 0,
      groups: [],
      models_gone: [],
    })
  })

  test('under another policy it says what each request would lose, gain and be bound to, and ends with code 1', async () => {
    const [code, document] = await replay(gateway, `--policy ${changed}`)
    expect(code).toBe(1)
    expect(document).toMatchObject({
      policy: 'changed.yaml',
      against: 'rules.yaml',
      judged: 13,
      as_logged: 13,
    })
    // Mails lose `alone` once and `far` three times; cards gain as much.
    expect(document).toMatchObject({
      lose_a_model: 4,
      gain_a_model: 4,
      refused: 1,
      allowed: 1,
    })
    expect(document.groups).toContainEqual({
      change: 'loses',
      rule: 'mails-stay',
      at: 'changed.yaml:2',
      reason: 'Mails stay.',
      model: 'alone',
      requests: 1,
      refused: 1,
      examples: [ids.get('mail')],
    })
    expect(document.groups).toContainEqual({
      change: 'gains',
      rule: 'cards-stay',
      at: 'rules.yaml:2',
      reason: 'Cards stay.',
      model: 'alone',
      requests: 1,
      allowed: 1,
      examples: [ids.get('card')],
    })
    const funded = { change: 'another-model', rule: 'cards-stay', model: 'spare', instead: 'far' }
    expect(document.groups).toContainEqual(
      expect.objectContaining({ ...funded, examples: [ids.get('responses'), ids.get('funded')] }),
    )
    expect(document.groups).toContainEqual(
      expect.objectContaining({ change: 'adds', obligation: 'no-cache', rule: 'no-copies' }),
    )
  })

  test('no row holds what was written in a request', () => {
    const facts = Array.from(loggedRequests(gateway.home), (row) => JSON.stringify(row.facts)).join('\n')
    expect(facts).toContain('CREDIT_CARD')
    for (const secret of ['4111', 'someone', 'AKIA', 'Hello', 'word']) expect(facts).not.toContain(secret)
  })
})

test('a gateway without a policy keeps what it knows without looking, and a first policy is not judged on the rest', async () => {
  const gateway = await startTestGateway({ models: { here: doubled(upstream.url, 'plain') } })
  try {
    await gateway.chat({ model: 'here', messages: user(CARD) })
    await gateway.ask('/api/requests')
    const [row] = loggedRequests(gateway.home)
    expect(row?.facts?.request).toEqual({ operation: 'chat' })
    expect(row?.decision?.policy).toMatch(
      /^policy open [0-9a-f]{12} is in force, because none is configured$/,
    )
    const [code, document] = await replay(gateway, `--policy ${changed}`)
    expect(code).toBe(0)
    expect(document).toMatchObject({ judged: 0, not_replayable: { not_looked_into: 1 }, against: 'open' })
  } finally {
    await gateway.close()
  }
})

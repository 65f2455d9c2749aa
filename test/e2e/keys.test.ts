import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway } from '../../src/gateway/gateway.ts'
import type { Role } from '../../src/core/principal.ts'
import type { ModelView } from '../../src/gateway/admin/contract.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { as, bearer, startKeyedGateway, type KeyedGateway } from './keyed-gateway.ts'
import { clientsMissing, officialClients } from './official-clients.ts'
import { head, say } from './raw-http.ts'
import { doubled, errorOf, startTestGateway, user } from './running-gateway.ts'

const clients = officialClients()
let upstream: Upstream
let gateway: KeyedGateway
const secrets: Record<Role, string> = { member: '', auditor: '', admin: '' }

beforeAll(async () => {
  upstream = await startUpstream()
  const behind = (name: string, more = {}) => doubled(upstream.url, name, more)
  gateway = await startKeyedGateway({
    models: {
      vendor: behind('plain'),
      'team/small': behind('plain'),
      endless: behind('endless'),
      slow: behind('slow-first-byte'),
      broken: behind('status-500', { tries: { attempts: 1 }, fallbacks: ['vendor', 'team/small'] }),
    },
  })
  for (const role of ['member', 'auditor'] as const) secrets[role] = (await gateway.makeKey({ role })).secret
  secrets.admin = gateway.admin
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const HELLO = { model: 'vendor', messages: user('Hello') }

describe('the table of routes', () => {
  const RANK = { open: 0, member: 1, auditor: 2, admin: 3 }
  /** For whoever has any key: what it is itself, and how the gateway is. */
  const FOR_ALL = ['/api/me', '/api/state', '/api/openapi.json']
  /** What a request said, word for word: an auditor sees that it was asked, and not what. */
  const WORDS = '/api/requests/{id}/content'

  test('says of each route who may: only health is open, reading the admin API is for auditors, changing for admins', () => {
    expect(gateway.routes.length).toBeGreaterThan(25)
    for (const { method, path, access } of gateway.routes) {
      const least = /^\/(healthz|readyz)$/.test(path)
        ? 'open'
        : /^\/v[12]\//.test(path) || FOR_ALL.includes(path)
          ? 'member'
          : method === 'GET' && path !== WORDS
            ? 'auditor'
            : 'admin'
      expect(access, `${method} ${path}`).toBe(least)
    }
  })

  test('is kept for every route and role, with a wrong key and with none', async () => {
    const wrong = `${secrets.admin.slice(0, -2)}${secrets.admin.endsWith('AA') ? 'BB' : 'AA'}`
    for (const { method, path, access } of gateway.routes) {
      const where = path.replace(/\{\w+\}/, 'nothing-of-this-name')
      const ask = async (secret: string | undefined): Promise<number> => {
        const gone = new AbortController()
        const response = await fetch(gateway.origin + where, {
          method,
          headers: { 'content-type': 'application/json', ...(secret && bearer(secret)) },
          ...(method !== 'GET' && { body: '{"nothing":"of use"}' }),
          signal: gone.signal,
        })
        gone.abort()
        return response.status
      }
      const name = `${method} ${path}`
      for (const secret of [undefined, wrong, 'sk-something-else'])
        if (access !== 'open') expect(await ask(secret), name).toBe(401)
      for (const role of ['member', 'auditor', 'admin'] as const) {
        const refused = [401, 403].includes(await ask(secrets[role]))
        expect(refused, `${name} as ${role}`).toBe(RANK[role] < RANK[access])
      }
    }
  })

  test('cannot be walked around by another way of writing the same thing', async () => {
    const lines = [
      'GET //api/keys',
      'GET /v1/../api/keys',
      'GET /v1/%2e%2e/api/keys',
      'GET /%61pi/keys',
      'GET /API/keys',
      'GET /api/keys/../keys',
      'GET /api/keys;x=1',
      'GET /healthz/../api/keys',
      `GET ${gateway.origin}/api/keys`,
      'GET http://elsewhere.example/api/keys',
      'POST /healthz/../api/keys',
      'HEAD /api/keys',
    ]
    const host = `host: ${new URL(gateway.origin).host}`
    for (const line of lines) {
      const said = await say(gateway.origin, head(line, host))
      expect(said, line).not.toContain('mv-')
      expect(said, line).toMatch(/^HTTP\/1\.1 (40[0145]|200)/)
      if (said.startsWith('HTTP/1.1 200')) expect(said, line).toContain('<!doctype html>')
    }
  })

  test('is not moved by headers that name another method, path or host', async () => {
    const member = bearer(secrets.member)
    for (const headers of [
      { 'x-http-method-override': 'POST' },
      { 'x-method-override': 'DELETE' },
      { 'x-original-url': '/healthz', 'x-rewrite-url': '/healthz' },
      { 'x-forwarded-host': 'healthz', 'x-forwarded-prefix': '/healthz' },
    ]) {
      const response = await fetch(`${gateway.origin}/api/keys`, { headers: { ...member, ...headers } })
      expect(response.status, JSON.stringify(headers)).toBe(403)
    }
    const evil = await say(gateway.origin, head('GET /api/keys', 'host: elsewhere.example'))
    expect(evil).toMatch(/^HTTP\/1\.1 403[\s\S]*request\.forbidden_host/)
  })
})

describe('a key', () => {
  test.each([
    ['authorization', (secret: string) => `Bearer ${secret}`],
    ['authorization', (secret: string) => `bearer   ${secret}`],
    ['x-api-key', (secret: string) => secret],
    ['api-key', (secret: string) => secret],
    ['x-goog-api-key', (secret: string) => secret],
  ])('is taken from %s', async (name, value) => {
    const response = await gateway.chat(HELLO, {
      headers: { 'content-type': 'application/json', [name]: value(secrets.member) },
    })
    expect(response.status).toBe(200)
  })

  test.each(['key', 'api_key', 'API_KEY', 'access_token'])(
    'in the URL (?%s=) is refused and written nowhere',
    async (name) => {
      const url = `${gateway.url}/chat/completions?${name}=${secrets.member}`
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(HELLO) })
      expect(response.status).toBe(400)
      const { message } = await errorOf(response)
      expect(message).toContain('does not belong into the URL')
      expect(message).not.toContain(secrets.member)
      const rows = JSON.stringify(await gateway.manage('GET', '/api/requests?limit=200'))
      expect(rows + gateway.lines.join('\n')).not.toContain(secrets.member.slice(14))
    },
  )

  test('may be looked for by its id in the request log', async () => {
    const { key, secret } = await gateway.makeKey({ name: 'looked for' })
    await (await gateway.chat(HELLO, as(secret))).text()
    const page = await gateway.manage<{ rows: { key: string }[] }>('GET', `/api/requests?key=${key.id}`)
    expect(page.rows.map((row) => row.key)).toEqual([key.id])
  })

  test('that is wrong, expired or revoked gets its own words, in the protocol of its client', async () => {
    const soon = Date.now() + 1_500
    const expiring = await gateway.makeKey({ expiresMs: soon })
    const revoked = await gateway.makeKey({})
    await gateway.manage('DELETE', `/api/keys/${revoked.key.id}`)
    const codeOf = async (secret: string): Promise<string> => {
      const response = await gateway.chat(HELLO, as(secret))
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      const { code, message } = await errorOf(response)
      expect(message).not.toContain(secret)
      return code
    }
    expect(await codeOf('mv-0000000000-' + 'A'.repeat(43))).toBe('auth.key_unknown')
    expect(await codeOf(revoked.secret)).toBe('auth.key_revoked')
    await expect.poll(() => Date.now() > soon, { timeout: 5_000 }).toBe(true)
    expect(await codeOf(expiring.secret)).toBe('auth.key_expired')

    const asMessages = await fetch(`${gateway.url}/messages`, {
      method: 'POST',
      headers: { 'x-api-key': revoked.secret, 'anthropic-version': '2023-06-01' },
      body: '{}',
    })
    expect(await asMessages.json()).toMatchObject({
      type: 'error',
      error: { type: 'authentication_error' },
    })
  })

  test('is taken by the official clients of OpenAI and Anthropic', async ({ skip }) => {
    if (clients === undefined) return skip(clientsMissing)
    const openai = new clients.openai.OpenAI({ baseURL: gateway.url, apiKey: secrets.member, maxRetries: 0 })
    expect((await openai.models.list()).data.map(({ id }) => id)).toContain('vendor')
    const anthropic = new clients.anthropic.Anthropic({
      baseURL: gateway.origin,
      apiKey: secrets.member,
      maxRetries: 0,
    })
    const message = await anthropic.messages.create({ ...HELLO, max_tokens: 50 })
    expect(message.stop_reason).toBe('end_turn')
    const nobody = new clients.openai.OpenAI({ baseURL: gateway.url, apiKey: 'sk-nobody', maxRetries: 0 })
    await expect(nobody.models.list()).rejects.toMatchObject({ status: 401, code: 'auth.key_unknown' })
  })
})

describe('a key that is revoked in the middle of an answer', () => {
  const endless = { model: 'endless', stream: true, max_tokens: 100_000, messages: user('Go on') }
  test.each([
    ['/v1/chat/completions', endless, '"code":"auth.key_revoked"', 'data: [DONE]'],
    ['/v1/messages', endless, '"type":"authentication_error"', 'message_stop'],
    [
      '/v1/responses',
      { model: 'endless', stream: true, input: 'Go on' },
      '"code":"auth.key_revoked"',
      'response.completed',
    ],
  ])('ends the stream of %s with an error, and the call behind it', async (path, body, said, end) => {
    const { key, secret } = await gateway.makeKey({})
    const left = upstream.nextDisconnect()
    const response = await fetch(gateway.origin + path, {
      method: 'POST',
      body: JSON.stringify(body),
      ...as(secret),
    })
    expect(response.status).toBe(200)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = (await reader?.read())?.value ?? ''
    await gateway.manage('DELETE', `/api/keys/${key.id}`)
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
      text += part.value
    expect(text).toContain(said)
    expect(text).not.toContain(end)
    expect((await left).model).toBe('endless')
    const [row] = (
      await gateway.manage<{ rows: { errorCode: string; usage: object }[] }>(
        'GET',
        `/api/requests?key=${key.id}`,
      )
    ).rows
    expect(row).toMatchObject({ errorCode: 'auth.key_revoked', usage: { source: 'estimated' } })
    expect((await fetch(`${gateway.url}/models`, as(secret))).status).toBe(401)
  })

  test('ends the live list of the console', async () => {
    const { key, secret } = await gateway.makeKey({ role: 'auditor' })
    const live = await fetch(`${gateway.origin}/api/requests/live`, as(secret))
    const reader = live.body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    await gateway.manage('DELETE', `/api/keys/${key.id}`)
    let last = await reader?.read()
    while (last?.done === false) last = await reader?.read()
    expect(last?.done).toBe(true)
  })

  test('that has not begun is refused with its status', async () => {
    const { key, secret } = await gateway.makeKey({})
    const asked = gateway.chat({ model: 'slow', messages: user('Hello') }, as(secret))
    await expect.poll(() => upstream.active()).toBe(1)
    await gateway.manage('DELETE', `/api/keys/${key.id}`)
    const response = await asked
    expect([response.status, (await errorOf(response)).code]).toEqual([401, 'auth.key_revoked'])
    await expect.poll(() => upstream.active()).toBe(0)
  })
})

describe('a key for some models', () => {
  test('sees those, may ask those, and is told of no other', async () => {
    const { secret } = await gateway.makeKey({ models: ['team/*', 'endless'] })
    const list = await (await fetch(`${gateway.url}/models`, as(secret))).json()
    expect((list as { data: { id: string }[] }).data.map(({ id }) => id).toSorted()).toEqual([
      'endless',
      'team/small',
    ])
    expect((await fetch(`${gateway.url}/models/vendor`, as(secret))).status).toBe(404)
    expect((await fetch(`${gateway.url}/models/team/small`, as(secret))).status).toBe(200)
    expect((await gateway.chat({ ...HELLO, model: 'team/small' }, as(secret))).status).toBe(200)
    const mistyped = await errorOf(await gateway.chat({ ...HELLO, model: 'vendo' }, as(secret)))
    expect(mistyped).toMatchObject({ code: 'model.not_found' })
    expect(mistyped.message).not.toContain('vendor')
    const refused = await gateway.chat(HELLO, as(secret))
    expect(refused.status).toBe(403)
    expect(await gateway.requestOf(refused)).toMatchObject({
      errorCode: 'auth.forbidden',
      decision: { removed: [{ model: 'vendor', rule: 'key', reason: 'the key does not allow this model' }] },
    })
  })

  test('falls back to those only, and the decision says who was passed over', async () => {
    const { secret } = await gateway.makeKey({ models: ['broken', 'team/*'] })
    const response = await gateway.chat({ ...HELLO, model: 'broken' }, as(secret))
    expect([response.status, response.headers.get('x-musivum-model')]).toEqual([200, 'team/small'])
    expect((await gateway.requestOf(response)).decision?.removed).toEqual([
      { model: 'vendor', rule: 'key', reason: 'the key does not allow this model' },
    ])
  })

  test('for some plans or tasks gets nothing else', async () => {
    const voting = await gateway.makeKey({ plans: ['vote'] })
    const plans = await errorOf(await gateway.chat(HELLO, as(voting.secret)))
    expect(plans.message).toContain('is for the plans vote; this would be single')
    const triage = await gateway.makeKey({ tasks: ['triage'] })
    const tasks = await gateway.chat(HELLO, as(triage.secret))
    expect([tasks.status, (await errorOf(tasks)).code]).toEqual([403, 'auth.forbidden'])
  })
})

test('a stored response is its key’s alone', async () => {
  const post = (secret: string, body: object) =>
    fetch(`${gateway.url}/responses`, { method: 'POST', body: JSON.stringify(body), ...as(secret) })
  const kept = (await (await post(secrets.member, { model: 'vendor', input: 'Hello' })).json()) as {
    id: string
  }
  const at = `${gateway.url}/responses/${kept.id}`
  expect((await fetch(at, as(secrets.auditor))).status).toBe(404)
  expect((await fetch(at, { method: 'DELETE', ...as(secrets.admin) })).status).toBe(404)
  const goesOn = { model: 'vendor', input: 'And?', previous_response_id: kept.id }
  expect((await post(secrets.auditor, goesOn)).status).toBe(404)
  expect((await post(secrets.member, goesOn)).status).toBe(200)
  expect((await fetch(at, as(secrets.member))).status).toBe(200)
})

test('health answers without a key and tells nothing more than that', async () => {
  expect(await (await fetch(`${gateway.origin}/readyz`)).json()).toEqual({ status: 'ready' })
})

describe('without any key', () => {
  test('a gateway on loopback takes any token from this machine, and says so', async () => {
    const open = await startTestGateway({ models: { vendor: doubled(upstream.url, 'plain') } })
    try {
      expect(await open.ask<object>('/api/state')).toMatchObject({ access: 'open-to-this-machine' })
      expect((await open.chat(HELLO, as('anything'))).status).toBe(200)
      expect((await open.ask<{ models: ModelView[] }>('/api/models')).models.length).toBeGreaterThan(0)
    } finally {
      await open.close()
    }
  })

  test('a gateway that others can reach does not start, and says how to make one', async () => {
    const home = mkdtempSync(join(tmpdir(), 'musivum-open-'))
    const start = startGateway({
      home,
      cwd: home,
      host: '0.0.0.0',
      port: 0,
      env: {},
      log: () => undefined,
    })
    await expect(start).rejects.toThrow(/musivum keys create admin --role admin/)
    rmSync(home, { recursive: true, force: true })
  })
})

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Validator, type Schema } from '@cfworker/json-schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  BudgetView,
  Key,
  KeyPage,
  KeyWithSecret,
  RequestCost,
  RequestPage,
  ScopeLimits,
  SpendView,
} from '../../src/gateway/admin/contract.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { doubled, startTestGateway, user, type ErrorBody, type TestGateway } from './running-gateway.ts'

type Operation = {
  readonly operationId: string
  readonly description: string
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>

const committed = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const operations = Object.entries(committed.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, each]) => ({ path, method: method.toUpperCase(), ...each })),
)

type Call = {
  readonly key?: string | undefined
  readonly body?: unknown
  readonly headers?: Record<string, string>
}
type Answered<Body> = { readonly status: number; readonly headers: Headers; readonly body: Body }

/** What the admin API says; every answer must be as its OpenAPI document says, field by field. */
async function call<Body = ErrorBody>(
  { origin }: TestGateway,
  method: string,
  path: string,
  { key, body, headers = {} }: Call = {},
): Promise<Answered<Body>> {
  const response = await fetch(origin + path, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const json: unknown = await response.json()
  checkAnswer(method, path, response.status, json)
  return { status: response.status, headers: response.headers, body: json as Body }
}

function checkAnswer(method: string, path: string, status: number, body: unknown): void {
  const [bare = ''] = path.split('?')
  const operation = operations.find(
    (each) => each.method === method && new RegExp(`^${each.path.replace(/\{\w+\}/, '[^/]+')}$`).test(bare),
  )
  const said = operation?.responses[status]?.content?.['application/json']?.schema
  const schema = said ?? { $ref: '#/components/schemas/Error' }
  expect(said !== undefined || status >= 400, `${method} ${path} answered ${status}`).toBe(true)
  const result = new Validator(
    { ...schema, components: closed(committed.components) } as Schema,
    '2020-12',
  ).validate(body)
  expect(result.errors, `${method} ${path}: ${JSON.stringify(body)}`).toEqual([])
}

/** No field that the document does not name: a client may expect more later, and its makers must know of it now. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([name, value]) => [name, closed(value)] as const)
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...Object.fromEntries(entries), additionalProperties: false }
    : Object.fromEntries(entries)
}

/** The double counts 11 tokens in, 4 of them from a cache that has no price of its own, and 5 out. */
const COST_NANO_USD = 11 * 3_000 + 5 * 15_000

// A loaded machine takes its time; what is waited for takes half a second.
const PATIENTLY = { timeout: 10_000 }

const run = promisify(execFile)
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

describe('a gateway without keys', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startTestGateway()
  })
  afterAll(() => gateway.close())

  test('is open to this machine until the first key, which must be an admin’s', async () => {
    expect((await call(gateway, 'GET', '/api/me')).body).toEqual({ kind: 'anonymous' })
    expect((await call<KeyPage>(gateway, 'GET', '/api/keys')).body).toEqual({ keys: [], next: null })
    const member = await call(gateway, 'POST', '/api/keys', { body: { name: 'app' } })
    expect([member.status, member.body.error.param]).toEqual([400, 'role'])

    const { status, headers, body } = await call<KeyWithSecret>(gateway, 'POST', '/api/keys', {
      body: { name: 'admin', role: 'admin' },
    })
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(body.secret.startsWith(`${body.key.id}-`)).toBe(true)

    expect(await call(gateway, 'GET', '/api/keys')).toMatchObject({
      status: 401,
      body: { error: { code: 'auth.missing' } },
    })
    expect((await call(gateway, 'GET', '/api/me', { key: body.secret })).body).toMatchObject({
      kind: 'key',
      id: body.key.id,
      role: 'admin',
    })
  })
})

describe('a gateway with keys', () => {
  let gateway: TestGateway
  const secrets: Record<'admin' | 'auditor' | 'member', string> = { admin: '', auditor: '', member: '' }
  const asAdmin = <Body = ErrorBody>(method: string, path: string, body?: unknown) =>
    call<Body>(gateway, method, path, { key: secrets.admin, body })

  let upstream: Upstream
  beforeAll(async () => {
    upstream = await startUpstream()
    const price = { input_usd_per_million: 3, output_usd_per_million: 15 }
    gateway = await startTestGateway({ models: { priced: doubled(upstream.url, 'plain', { price }) } })
    for (const role of ['admin', 'auditor', 'member'] as const) {
      const { body } = await asAdmin<KeyWithSecret>('POST', '/api/keys', { name: role, role })
      secrets[role] = body.secret
      if (role === 'admin') secrets.admin = body.secret
    }
  })
  afterAll(async () => {
    await gateway.close()
    await upstream.close()
  })

  const NEEDS = { "Needs an admin's key.": 3, "Needs an auditor's or admin's key.": 2, 'Needs any key.': 1 }

  test.each(operations)(
    '$method $path lets nobody in below its role',
    async ({ method, path, description }) => {
      const needs = (NEEDS as Readonly<Record<string, number>>)[description] ?? Number.NaN
      expect(needs).toBeGreaterThan(0)
      const url = gateway.origin + path.replace('{id}', 'mv-0000000000')
      const statuses: number[] = []
      for (const key of [undefined, secrets.member, secrets.auditor]) {
        const left = new AbortController()
        const response = await fetch(url, {
          method,
          signal: left.signal,
          headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
        })
        statuses.push(response.status)
        left.abort()
      }
      const [none, member, auditor] = statuses
      expect(none).toBe(401)
      expect(member === 403).toBe(needs > 1)
      expect(auditor === 403).toBe(needs > 2)
    },
  )

  test('whatever is not in the document is not there', async () => {
    const paths = Object.keys(committed.paths)
    for (const path of [
      '/api',
      '/api/',
      '/api/keys/',
      '/api/key',
      '/api/keys/x/secret',
      '/api/admin',
      '/api/../api/keys/x/y',
    ]) {
      expect((await asAdmin('GET', path)).status, path).toBeGreaterThanOrEqual(404)
    }
    for (const path of paths) {
      const allowed = operations.filter((each) => each.path === path).map(({ method }) => method)
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
        (each) => !allowed.includes(each),
      )) {
        const { status, headers } = await asAdmin(method, path.replace('{id}', 'mv-0000000000'))
        expect([status, headers.get('allow')?.split(', ').toSorted()], `${method} ${path}`).toEqual([
          405,
          allowed.toSorted(),
        ])
      }
    }
  })

  test('the document that is served is the one that is committed', async () => {
    expect((await asAdmin<unknown>('GET', '/api/openapi.json')).body).toEqual(committed)
  })

  test('what the console asks answers as the document says', async () => {
    await gateway.chat({ model: 'no-such-model', messages: [] })
    for (const path of ['/api/state', '/api/models', '/api/requests', '/api/rollups?unit=hour', '/api/me']) {
      expect((await asAdmin<unknown>('GET', path)).status).toBe(200)
    }
  })

  test('a key lives from its making to its revocation, and its secret is said once for each', async () => {
    const wanted = {
      name: 'billing service',
      models: ['gpt-*'],
      clearances: ['health'],
      expiresMs: Date.now() + 3_600_000,
      cache: true,
      metadata: { owner: 'ann' },
    }
    const { body: made } = await asAdmin<KeyWithSecret>('POST', '/api/keys', wanted)
    expect(made.key).toMatchObject({ ...wanted, role: 'member', team: null, revokedMs: null })
    const path = `/api/keys/${made.key.id}`

    const changed = await asAdmin<Key>('PATCH', path, { name: 'billing', models: null, cache: false })
    expect(changed.body).toEqual({ ...made.key, name: 'billing', models: null, cache: false })

    const { body: rotated } = await asAdmin<KeyWithSecret>('POST', `${path}/rotate`, { graceMs: 60_000 })
    expect(rotated.secret).not.toBe(made.secret)
    for (const key of [made.secret, rotated.secret]) {
      expect((await call(gateway, 'GET', '/api/me', { key })).status).toBe(200)
    }
    const { body: again } = await asAdmin<KeyWithSecret>('POST', `${path}/rotate`, {})
    expect((await call(gateway, 'GET', '/api/me', { key: made.secret })).status).toBe(401)

    const revoked = await asAdmin<Key>('DELETE', path)
    expect(revoked.body.revokedMs).toBeGreaterThan(0)
    expect(await call(gateway, 'GET', '/api/me', { key: again.secret })).toMatchObject({
      status: 401,
      body: { error: { code: 'auth.key_revoked' } },
    })

    const said = JSON.stringify([
      (await asAdmin<unknown>('GET', '/api/keys')).body,
      (await asAdmin<unknown>('GET', path)).body,
      (await asAdmin<unknown>('GET', '/api/requests')).body,
      gateway.lines,
    ])
    for (const secret of [made.secret, rotated.secret, again.secret, secrets.admin]) {
      expect(said).not.toContain(secret.slice(14))
    }
  })

  test('keys are listed by page, team, state and search', async () => {
    await asAdmin('POST', '/api/teams', { id: 'paging' })
    const ids: string[] = []
    for (const name of ['one', 'two', 'three']) {
      const { body } = await asAdmin<KeyWithSecret>('POST', '/api/keys', { name, team: 'paging' })
      ids.push(body.key.id)
    }
    const list = async (query: string) =>
      (await asAdmin<KeyPage>('GET', `/api/keys?team=paging&${query}`)).body
    const first = await list('limit=2')
    const second = await list(`limit=2&after=${first.next}`)
    expect([...first.keys, ...second.keys].map(({ id }) => id)).toEqual(ids.toSorted())
    expect(second.next).toBeNull()
    expect((await list('search=TWO')).keys.map(({ name }) => name)).toEqual(['two'])
    await asAdmin('DELETE', `/api/keys/${ids[0]}`)
    expect((await list('state=revoked')).keys.map(({ name }) => name)).toEqual(['one'])
    expect((await list('state=active')).keys).toHaveLength(2)
  })

  test('teams, projects, budgets and limits are made, listed and removed', async () => {
    const team = await asAdmin('POST', '/api/teams', { id: 'legal', name: 'Legal department' })
    expect([team.status, team.body]).toMatchObject([201, { id: 'legal', name: 'Legal department' }])
    await asAdmin('POST', '/api/projects', { id: 'contracts', team: 'legal' })
    expect((await asAdmin('GET', '/api/projects')).body).toMatchObject({
      projects: [{ id: 'contracts', name: 'contracts', team: 'legal' }],
    })

    const scope = { kind: 'team', id: 'legal' }
    const budget = { scope, period: 'month', capUsd: '500.00' }
    const { body: set } = await asAdmin<BudgetView>('POST', '/api/budgets', budget)
    expect(set).toMatchObject({
      scope,
      hard: true,
      capNanoUsd: 500_000_000_000,
      spentNanoUsd: 0,
      heldNanoUsd: 0,
      leftNanoUsd: 500_000_000_000,
    })
    const now = new Date()
    expect(set.endsMs).toBe(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
    const { body: again } = await asAdmin<BudgetView>('POST', '/api/budgets', { ...budget, capUsd: 0.1 })
    expect([again.id, again.capNanoUsd]).toEqual([set.id, 100_000_000])
    expect((await asAdmin('GET', '/api/budgets')).body).toMatchObject({ budgets: [{ id: set.id }] })

    const limits = { scope, requestsPerMinute: 600, usdPerMinute: '1.50' }
    expect((await asAdmin<ScopeLimits>('PUT', '/api/limits', limits)).body).toEqual({
      scope,
      limits: { requestsPerMinute: 600, nanoUsdPerMinute: 1_500_000_000 },
    })
    expect((await asAdmin<ScopeLimits>('PUT', '/api/limits', { scope, parallel: 2 })).body.limits).toEqual({
      parallel: 2,
    })
    expect((await asAdmin('GET', '/api/limits')).body).toMatchObject({
      limits: [{ scope, limits: { parallel: 2 } }],
    })

    expect((await asAdmin('DELETE', '/api/teams/legal')).body.error.message).toMatch(/^team legal still has/)
    expect((await asAdmin('DELETE', '/api/limits?kind=team&id=legal')).body).toEqual({ scope, removed: true })
    expect((await asAdmin('DELETE', `/api/budgets/${set.id}`)).body).toEqual({ id: set.id, removed: true })
    await asAdmin('DELETE', '/api/projects/contracts')
    expect((await asAdmin('DELETE', '/api/teams/legal')).body).toEqual({ id: 'legal', removed: true })
  })

  test('what a team spends is in its budget, in the sums, in the log and in the lines of the request, the same to the nano-dollar', async () => {
    await asAdmin('POST', '/api/teams', { id: 'paying' })
    const budget = { scope: { kind: 'team', id: 'paying' }, period: 'month', capUsd: '1.00' }
    await asAdmin('POST', '/api/budgets', budget)
    const { body: made } = await asAdmin<KeyWithSecret>('POST', '/api/keys', { name: 'app', team: 'paying' })
    const answer = await gateway.chat(
      { model: 'priced', max_tokens: 100, messages: user('Hello') },
      { headers: { authorization: `Bearer ${made.secret}`, 'content-type': 'application/json' } },
    )
    expect(answer.status).toBe(200)
    const id = answer.headers.get('x-musivum-request-id') ?? ''
    const nanoUsd = Math.round(Number(answer.headers.get('x-musivum-cost-usd')) * 1e9)
    expect(nanoUsd).toBe(COST_NANO_USD)

    const cost = async () => (await asAdmin<RequestCost>('GET', `/api/requests/${id}/cost`)).body
    await expect.poll(async () => (await cost()).settlements.length, PATIENTLY).toBe(1)
    const { lines, settlements } = await cost()
    expect(lines.reduce((sum, line) => sum + line.nanoUsd, 0)).toBe(nanoUsd)
    expect(settlements).toMatchObject([{ requestId: id, outcome: 'settled', nanoUsd }])

    const { body: list } = await asAdmin<{ budgets: readonly BudgetView[] }>('GET', '/api/budgets')
    expect(list.budgets).toMatchObject([
      { spentNanoUsd: nanoUsd, heldNanoUsd: 0, leftNanoUsd: 1_000_000_000 - nanoUsd },
    ])
    const { body: spend } = await asAdmin<SpendView>('GET', '/api/spend?by=team')
    expect(spend.sums.filter(({ group }) => group === 'paying')).toMatchObject([{ requests: 1, nanoUsd }])
    const { body: page } = await asAdmin<RequestPage>('GET', `/api/requests?team=paying&key=${made.key.id}`)
    expect(page.rows).toMatchObject([{ id, team: 'paying', key: made.key.id, cost: { nanoUsd } }])
    await asAdmin('DELETE', `/api/budgets/${list.budgets[0]?.id}`)
  })

  test('spend of nothing is nothing', async () => {
    const { body } = await asAdmin<SpendView>('GET', '/api/spend?unit=hour&by=team&from=0&to=3600000')
    expect(body).toEqual({ unit: 'hour', fromMs: 0, toMs: 3_600_000, by: 'team', sums: [] })
  })

  const everyone = { kind: 'everyone' }
  test.each<readonly [string, string, unknown, string | null, string]>([
    ['POST', '/api/keys', {}, 'name', 'expected a name of 1 to 200 characters, got nothing'],
    ['POST', '/api/keys', { name: '' }, 'name', 'got an empty string'],
    ['POST', '/api/keys', { name: 'a', rol: 'admin' }, 'rol', 'did you mean role?'],
    ['POST', '/api/keys', { name: 'a', role: 'root' }, 'role', '"member", "auditor" or "admin"'],
    ['POST', '/api/keys', { name: 'a', models: 'gpt' }, 'models', 'expected a list of names of models'],
    ['POST', '/api/keys', { name: 'a', expiresMs: 5 }, 'expiresMs', 'expected a time in the future'],
    ['POST', '/api/keys', { name: 'a', team: 'nobody' }, null, 'There is no team nobody.'],
    ['PATCH', '/api/keys/mv-0000000000', { role: 'admin' }, 'role', 'make another key'],
    ['PATCH', '/api/keys/mv-0000000000', {}, null, 'at least one field to change'],
    ['PATCH', '/api/keys/mv-0000000000', { name: 'a' }, null, 'There is no key mv-0000000000.'],
    ['POST', '/api/keys/mv-0000000000/rotate', { graceMs: 1e12 }, 'graceMs', 'up to seven days'],
    ['GET', '/api/keys/mv-0000000000', undefined, null, 'There is no key with this id.'],
    ['GET', '/api/keys?limit=1000', undefined, 'limit', 'a whole number from 1 to 200'],
    ['GET', '/api/keys?sarch=x', undefined, 'sarch', 'did you mean search?'],
    ['POST', '/api/teams', { id: 'Legal Department' }, 'id', 'lower-case letters, digits and hyphens'],
    ['POST', '/api/projects', { id: 'a', team: 'nobody' }, null, 'There is no team nobody.'],
    ['DELETE', '/api/teams/nobody', undefined, null, 'There is no team nobody.'],
    ['POST', '/api/budgets', { scope: everyone, period: 'day', capUsd: -5 }, 'capUsd', 'US dollars from 0'],
    [
      'POST',
      '/api/budgets',
      '{"scope":{"kind":"everyone"},"period":"day","capUsd":1e400}',
      'capUsd',
      'US dollars',
    ],
    ['POST', '/api/budgets', '{"scope":{"kind":"everyone"},"period":"day","capUsd":NaN}', null, 'not JSON'],
    [
      'POST',
      '/api/budgets',
      { scope: everyone, period: 'day', capUsd: '1.0000000001' },
      'capUsd',
      'nine decimals',
    ],
    [
      'POST',
      '/api/budgets',
      { scope: everyone, period: 'day', capUsd: '25 EUR' },
      'capUsd',
      'no other currency',
    ],
    [
      'POST',
      '/api/budgets',
      { scope: everyone, period: 'day', capUsd: 5, currency: 'EUR' },
      'currency',
      'no rate',
    ],
    [
      'POST',
      '/api/budgets',
      { scope: everyone, period: 'day', capEur: 5 },
      'capEur',
      'US dollars are the only',
    ],
    [
      'POST',
      '/api/budgets',
      { scope: everyone, period: 'week', capUsd: 5 },
      'period',
      '"day", "month" or "total"',
    ],
    [
      'POST',
      '/api/budgets',
      { scope: { kind: 'team' }, period: 'day', capUsd: 5 },
      'scope.id',
      'the id of a team',
    ],
    ['PUT', '/api/limits', { scope: everyone }, null, 'at least one of requestsPerMinute'],
    ['PUT', '/api/limits', { scope: everyone, parallel: 0 }, 'parallel', 'a whole number of requests from 1'],
    ['DELETE', '/api/limits', undefined, 'kind', 'expected "everyone"'],
    ['DELETE', '/api/limits?kind=team', undefined, 'id', 'the id of the team'],
    ['GET', '/api/spend?by=user', undefined, 'by', '"model"'],
    ['GET', '/api/spend?from=0', undefined, 'from', 'at most 750 days'],
    ['POST', '/api/teams', 'a'.repeat(70_000), null, 'over 64 KiB'],
    ['POST', '/api/teams', '[]', null, 'a JSON object'],
    ['POST', '/api/teams', '{"id":"a","id":"b"}', 'id', 'twice'],
  ])('%s %s %j is refused with one line', async (method, path, body, param, line) => {
    const answer = await asAdmin(method, path, body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(answer.body.error.message).toContain(line)
    expect(answer.body.error.param).toBe(param)
  })

  test('a web page of another site can write nothing: not as a form, not as JSON', async () => {
    const body = JSON.stringify({ id: 'stolen' })
    const form = await call(gateway, 'POST', '/api/teams', {
      key: secrets.admin,
      body,
      headers: { 'content-type': 'text/plain' },
    })
    expect([form.status, form.body.error.param]).toEqual([400, 'content-type'])
    const page = await call(gateway, 'POST', '/api/teams', {
      key: secrets.admin,
      body,
      headers: { origin: 'http://example.com' },
    })
    expect([page.status, page.body.error.code]).toEqual([403, 'request.forbidden_host'])
    expect(JSON.stringify((await asAdmin<unknown>('GET', '/api/teams')).body)).not.toContain('stolen')
  })

  test('what the command line changes beside it, a running gateway knows within a second', async () => {
    const musivum = async (...words: readonly string[]): Promise<unknown> =>
      JSON.parse((await run(process.execPath, [main, ...words, '--home', gateway.home, '--json'])).stdout)
    const made = (await musivum('keys', 'create', 'beside')) as { readonly key: Key; readonly secret: string }
    const status = async (): Promise<number> =>
      (await call(gateway, 'GET', '/api/me', { key: made.secret })).status
    expect(await status()).toBe(200)
    await musivum('keys', 'revoke', made.key.id)
    await expect.poll(status, PATIENTLY).toBe(401)

    await musivum('budgets', 'set', '--everyone', '--per', 'total', '--cap-usd', '7')
    await expect
      .poll(
        async () => (await asAdmin<{ budgets: readonly BudgetView[] }>('GET', '/api/budgets')).body.budgets,
      )
      .toMatchObject([{ period: 'total', capNanoUsd: 7_000_000_000 }])
  })
})

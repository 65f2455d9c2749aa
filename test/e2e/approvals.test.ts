import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Approval, RequestContent } from '../../src/gateway/admin/contract.ts'
import type { RequestRow } from '../../src/store/store.ts'
import { say } from '../upstream/say.ts'
import { startVendors, type Vendors } from '../upstream/vendors.ts'
import { as, startKeyedGateway, type KeyedGateway } from './keyed-gateway.ts'
import { errorOf, user } from './running-gateway.ts'

/** The duty `human-approval`: no model sees a byte before a person has agreed, and then one request does. */
const RULES = `
rules:
  - id: seller-needs-a-person
    effect: require
    when: model.name.startsWith("far")
    obligations: [human-approval, no-cache]
    reason: A person looks before it leaves.
  - id: audited
    effect: require
    when: model.name == "far-logged"
    obligations: [log-full]
    reason: It is written down.
`
const SECRET = 'the patient is called Ada'

let folder: string
let vendor: Vendors
let gateway: KeyedGateway
let member: string
let officer: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-approvals-'))
  writeFileSync(join(folder, 'rules.yaml'), RULES)
  vendor = await startVendors(({ dialect, body, stream }) => ({
    body: say(dialect, body.model, { text: 'Answered.' }, stream),
  }))
  const served = { engine: 'openai', base_url: vendor.url, model: 'm', key: 'env:KEY' }
  gateway = await startKeyedGateway(
    {
      policy: join(folder, 'rules.yaml'),
      models: {
        near: served,
        far: served,
        'far-too': served,
        'far-logged': served,
        'far-or-near': { ...served, fallbacks: ['near'] },
        'far-or-far': { ...served, fallbacks: ['far-too'] },
      },
    },
    { KEY: 'key-0123456789' },
  )
  member = (await gateway.makeKey({ name: 'asker' })).secret
  officer = (await gateway.makeKey({ name: 'officer', role: 'admin' })).secret
})
afterAll(async () => {
  await gateway.close()
  await vendor.close()
  rmSync(folder, { recursive: true, force: true })
})

const ask = (model: string, text: string, secret = member, more = {}) =>
  gateway.chat({ model, messages: user(text), ...more }, as(secret))

async function approvalOf(response: Response): Promise<string> {
  expect(response.status).toBe(403)
  const { code, message } = await errorOf(response)
  expect(code).toBe('policy.approval_needed')
  expect(message).not.toContain('patient')
  return /ap-[0-9a-z]{10}/.exec(message)?.[0] ?? ''
}

const decide = (id: string, verb: 'approve' | 'deny', secret = officer): Promise<Response> =>
  fetch(`${gateway.origin}/api/approvals/${id}/${verb}`, { method: 'POST', ...as(secret) })

test('a request waits, is answered once after a person agreed, and then waits again', async () => {
  const before = vendor.requests.length
  const refused = await ask('far', SECRET)
  const id = await approvalOf(refused.clone())
  expect(await approvalOf(await ask('far', SECRET))).toBe(id)
  expect(vendor.requests.length).toBe(before)

  const { approvals } = await gateway.manage<{ approvals: Approval[] }>('GET', '/api/approvals?state=pending')
  const waiting = approvals.find((each) => each.id === id)
  expect(waiting).toMatchObject({
    model: 'far',
    rule: 'seller-needs-a-person',
    at: 'rules.yaml:3',
    key: member.slice(0, 13),
    contentLogged: false,
    labels: { examined: true },
  })
  expect(JSON.stringify(waiting)).not.toContain('patient')

  expect((await decide(id, 'approve')).status).toBe(200)
  const answered = await ask('far', SECRET)
  expect(answered.status).toBe(200)
  expect(vendor.requests.length).toBe(before + 1)
  const { decision } = await gateway.requestOf(answered)
  expect(decision).toMatchObject({
    plan: { kind: 'single', model: 'far' },
    approval: { id, by: `key ${officer.slice(0, 13)}` },
  })
  expect(await approvalOf(await ask('far', SECRET))).not.toBe(id)
  const row: RequestRow = await gateway.requestOf(refused)
  expect(row).toMatchObject({ errorCode: 'policy.approval_needed', model: null, decision: { plan: null } })
})

test('two requests that use one approval at once: one passes', async () => {
  const id = await approvalOf(await ask('far', 'at once'))
  await decide(id, 'approve')
  const before = vendor.requests.length
  const answers = await Promise.all([1, 2, 3].map(() => ask('far', 'at once')))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 403)).toHaveLength(2)
  expect(vendor.requests.length).toBe(before + 1)
})

test('an approval is for one caller, one content and one model', async () => {
  const id = await approvalOf(await ask('far', 'mine'))
  await decide(id, 'approve')
  const other = (await gateway.makeKey({ name: 'other' })).secret
  expect(await approvalOf(await ask('far', 'mine', other))).not.toBe(id)
  expect(await approvalOf(await ask('far', 'mine '))).not.toBe(id)
  expect(await approvalOf(await ask('far-too', 'mine'))).not.toBe(id)
  expect(await approvalOf(await ask('far', 'mine', member, { metadata: { note: 'more' } }))).not.toBe(id)
  expect((await ask('far', 'mine', member, { stream: true })).status).toBe(200)
})

test('what was denied is refused, with who and when, and nobody is asked again', async () => {
  const id = await approvalOf(await ask('far', 'no'))
  await decide(id, 'deny')
  const refused = await ask('far', 'no')
  expect(refused.status).toBe(403)
  const { code, message } = await errorOf(refused)
  expect(code).toBe('policy.denied')
  expect(message).toContain(`denied by key ${officer.slice(0, 13)} at 20`)
  expect((await decide(id, 'approve')).status).toBe(400)
})

test.each([
  ['/v1/messages', { max_tokens: 9, messages: user('same') }],
  ['/v1/responses', { input: 'same' }],
  ['/v1/embeddings', { input: ['same'] }],
  ['/v1/rerank', { query: 'same', documents: ['a', 'b'] }],
  ['/v1/messages/count_tokens', { messages: user('same') }],
])('%s knows the same request again, and asks no model', async (path, body) => {
  const before = vendor.requests.length
  const messages = await Promise.all(
    [1, 2].map(async () => {
      const response = await fetch(gateway.origin + path, {
        method: 'POST',
        ...as(member),
        body: JSON.stringify({ model: 'far', ...body }),
      })
      expect(response.status).toBe(403)
      return /ap-[0-9a-z]{10}/.exec(await response.text())?.[0]
    }),
  )
  expect(messages[0]).toMatch(/^ap-/)
  expect(messages[1]).toBe(messages[0])
  expect(vendor.requests.length).toBe(before)
})

test('nobody is asked where a model may answer without approval', async () => {
  const answered = await ask('far-or-near', 'either')
  expect(answered.status).toBe(200)
  expect(answered.headers.get('x-musivum-model')).toBe('near')
  const { decision } = await gateway.requestOf(answered)
  expect(decision?.removed).toEqual([
    {
      model: 'far-or-near',
      rule: 'seller-needs-a-person',
      reason: 'A person looks before it leaves. (human-approval, and others may answer without)',
      at: 'rules.yaml:3',
    },
  ])
})

test('an approval for one model is none for its fallback', async () => {
  const id = await approvalOf(await ask('far-or-far', 'first'))
  await decide(id, 'approve')
  const { decision } = await gateway.requestOf(await ask('far-or-far', 'first'))
  expect(decision?.plan).toEqual({ kind: 'single', model: 'far-or-far' })
})

test('whoever decides can read the request where it is logged in full, and only there', async () => {
  const refused = await ask('far-logged', SECRET)
  const id = await approvalOf(refused.clone())
  const { approvals } = await gateway.manage<{ approvals: Approval[] }>('GET', '/api/approvals')
  const waiting = approvals.find((each) => each.id === id)
  expect(waiting?.contentLogged).toBe(true)
  const content = await gateway.manage<RequestContent>(
    'GET',
    `/api/requests/${waiting?.requestId ?? ''}/content`,
  )
  expect(content.entries.map(({ kind }) => kind)).toEqual(['prompt', 'read'])
  expect(JSON.stringify(content.entries)).toContain(SECRET)
})

test('who asked does not decide, an auditor sees and does not decide, and a member does neither', async () => {
  const id = await approvalOf(await ask('far', 'my own', officer))
  expect((await decide(id, 'approve', officer)).status).toBe(403)
  const auditor = (await gateway.makeKey({ role: 'auditor' })).secret
  expect((await decide(id, 'approve', auditor)).status).toBe(403)
  expect((await fetch(`${gateway.origin}/api/approvals`, as(auditor))).status).toBe(200)
  const member = (await gateway.makeKey({ role: 'member' })).secret
  expect((await fetch(`${gateway.origin}/api/approvals`, as(member))).status).toBe(403)
  expect((await decide(id, 'approve', gateway.admin)).status).toBe(200)
})

test('a caller in a loop cannot bury what others wait for', async () => {
  const looping = (await gateway.makeKey({ name: 'loop' })).secret
  const statuses = new Set<number>()
  for (let turn = 0; turn < 101; turn += 1) statuses.add((await ask('far', `turn ${turn}`, looping)).status)
  expect(statuses).toEqual(new Set([403, 429]))
})

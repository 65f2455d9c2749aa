import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isJsonObject, type Json } from '../../src/core/json.ts'
import { say } from '../upstream/say.ts'
import { startVendors, type VendorReply, type VendorRequest, type Vendors } from '../upstream/vendors.ts'
import { startTestGateway, type TestGateway } from './running-gateway.ts'

const KEYS = { KEY_A: 'key-a-0123456789', KEY_B: 'key-b-0123456789' }

let vendor: Vendors
let gateway: TestGateway
/** Keys whose next request is shed. */
const overloaded = new Set<string>()

/** Encrypts its thoughts for the key that asked, and refuses what it encrypted for another, as OpenAI does. */
function answer({ dialect, headers, body, stream }: VendorRequest): VendorReply {
  const key = (headers.authorization ?? '').replace('Bearer ', '')
  if (overloaded.delete(key))
    return { status: 503, body: '{"error":{"message":"busy","type":"server_error"}}' }
  const items = Array.isArray(body.input) ? body.input : []
  const foreign = items.some(
    ({ encrypted_content: sealed }) => typeof sealed === 'string' && sealed !== `sealed-for-${key}`,
  )
  if (foreign)
    return {
      status: 400,
      body: '{"error":{"message":"could not be verified","code":"invalid_encrypted_content"}}',
    }
  const saying = { text: 'hello', reasoning: { text: 'hm', signature: `sealed-for-${key}` } }
  return { body: say(dialect, body.model, saying, stream) }
}

beforeAll(async () => {
  vendor = await startVendors(answer)
  const place = { base_url: vendor.url, key: 'env:KEY_A' }
  const model = { engine: 'openai', model: 'm', vendor: 'openai', ...place }
  const endpoints = [{ base_url: vendor.url, key: 'env:KEY_B' }]
  gateway = await startTestGateway(
    { models: { m: { ...model, endpoints, tries: { balance: 'weight' } } } },
    KEYS,
  )
})
afterAll(async () => {
  await gateway.close()
  await vendor.close()
})

type Turn = { readonly status: number; readonly changes: string; readonly output: readonly Json[] }

async function respond(input: readonly Json[]): Promise<Turn> {
  const body = { model: 'm', store: false, include: ['reasoning.encrypted_content'], input }
  const response = await fetch(`${gateway.url}/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { output = [] } = (await response.json()) as { readonly output?: readonly Json[] }
  return {
    status: response.status,
    changes: decodeURI(response.headers.get('x-musivum-changes') ?? ''),
    output,
  }
}

const user = (text: string): Json => ({ role: 'user', content: text })
const lastKey = (): string => (vendor.requests.at(-1)?.headers.authorization ?? '').replace('Bearer ', '')
const sealedIn = ({ body }: VendorRequest): readonly unknown[] =>
  (Array.isArray(body.input) ? body.input : []).flatMap(({ encrypted_content: sealed }) => sealed ?? [])

describe('encrypted reasoning of a model with two keys', () => {
  test('goes back to the key it was made for, turn after turn', async () => {
    const used = new Set<string>()
    for (let conversation = 0; conversation < 20; conversation += 1) {
      let input: readonly Json[] = [user('hi')]
      const first = await respond(input)
      const key = lastKey()
      used.add(key)
      for (let turn = 0; turn < 2; turn += 1) {
        input = [...input, ...first.output, user('and?')]
        expect((await respond(input)).status).toBe(200)
        expect(lastKey()).toBe(key)
      }
      const sealed = vendor.requests.slice(-1).flatMap(sealedIn)
      expect(sealed).toEqual([`sealed-for-${key}`, `sealed-for-${key}`])
    }
    expect(used.size, 'new conversations are spread over both').toBe(2)
  })

  test('is left out, and said to be, where the other key must answer', async () => {
    const { output } = await respond([user('hi')])
    const key = lastKey()
    overloaded.add(key)
    const next = await respond([user('hi'), ...output, user('and?')])
    expect(next.status).toBe(200)
    expect(lastKey()).not.toBe(key)
    expect(vendor.requests.slice(-1).flatMap(sealedIn)).toEqual([])
    expect(next.changes).toContain('left-out input[].summary')
  })

  test('names no key, and shows none', async () => {
    const { output } = await respond([user('hi')])
    const [sealed] = output.flatMap((item) => (isJsonObject(item) ? (item['encrypted_content'] ?? []) : []))
    expect(sealed).toMatch(/^mv1\./)
    const wrapped = Buffer.from((typeof sealed === 'string' ? sealed : '').slice(4), 'base64url').toString()
    expect(wrapped).toMatch(/"maker":"[0-9a-f]{8}@openai-responses:127\.0\.0\.1:\d+"/)
    for (const key of Object.values(KEYS))
      expect(wrapped.replaceAll(`sealed-for-${key}`, '')).not.toContain(key)
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestRow } from '../../src/store/store.ts'
import { say } from '../upstream/say.ts'
import { startVendors, type VendorRequest, type Vendors } from '../upstream/vendors.ts'
import { clientsMissing, officialClients } from './official-clients.ts'
import { startTestGateway, type TestGateway } from './running-gateway.ts'
import { CLIENT_NAMES, speakingClients } from './speaking/speaking-clients.ts'

/**
 * Personal data through a duty to mask: no server ever sees it, and every client gets it back, in text, in reasoning and in
 * the arguments of calls, streamed in pieces of five characters and whole.
 */
const MAIL = 'ada.lovelace@example.org'
const CARD = '4111 1111 1111 1111'
const AADHAAR = '३९९८ ७६५४ ३२११'
const SECRETS = [MAIL, CARD, CARD.replaceAll(' ', ''), AADHAAR, '3998 7654 3211']

const RULES = `
version: 1
rules:
  - id: mask-what-leaves
    effect: require
    when: request.sensitivity >= 1
    obligations: [mask]
    reason: A server sees no more than it needs.
`

const WIRES = ['chat', 'responses', 'messages'] as const

const clients = officialClients()

let folder: string
let vendor: Vendors
let gateway: TestGateway

/** Says what it was told, as a model that copies stand-ins into its answer, its thoughts and a call. */
function echo({ dialect, body, stream, text }: VendorRequest) {
  const told = text.match(/⟦[A-Z_]+_[0-9A-Z]{7}⟧/g) ?? []
  const quoted = [...new Set(told)].join(' and ')
  const tools = Array.isArray(body.tools) && body.tools.length > 0
  const calls = tools
    ? { calls: [{ id: 'call_1', name: 'look_up', arguments: JSON.stringify({ who: `"${quoted}"` }) }] }
    : {}
  return {
    body: say(
      dialect,
      body.model,
      {
        text: `I read ${quoted.toLowerCase()}.`,
        reasoning: { text: `They wrote ${quoted}`, signature: 's' },
        ...calls,
      },
      stream,
    ),
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-masking-'))
  writeFileSync(join(folder, 'rules.yaml'), RULES)
  vendor = await startVendors(echo)
  const at = { base_url: vendor.url, key: 'env:KEY' }
  gateway = await startTestGateway(
    {
      policy: join(folder, 'rules.yaml'),
      models: {
        chat: { engine: 'openai', model: 'm', ...at },
        responses: { engine: 'openai', model: 'm', speaks: 'only-responses', ...at },
        messages: { engine: 'anthropic', model: 'm', ...at },
      },
    },
    { KEY: 'key-0123456789' },
  )
})
afterAll(async () => {
  await gateway.close()
  await vendor.close()
  rmSync(folder, { recursive: true, force: true })
})

const TOOL = {
  name: 'look_up',
  description: `Finds somebody, for example ${MAIL}`,
  parameters: { type: 'object', properties: { who: { type: 'string' } }, required: ['who'] },
}

describe.skipIf(clients === undefined).each(CLIENT_NAMES)(
  `%s${clients === undefined ? ` (${clientsMissing})` : ''}`,
  (name) => {
    describe.each(WIRES)('asks a server of %s', (model) => {
      test.each([true, false])(
        'which never sees what the client gets back (streamed: %s)',
        async (stream) => {
          const client = clients && speakingClients(clients, gateway).get(name)
          if (client === undefined) throw new TypeError(`no client is called ${name}`)
          const before = vendor.requests.length
          const session = client.open(model, { system: `You help ${MAIL}.`, tools: [TOOL], maxTokens: 500 })
          const first = await session.say(`My card is ${CARD} and my आधार ${AADHAAR}.`, stream)
          expect(first.text).toContain(MAIL)
          expect(first.text).toContain(CARD)
          expect(first.text).toContain(AADHAAR)
          const [call] = first.calls
          expect(call?.input).toEqual({ who: expect.stringContaining(`${MAIL} and`) })
          const second = await session.give(
            [{ id: call?.id ?? '', name: 'look_up', text: JSON.stringify({ mail: MAIL, cards: [CARD] }) }],
            stream,
          )
          expect(second.text).toContain(CARD)
          const sent = vendor.requests.slice(before).map(({ text }) => JSON.stringify(JSON.parse(text)))
          expect(sent).toHaveLength(2)
          for (const secret of SECRETS) expect(sent.join('\n')).not.toContain(secret)
          expect(sent[1]).toContain('⟦CREDIT_CARD_')
        },
      )
    })
  },
)

test('the decision says what was masked, and nothing of it', async () => {
  const answered = await gateway.chat({
    model: 'chat',
    messages: [{ role: 'user', content: `${MAIL}, ${CARD}` }],
  })
  const { decision } = await gateway.rowOf(answered)
  expect(decision?.masked).toEqual({
    replaced: { EMAIL_ADDRESS: 1, CREDIT_CARD: 1 },
    restored: 4,
    unknown: 0,
  })
  expect(decision?.labels).toMatchObject({ examined: true, entities: ['CREDIT_CARD', 'EMAIL_ADDRESS'] })
  expect(JSON.stringify(await gateway.ask<{ rows: readonly RequestRow[] }>('/api/requests'))).not.toContain(
    'ada.',
  )
})

test('the same value has the same stand-in in every request of one asker', async () => {
  const before = vendor.requests.length
  for (const content of [`a ${MAIL}`, `b ${MAIL.toUpperCase()}`])
    await gateway.chat({ model: 'chat', messages: [{ role: 'user', content }] })
  const [one, two] = vendor.requests.slice(before).map(({ text }) => /⟦EMAIL_ADDRESS_\w+⟧/.exec(text)?.[0])
  expect(one).toBeDefined()
  expect(one).toBe(two)
})

test('what nobody found passes through as bytes, with nothing of it changed', async () => {
  const before = vendor.requests.length
  await gateway.chat({ model: 'chat', messages: [{ role: 'user', content: 'two plus two' }], seed: 7 })
  expect(vendor.requests[before]?.body).toMatchObject({ model: 'm', seed: 7 })
})

test('a picture cannot be masked, so no server sees the request', async () => {
  const before = vendor.requests.length
  const url = 'data:image/png;base64,iVBORw0KGgo='
  const parts = [
    { type: 'text', text: MAIL },
    { type: 'image_url', image_url: { url } },
  ]
  const refused = await gateway.chat({ model: 'chat', messages: [{ role: 'user', content: parts }] })
  expect(refused.status).toBe(403)
  const { error } = (await refused.json()) as { error: { code: string; message: string } }
  expect(error.code).toBe('privacy.not_maskable')
  expect(error.message).toContain('image')
  expect(vendor.requests.length).toBe(before)
})

test('embeddings and token counts see stand-ins too', async () => {
  const counted = await fetch(`${gateway.url}/messages/count_tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'messages', messages: [{ role: 'user', content: MAIL }] }),
  })
  expect(counted.status).toBe(200)
  const { decision } = await gateway.rowOf(counted)
  expect(decision?.masked).toEqual({ replaced: { EMAIL_ADDRESS: 1 }, restored: 0, unknown: 0 })
  expect(decision?.obligations).toEqual({ messages: ['mask'] })
})

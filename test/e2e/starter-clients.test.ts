import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRecorded } from '../upstream/recorded.ts'
import type { Vendors } from '../upstream/vendors.ts'
import {
  clientsMissing,
  officialClients,
  type AnthropicClient,
  type OfficialClients,
} from './official-clients.ts'
import { startTestGateway, type TestGateway } from './running-gateway.ts'
import { CLIENT_NAMES, speakingClients } from './speaking/speaking-clients.ts'
import type { SpeakingClient } from './speaking/speaking-client.ts'

const TRIAGE = 'Triage: where do I go for a urine test?'
const DESKS = ['billing', 'laboratory', 'technical']
// The Messages protocol has no request without a limit, and its clients' own is more than the starters' context of 512.
const FITS = { maxTokens: 200 }
const SCHEMA = {
  type: 'object',
  properties: { desk: { type: 'string', enum: DESKS } },
  required: ['desk'],
  additionalProperties: false,
}

const loaded = officialClients()
let vendors: Vendors
let gateway: TestGateway
let clients: ReadonlyMap<string, SpeakingClient>

beforeAll(async () => {
  vendors = await startRecorded({ fine: { text: 'fine' } })
  gateway = await startTestGateway({
    models: { counted: { engine: 'anthropic', base_url: vendors.url, model: 'fine' } },
  })
  if (loaded !== undefined) clients = speakingClients(loaded, gateway)
})
afterAll(async () => {
  await gateway.close()
  await vendors.close()
})

function officials(): OfficialClients {
  if (loaded === undefined) throw new TypeError(clientsMissing)
  return loaded
}

test('a Messages client with the limit of the largest models is answered, and told what had no use', async () => {
  const response = await fetch(`${gateway.url}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({
      model: 'starter-s1',
      max_tokens: 32_000,
      metadata: { user_id: 'u-1' },
      messages: [{ role: 'user', content: TRIAGE }],
    }),
  })
  expect([response.status, response.headers.get('x-musivum-changes')]).toEqual([
    200,
    'left-out metadata (the embedded engine has no use for it)',
  ])
  expect(await response.json()).toMatchObject({ content: [{ text: 'laboratory' }], stop_reason: 'end_turn' })
})

describe.skipIf(loaded === undefined).each(CLIENT_NAMES)('%s with the embedded starter models', (name) => {
  const client = (): SpeakingClient => {
    const found = clients.get(name)
    if (found === undefined) throw new TypeError(`no client is called ${name}`)
    return found
  }

  test.each([true, false])('shows text, stop reason and usage; streamed: %s', async (stream) => {
    const shown = await client().open('starter-s1', FITS).say(TRIAGE, stream)
    expect(shown).toMatchObject({ text: 'laboratory', stop: 'stop', calls: [] })
    expect(shown.usage.input).toBeGreaterThan(10)
    expect(shown.usage.output).toBeGreaterThan(0)
  })

  test('shows that the limit ended it', async () => {
    // One token of this vocabulary is less than the word.
    const { text, stop } = await client().open('starter-s1', { maxTokens: 1 }).say(TRIAGE, true)
    expect([stop, 'laboratory'.startsWith(text)]).toEqual(['length', true])
  })

  test('goes on with a second turn', async () => {
    const session = client().open('starter-s1', { ...FITS, system: 'Be short.' })
    await session.say(TRIAGE)
    expect((await session.say(TRIAGE, true)).stop).toBe('stop')
  })

  test('gets an answer of its schema, which the grammar makes right', async () => {
    const { text } = await client()
      .open('starter-l', { ...FITS, schema: SCHEMA })
      .say(TRIAGE)
    expect(DESKS).toContain((JSON.parse(text) as { readonly desk: string }).desk)
  })

  test('answers beside a tool that a toy does not think of calling', async () => {
    const tools = [{ name: 'f', description: 'F.', parameters: { type: 'object', properties: {} } }]
    const { text, calls, stop } = await client()
      .open('starter-s1', { ...FITS, tools })
      .say(TRIAGE)
    expect({ calls, stop }).toEqual({ calls: [], stop: 'stop' })
    expect(text).not.toBe('')
  })
})

describe.skipIf(loaded === undefined)('the rest of the official anthropic client', () => {
  let anthropic: AnthropicClient
  beforeAll(() => {
    const { Anthropic } = officials().anthropic
    anthropic = new Anthropic({ baseURL: gateway.origin, apiKey: 'not-needed', maxRetries: 0 })
  })

  test('counts tokens, by the vendor where it counts and by an estimate where nobody does', async () => {
    const messages = [{ role: 'user', content: TRIAGE }]
    expect(await anthropic.messages.countTokens({ model: 'counted', messages })).toEqual({ input_tokens: 14 })
    const estimate = await anthropic.messages.countTokens({ model: 'starter-s1', messages })
    expect(estimate.input_tokens).toBeGreaterThan(10)
  })

  test('lists and finds models', async () => {
    const { data } = await anthropic.models.list()
    expect(data).toContainEqual(expect.objectContaining({ id: 'counted', type: 'model' }))
    expect(await anthropic.models.retrieve('starter-s1')).toMatchObject({ id: 'starter-s1', type: 'model' })
  })
})

describe.skipIf(loaded === undefined)('the rest of the official openai client, responses', () => {
  test('finds a stored response again, its input and deletes it', async () => {
    const { OpenAI } = officials().openai
    const openai = new OpenAI({
      baseURL: gateway.url,
      apiKey: 'not-needed',
      maxRetries: 0,
    }) as unknown as Stored
    const { id } = await openai.responses.create({ model: 'starter-s1', input: TRIAGE })
    expect(await openai.responses.retrieve(id)).toMatchObject({ id, output_text: 'laboratory' })
    const { data } = await openai.responses.inputItems.list(id)
    expect(JSON.stringify(data)).toContain(TRIAGE)
    await openai.responses.delete(id)
    await expect(openai.responses.retrieve(id)).rejects.toMatchObject({
      status: 404,
      code: 'response.not_found',
    })
  })
})

type Stored = {
  readonly responses: {
    create(body: object): Promise<{ readonly id: string }>
    retrieve(id: string): Promise<{ readonly id: string; readonly output_text: string }>
    delete(id: string): Promise<unknown>
    readonly inputItems: { list(id: string): Promise<{ readonly data: readonly object[] }> }
  }
}

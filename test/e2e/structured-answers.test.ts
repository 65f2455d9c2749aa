import { afterEach, describe, expect, test } from 'vitest'
import { say } from '../upstream/say.ts'
import { startScripted, type Act, type Scripted } from '../upstream/scripted.ts'
import { startVendors } from '../upstream/vendors.ts'
import { errorOf, startTestGateway, user, type Config, type TestGateway } from './running-gateway.ts'

const servers: Scripted[] = []
const gateways: TestGateway[] = []
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close()
  for (const server of servers.splice(0)) await server.close()
})

/** A gateway in front of a server that does not take `response_format` and says one text after the other. */
async function start(...texts: readonly string[]): Promise<{ gateway: TestGateway; server: Scripted }> {
  const server = await startScripted((_, before): Act => ({
    kind: 'answer',
    text: texts[before] ?? 'too often',
  }))
  servers.push(server)
  const plain = { engine: 'openai', base_url: server.url, model: 'm' }
  const models: Config = {
    m: { ...plain, drops: ['response_format'] },
    other: { ...plain, drops: ['response_format'], fallbacks: [{ model: 'able', on: ['unsupported'] }] },
    able: plain,
  }
  const gateway = await startTestGateway({ models })
  gateways.push(gateway)
  return { gateway, server }
}

const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }
const FORMAT = { type: 'json_schema', json_schema: { name: 'count', strict: true, schema: SCHEMA } }
const WRONG = 'It is {"n": "five"}.'
const RIGHT = 'Then it is\n```json\n{"n": 5}\n```'

type Completion = {
  readonly choices: readonly [
    { readonly message: { readonly content: string }; readonly finish_reason: string },
  ]
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number }
}

describe('a server that drops response_format', () => {
  test('gets the schema in words, and the client an answer of the form, the second time at last', async () => {
    const { gateway, server } = await start(WRONG, RIGHT)
    const response = await gateway.chat({ model: 'm', messages: user('how many?'), response_format: FORMAT })
    expect(response.status).toBe(200)
    const { choices, usage } = (await response.json()) as Completion
    expect(choices[0]).toMatchObject({ message: { content: '{"n": 5}' }, finish_reason: 'stop' })
    expect(usage, 'both answers were paid for').toMatchObject({ prompt_tokens: 10, completion_tokens: 4 })
    expect(response.headers.get('x-musivum-changes')).toMatch(/^changed response_format \(.*validated/)
    expect(server.bodies).toHaveLength(2)
    for (const body of server.bodies) expect(body).not.toHaveProperty('response_format')
    expect(JSON.stringify(server.bodies[0])).toContain('\\"required\\":[\\"n\\"]')
    expect(JSON.stringify(server.bodies[1])).toContain('#/n: Instance type')
  })

  test('streams the answer once it is known to fit', async () => {
    const { gateway } = await start(WRONG, RIGHT)
    const body = { model: 'm', messages: user('how many?'), response_format: FORMAT, stream: true }
    const text = await (await gateway.chat(body)).text()
    expect(text).toContain('{\\"n\\": 5}')
    expect(text).not.toContain('five')
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true)
  })

  test('holds JSON mode too', async () => {
    const { gateway } = await start('Here: {"any": [1]} - good?')
    const format = { type: 'json_object' }
    const response = await gateway.chat({ model: 'm', messages: user('JSON!'), response_format: format })
    expect(((await response.json()) as Completion).choices[0].message.content).toBe('{"any": [1]}')
  })

  test.each([
    [
      '/messages',
      'output_format',
      { max_tokens: 50, output_format: { type: 'json_schema', schema: SCHEMA } },
    ],
    ['/responses', 'text.format', { text: { format: { type: 'json_schema', name: 'c', schema: SCHEMA } } }],
  ])('answers clients of %s as well', async (path, field, format) => {
    const { gateway } = await start(WRONG, RIGHT)
    const said = path === '/messages' ? { messages: user('how many?') } : { input: 'how many?' }
    const response = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({ model: 'm', ...said, ...format }),
    })
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('"{\\"n\\": 5}"')
    expect(response.headers.get('x-musivum-changes')).toContain(`changed ${field}`)
  })

  test('that cannot do it in two tries is an error of its own, and is paid for', async () => {
    const { gateway } = await start(WRONG, 'I give up.')
    const response = await gateway.chat({ model: 'm', messages: user('how many?'), response_format: FORMAT })
    expect(response.status).toBe(502)
    const { code, message } = await errorOf(response)
    expect(code).toBe('answer.not_structured')
    expect(message).not.toMatch(/five|give up/)
    expect((await gateway.rowOf(response)).usage).toMatchObject({ inputTokens: 10, outputTokens: 4 })
  })

  test('gives way to a fallback that can', async () => {
    const { gateway } = await start(WRONG, WRONG, '{"n": 6}')
    const response = await gateway.chat({
      model: 'other',
      messages: user('how many?'),
      response_format: FORMAT,
    })
    expect(response.headers.get('x-musivum-model')).toBe('able')
    expect(((await response.json()) as Completion).choices[0].message.content).toBe('{"n": 6}')
  })

  test('is not asked at all with a schema that nobody can check', async () => {
    const { gateway, server } = await start()
    const format = {
      type: 'json_schema',
      json_schema: { name: 'x', schema: { $ref: 'https://example.com/' } },
    }
    const response = await gateway.chat({ model: 'm', messages: user('x'), response_format: format })
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ code: 'request.invalid', param: 'response_format' })
    expect(server.bodies).toEqual([])
  })
})

test('Messages has no JSON mode, so a client of chat gets it by words and a check', async () => {
  const vendor = await startVendors(({ dialect, body, stream }) => ({
    body: say(dialect, body.model, { text: 'Of course: {"any": 1}.' }, stream),
  }))
  const models = { m: { engine: 'anthropic', base_url: vendor.url, model: 'm' } }
  const gateway = await startTestGateway({ models })
  try {
    const body = { model: 'm', messages: user('JSON!'), response_format: { type: 'json_object' } }
    const response = await gateway.chat(body)
    expect(((await response.json()) as Completion).choices[0].message.content).toBe('{"any": 1}')
    expect(vendor.requests[0]?.body['system']).toContain('one JSON object')
  } finally {
    await gateway.close()
    await vendor.close()
  }
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Dialect } from '../../src/core/conversation.ts'
import { say } from '../upstream/say.ts'
import { startVendors, type VendorReply, type VendorRequest, type Vendors } from '../upstream/vendors.ts'
import { startTestGateway, type Config, type TestGateway } from './running-gateway.ts'

/*
 * What cannot be answered, in each protocol: the right status, in the words of the protocol that was spoken, one line that
 * says what and where, and no secret in it. `bad-requests.test.ts` holds what is the same for all of them.
 */

const DIALECTS: readonly Dialect[] = ['openai-chat', 'openai-responses', 'anthropic-messages']
const PATHS: Readonly<Record<Dialect, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'anthropic-messages': '/v1/messages',
}

const KEY = 'sk-vendor-0123456789abcdefghij'
const INSIDE = 'internal-host.example'

let vendors: Vendors
let gateway: TestGateway

beforeAll(async () => {
  vendors = await startVendors(answer)
  gateway = await startTestGateway({ models: models() }, { VENDOR_KEY: KEY })
})
afterAll(async () => {
  await gateway.close()
  await vendors.close()
})

function answer({ dialect, body, stream, headers }: VendorRequest): VendorReply {
  if (body.model === 'redirects')
    return { status: 307, headers: { location: `http://${INSIDE}/secret?key=${KEY}` }, body: '' }
  // A vendor that repeats the key it refuses.
  const key = headers.authorization ?? headers['x-api-key']
  if (body.model === 'echoes-the-key')
    return { status: 401, body: JSON.stringify({ error: { message: `Incorrect API key: ${String(key)}` } }) }
  return { body: say(dialect, body.model, { text: 'fine' }, stream) }
}

/** One model per protocol behind the gateway and kind of behaviour; toys are translated whatever the client speaks. */
function models(): Config {
  const kinds = ['fine', 'redirects', 'echoes-the-key']
  return Object.fromEntries(
    DIALECTS.flatMap((dialect) =>
      kinds.flatMap((kind) => [
        [`${kind}/${dialect}`, entryOf(dialect, kind, false)],
        [`${kind}/${dialect}/translated`, entryOf(dialect, kind, true)],
      ]),
    ),
  ) as Config
}

function entryOf(dialect: Dialect, model: string, toy: boolean): Config {
  const common = { base_url: vendors.url, model, toy, key: 'env:VENDOR_KEY', tries: { attempts: 1 } }
  if (dialect === 'anthropic-messages') return { engine: 'anthropic', ...common }
  return { engine: 'openai', speaks: dialect === 'openai-chat' ? 'chat' : 'responses', ...common }
}

type Refusal = {
  readonly status: number
  readonly code: string
  readonly type: string
  readonly message: string
}

/** What the gateway says to a body; fails unless it says it in the words of the protocol. */
async function refusal(dialect: Dialect, body: object | string): Promise<Refusal> {
  const response = await fetch(gateway.origin + PATHS[dialect], {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  expect(text, 'no key, no inner host').not.toMatch(new RegExp(`${KEY}|${INSIDE}/|VENDOR_KEY`))
  const said = JSON.parse(text) as {
    readonly type?: string
    readonly request_id?: string
    readonly error?: {
      readonly type: string
      readonly message: string
      readonly code?: string
      readonly details?: { readonly error_code: string }
    }
  }
  if (said.error === undefined) return { status: response.status, code: '', type: '', message: '' }
  const { type, message } = said.error
  if (dialect === 'anthropic-messages')
    expect(said).toMatchObject({ type: 'error', request_id: expect.any(String) })
  const code = dialect === 'anthropic-messages' ? said.error.details?.error_code : said.error.code
  return { status: response.status, code: code ?? '', type, message }
}

/** A request that says `content`, with other fields. */
function asking(dialect: Dialect, content: unknown, fields: object = {}): object {
  const model = `fine/${dialect}/translated`
  switch (dialect) {
    case 'openai-chat':
      return { model, messages: [{ role: 'user', content }], ...fields }
    case 'openai-responses':
      return { model, store: false, input: [{ role: 'user', content }], ...fields }
    case 'anthropic-messages':
      return { model, max_tokens: 64, messages: [{ role: 'user', content }], ...fields }
    default:
      return dialect satisfies never
  }
}

function toolsOf(dialect: Dialect, schema: unknown): object {
  const tools: Readonly<Record<Dialect, object>> = {
    'openai-chat': { type: 'function', function: { name: 'f', parameters: schema } },
    'openai-responses': { type: 'function', name: 'f', parameters: schema },
    'anthropic-messages': { name: 'f', input_schema: schema },
  }
  return { tools: [tools[dialect]] }
}

function imageOf(dialect: Dialect, mediaType: string, base64: string): readonly object[] {
  const url = `data:${mediaType};base64,${base64}`
  const images: Readonly<Record<Dialect, object>> = {
    'openai-chat': { type: 'image_url', image_url: { url } },
    'openai-responses': { type: 'input_image', image_url: url },
    'anthropic-messages': { type: 'image', source: { type: 'base64', media_type: mediaType, data: base64 } },
  }
  return [images[dialect]]
}

function linkOf(dialect: Dialect, url: string): readonly object[] {
  const images: Readonly<Record<Dialect, object>> = {
    'openai-chat': { type: 'image_url', image_url: { url } },
    'openai-responses': { type: 'input_image', image_url: url },
    'anthropic-messages': { type: 'image', source: { type: 'url', url } },
  }
  return [images[dialect]]
}

/** A tool's result that no message asked for. */
const ORPHANS: Readonly<Record<Dialect, object>> = {
  'openai-chat': { messages: [{ role: 'tool', tool_call_id: 'call_1', content: 'x' }] },
  'openai-responses': { input: [{ type: 'function_call_output', call_id: 'call_1', output: 'x' }] },
  'anthropic-messages': {
    messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'x' }] }],
  },
}

const LIMITS: Readonly<Record<Dialect, string>> = {
  'openai-chat': 'max_tokens',
  'openai-responses': 'max_output_tokens',
  'anthropic-messages': 'max_tokens',
}

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70]).toString('base64')
const SECRET = 'the-client-wrote-this'

describe.each(DIALECTS)('in the words of %s', (dialect) => {
  test.each<[string, (d: Dialect) => object | string, RegExp]>([
    [
      'a tool schema that is a list',
      (d) => asking(d, 'x', toolsOf(d, [])),
      /tools\[0\]\..*: expected an object/,
    ],
    [
      'a tool schema of text',
      (d) => asking(d, 'x', toolsOf(d, { type: 'string' })),
      /type: expected "object"/,
    ],
    [
      'a property that is no schema',
      (d) => asking(d, 'x', toolsOf(d, { type: 'object', properties: { [SECRET]: 7 } })),
      /properties\.\*: expected a schema, got 7/,
    ],
    [
      'required names that are none',
      (d) => asking(d, 'x', toolsOf(d, { type: 'object', required: 'a' })),
      /required: expected an array/,
    ],
    ['a result without its call', (d) => asking(d, 'x', ORPHANS[d]), /(call_id|content): expected/],
    [
      'an image of a type that is none',
      (d) => asking(d, imageOf(d, 'text/html', 'PGI+')),
      /expected data of a type such as image\/png/,
    ],
    [
      'an image that is not what it says',
      (d) => asking(d, imageOf(d, 'image/png', JPEG)),
      /expected data of type image\/png, as it says, got image\/jpeg/,
    ],
    ['an image of junk', (d) => asking(d, imageOf(d, 'image/png', `${SECRET}%%%`)), /expected base64/],
    [
      'an image at a private address',
      (d) => asking(d, linkOf(d, 'http://169.254.169.254/x')),
      /a private address/,
    ],
    [
      'an image on the own machine',
      (d) => asking(d, linkOf(d, 'http://[::ffff:127.0.0.1]/x')),
      /a private address/,
    ],
    [
      'an image by a number as its host',
      (d) => asking(d, linkOf(d, 'http://2130706433/x')),
      /a private address/,
    ],
    ['an image from the disk', (d) => asking(d, linkOf(d, 'file:///etc/passwd')), /a file of the server/],
    ['a part without a type', (d) => asking(d, [{ text: SECRET }]), /\.type: expected/],
    ['a role that nobody has', (d) => asWizard(d), /role: expected/],
    [
      'more tokens than a number can count',
      (d) => asking(d, 'x', { [LIMITS[d]]: 1e300 }),
      /expected a whole number/,
    ],
    ['less than no tokens', (d) => asking(d, 'x', { [LIMITS[d]]: -1 }), /expected a whole number/],
    [
      'the same key twice',
      (d) => `{"model":"fine/${d}","model":"fine/${d}"}`,
      /model: this key stands twice/,
    ],
    [
      'ten megabytes of nesting',
      (d) => `{"model":"fine/${d}","x":${'['.repeat(10 * 1024 * 1024)}`,
      /nested deeper/,
    ],
    ['a body that is cut', (d) => JSON.stringify(asking(d, SECRET)).slice(0, -4), /not JSON: line 1/],
  ])('%s is refused with the place', async (_, bodyOf, message) => {
    const before = vendors.requests.length
    const refused = await refusal(dialect, bodyOf(dialect))
    expect(refused).toMatchObject({ status: 400, type: 'invalid_request_error' })
    expect(refused.code).toMatch(/^request\.(invalid|malformed_json)$/)
    expect(refused.message).toMatch(message)
    expect(refused.message, 'the text of a client is not repeated').not.toContain(SECRET)
    expect(vendors.requests.length, 'nothing was sent').toBe(before)
  })

  test('a body of another protocol is told which path takes it', async () => {
    const others: Readonly<Record<Dialect, [object, RegExp]>> = {
      'openai-chat': [{ input: 'x' }, /belongs to \/v1\/responses/],
      'openai-responses': [
        { messages: [{ role: 'user', content: 'x' }] },
        /belong to \/v1\/chat\/completions/,
      ],
      'anthropic-messages': [{ input: 'x' }, /belongs to \/v1\/responses/],
    }
    const [body, message] = others[dialect]
    const refused = await refusal(dialect, { model: `fine/${dialect}`, ...body })
    expect(refused).toMatchObject({ status: 400, code: 'request.invalid' })
    expect(refused.message).toMatch(message)
  })

  test('a content part of a kind that the other side does not have is refused, and never left out', async () => {
    for (const engine of DIALECTS.filter((other) => other !== dialect)) {
      const body = {
        ...asking(dialect, [{ type: 'hologram', data: SECRET }]),
        model: `fine/${engine}/translated`,
      }
      const refused = await refusal(dialect, body)
      expect(refused).toMatchObject({ status: 400, code: 'request.unsupported' })
      expect(refused.message).not.toContain(SECRET)
    }
  })

  test.each(DIALECTS)(
    'a redirect of the server (%s) is not followed, and its target is not told',
    async (engine) => {
      for (const model of [`redirects/${engine}`, `redirects/${engine}/translated`]) {
        const refused = await refusal(dialect, { ...asking(dialect, 'x'), model })
        expect(refused).toMatchObject({ status: 502, code: 'upstream.bad_answer' })
      }
    },
  )

  test.each(DIALECTS)('a refused key (%s) is not repeated, and is told as ours', async (engine) => {
    for (const model of [`echoes-the-key/${engine}`, `echoes-the-key/${engine}/translated`]) {
      const refused = await refusal(dialect, { ...asking(dialect, 'x'), model })
      expect(refused).toMatchObject({ status: 502, code: 'upstream.credentials' })
    }
  })

  test('a model that nobody knows is not found', async () => {
    const refused = await refusal(dialect, { ...asking(dialect, 'x'), model: 'nope' })
    expect(refused).toMatchObject({ status: 404, code: 'model.not_found' })
  })
})

test('several answers are refused where the protocol behind gives one', async () => {
  for (const engine of ['openai-responses', 'anthropic-messages']) {
    const body = { ...asking('openai-chat', 'x', { n: 2 }), model: `fine/${engine}/translated` }
    const refused = await refusal('openai-chat', body)
    expect(refused).toMatchObject({ status: 400, code: 'request.unsupported' })
    expect(refused.message).toMatch(/^n: /)
  }
})

function asWizard(dialect: Dialect): object {
  const said = [{ role: 'wizard', content: 'x' }]
  return asking(dialect, 'x', dialect === 'openai-responses' ? { input: said } : { messages: said })
}

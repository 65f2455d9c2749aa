import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RequestContent } from '../../src/gateway/admin/contract.ts'
import { say } from '../upstream/say.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { startVendors, type VendorRequest, type Vendors } from '../upstream/vendors.ts'
import { doubled, errorOf, startTestGateway, user, type TestGateway } from './running-gateway.ts'

/** The duty `log-full`: prompt and answer are on the disk, encrypted, or the request fails. */
const RULES = `
rules:
  - {id: audited, effect: require, when: 'true', obligations: [log-full], reason: It is written down.}
  - {id: hidden, effect: require, when: model.name == "hidden", obligations: [mask], reason: Stand-ins only.}
  - {id: quiet, effect: require, when: model.name == "quiet", obligations: [no-log-content], reason: No word.}
`
const MAIL = 'ada.lovelace@example.org'

let folder: string
let vendor: Vendors
let upstream: Upstream
let gateway: TestGateway
let beforeAnswer = (): void => undefined

function answer({ dialect, body, stream, text }: VendorRequest) {
  beforeAnswer()
  if (text.includes('CUT')) return { status: 500, body: '{"error":{"message":"broken"}}' }
  return { body: say(dialect, body.model, { text: `You said: ${text.slice(-60)}` }, stream) }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-log-full-'))
  writeFileSync(join(folder, 'rules.yaml'), RULES)
  vendor = await startVendors(answer)
  upstream = await startUpstream()
  const served = {
    engine: 'openai',
    base_url: vendor.url,
    model: 'm',
    key: 'env:KEY',
    tries: { attempts: 1 },
  }
  gateway = await startTestGateway(
    {
      policy: join(folder, 'rules.yaml'),
      models: {
        open: served,
        hidden: served,
        quiet: served,
        endless: doubled(upstream.url, 'endless'),
      },
    },
    { KEY: 'key-0123456789' },
  )
})
afterAll(async () => {
  await gateway.close()
  await vendor.close()
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

const contentFolder = (): string => join(gateway.home, 'data/content')

async function contentOf(response: Response): Promise<RequestContent> {
  return gateway.ask(`/api/requests/${response.headers.get('x-musivum-request-id')}/content`)
}

/** While it runs nothing can be written: a file stands where the folder should be. */
async function withoutRoom<T>(work: () => Promise<T>): Promise<T> {
  const aside = `${contentFolder()}.aside`
  if (existsSync(contentFolder())) renameSync(contentFolder(), aside)
  writeFileSync(contentFolder(), '')
  try {
    return await work()
  } finally {
    rmSync(contentFolder())
    if (existsSync(aside)) renameSync(aside, contentFolder())
  }
}

test.each([true, false])('prompt and answer are written whole (streamed: %s)', async (stream) => {
  const answered = await gateway.chat({ model: 'open', messages: user(`Write to ${MAIL}`), stream })
  expect(await answered.text()).toContain('You s')
  const { entries, whole } = await contentOf(answered)
  expect(whole).toBe(true)
  expect(entries).toMatchObject([
    { kind: 'prompt', model: 'open', operation: 'chat', content: { messages: [{ role: 'user' }] } },
    { kind: 'answer', outcome: 'whole', errorCode: null, content: { choices: [{ finishReason: 'stop' }] } },
    { kind: 'read', by: 'this machine' },
  ])
  expect(JSON.stringify(entries[0])).toContain(MAIL)
  expect(JSON.stringify(entries[1])).toContain('You said')
})

test('nothing of it can be read in the home folder, and reading it is told to the operator and kept', async () => {
  const answered = await gateway.chat({ model: 'open', messages: user(`Write to ${MAIL}`) })
  const id = answered.headers.get('x-musivum-request-id') ?? ''
  await contentOf(answered)
  expect(gateway.lines).toContain(`content of request ${id} was read by this machine`)
  expect((await contentOf(answered)).entries.filter(({ kind }) => kind === 'read')).toHaveLength(2)
  for (const file of readdirSync(join(gateway.home, 'data'), { recursive: true, withFileTypes: true }))
    if (file.isFile())
      expect(readFileSync(join(file.parentPath, file.name)).includes(MAIL), file.name).toBe(false)
})

test('a failure is written with what came', async () => {
  const failed = await gateway.chat({ model: 'open', messages: user('CUT') })
  expect(failed.status).toBe(502)
  expect((await contentOf(failed)).entries[1]).toMatchObject({
    kind: 'answer',
    outcome: 'failed',
    errorCode: 'upstream.failed',
  })
})

test('what a client got before it left is written', async () => {
  const leaving = new AbortController()
  const answered = await gateway.chat(
    { model: 'endless', messages: user('hello'), stream: true },
    { headers: { 'content-type': 'application/json' }, signal: leaving.signal },
  )
  await answered.body?.getReader().read()
  leaving.abort()
  await expect
    .poll(async () => (await contentOf(answered)).entries.find(({ kind }) => kind === 'answer'))
    .toMatchObject({ outcome: 'cancelled', errorCode: 'request.cancelled' })
})

test('under a mask it is what the client said and got, while the server saw stand-ins', async () => {
  const before = vendor.requests.length
  const answered = await gateway.chat({ model: 'hidden', messages: user(`My address is ${MAIL}`) })
  expect(vendor.requests[before]?.text).not.toContain(MAIL)
  const { entries } = await contentOf(answered)
  expect(JSON.stringify(entries[0])).toContain(MAIL)
  expect(JSON.stringify(entries[1])).toContain(MAIL)
})

test('a rule against logging content wins over one for it', async () => {
  const answered = await gateway.chat({ model: 'quiet', messages: user('hush') })
  expect(answered.status).toBe(200)
  const missing = await fetch(
    `${gateway.origin}/api/requests/${answered.headers.get('x-musivum-request-id')}/content`,
  )
  expect(missing.status).toBe(404)
})

test('where the prompt cannot be written the model is not called', async () => {
  const before = vendor.requests.length
  const refused = await withoutRoom(() => gateway.chat({ model: 'open', messages: user('hello') }))
  expect(refused.status).toBe(503)
  expect(await errorOf(refused)).toMatchObject({ code: 'store.unavailable' })
  expect(vendor.requests.length).toBe(before)
})

test('an answer that cannot be written ends with an error', async () => {
  const ask = (stream: boolean) =>
    gateway.chat({ model: 'open', messages: user('hello'), stream }).then(async (response) => ({
      status: response.status,
      text: await response.text(),
    }))
  const cutting = async (stream: boolean) => {
    const aside = `${contentFolder()}.aside`
    beforeAnswer = () => {
      renameSync(contentFolder(), aside)
      writeFileSync(contentFolder(), '')
    }
    try {
      return await ask(stream)
    } finally {
      beforeAnswer = () => undefined
      rmSync(contentFolder())
      renameSync(aside, contentFolder())
    }
  }
  const streamed = await cutting(true)
  expect(streamed.text).toContain('You s')
  expect(streamed.text).toContain('store.unavailable')
  expect(streamed.text).not.toContain('"finish_reason":"stop"')
  expect(streamed.text).not.toContain('[DONE]')
  expect((await cutting(false)).status).toBe(503)
})

test('embeddings are written with their vectors', async () => {
  const response = await fetch(`${gateway.url}/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'open', input: ['one'] }),
  })
  const { entries } = await contentOf(response)
  expect(entries[0]).toMatchObject({ kind: 'prompt', operation: 'embeddings', content: { inputs: ['one'] } })
  expect(entries[1]?.kind).toBe('answer')
})

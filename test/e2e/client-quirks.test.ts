import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRecorded } from '../upstream/recorded.ts'
import type { VendorRequest, Vendors } from '../upstream/vendors.ts'
import { startTestGateway, type TestGateway } from './running-gateway.ts'

/*
 * Requests as the clients that people use send them, headers and all. The vendors refuse every field they do not know, so a
 * 200 says that nothing of a client's own leaked; what was left out or changed is listed to the client, field by field.
 */

type Engine = 'chat' | 'messages' | 'embedded'

type Quirk = {
  readonly path: string
  readonly request: string
  readonly headers: string
  /** What the client is told of each engine, as `kind path`. */
  readonly changes: Readonly<Record<Exclude<Engine, 'embedded'>, readonly string[]>>
  /** The embedded engine calls no tools: it says so instead of leaving them out. */
  readonly tools: boolean
}

const QUIRKS: Readonly<Record<string, Quirk>> = {
  'Claude Code': {
    path: '/v1/messages?beta=true',
    request: 'anthropic/claude-code.request.json',
    headers: 'anthropic/claude-code.headers.json',
    changes: {
      chat: [
        'left-out context_management',
        'left-out messages[].caller',
        'left-out messages[].content[].cache_control',
        'left-out messages[].content[].thinking',
        'left-out metadata',
        'left-out thinking',
        'left-out tools[].eager_input_streaming',
        'left-out x-anthropic-billing-header',
      ],
      messages: ['left-out system[]'],
    },
    tools: true,
  },
  'Claude Code, naming a session': {
    path: '/v1/messages?beta=true',
    request: 'clients/claude-code-title.request.json',
    headers: 'clients/claude-code-title.headers.json',
    changes: {
      chat: ['left-out metadata', 'left-out x-anthropic-billing-header'],
      messages: ['left-out system[]'],
    },
    tools: false,
  },
  Codex: {
    path: '/v1/responses',
    request: 'openai-responses/codex.request.json',
    headers: 'clients/codex.headers.json',
    changes: {
      chat: [
        'left-out input[].summary',
        'left-out prompt_cache_key',
        'left-out reasoning.summary',
        'left-out text.verbosity',
        'left-out tools',
      ],
      messages: [
        'changed max_output_tokens',
        'left-out input[].content[]',
        'left-out prompt_cache_key',
        'left-out text.verbosity',
        'left-out tools[]',
      ],
    },
    tools: true,
  },
  'Gemini CLI': {
    path: '/v1/chat/completions',
    request: 'clients/gemini-cli.request.json',
    headers: 'clients/gemini-cli.headers.json',
    changes: { chat: [], messages: ['left-out messages[].content[]'] },
    tools: true,
  },
  Cursor: {
    path: '/v1/chat/completions',
    request: 'clients/cursor.request.json',
    headers: 'clients/cursor.headers.json',
    changes: { chat: [], messages: ['changed max_tokens', 'left-out tools[]'] },
    tools: true,
  },
  'Open WebUI': {
    path: '/v1/chat/completions',
    request: 'clients/open-webui.request.json',
    headers: 'clients/open-webui.headers.json',
    changes: { chat: [], messages: ['left-out seed'] },
    tools: false,
  },
  LibreChat: {
    path: '/v1/chat/completions',
    request: 'clients/librechat.request.json',
    headers: 'clients/librechat.headers.json',
    changes: { chat: [], messages: ['changed max_tokens', 'left-out messages[].name'] },
    tools: false,
  },
}

let vendors: Vendors
let gateway: TestGateway

beforeAll(async () => {
  vendors = await startRecorded({ fine: { text: 'laboratory' } })
  const served = { base_url: vendors.url, model: 'fine' }
  gateway = await startTestGateway({
    models: { chat: { engine: 'openai', ...served }, messages: { engine: 'anthropic', ...served } },
  })
})
afterAll(async () => {
  await gateway.close()
  await vendors.close()
})

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8'))
}

function send(
  { path, request, headers }: Quirk,
  model: string,
  mend = (text: string) => text,
): Promise<Response> {
  const body = { ...(fixture(request) as object), model }
  return fetch(gateway.origin + path, {
    method: 'POST',
    headers: fixture(headers) as Record<string, string>,
    body: mend(JSON.stringify(body)),
  })
}

/** `kind path`, each once, in any order. */
function changesOf(response: Response): readonly string[] {
  const told = decodeURI(response.headers.get('x-musivum-changes') ?? '')
  const changes = [...told.matchAll(/(?:^|; )((?:left-out|changed) \S+)/g)].map(([, change]) => change ?? '')
  return [...new Set(changes)].toSorted()
}

function lastTaken(): VendorRequest {
  const request = vendors.requests.at(-1)
  if (request === undefined) throw new TypeError('no vendor was asked')
  return request
}

describe.each(Object.entries(QUIRKS))('%s', (_, quirk) => {
  test.each(['chat', 'messages'] as const)(
    'is answered by %s, and told all that was changed',
    async (engine) => {
      const response = await send(quirk, engine)
      expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('labor')])
      expect(changesOf(response)).toEqual(quirk.changes[engine].toSorted())
    },
  )

  test.each(['chat', 'messages'] as const)('says nothing of itself to %s in headers', async (engine) => {
    await (await send(quirk, engine)).text()
    const { headers } = lastTaken()
    const own = Object.keys(fixture(quirk.headers) as object).filter((name) => !SENT_BY_US.has(name))
    expect(Object.keys(headers).filter((name) => own.includes(name))).toEqual([])
    expect(JSON.stringify(headers)).not.toContain('client-key-of-the-gateway')
  })

  test('is answered by the embedded model, or told that its tools alone do not fit a toy of 512 tokens', async () => {
    const response = await send(quirk, 'starter-s1')
    const text = await response.text()
    const tooLong = text.includes('context_length_exceeded') && text.includes('Nothing was cut.')
    expect(response.status).toBe(quirk.tools && tooLong ? 400 : 200)
  })
})

/** Names that stand on our own requests too, with our values; and the beta features, which only Anthropic's own wire gets. */
const SENT_BY_US = new Set([
  'accept',
  'accept-encoding',
  'authorization',
  'content-type',
  'user-agent',
  'anthropic-version',
  'anthropic-beta',
])

describe('the billing header of Claude Code, which changes with every request', () => {
  const quirk = QUIRKS['Claude Code, naming a session']
  if (quirk === undefined) throw new TypeError('no such quirk')
  const again = (text: string): string => text.replace('cch=36ee5', 'cch=9f01a')
  const never = (text: string): string =>
    text.replace(/\{"type":"text","text":"x-anthropic-billing-header[^}]*\},/, '')

  test.each(['chat', 'messages'])('stays away from %s, so that two prompts begin alike', async (engine) => {
    const bodies: string[] = []
    for (const mend of [undefined, again]) {
      await (await send(quirk, engine, mend)).text()
      bodies.push(lastTaken().text)
    }
    expect(bodies[0]).toBe(bodies[1])
    expect(bodies[0]).not.toContain('billing-header')
    expect(bodies[0]).toContain('Name the session')
  })

  test('is no part of the prompt of the embedded model', async () => {
    const counts = []
    for (const mend of [undefined, again, never]) {
      const text = await (await send(quirk, 'starter-s1', mend)).text()
      counts.push({
        evaluated: lastNumber(text, 'input_tokens'),
        reused: lastNumber(text, 'cache_read_input_tokens'),
      })
    }
    const prompts = counts.map(({ evaluated, reused }) => evaluated + reused)
    expect(prompts[0]).toBeGreaterThan(10)
    expect(new Set(prompts).size).toBe(1)
    // Word for word the prompt before: read is only the token that an answer is drawn after.
    expect(counts.slice(1).map(({ evaluated }) => evaluated)).toEqual([1, 1])
  })
})

/** The counts of a stream begin with zeros and end with what was counted. */
function lastNumber(text: string, name: string): number {
  return Number([...text.matchAll(new RegExp(`"${name}":(\\d+)`, 'g'))].at(-1)?.[1])
}

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Model, OpenAiBinding } from '../../catalog/model.ts'
import type { Conversation, Tool, WireChange } from '../../core/conversation.ts'
import { collectAnswer } from '../conformance/collect-answer.conformance.ts'
import { context, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { Engine, RelayOperation } from '../engine.ts'
import { openAiEngine } from '../openai/openai-engine.ts'
import { vendors } from './_registry.ts'
import { startStrictServer, type StrictServer } from './strict-server.conformance.ts'
import type { OpenAiVendor } from './vendor.ts'
import { vendorGuide, vendorGuideText } from './vendor-table.ts'
import { registryFile, registryText } from './write-registry.ts'

const KEY = 'key-of-nobody-0123456789'
const clock = { now: () => 0, monotonic: () => performance.now() }

test('the registry names every file of the folder (node src/engines/vendors/write-registry.ts)', () => {
  expect(readFileSync(registryFile, 'utf8')).toBe(registryText())
  expect(vendors.length).toBeGreaterThan(15)
})

test('the guide shows every table (node src/engines/vendors/vendor-table.ts)', () => {
  const guide = readFileSync(vendorGuide, 'utf8')
  expect(guide).toBe(vendorGuideText(guide))
  for (const { name } of vendors) expect(guide).toContain(` | \`${name}\` | `)
})

test('names are what they are called by, once each, and every table says where it is from', () => {
  expect(new Set(vendors.map(({ name }) => name)).size).toBe(vendors.length)
  for (const { name, source, baseUrl, path } of vendors) {
    expect(registryText(), name).toContain(`'./${name}.ts'`)
    expect(source.document, name).toMatch(/^[\w.-]+\.\w+\/\S+/)
    expect(source.date, name).toMatch(/^20\d\d-\d\d-\d\d$/)
    expect(baseUrl ?? path, name).toBeDefined()
    expect(baseUrl?.startsWith('https:') ?? true, name).toBe(!/127\.0\.0\.1/.test(baseUrl ?? ''))
  }
})

for (const vendor of vendors)
  describe(`${vendor.label}, held to its table by a strict server`, () => heldTo(vendor))

function heldTo(vendor: OpenAiVendor): void {
  let server: StrictServer
  let engine: Engine
  beforeAll(async () => {
    server = await startStrictServer(vendor)
    engine = openAiEngine(modelOf(vendor, server.origin), { clock })
  })
  afterAll(async () => {
    await engine.close()
    await server.close()
  })

  test('the key goes out in its header, to its path, with its query', async () => {
    await ask(engine, asking())
    const { url, headers } = last(server)
    expect(headers[vendor.keyHeader ?? 'authorization']).toBe(
      vendor.keyHeader === undefined ? `Bearer ${KEY}` : KEY,
    )
    expect(url.pathname).toBe(`${pathOf(vendor)}${PATHS[vendor.relays[0]]}`)
    expect(Object.fromEntries(url.searchParams)).toEqual(vendor.query ?? {})
  })

  test('a conversation of another protocol is answered, in words it takes', async () => {
    const { choices, usage } = await ask(engine, asking())
    expect(choices).toHaveLength(1)
    expect(`${choices[0]?.reasoning}${choices[0]?.text}`).not.toBe('')
    expect(usage?.source).toBe('counted')
  })

  test('tools are called', async () => {
    const { choices } = await ask(engine, { ...asking(), tools: [WEATHER] })
    expect(choices[0]?.finish).toBe('tool-calls')
    expect(JSON.parse(choices[0]?.toolCalls[0]?.arguments ?? '')).toBeTypeOf('object')
  })

  test.each(vendor.relays)('%s passes through, whole', async (operation) => {
    const { bytes, changes } = await relay(engine, operation, bodyOf(vendor, operation))
    expect(JSON.parse(bytes)).toBeTypeOf('object')
    expect(changes.map(({ path }) => path).toSorted()).toEqual(expectedChanges(vendor, operation))
  })

  test.each(vendor.relays.filter((operation) => operation !== 'embeddings'))(
    '%s passes through as a stream',
    async (operation) => {
      const { bytes, outcome } = await relay(engine, operation, {
        ...bodyOf(vendor, operation),
        stream: true,
      })
      expect(bytes).toMatch(/data: (?:\[DONE\]|\{.*"response\.completed".*\})\n\n$/)
      expect(outcome.finishReason).toBeDefined()
      expect(outcome.usage?.outputTokens).toBeGreaterThan(0)
    },
  )

  test('what it cannot do is refused, whichever way it is asked for', async () => {
    for (const [capability, { conversation, body }] of Object.entries(ASKING_FOR)) {
      const can = engine.capabilities[capability as keyof typeof ASKING_FOR]
      if (can) continue
      const asked = await failureOf(ask(engine, { ...asking(), ...conversation }))
      expect(asked.code, capability).toBe('request.unsupported')
      if (!engine.relays.has('openai-chat')) continue
      const relayed = relay(engine, 'openai-chat', { ...bodyOf(vendor, 'openai-chat'), ...body })
      expect((await failureOf(relayed)).code, capability).toBe('request.unsupported')
    }
  })

  test('embeddings come, or are refused', async () => {
    const embedded = engine.embed(permitFor(engine.model), { inputs: ['a', 'b'], extra: {} }, context())
    if (!vendor.relays.includes('embeddings'))
      expect((await failureOf(embedded)).code).toBe('request.unsupported')
    else expect((await embedded).vectors).toHaveLength(2)
  })
}

const PATHS: Readonly<Record<RelayOperation, string>> = {
  'openai-chat': '/chat/completions',
  'openai-responses': '/responses',
  'anthropic-messages': '/messages',
  embeddings: '/embeddings',
}

const WEATHER: Tool = { name: 'get_weather', parameters: { type: 'object' }, extra: {} }

const SCHEMA = { type: 'object' }
const ASKING_FOR = {
  severalAnswers: { conversation: { answerCount: 2 }, body: { n: 2 } },
  logprobs: { conversation: { topLogprobs: 0 }, body: { logprobs: true } },
  jsonSchema: {
    conversation: { responseFormat: { kind: 'json-schema', name: 'a', schema: SCHEMA } },
    body: { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA } } },
  },
} as const

/** With everything that some vendor refuses and no answer depends on. */
function asking(): Conversation {
  return {
    dialect: 'anthropic-messages',
    messages: [
      { role: 'developer', parts: [{ kind: 'text', text: 'Be brief.' }], extra: {} },
      { role: 'user', name: 'jo', parts: [{ kind: 'text', text: 'Say hello.' }], extra: {} },
    ],
    tools: [],
    sampling: {
      maxOutputTokens: 100,
      seed: 7,
      topK: 5,
      temperature: 0.5,
      presencePenalty: 0.1,
      frequencyPenalty: 0.1,
      logitBias: { '50256': -100 },
    },
    parallelToolCalls: true,
    answerCount: 1,
    extra: {},
  }
}

/** A client's body with every field that the vendor's table names. */
function bodyOf(vendor: OpenAiVendor, operation: RelayOperation): Readonly<Record<string, unknown>> {
  const dropped = (vendor.drops ?? []).map((field) => [field, IDLE[field] ?? 'x'])
  const fields = { model: 'alias', ...Object.fromEntries(dropped) }
  if (operation === 'embeddings') return { ...fields, input: ['a', 'b'] }
  if (operation === 'openai-responses') return { ...fields, input: 'Say hello.' }
  const renamed = Object.keys(vendor.renames ?? {}).map((field) => [field, 100])
  const messages = [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', name: 'jo', content: 'Say "name" and {braces}, [brackets]' },
  ]
  return { ...fields, ...Object.fromEntries(renamed), messages }
}

/** Values that ask for nothing that would change the form of an answer. */
const IDLE: Readonly<Record<string, unknown>> = { logprobs: false, stream_options: { include_usage: true } }

function expectedChanges(vendor: OpenAiVendor, operation: RelayOperation): readonly string[] {
  const dropped = vendor.drops ?? []
  if (operation !== 'openai-chat') return [...dropped].toSorted()
  const roles = vendor.roles === undefined ? [] : ['messages[].role']
  const inMessages = (vendor.messageDrops ?? []).map((field) => `messages[].${field}`)
  return [...dropped, ...Object.keys(vendor.renames ?? {}), ...roles, ...inMessages].toSorted()
}

function modelOf(vendor: OpenAiVendor, origin: string): Model & { readonly binding: OpenAiBinding } {
  const baseUrl = `${origin}${vendor.baseUrl === undefined ? '' : new URL(vendor.baseUrl).pathname.replace(/\/$/, '')}`
  return {
    name: 'model-under-test',
    binding: { engine: 'openai', vendor: vendor.name, baseUrl, upstreamModel: 'upstream-name', key: KEY },
    price: { kind: 'unpriced' },
    toy: false,
    origin: 'config',
  }
}

function pathOf({ baseUrl, path }: OpenAiVendor): string {
  if (baseUrl !== undefined) return new URL(baseUrl).pathname.replace(/\/$/, '')
  return (path ?? '').replace('{model}', 'upstream-name')
}

function ask(engine: Engine, conversation: Conversation) {
  return collectAnswer(engine.answer(permitFor(engine.model), conversation, context()))
}

async function relay(engine: Engine, operation: RelayOperation, body: Readonly<Record<string, unknown>>) {
  const chunks: Uint8Array[] = []
  const changes: WireChange[] = []
  const sink = {
    head: () => {},
    bytes: (chunk: Uint8Array) => chunks.push(chunk) > 0,
    drained: (resume: () => void) => resume(),
  }
  const call = { ...context(), onChanged: (some: readonly WireChange[]) => void changes.push(...some) }
  const request = {
    operation,
    body: JSON.stringify(body),
    stream: body['stream'] === true,
    includeUsage: true,
  }
  const outcome = await engine.relay?.(permitFor(engine.model), request, sink, call)
  if (outcome === undefined) throw new TypeError('this engine relays')
  return { bytes: Buffer.concat(chunks).toString(), changes, outcome }
}

function last(server: StrictServer) {
  const received = server.received.at(-1)
  if (received === undefined) throw new TypeError('the server received nothing')
  return received
}

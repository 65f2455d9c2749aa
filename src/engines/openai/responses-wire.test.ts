import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Model, OpenAiBinding } from '../../catalog/model.ts'
import type { Conversation } from '../../core/conversation.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { collectAnswer } from '../conformance/collect-answer.conformance.ts'
import { context, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { Engine } from '../engine.ts'
import { openAiEngine } from './openai-engine.ts'

const FIXTURES = join(import.meta.dirname, '../../../fixtures/openai-responses')
const clock = { now: () => 0, monotonic: () => performance.now() }

/** Answers `/responses` with the fixture that the request names as its model, in packets of 100 bytes. */
const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as { model: string; stream?: boolean }
    const bytes = readFileSync(join(FIXTURES, body.model))
    response.writeHead(200, {
      'content-type': body.stream === true ? 'text/event-stream' : 'application/json',
    })
    for (let at = 0; at < bytes.length; at += 100) response.write(bytes.subarray(at, at + 100))
    response.end()
  })
})

const opened: Engine[] = []
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(async () => {
  await Promise.all(opened.map((engine) => engine.close()))
  server.closeAllConnections()
  server.close()
})

test('a server that speaks nothing else relays nothing else', () => {
  expect([...open('openai-plain').relays]).toEqual(['openai-chat', 'embeddings', 'openai-responses'])
  const only = open('openai-plain', { speaksOnlyThat: true })
  expect([...only.relays]).toEqual(['embeddings', 'openai-responses'])
})

describe('a server that speaks responses', () => {
  test('answers a conversation of another protocol, thoughts and all', async () => {
    const { choices, usage } = await ask('openai-reasoning.events.txt')
    expect(choices[0]?.reasoning).not.toBe('')
    expect(choices[0]?.finish).toBe('stop')
    expect(usage?.reasoningTokens).toBeGreaterThan(0)
  })

  test('passes through whole, with usage and finish reason', async () => {
    const { bytes, outcome } = await relay('openai-tool-call.response.json', false)
    expect(bytes).toBe(fixture('openai-tool-call.response.json'))
    expect(outcome).toMatchObject({ finishReason: 'tool-calls', usage: { source: 'counted' } })
  })

  test.each([
    'openai-parallel-tool-calls.events.txt',
    'openai-incomplete.events.txt',
    'openai-cached.events.txt',
  ])('%s passes through byte for byte', async (name) => {
    const { bytes, head, outcome } = await relay(name, true)
    expect(head).toMatch(/event-stream/)
    expect(bytes).toBe(fixture(name))
    expect(outcome.finishReason).toBe(
      name.includes('tool') ? 'tool-calls' : name.includes('incomplete') ? 'length' : 'stop',
    )
    expect(outcome.usage?.source).toBe('counted')
  })

  test.each<readonly [string, ErrorCode]>([
    ['openai-failed-in-stream.events.txt', 'upstream.failed'],
    ['openai-flat-error-in-stream.events.txt', 'upstream.failed'],
    ['openai-cut-in-stream.events.txt', 'upstream.cut'],
  ])('%s is %s, relayed and as events, after what was said before', async (name, code) => {
    const sent: string[] = []
    const relayed = await failureOf(relay(name, true, sent))
    expect(relayed.code).toBe(code)
    expect(sent.join('')).toContain('response.output_text.delta')
    expect(sent.join('')).not.toMatch(/"type":"(?:error|response\.failed)"/)
    expect((await failureOf(ask(name))).code).toBe(code)
  })

  test('a whole answer that failed is an error with nothing sent', async () => {
    const sent: string[] = []
    expect((await failureOf(relay('openai-failed.response.json', false, sent))).code).toMatch(/^upstream\./)
    expect(sent).toEqual([])
  })
})

function ask(name: string) {
  const engine = open(name)
  return collectAnswer(engine.answer(permitFor(engine.model), ASKING, context()))
}

async function relay(name: string, stream: boolean, sent: string[] = []) {
  const engine = open(name)
  let head: string | undefined
  const sink = {
    head: (type: string) => void (head = type),
    bytes: (chunk: Uint8Array) => sent.push(Buffer.from(chunk).toString('latin1')) > 0,
    drained: (resume: () => void) => resume(),
  }
  const body = JSON.stringify({ model: 'alias', input: 'Hi.', ...(stream && { stream }) })
  const request = { operation: 'openai-responses', body, stream, includeUsage: false } as const
  const outcome = await engine.relay?.(permitFor(engine.model), request, sink, context())
  if (outcome === undefined) throw new TypeError('this engine relays')
  return { bytes: Buffer.from(sent.join(''), 'latin1').toString('utf8'), head, outcome }
}

function open(upstreamModel: string, more: Partial<OpenAiBinding> = {}): Engine {
  const { port } = server.address() as AddressInfo
  const binding: OpenAiBinding = {
    engine: 'openai',
    baseUrl: `http://127.0.0.1:${port}/v1`,
    upstreamModel,
    speaks: 'openai-responses',
    ...more,
  }
  const model: Model & { readonly binding: OpenAiBinding } = {
    name: 'model-under-test',
    binding,
    price: { kind: 'unpriced' },
    toy: false,
    origin: 'config',
  }
  const engine = openAiEngine(model, { clock })
  opened.push(engine)
  return engine
}

function fixture(name: string): string {
  return readFileSync(join(FIXTURES, name), 'utf8')
}

const ASKING: Conversation = {
  dialect: 'openai-chat',
  messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi.' }], extra: {} }],
  tools: [],
  sampling: {},
  answerCount: 1,
  extra: {},
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Conversation, Part, WireChange } from '../../core/conversation.ts'
import { collectAnswer } from '../conformance/collect-answer.conformance.ts'
import { context, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { CallContext, Engine } from '../engine.ts'
import { STATE_LEFT_OUT, withoutReasoning } from './foreign-state.ts'
import { openAiEngine } from './openai-engine.ts'

/** As OpenAI answers it, word for word but for the state. */
const REFUSED = {
  error: {
    message:
      'The encrypted content gAAA...DQ== could not be verified. Reason: Encrypted content could not be decrypted or parsed.',
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_encrypted_content',
  },
}

const STREAM = readFileSync(
  join(import.meta.dirname, '../../../fixtures/openai-responses/openai-cached.events.txt'),
)
const TEXT = /"type":"response\.completed"/

/** What it was asked, and how often it still refuses whatever it is asked. */
const seen: string[] = []
let refusals = 0
let error: object = REFUSED

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8')
    seen.push(body)
    const refuses = body.includes('"type":"reasoning"') || refusals-- > 0
    response.writeHead(refuses ? 400 : 200, {
      'content-type': refuses ? 'application/json' : 'text/event-stream',
    })
    response.end(refuses ? JSON.stringify(error) : STREAM)
  })
})

let engine: Engine
let maker: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  maker = `openai-responses:127.0.0.1:${port}`
  const binding = {
    engine: 'openai',
    baseUrl: `http://127.0.0.1:${port}/v1`,
    upstreamModel: 'gpt',
    speaks: 'openai-responses',
  } as const
  engine = openAiEngine(
    { name: 'm', binding, price: { kind: 'unpriced' }, toy: false, origin: 'config' },
    { clock: { now: () => 0, monotonic: () => performance.now() } },
  )
})
afterAll(async () => {
  await engine.close()
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  seen.length = 0
  refusals = 0
  error = REFUSED
})

function asking(parts: readonly Part[]): Conversation {
  const said = (role: 'user' | 'assistant', of: readonly Part[]) => ({ role, parts: of, extra: {} })
  const hi = [{ kind: 'text', text: 'Hi.' }] as const
  return {
    dialect: 'anthropic-messages',
    messages: [said('user', hi), said('assistant', parts), said('user', hi)],
    tools: [],
    sampling: {},
    answerCount: 1,
    extra: {},
  }
}

const thought = (): Part => ({
  kind: 'reasoning',
  text: 'Hm.',
  signature: { maker, value: { id: 'rs_1', encrypted_content: 'gAAAA-state' } },
})
const answered: Part = { kind: 'text', text: 'Hello.' }

function watched(): { readonly context: CallContext; readonly changes: WireChange[] } {
  const changes: WireChange[] = []
  return { context: { ...context(), onChanged: (each) => void changes.push(...each) }, changes }
}

const INPUT = [
  { type: 'message', role: 'user', content: 'Hi.' },
  { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA-state' },
  { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'x' },
]

async function relay(input: unknown, sent: string[], around: CallContext) {
  const body = JSON.stringify({ model: 'alias', input, stream: true })
  const sink = {
    head: () => undefined,
    bytes: (chunk: Uint8Array) => sent.push(Buffer.from(chunk).toString('utf8')) > 0,
    drained: (resume: () => void) => resume(),
  }
  const request = { operation: 'openai-responses', body, stream: true, includeUsage: false } as const
  return engine.relay?.(permitFor(engine.model), request, sink, around)
}

describe('state that the server cannot read, because another key or region made it', () => {
  test('is left out and the conversation asked once more, and the client is told', async () => {
    const { context: around, changes } = watched()
    const answer = await collectAnswer(
      engine.answer(permitFor(engine.model), asking([thought(), answered]), around),
    )
    expect(answer.choices[0]?.finish).toBe('stop')
    expect(seen).toHaveLength(2)
    expect(seen[0]).toContain('gAAAA-state')
    expect(seen[1]).not.toContain('gAAAA-state')
    expect(seen[1]).toContain('Hello.')
    expect(changes.filter(({ path }) => path === STATE_LEFT_OUT.path)).toEqual([STATE_LEFT_OUT])
  })

  test('so is a relayed request, of which nothing else is missing but ids that point to the thought', async () => {
    const { context: around, changes } = watched()
    const sent: string[] = []
    await relay(INPUT, sent, around)
    expect(sent.join('')).toMatch(TEXT)
    expect(seen).toHaveLength(2)
    expect(JSON.parse(seen[1] ?? '')).toMatchObject({
      model: 'gpt',
      stream: true,
      input: [INPUT[0], { type: 'function_call', call_id: 'call_1' }, INPUT[3]],
    })
    expect(seen[1]).not.toContain('fc_1')
    expect(changes).toEqual([STATE_LEFT_OUT])
  })

  test('is refused for good the second time, and where there is nothing to leave out', async () => {
    refusals = 5
    const { context: around, changes } = watched()
    const failed = await failureOf(
      collectAnswer(engine.answer(permitFor(engine.model), asking([thought(), answered]), around)),
    )
    expect(failed.facts['upstreamCode']).toBe('invalid_encrypted_content')
    expect(seen).toHaveLength(2)
    expect(changes).toHaveLength(1)
    seen.length = 0
    refusals = 5
    expect((await failureOf(relay([INPUT[0]], [], context()))).code).toBe('upstream.rejected')
    expect(seen).toHaveLength(1)
  })

  test('any other refusal is told at once, whatever its words say', async () => {
    error = { error: { ...REFUSED.error, code: 'invalid_value' } }
    const sent: string[] = []
    await failureOf(relay(INPUT, sent, context()))
    await failureOf(
      collectAnswer(engine.answer(permitFor(engine.model), asking([thought(), answered]), context())),
    )
    expect(seen).toHaveLength(2)
    expect(sent).toEqual([])
  })
})

test('reasoning without state goes too, and what is no list of items stays', () => {
  const [said, { encrypted_content: _, ...bare }] = [INPUT[0], INPUT[1] as Record<string, unknown>]
  expect(JSON.parse(withoutReasoning(JSON.stringify({ input: [said, bare] })) ?? '')).toEqual({
    input: [said],
  })
  expect(withoutReasoning('{"input":"Hi."}')).toBeUndefined()
  expect(withoutReasoning(JSON.stringify({ input: [said] }))).toBeUndefined()
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { collect } from './collect.ts'
import { clientsMissing, officialClients, type OfficialClients } from './official-clients.ts'
import { doubled, startTestGateway, type TestGateway } from './running-gateway.ts'

const loaded = officialClients()
const DOUBLE_SAYS = 'Héllo from the double 🎉'
const TRIAGE = 'Triage: where do I go for a urine test?'

describe('the Vercel AI SDK with its OpenAI-compatible provider', () => {
  let upstream: Upstream
  let gateway: TestGateway
  let provider: ReturnType<OfficialClients['compatible']['createOpenAICompatible']>

  beforeAll(async () => {
    upstream = await startUpstream()
    const behind = (name: string) => doubled(upstream.url, name)
    gateway = await startTestGateway({
      models: {
        vendor: behind('plain'),
        embedder: behind('embeddings'),
        endless: behind('endless'),
        limited: behind('status-429'),
        cut: behind('cut-mid-stream'),
      },
    })
    if (loaded === undefined) return
    provider = loaded.compatible.createOpenAICompatible({
      name: 'musivum',
      baseURL: gateway.url,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })
  })
  afterAll(async () => {
    await gateway.close()
    await upstream.close()
  })
  beforeEach(({ skip }) => skip(loaded === undefined, clientsMissing))

  function clients(): OfficialClients {
    if (loaded === undefined) throw new TypeError(clientsMissing)
    return loaded
  }

  test.each([
    ['vendor', DOUBLE_SAYS],
    ['starter-s1', 'laboratory'],
  ])('generates text with %s', async (model, expected) => {
    const { text, usage, finishReason } = await clients().ai.generateText({
      model: provider(model),
      prompt: TRIAGE,
    })
    expect(text).toBe(expected)
    expect(finishReason).toBe('stop')
    expect(usage.outputTokens).toBeGreaterThan(0)
  })

  test.each([
    ['vendor', DOUBLE_SAYS],
    ['starter-s1', 'laboratory'],
  ])('streams text with %s, usage included', async (model, expected) => {
    const { textStream, usage } = clients().ai.streamText({ model: provider(model), prompt: TRIAGE })
    expect((await collect(textStream)).join('')).toBe(expected)
    expect((await usage).outputTokens).toBeGreaterThan(0)
  })

  test('gets a tool call with its arguments parsed', async () => {
    const { ai, zod } = clients()
    const weather = ai.tool({ inputSchema: zod.z.object({ city: zod.z.enum(['Pune', 'Cairo']) }) })
    const { toolCalls } = await ai.generateText({
      model: provider('vendor'),
      prompt: 'Weather?',
      tools: { get_weather: weather },
      toolChoice: 'required',
    })
    expect(toolCalls).toMatchObject([{ toolName: 'get_weather', input: { city: 'Pune' } }])
  })

  test('gets an object of its schema, from a vendor and from a starter model', async () => {
    const { ai, zod } = clients()
    const fromVendor = await ai.generateText({
      model: provider('vendor'),
      prompt: 'What is the answer?',
      output: ai.Output.object({ schema: zod.z.object({ answer: zod.z.number() }) }),
    })
    expect(fromVendor.output).toEqual({ answer: 42 })
    const desks = ['billing', 'laboratory', 'technical']
    const fromStarter = await ai.generateText({
      model: provider('starter-l'),
      prompt: TRIAGE,
      output: ai.Output.object({ schema: zod.z.object({ desk: zod.z.enum(desks) }) }),
    })
    expect(desks).toContain((fromStarter.output as { desk: string }).desk)
  })

  test('embeds several texts', async () => {
    const { embeddings } = await clients().ai.embedMany({
      model: provider.embeddingModel('embedder'),
      values: ['one', 'three'],
    })
    // This client goes by the order of the list, and the double sends the last first.
    expect(embeddings.map(([first]) => first)).toEqual([5 / 8, 3 / 8])
  })

  test('aborts, and the vendor is told', async () => {
    const leaving = new AbortController()
    const { textStream } = clients().ai.streamText({
      model: provider('endless'),
      prompt: 'Go on',
      abortSignal: leaving.signal,
    })
    const told = upstream.nextDisconnect()
    for await (const _ of textStream) leaving.abort()
    expect((await told).model).toBe('endless')
  })

  test.each([
    ['vendr', 404, false, undefined],
    ['limited', 429, true, '7'],
  ])('raises APICallError for %s', async (model, statusCode, isRetryable, retryAfter) => {
    const { ai } = clients()
    const error: unknown = await ai
      .generateText({ model: provider(model), prompt: 'Hello', maxRetries: 0 })
      .catch((thrown: unknown) => thrown)
    if (!ai.APICallError.isInstance(error))
      throw new TypeError(`expected an APICallError, got ${String(error)}`)
    expect(error).toMatchObject({ statusCode, isRetryable })
    expect(error.responseHeaders?.['retry-after']).toBe(retryAfter)
  })

  test('says so when a stream is cut', async () => {
    const errors: unknown[] = []
    const { fullStream } = clients().ai.streamText({
      model: provider('cut'),
      prompt: 'Hello',
      onError: ({ error }) => errors.push(error),
    })
    for await (const part of fullStream) if (part.type === 'error') errors.push(part.error)
    expect(JSON.stringify(errors.map(String))).toContain('closed the connection')
  })
})

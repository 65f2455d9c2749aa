import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { collect } from './collect.ts'
import { clientsMissing, officialClients, type OfficialClients } from './official-clients.ts'
import { doubled, startTestGateway, type TestGateway } from './running-gateway.ts'

const loaded = officialClients()
const DOUBLE_SAYS = 'Héllo from the double 🎉'
const TRIAGE = 'Triage: where do I go for a urine test?'

describe("LangChain's ChatOpenAI", () => {
  let upstream: Upstream
  let gateway: TestGateway

  beforeAll(async () => {
    upstream = await startUpstream()
    const behind = (name: string) => doubled(upstream.url, name)
    gateway = await startTestGateway({
      models: {
        vendor: behind('plain'),
        embedder: behind('embeddings'),
        endless: behind('endless'),
        limited: behind('status-429'),
      },
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

  function chat(model: string) {
    const { ChatOpenAI } = clients().langchain
    return new ChatOpenAI({
      model,
      apiKey: 'not-needed',
      maxRetries: 0,
      configuration: { baseURL: gateway.url },
    })
  }

  test.each([
    ['vendor', DOUBLE_SAYS],
    ['starter-s1', 'laboratory'],
  ])('invokes %s', async (model, expected) => {
    const answer = await chat(model).invoke(TRIAGE)
    expect(answer.content).toBe(expected)
    expect(answer.usage_metadata?.output_tokens).toBeGreaterThan(0)
  })

  test.each([
    ['vendor', DOUBLE_SAYS],
    ['starter-s1', 'laboratory'],
  ])('streams %s', async (model, expected) => {
    const parts = await collect(await chat(model).stream(TRIAGE))
    expect(parts.map(({ content }) => content).join('')).toBe(expected)
  })

  test('calls a tool', async () => {
    const { langchainTools, zod } = clients()
    const schema = zod.z.object({ city: zod.z.enum(['Pune', 'Cairo']) })
    const weather = langchainTools.tool(() => 'sunny', { name: 'get_weather', schema })
    const answer = await chat('vendor').bindTools([weather], { tool_choice: 'required' }).invoke('Weather?')
    expect(answer.tool_calls).toMatchObject([{ name: 'get_weather', args: { city: 'Pune' } }])
  })

  test('gets structured output, from a vendor and from a starter model', async () => {
    const { z } = clients().zod
    const method = { name: 'result', method: 'jsonSchema' }
    const vendor = chat('vendor').withStructuredOutput(z.object({ answer: z.number() }), method)
    expect(await vendor.invoke('What is the answer?')).toEqual({ answer: 42 })
    const desks = ['billing', 'laboratory', 'technical']
    const starter = chat('starter-l').withStructuredOutput(z.object({ desk: z.enum(desks) }), method)
    expect(desks).toContain(((await starter.invoke(TRIAGE)) as { desk: string }).desk)
  })

  test('embeds documents', async () => {
    const { OpenAIEmbeddings } = clients().langchain
    const embeddings = new OpenAIEmbeddings({
      model: 'embedder',
      apiKey: 'not-needed',
      maxRetries: 0,
      configuration: { baseURL: gateway.url },
    })
    const vectors = await embeddings.embedDocuments(['one', 'three'])
    // This client goes by the order of the list, and the double sends the last first.
    expect(vectors.map(([first]) => first)).toEqual([5 / 8, 3 / 8])
  })

  test('aborts, and the vendor is told', async () => {
    const leaving = new AbortController()
    const told = upstream.nextDisconnect()
    const read = async (): Promise<void> => {
      for await (const _ of await chat('endless').stream('Go on', { signal: leaving.signal })) leaving.abort()
    }
    await expect(read()).rejects.toThrow(/abort/i)
    expect((await told).model).toBe('endless')
  })

  test.each([
    ['vendr', 404, 'No model is called "vendr". Did you mean vendor'],
    ['limited', 429, 'Rate limit'],
  ])('raises an error with the status for %s', async (model, status, message) => {
    const error: unknown = await chat(model)
      .invoke('Hello')
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status })
    expect(String(error)).toMatch(new RegExp(message.slice(0, 10), 'i'))
  })
})

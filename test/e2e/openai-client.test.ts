import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { clientsMissing, officialClients, type OpenAiClient, type OpenAiError } from './official-clients.ts'
import { doubled, startTestGateway, user, type TestGateway } from './running-gateway.ts'

const clients = officialClients()
const WEATHER = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}
const DOUBLE_SAYS = 'Héllo from the double 🎉'

describe('the official openai client', () => {
  let upstream: Upstream
  let gateway: TestGateway
  let openai: OpenAiClient

  beforeAll(async () => {
    upstream = await startUpstream({ slowMs: 20_000 })
    const behind = (name: string) => doubled(upstream.url, name)
    gateway = await startTestGateway({
      models: {
        vendor: behind('plain'),
        embedder: behind('embeddings'),
        endless: behind('endless'),
        slow: behind('slow-first-byte'),
        limited: behind('status-429'),
        strict: behind('status-400'),
        broken: behind('status-500'),
        cut: behind('cut-mid-stream'),
      },
    })
    if (clients !== undefined) openai = newClient(gateway.url)
  })
  afterAll(async () => {
    await gateway.close()
    await upstream.close()
  })
  beforeEach(({ skip }) => skip(clients === undefined, clientsMissing))

  function newClient(baseURL: string): OpenAiClient {
    if (clients === undefined) throw new TypeError(clientsMissing)
    return new clients.openai.OpenAI({ baseURL, apiKey: 'not-needed', maxRetries: 0 })
  }

  test('gets a whole answer with its usage', async () => {
    const answer = await openai.chat.completions.create({ model: 'vendor', messages: user('Hello') })
    expect(answer.choices[0]?.message.content).toBe(DOUBLE_SAYS)
    expect(answer.choices[0]?.finish_reason).toBe('stop')
    expect(answer.usage).toMatchObject({ prompt_tokens: 11, completion_tokens: 5 })
  })

  test('gets a whole answer of a starter model', async () => {
    const answer = await openai.chat.completions.create({
      model: 'starter-s1',
      messages: user('Triage: where do I go for a urine test?'),
      temperature: 0,
    })
    expect(answer.choices[0]?.message.content).toBe('laboratory')
    expect(answer.usage?.prompt_tokens).toBeGreaterThan(10)
  })

  test.each(['vendor', 'starter-s1'])(
    'streams %s and gets the usage it asked for at the end',
    async (model) => {
      const stream = await openai.chat.completions.create({
        model,
        messages: user('Triage: where do I go for a urine test?'),
        stream: true,
        stream_options: { include_usage: true },
      })
      let text = ''
      let usage
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? ''
        usage = chunk.usage ?? usage
      }
      expect(text).toBe(model === 'vendor' ? DOUBLE_SAYS : 'laboratory')
      expect(usage?.completion_tokens).toBeGreaterThan(0)
    },
  )

  test('gets a tool call, whole and put together from a stream', async () => {
    const body = { model: 'vendor', messages: user('Weather?'), tools: [WEATHER], tool_choice: 'required' }
    const whole = await openai.chat.completions.create(body)
    const streamed = await openai.chat.completions.stream(body).finalChatCompletion()
    for (const answer of [whole, streamed]) {
      const call = answer.choices[0]?.message.tool_calls?.[0]
      expect(call?.function).toMatchObject({ name: 'get_weather', arguments: '{"city":"Pune"}' })
      expect(answer.choices[0]?.finish_reason).toBe('tool_calls')
    }
  })

  test('parses structured output through a vendor', async ({ skip }) => {
    if (clients === undefined) return skip(clientsMissing)
    const { z } = clients.zod
    const answer = await openai.chat.completions.parse({
      model: 'vendor',
      messages: user('What is the answer?'),
      response_format: clients.openaiZod.zodResponseFormat(z.object({ answer: z.number() }), 'answer'),
    })
    expect(answer.choices[0]?.message.parsed).toEqual({ answer: 42 })
  })

  test('parses structured output of a starter model, which the grammar makes right', async ({ skip }) => {
    if (clients === undefined) return skip(clientsMissing)
    const { z } = clients.zod
    const desks = ['billing', 'laboratory', 'technical']
    const answer = await openai.chat.completions.parse({
      model: 'starter-l',
      messages: user('Triage: where do I go for a urine test?'),
      temperature: 0,
      response_format: clients.openaiZod.zodResponseFormat(z.object({ desk: z.enum(desks) }), 'desk'),
    })
    const [choice] = answer.choices
    expect(desks).toContain((choice?.message.parsed as { readonly desk: string } | undefined)?.desk)
  })

  test('gets embeddings, each with the index of its text', async () => {
    // The double sends the last first, as the protocol allows.
    const { data } = await openai.embeddings.create({ model: 'embedder', input: ['one', 'three'] })
    const firsts = new Map(data.map(({ index, embedding }) => [index, embedding[0]]))
    expect(firsts).toEqual(
      new Map([
        [0, 3 / 8],
        [1, 5 / 8],
      ]),
    )
  })

  test('gets embeddings of a starter model, the same for the same text', async () => {
    const { data } = await openai.embeddings.create({
      model: 'starter-s1',
      input: ['bill', 'urine test', 'bill'],
    })
    const [bill, test, again] = data.map(({ embedding }) => embedding)
    expect(bill?.length).toBeGreaterThan(16)
    expect(bill).toEqual(again)
    expect(bill).not.toEqual(test)
  })

  test('lists every model, configured and starter', async () => {
    const { data } = await openai.models.list()
    expect(data.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['vendor', 'starter-l', 'starter-s1-urgency']),
    )
  })

  test('aborts a stream, and the vendor is told', async () => {
    const stream = await openai.chat.completions.create({
      model: 'endless',
      messages: user('Go on'),
      stream: true,
    })
    for await (const _ of stream) break
    stream.controller.abort()
    expect((await upstream.nextDisconnect()).model).toBe('endless')
  })

  test('aborts a whole answer, and the vendor is told', async () => {
    const leaving = new AbortController()
    const arrived = upstream.requests.length
    const answer = openai.chat.completions.create(
      { model: 'slow', messages: user('Hello') },
      { signal: leaving.signal },
    )
    const rejected = expect(answer).rejects.toThrow('aborted')
    await expect.poll(() => upstream.requests.length).toBeGreaterThan(arrived)
    leaving.abort()
    await rejected
    expect((await upstream.nextDisconnect()).model).toBe('slow-first-byte')
  })

  test('raises NotFoundError for an unknown model, with the names it may have meant', async () => {
    const error = await failure('NotFoundError', 'vendr')
    expect(error).toMatchObject({ status: 404, code: 'model.not_found' })
    expect(error.message).toContain('No model is called "vendr". Did you mean vendor')
    expect(error.requestID).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('raises RateLimitError when the vendor limits, with the time to wait', async () => {
    const error = await failure('RateLimitError', 'limited')
    expect(error).toMatchObject({ status: 429, code: 'upstream.rate_limited' })
    expect(error.headers.get('retry-after')).toBe('7')
  })

  test('raises BadRequestError with the reason of the vendor', async () => {
    const error = await failure('BadRequestError', 'strict')
    expect(error).toMatchObject({ status: 400, code: 'upstream.rejected' })
    expect(error.message).toContain("Invalid type for 'temperature'")
  })

  test('raises InternalServerError when the vendor fails', async () => {
    expect(await failure('InternalServerError', 'broken')).toMatchObject({
      status: 502,
      code: 'upstream.failed',
    })
  })

  test('raises an error for a stream that is cut, and never takes the half for a whole', async () => {
    const stream = await openai.chat.completions.create({
      model: 'cut',
      messages: user('Hello'),
      stream: true,
    })
    const read = async (): Promise<void> => {
      for await (const _ of stream);
    }
    await expect(read()).rejects.toThrow('closed the connection')
  })

  async function failure(
    name: 'NotFoundError' | 'RateLimitError' | 'BadRequestError' | 'InternalServerError',
    model: string,
  ): Promise<OpenAiError> {
    const answer = openai.chat.completions.create({ model, messages: user('Hello') })
    const error: unknown = await answer.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(clients?.openai[name])
    return error as OpenAiError
  }
})

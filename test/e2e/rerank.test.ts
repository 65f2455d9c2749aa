import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeTinyRanker } from '../../src/engines/llama/tiny-ranker.conformance.ts'
import { errorOf, startTestGateway, type TestGateway } from './running-gateway.ts'

/** As llama-server and vLLM answer; the number of requests so far decides, as the first is shed. */
const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    asked.push(request.url ?? '')
    const whole = JSON.stringify(
      asked.length === 1
        ? { error: { message: 'busy', type: 'unavailable_error', code: 503 } }
        : { results: [ranked(0, 0.1), ranked(1, 0.9)], usage: { prompt_tokens: 9, total_tokens: 9 } },
    )
    response.writeHead(asked.length === 1 ? 503 : 200, { 'content-type': 'application/json' }).end(whole)
  })
})
const asked: string[] = []
const ranked = (index: number, relevance_score: number) => ({ index, relevance_score })

let gateway: TestGateway
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rerank-'))
  const weights = join(folder, 'cross.gguf')
  await writeTinyRanker(weights)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  gateway = await startTestGateway({
    models: {
      judge: { engine: 'openai', base_url, model: 'bge' },
      cross: { engine: 'llama', weights, threads: 1 },
    },
  })
})
afterAll(async () => {
  await gateway.close()
  server.close()
  await rm(folder, { recursive: true })
})

const rerank = (model: string, more: object = {}): Promise<Response> =>
  fetch(`${gateway.url}/rerank`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      query: 'mosaic',
      documents: ['brick', 'tile'],
      return_documents: true,
      ...more,
    }),
  })

test('documents come back best first, from the second try where the first was shed', async () => {
  const response = await rerank('judge')
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    model: 'judge',
    results: [
      { index: 1, relevance_score: 0.9, document: { text: 'tile' } },
      { index: 0, relevance_score: 0.1, document: { text: 'brick' } },
    ],
    usage: { prompt_tokens: 9 },
  })
  expect(asked).toEqual(['/v1/rerank', '/v1/rerank'])
})

test('a model that puts nothing in order says so', async () => {
  const response = await rerank('starter-l')
  expect(response.status).toBe(400)
  expect(await errorOf(response)).toMatchObject({ code: 'request.unsupported', param: 'model' })
})

test('weights of our own that rank do, with the texts, the tokens and what was left out of the request', async () => {
  const response = await rerank('cross', { documents: ['a tile', 'a tile', 'river', ''], top_n: 3, foo: 1 })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-musivum-changes')).toContain('foo')
  const { results, usage } = (await response.json()) as Ranked
  expect(results).toHaveLength(3)
  for (const { index, document } of results)
    expect(document.text).toBe(['a tile', 'a tile', 'river', ''][index])
  const scores = results.map(({ relevance_score }) => relevance_score)
  expect(scores).toEqual(scores.toSorted((a, b) => b - a))
  for (const score of scores) expect(score > 0 && score < 1).toBe(true)
  expect(usage.prompt_tokens).toBeGreaterThan(4 * 4)
})

test('at the path of the newer client of Cohere too', async () => {
  const response = await fetch(new URL('/v2/rerank', gateway.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'cross', query: 'a', documents: ['tile', 'river'], max_tokens_per_doc: 9 }),
  })
  expect(response.status).toBe(200)
  expect(((await response.json()) as Ranked).results).toHaveLength(2)
})

test('and refuse a text longer than their context, and to write', async () => {
  const long = await rerank('cross', { documents: ['stone '.repeat(70)] })
  expect(long.status).toBe(400)
  expect(await errorOf(long)).toMatchObject({ code: 'context_length_exceeded' })
  const written = await fetch(`${gateway.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'cross', messages: [{ role: 'user', content: 'hello' }] }),
  })
  expect(written.status).toBe(400)
  expect(await errorOf(written)).toMatchObject({ code: 'request.unsupported' })
})

test('and are shown as what they are', async () => {
  const { models } = (await (await fetch(new URL('/api/models', gateway.url))).json()) as ModelsView
  const can = Object.fromEntries(models.map(({ name, capabilities }) => [name, capabilities]))
  expect(can['cross']).toMatchObject({ rerank: true, embeddings: false, tools: false })
  expect(can['starter-l']).toMatchObject({ rerank: false, embeddings: true, tools: true })
})

type ModelsView = { readonly models: readonly { readonly name: string; readonly capabilities: object }[] }

type Ranked = {
  readonly results: readonly {
    readonly index: number
    readonly relevance_score: number
    readonly document: { readonly text: string }
  }[]
  readonly usage: { readonly prompt_tokens: number }
}

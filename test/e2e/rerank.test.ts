import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  gateway = await startTestGateway({ models: { judge: { engine: 'openai', base_url, model: 'bge' } } })
})
afterAll(async () => {
  await gateway.close()
  server.close()
})

const rerank = (model: string): Promise<Response> =>
  fetch(`${gateway.url}/rerank`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, query: 'mosaic', documents: ['brick', 'tile'], return_documents: true }),
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

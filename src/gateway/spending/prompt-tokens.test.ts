import { expect, test } from 'vitest'
import { parseChatRequest } from '../../wire/openai-chat/parse-request.ts'
import { parseEmbeddingRequest } from '../../wire/embeddings/parse-request.ts'
import { promptTokens, type PromptTokens } from './prompt-tokens.ts'

function ofChat(fields: object, goesOn = false): PromptTokens {
  const body = JSON.stringify({ model: 'm', ...fields })
  return promptTokens(body, parseChatRequest(body).conversation, goesOn)
}

const user = (content: unknown) => [{ role: 'user', content }]

test('a prompt has no more tokens than bytes, and likely a third', () => {
  const text = 'घर '.repeat(100)
  const { atMost, likely } = ofChat({ messages: user(text) })
  expect(atMost).toBeGreaterThanOrEqual(Buffer.byteLength(text))
  expect(atMost).toBeLessThan(Buffer.byteLength(text) + 80)
  expect(likely).toBe(Math.ceil(atMost / 3))
})

test('a picture counts as a picture and not as its bytes', () => {
  const url = `data:image/png;base64,iVBORw0KGgoA${'A'.repeat(3_000_000)}`
  const { atMost } = ofChat({ messages: user([{ type: 'image_url', image_url: { url } }]) })
  expect(atMost).toBeLessThan(5_300)
  const linked = ofChat({
    messages: user([{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]),
  })
  expect(linked.atMost).toBeGreaterThan(5_000)
})

test('tools bring words of the vendor’s own', () => {
  const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }]
  const plain = ofChat({ messages: user('x') })
  expect(ofChat({ messages: user('x'), tools }).atMost).toBeGreaterThan(plain.atMost + 1_000)
})

test('what was kept of the past counts, though it is not in the body', () => {
  const long = parseChatRequest(
    JSON.stringify({ model: 'm', messages: user('x'.repeat(5_000)) }),
  ).conversation
  expect(promptTokens('{"model":"m"}', long, true).atMost).toBeGreaterThan(5_000)
  expect(promptTokens('{"model":"m"}', long, false).atMost).toBeLessThan(20)
})

test('tokens that are sent as numbers are fewer than their digits', () => {
  const body = JSON.stringify({ model: 'm', input: [[1, 2, 3, 4]] })
  expect(promptTokens(body, parseEmbeddingRequest(body).request, false).atMost).toBeGreaterThanOrEqual(4)
})

test('a reranker reads the query beside every document', () => {
  const content = { query: 'q'.repeat(100), documents: Array<string>(50).fill('d'.repeat(10)), extra: {} }
  expect(promptTokens('', content, false).atMost).toBeGreaterThanOrEqual(50 * 110)
})

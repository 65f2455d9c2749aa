import { expect, test } from 'vitest'
import type { Binding, OpenAiBinding } from './model.ts'
import { whereItRuns } from './where-it-runs.ts'

function at(baseUrl: string, more: Partial<OpenAiBinding> = {}): Binding {
  return { engine: 'openai', baseUrl, upstreamModel: 'm', ...more }
}

test.each([
  ['http://127.0.0.1:8000/v1', 'this-machine'],
  ['http://localhost:11434/v1', 'this-machine'],
  ['http://[::1]:8000/v1', 'this-machine'],
  ['http://10.1.2.3/v1', 'own-network'],
  ['http://172.31.0.1/v1', 'own-network'],
  ['http://172.32.0.1/v1', 'remote'],
  ['http://192.168.0.9/v1', 'own-network'],
  ['http://[fd00::1]/v1', 'own-network'],
  ['http://gpu.internal/v1', 'own-network'],
  ['https://api.openai.com/v1', 'remote'],
  ['http://127.0.0.1.example.com/v1', 'remote'],
  ['http://localhost.example.com/v1', 'remote'],
  ['http://internal/v1', 'remote'],
  ['http://8.8.8.8/v1', 'remote'],
])('%s is %s', (baseUrl, runs) => {
  expect(whereItRuns(at(baseUrl))).toBe(runs)
})

test('of several endpoints the farthest counts, because any of them may get the request', () => {
  const elsewhere = [{ baseUrl: 'http://10.0.0.1/v1' }, { baseUrl: 'https://llm.example/v1' }]
  expect(whereItRuns(at('http://127.0.0.1:1/v1', { elsewhere }))).toBe('remote')
  expect(whereItRuns(at('http://127.0.0.1:1/v1', { elsewhere: elsewhere.slice(0, 1) }))).toBe('own-network')
})

test('a seller stays a seller behind a tunnel, and a model of Ollama’s cloud is not on this machine', () => {
  expect(whereItRuns(at('http://127.0.0.1:9000/v1', { vendor: 'groq' }))).toBe('remote')
  expect(whereItRuns(at('http://127.0.0.1:8000/v1', { vendor: 'vllm' }))).toBe('this-machine')
  const ollama = { vendor: 'ollama', upstreamModel: 'gpt-oss:120b-cloud' }
  expect(whereItRuns(at('http://127.0.0.1:11434/v1', ollama))).toBe('remote')
})

test('our own process is in it, and a package may call anywhere', () => {
  expect(whereItRuns({ engine: 'llama', weights: 'a.gguf' })).toBe('in-process')
  expect(whereItRuns({ engine: 'ai-sdk', package: 'some-provider', upstreamModel: 'm' })).toBe('remote')
})

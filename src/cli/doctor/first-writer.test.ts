import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Binding, Model } from '../../catalog/model.ts'
import { writeTinyRanker } from '../../engines/llama/tiny-ranker.conformance.ts'
import { firstWriter } from './first-writer.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'first-writer-'))
  await writeTinyRanker(join(folder, 'cross.gguf'))
  await writeTinyRanker(join(folder, 'vectors.gguf'), { outputs: 0 })
})
afterAll(() => rm(folder, { recursive: true }))

const named = (name: string, binding: Binding): Model => ({
  name,
  binding,
  price: { kind: 'owned' },
  toy: false,
  origin: 'config',
})
const llama = (file: string): Model => named(file, { engine: 'llama', weights: join(folder, file) })

test('the first that is asked a question neither ranks nor makes vectors, and its file is whole', async () => {
  const ranks = named('ranks', { engine: 'llama-server', weights: '/m.gguf', serves: 'rerank' })
  const server = named('server', { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel: 'm' })
  const others = [llama('cross.gguf'), llama('vectors.gguf'), llama('gone.gguf'), ranks]
  expect(await firstWriter([...others, server])).toBe('server')
  expect(await firstWriter(others)).toBeUndefined()
})

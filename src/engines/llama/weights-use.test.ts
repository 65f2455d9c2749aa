import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Written } from '../../catalog/gguf/gguf-bytes.conformance.ts'
import type { GgufHeader } from '../../catalog/gguf/header.ts'
import { tensorTypeNamed } from '../../catalog/gguf/tensor-types.ts'
import { readGgufHeader } from './gguf.ts'
import { memoryNeed } from './memory-fit.ts'
import { STARTER_S1 } from './starter-engine.conformance.ts'
import { writeTinyRanker, type TinyRanker } from './tiny-ranker.conformance.ts'
import { lacksForRanking, useOf } from './weights-use.ts'

const folder = await mkdtemp(join(tmpdir(), 'weights-use-'))
afterAll(() => rm(folder, { recursive: true }))

async function headerOf(ranker: TinyRanker): Promise<GgufHeader> {
  const path = join(folder, 'it.gguf')
  await writeTinyRanker(path, ranker)
  return readGgufHeader(path)
}

const template = (text: string): { metadata: [string, Written][] } => ({
  metadata: [['tokenizer.chat_template.rerank', text]],
})

describe('what weights are for', () => {
  test('a header says: a classifier with one output ranks, an encoder without one makes vectors, others write', async () => {
    expect(useOf(await headerOf({}))).toBe('rerank')
    expect(useOf(await headerOf({ outputs: 0 }))).toBe('embeddings')
    expect(useOf(await readGgufHeader(STARTER_S1))).toBe('text')
  })

  test.each([
    [{ outputs: 0 }, 'has no classifier (no tensor cls.output.weight)'],
    [{ outputs: 6 }, 'has a classifier with 6 outputs, as what sorts texts into classes; expected 1'],
    [
      template('Query: {query}'),
      'has 0 places for {document} in its tokenizer.chat_template.rerank, expected 1',
    ],
    [
      template('{document} {query} {document}'),
      'has 2 places for {document} in its tokenizer.chat_template.rerank, expected 1',
    ],
    [
      template(`${'so '.repeat(6000)}{query}{document}`),
      'has a tokenizer.chat_template.rerank of 18017 characters, expected at most 16384',
    ],
  ])('weights that do not rank are told what they lack: %#', async (ranker, lacks) => {
    expect(lacksForRanking(await headerOf(ranker))).toBe(lacks)
  })

  test('a template that names each once is fine', async () => {
    expect(lacksForRanking(await headerOf(template('Q: {query} D: {document}')))).toBeUndefined()
  })

  test('the head of a BERT without its last layer does not rank, that of one number does', async () => {
    const sound = await headerOf({})
    const dense = sound.tensors.filter(({ name }) => !name.startsWith('cls.output'))
    expect(lacksForRanking({ ...sound, tensors: dense })).toContain('a classifier with 32 outputs')
    const single = { name: 'cls.weight', shape: [32], type: tensorTypeNamed('F32'), offset: 0, bytes: 128 }
    const tensors = [...dense.filter(({ name }) => !name.startsWith('cls')), single]
    expect(lacksForRanking({ ...sound, tensors })).toBeUndefined()
  })

  test('Qwen3 rankers weigh yes against no', async () => {
    const sound = await headerOf({ outputs: 2 })
    const qwen = { ...sound, metadata: new Map([['general.architecture', 'qwen3']]) }
    expect(lacksForRanking(qwen)).toBeUndefined()
    expect(lacksForRanking({ ...qwen, tensors: (await headerOf({})).tensors })).toContain('expected 2')
  })
})

describe('the memory of a model that sees tokens both ways', () => {
  test('grows with the square of its context, and not with its slots', async () => {
    const header = await headerOf({ contextTokens: 8192, width: 256, layers: 1 })
    const binding = { engine: 'llama', weights: '/it.gguf' } as const
    const need = memoryNeed({ model: 'it', header, binding })
    expect(need.sizes.map(({ slots, contextTokens }) => [slots, contextTokens])).toEqual([
      [4, 8192],
      [4, 4096],
      [4, 2048],
    ])
    const [large = 0, half = 0] = need.sizes.map((size) => need.besideBytes(size))
    expect(need.besideBytes({ slots: 1, contextTokens: 8192 })).toBe(large)
    expect(large - half).toBeGreaterThan(2 * (8192 ** 2 - 4096 ** 2))
  })
})

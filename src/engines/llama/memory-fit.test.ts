import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { headerOfShape } from '../../catalog/fit/header-of-shape.conformance.ts'
import { knownModels } from '../../catalog/fit/known-models.ts'
import { parseGgufHeader } from '../../catalog/gguf/parse-header.ts'
import type { GgufHeader } from '../../catalog/gguf/header.ts'
import type { LlamaBinding } from '../../catalog/model.ts'
import { memoryNeed, type Size } from './memory-fit.ts'
import { STARTER_S1 } from './starter-engine.conformance.ts'

const GIB = 1024 ** 3
const [large, starter] = [headerOf('llama-3.1-8b'), await starterHeader()]

function headerOf(name: string): GgufHeader {
  const known = knownModels.find((model) => model.name === name)
  if (known === undefined) throw new TypeError(`${name} is not known`)
  const { header, fileBytes } = headerOfShape(known.shape, 'Q4_K_M')
  const parsed = parseGgufHeader(header, fileBytes, { name })
  if (parsed.kind !== 'whole') throw new TypeError('the header is not whole')
  return parsed.header
}

async function starterHeader(): Promise<GgufHeader> {
  const bytes = await readFile(STARTER_S1)
  const parsed = parseGgufHeader(bytes, bytes.length, { name: 'starter' })
  if (parsed.kind !== 'whole') throw new TypeError('the header is not whole')
  return parsed.header
}

const needOf = (header: GgufHeader, binding: Partial<LlamaBinding> = {}) =>
  memoryNeed({ model: 'it', header, binding: { engine: 'llama', weights: '/it.gguf', ...binding } })

const shown = ({ slots, contextTokens }: Size) => `${slots} x ${contextTokens}`

test('a model gets all it was trained with where that is little', () => {
  expect(needOf(starter).sizes.map(shown)).toEqual(['4 x 512', '2 x 512', '1 x 512'])
  expect(needOf(starter).larger).toEqual([])
})

test('slots are given up before context, and context down to 2,048', () => {
  const sizes = ['4 x 8192', '2 x 8192', '1 x 8192', '1 x 4096', '1 x 2048']
  expect(needOf(large).sizes.map(shown)).toEqual(sizes)
  expect(needOf(large).larger.map(shown)).toEqual(['4 x 131072', '4 x 65536', '4 x 32768', '4 x 16384'])
})

test('a context that was asked for is given whole, unless it is said how little is enough', () => {
  expect(needOf(large, { contextTokens: 16_384, slots: 2 }).sizes.map(shown)).toEqual([
    '2 x 16384',
    '1 x 16384',
  ])
  expect(needOf(large, { contextTokens: 6000, slots: 1, minContextTokens: 1000 }).sizes.map(shown)).toEqual([
    '1 x 6000',
    '1 x 3000',
    '1 x 1500',
    '1 x 1000',
  ])
  expect(needOf(large, { contextTokens: 4096 }).larger).toEqual([])
  expect(needOf(large, { slots: 1, minContextTokens: 20_000 }).sizes.map(shown)).toEqual(['1 x 20000'])
})

test('beside the weights it counts the context of every slot, buffers, the process and something for the unforeseen', () => {
  const need = needOf(large)
  const four = need.besideBytes({ slots: 4, contextTokens: 8192 })
  // 128 KiB a token: 32 layers of 8 heads of 128 values, keys and values in 16 bits.
  expect(four).toBeGreaterThan(4 * 8192 * 128 * 1024 + 200 * 1024 * 1024)
  expect(four / GIB).toBeLessThan(5.2)
  expect(need.besideBytes({ slots: 1, contextTokens: 8192 })).toBeLessThan(four / 2)
  expect(needOf(starter).besideBytes({ slots: 4, contextTokens: 512 })).toBeLessThan(220 * 1024 * 1024)
})

test('a model that makes vectors takes texts in turns, and each token of the longest has a row of the vocabulary', () => {
  const need = needOf(headerOf('bge-m3'))
  expect(need.sizes.map(shown)).toEqual(['4 x 8192', '4 x 4096', '4 x 2048'])
  const [large = 0, half = 0] = need.sizes.map((size) => need.besideBytes(size))
  expect(need.besideBytes({ slots: 1, contextTokens: 8192 })).toBe(large)
  expect(large).toBeGreaterThan(250_002 * 4 * 8192)
  expect(large - half).toBeGreaterThan(250_002 * 4 * 4096 + 2 * (8192 ** 2 - 4096 ** 2))
  expect(need.instead(2 * GIB)).toEqual(['a context of 1280 tokens'])
})

test('it says what would fit in its place', () => {
  const need = needOf(large)
  expect(need.instead(5.4 * GIB)).toEqual(['a context of 768 tokens', 'the form Q4_K_S'])
  const total = (contextTokens: number) => need.weightsBytes + need.besideBytes({ slots: 1, contextTokens })
  expect(total(768)).toBeLessThan(5.4 * GIB)
  expect(total(1024)).toBeGreaterThan(5.4 * GIB)
  expect(needOf(large).instead(1 * GIB)).toEqual([])
})

test('architectures that the formulae do not know get a tenth of their weights for each conversation', () => {
  const metadata = new Map([...large.metadata].filter(([key]) => !key.endsWith('embedding_length')))
  const need = needOf({ ...large, metadata })
  expect(need.besideBytes({ slots: 1, contextTokens: 8192 })).toBeGreaterThan(1e9)
  expect(need.instead(5 * GIB)).toEqual([])
})

test.each([{ contextTokens: 8192 }, { minContextTokens: 1024 }])(
  'more context than it was trained with is a mistake in the configuration: %o',
  (binding) => {
    expect(() => needOf(starter, binding)).toThrow(expect.objectContaining({ code: 'config.invalid' }))
  },
)

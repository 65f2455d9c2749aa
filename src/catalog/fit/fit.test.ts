import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ggufHeaderBytes } from '../gguf/gguf-bytes.conformance.ts'
import { parseGgufHeader } from '../gguf/parse-header.ts'
import { CACHE_TYPES, cacheBytes, canCache, type CacheType } from './cache-bytes.ts'
import { computeBytes, outputBytes } from './compute-bytes.ts'
import { findModel } from './find-model.ts'
import { fit } from './fit.ts'
import { headerOfShape } from './header-of-shape.conformance.ts'
import { knownModels } from './known-models.ts'
import { QUANTISATIONS, quantise, weightsBytes } from './quantise.ts'
import { readsBothWays } from './reads-both-ways.ts'
import { shapeOfHeader } from './shape-of-header.ts'
import { tensorsOf } from './tensors-of.ts'

const KIB = 1024
const GIB = 1024 ** 3
const one = (contextTokens: number, cacheType: CacheType = 'f16') => ({
  contextTokens,
  sequences: 1,
  cacheType,
})
const shapeOf = (name: string) => findModel(name).shape

describe('the known models', () => {
  test.each(knownModels)(
    '$name: its tensors add up to the parameters that were published',
    ({ shape, parameters }) => {
      const values = tensorsOf(shape).map((tensor) =>
        tensor.shape.reduce((product, length) => product * length, 1),
      )
      expect(values.reduce((sum, count) => sum + count, 0)).toBe(parameters)
    },
  )

  test.each(knownModels)(
    '$name: a header of its dimensions is read back as them',
    ({ name, shape, published }) => {
      const { header, fileBytes } = headerOfShape(shape, published ?? 'Q4_K_M')
      const parsed = parseGgufHeader(header, fileBytes, { name })
      expect(parsed.kind === 'whole' && shapeOfHeader(parsed.header, name)).toEqual(shape)
    },
  )

  test('all that the field speaks of are there', () => {
    const names =
      'gpt-oss-20b gpt-oss-120b llama-2-7b llama-3-8b llama-3.1-405b mistral-7b mixtral-8x7b qwen-2.5-7b qwen-3-30b-a3b deepseek-v3 deepseek-r1 aya-23-8b aya-expanse-32b phi-3-mini phi-4 gemma-2-9b gemma-3-27b'
    for (const name of names.split(' ')) expect(findModel(name).name).toBe(name)
  })

  test.each([
    ['meta-llama/Llama-3.1-405B-Instruct', 'llama-3.1-405b', 'Q4_K_M'],
    ['Qwen3:8b', 'qwen-3-8b', 'Q4_K_M'],
    ['qwen2.5-7b-instruct:q8_0', 'qwen-2.5-7b', 'Q8_0'],
    ['gpt-oss:20b', 'gpt-oss-20b', 'MXFP4'],
    ['CohereForAI/aya-expanse-8b', 'aya-expanse-8b', 'Q4_K_M'],
    ['DeepSeek-R1', 'deepseek-r1', 'Q4_K_M'],
    ['Mistral-7B-Instruct-v0.3', 'mistral-7b', 'Q4_K_M'],
    ['google/gemma-3-27b-it:Q4_0', 'gemma-3-27b', 'Q4_0'],
    ['mixtral-8x7b', 'mixtral-8x7b', 'Q4_K_M'],
  ])('%s is %s in %s', (text, name, quantisation) => {
    expect(findModel(text)).toMatchObject({ name, quantisation })
  })

  test('an unknown name gets the nearest ones, and a form that nobody publishes is refused', () => {
    expect(() => findModel('llama-3.1-404b')).toThrow(
      /no known model llama-3\.1-404b; known are, among others, llama-3\.1-405b/,
    )
    expect(() => findModel('llama-3.1-8b:Q9')).toThrow(
      /^llama-3\.1-8b is known, but not the form Q9; expected BF16, .* Q4_K_M/,
    )
    expect(() => findModel('gpt-oss-20b:Q8_0')).toThrow(/published in MXFP4 only, not in Q8_0/)
  })
})

describe('weights', () => {
  // Sizes of published files, to the hundredth of their unit.
  test.each([
    ['llama-3.1-8b:Q4_K_M', 4.92],
    ['llama-3.1-70b:Q4_K_M', 42.52],
    ['mixtral-8x7b:Q4_K_M', 28.45],
    ['gpt-oss-20b', 12.11],
    ['gpt-oss-120b', 63.39],
    ['gemma-2-9b:Q4_K_M', 5.76],
    ['phi-4:Q4_K_M', 9.05],
    ['qwen-2.5-72b:Q4_K_M', 47.42],
  ])('%s has a file of %s GB, and ours is within half a percent of it', (name, gigabytes) => {
    expect(Math.abs(weightsBytes(findModel(name).tensors) / (gigabytes * 1e9) - 1)).toBeLessThan(0.005)
  })

  test('each form of a model is smaller than the more faithful one before it, where all rows hold whole blocks', () => {
    const whole = knownModels.filter(({ shape }) =>
      [shape.width, shape.feedForward, shape.experts?.width ?? 0].every((n) => n % 256 === 0),
    )
    expect(whole.length).toBeGreaterThan(30)
    for (const { shape } of whole) {
      const sizes = QUANTISATIONS.map((each) => weightsBytes(quantise(tensorsOf(shape), shape, each)))
      expect(sizes.every((size, place) => place === 0 || size <= (sizes[place - 1] ?? 0) * 1.001)).toBe(true)
    }
  })
})

describe('keys and values', () => {
  test.each([
    ['llama-2-7b', 512],
    ['llama-3.1-405b', 504],
    ['qwen-2.5-7b', 56],
    ['aya-23-35b', 1280],
    ['aya-expanse-32b', 160],
    ['phi-3-mini', 384],
    ['deepseek-v3', 68.625],
  ])('%s needs %s KiB for each token', (name, kib) => {
    expect(cacheBytes(shapeOf(name), one(4096)) / 4096 / KIB).toBe(kib)
  })

  test('layers with a window keep the window and a batch, whatever the context is', () => {
    // 10 layers see all 131,072 tokens, 52 see pad256(1024 + 513) = 1792; 16 KiB for each.
    expect(cacheBytes(shapeOf('gemma-3-27b'), one(131_072))).toBe((10 * 131_072 + 52 * 1792) * 8 * KIB)
    expect(cacheBytes(shapeOf('gpt-oss-20b'), one(8192))).toBe((12 * 8192 + 12 * 768) * 2 * KIB)
  })

  test('a context is a multiple of 256 for each sequence', () => {
    const shape = shapeOf('llama-3.1-8b')
    expect(cacheBytes(shape, { ...one(300), sequences: 3 })).toBe(3 * 512 * 128 * KIB)
  })

  test('quantised they need what their blocks need', () => {
    const shape = shapeOf('llama-3.1-8b')
    expect(cacheBytes(shape, one(8192, 'q8_0')) / cacheBytes(shape, one(8192))).toBe(34 / 64)
    expect(cacheBytes(shape, one(8192, 'q4_0')) / cacheBytes(shape, one(8192))).toBe(18 / 64)
    expect(canCache({ ...shape, keyLength: 80 }, 'q8_0')).toBe(false)
    expect(canCache(shapeOf('phi-3-mini'), 'q8_0')).toBe(true)
  })

  test('a list of heads counts each layer by its own', () => {
    const shape = {
      ...shapeOf('llama-2-7b'),
      kvHeads: Array.from({ length: 32 }, (_, layer) => (layer % 2) * 32),
    }
    expect(cacheBytes(shape, one(4096))).toBe(cacheBytes(shapeOf('llama-2-7b'), one(4096)) / 2)
  })
})

describe('computing', () => {
  // `llama_context: CPU compute buffer size` of llama.cpp v0.5.0 for a file of these dimensions, in MiB.
  test.each([
    ['llama-3.1-8b', one(8192), 266.5],
    ['llama-2-7b', one(512), 97.02],
    ['llama-3.1-405b', one(131_072), 568.01],
    ['mixtral-8x7b', one(8192), 208.01],
    ['deepseek-v3', one(131_072), 536.01],
    ['gemma-3-27b', one(8192), 534.04],
    ['gpt-oss-20b', one(8192), 436.12],
    ['phi-4', one(2048), 238.01],
    ['qwen-3-30b-a3b', one(32_768), 304.75],
  ])('%s at %o: llama.cpp reserves %s MiB', (name, question, mib) => {
    const ratio = computeBytes(shapeOf(name), question) / (mib * KIB * KIB)
    expect(ratio).toBeGreaterThan(0.97)
    expect(ratio).toBeLessThan(1.1)
  })

  test('the output has a row of the vocabulary for each sequence', () => {
    expect(outputBytes(shapeOf('llama-3.1-8b'), { ...one(8192), sequences: 4 })).toBe(4 * 128_256 * 4)
  })
})

describe('a model that reads both ways', () => {
  // `CPU compute buffer size` of llama.cpp v0.5.0 for one text as long as the context, in bytes (bench/fit.ts).
  test.each([
    ['bge-m3', 512, 15_212_544],
    ['bge-m3', 8192, 369_229_824],
    ['all-minilm-l6-v2', 512, 6_037_504],
    ['nomic-embed-text-v1.5', 2048, 102_793_216],
    ['embeddinggemma-300m', 256, 6_164_480],
    ['embeddinggemma-300m', 2048, 63_995_904],
  ])('%s at %s tokens: llama.cpp reserves %s bytes, and no keys and values', (name, tokens, bytes) => {
    expect(computeBytes(shapeOf(name), one(tokens))).toBe(bytes)
    expect(cacheBytes(shapeOf(name), one(tokens))).toBe(0)
  })

  test.each([
    ['bge-m3', 'vectors', 0],
    ['bge-reranker-v2-m3', 'a score', 1],
  ])('%s makes %s', (name, _, outputs) => {
    expect(shapeOf(name).encoder?.outputs).toBe(outputs)
  })

  // Two layers of noise, one text ten tokens shorter than the context; MiB beside the weights.
  test.each([
    ['a small vocabulary', 60, 256, 512, 2048, 23.2],
    ['a small vocabulary', 60, 256, 512, 4096, 59.1],
    ['a small vocabulary', 60, 512, 1024, 4096, 80.8],
    ['50,000 words', 50_000, 64, 256, 2048, 403.9],
  ])('of %s (%s), width %s: as measured', (_, vocabulary, width, feedForward, tokens, mib) => {
    const shape = { ...shapeOf('bge-m3'), vocabulary, width, feedForward, heads: 2, kvHeads: 2 }
    const whole = { ...shape, keyLength: width / 2, valueLength: width / 2 }
    const ratio = (computeBytes(whole, one(tokens)) + outputBytes(whole, one(tokens))) / 2 ** 20 / mib
    expect(ratio).toBeGreaterThan(0.92)
    expect(ratio).toBeLessThan(1.06)
  })

  test('takes texts in turns, writes nothing, and its longest text is bound by the mask and the output', () => {
    const facts = findModel('bge-m3:Q8_0')
    const ask = (sequences: number, gib: number) =>
      fit({ facts, ...one(8192), sequences, memoryBytes: gib * GIB, bandwidth: 40e9 })
    expect(ask(4, 16)).toEqual(ask(1, 16))
    expect(ask(1, 16)).toMatchObject({
      kv_bytes: 0,
      output_bytes: (250_002 + 1024) * 4 * 8192,
      fits: true,
      largest_context: 8192,
      decode_tokens_per_s_bound: null,
    })
    expect(ask(1, 4)).toMatchObject({ fits: false, largest_context: 3328, best_quantisation: null })
  })

  test('a decoder that was trained on to make vectors has the cache of its family, and reads the whole text at once', () => {
    const writer = shapeOf('qwen-2.5-0.5b')
    const reader = { ...writer, encoder: { tokenTypes: 0, outputs: 0 } }
    expect(cacheBytes(reader, one(2048))).toBe(cacheBytes(writer, one(2048)))
    // As llama.cpp reserves, without keys and values.
    const ratio = computeBytes(reader, one(2048)) / (1_292_959_744 - 25_165_824)
    expect(ratio).toBeGreaterThan(0.97)
    expect(ratio).toBeLessThan(1.1)
  })

  test.each([
    ['bert', undefined, true],
    ['bert', true, true],
    ['gemma-embedding', undefined, true],
    ['llama-embed', undefined, true],
    ['qwen2', false, true],
    ['qwen2', undefined, false],
    ['pangu-embedded', undefined, false],
  ] as const)('%s whose header says causal %s: %s', (architecture, causal, expected) => {
    const said = causal === undefined ? [] : [[`${architecture}.attention.causal`, causal] as const]
    const { header, fileBytes } = ggufHeaderBytes({
      metadata: [['general.architecture', architecture], ...said],
    })
    const parsed = parseGgufHeader(header, fileBytes, { name: 'it' })
    expect(parsed.kind === 'whole' && readsBothWays(parsed.header)).toBe(expected)
  })
})

describe('the answer', () => {
  const llama = findModel('llama-3.1-8b')

  test('adds up, and says what fits', () => {
    const answer = fit({ facts: llama, ...one(8192), memoryBytes: 16 * GIB, bandwidth: 40e9 })
    const { weights_bytes, kv_bytes, compute_bytes, output_bytes } = answer
    expect(answer).toMatchObject({
      total_bytes: weights_bytes + kv_bytes + compute_bytes + output_bytes,
      fits: true,
      best_quantisation: 'Q8_0',
    })
    expect(answer.largest_context).toBeGreaterThan(80_000)
    // 4.9 GB of which the embedding table is read one row at a time.
    expect(answer.decode_tokens_per_s_bound).toBeCloseTo(8.66, 1)
  })

  test('405 billion parameters do not fit into 24 GB in any form', () => {
    const answer = fit({ facts: findModel('llama-3.1-405b'), ...one(8192), memoryBytes: 24e9 })
    expect(answer).toMatchObject({ fits: false, largest_context: 0, best_quantisation: null })
  })

  test('of a mixture only the experts that a token passes are read', () => {
    const { tensors, shape, quantisations } = findModel('gpt-oss-120b')
    const bound = fit({ facts: { tensors, shape, quantisations }, ...one(8192), bandwidth: 100e9 })
    // 5.1 of 117 billion parameters.
    expect(bound.decode_tokens_per_s_bound).toBeGreaterThan(25)
    expect(bound.decode_tokens_per_s_bound).toBeLessThan(40)
  })

  test('without a machine there is no verdict', () => {
    expect(fit({ facts: llama, ...one(8192) })).toMatchObject({
      fits: null,
      largest_context: null,
      best_quantisation: null,
      decode_tokens_per_s_bound: null,
    })
  })

  test('the largest context fits and the next step does not; more is never less', () => {
    const model = fc.constantFrom(...knownModels.map(({ name }) => name))
    const memory = fc.double({ min: 0.5, max: 900, noNaN: true })
    const sequences = fc.constantFrom(1, 2, 7)
    fc.assert(
      fc.property(
        model,
        memory,
        sequences,
        fc.constantFrom(...CACHE_TYPES),
        (name, gib, sequences, cacheType) => {
          const facts = findModel(name)
          const memoryBytes = Math.floor(gib * GIB)
          const ask = (contextTokens: number) =>
            fit({ facts, contextTokens, sequences, cacheType, memoryBytes })
          const largest = ask(256).largest_context ?? -1
          const trained = facts.shape.contextTokens ?? 0
          if (largest > 0) expect(ask(largest).fits).toBe(true)
          if (largest < trained) expect(ask(Math.min(trained, largest + 256)).fits).toBe(false)
        },
      ),
      { seed: 11, numRuns: 200 },
    )
  })
})

describe('a header that no memory follows from', () => {
  const { header, fileBytes } = headerOfShape(shapeOf('qwen-2.5-0.5b'), 'Q8_0')
  const parsed = parseGgufHeader(header, fileBytes, { name: 'x.gguf' })
  if (parsed.kind !== 'whole') throw new TypeError('the header of this test is whole')
  const changed = (...pairs: readonly (readonly [string, string | number])[]) => {
    const metadata = new Map([...parsed.header.metadata, ...pairs])
    return () => shapeOfHeader({ ...parsed.header, metadata }, 'x.gguf')
  }

  test('is refused in a line that says which key', () => {
    expect(changed(['general.type', 'adapter'])).toThrow(/x\.gguf is an adapter; ask for the model/)
    expect(changed(['general.architecture', 'clip'])).toThrow(/reads images for another model/)
    expect(changed(['general.architecture', 'other'])).toThrow(/the header has no other\.block_count/)
    expect(changed(['split.count', 3])).toThrow(/is one of 3 parts, expected a whole model/)
    expect(changed(['qwen2.attention.head_count', 0])).toThrow(/heads is 0, expected at least 1/)
    expect(changed(['qwen2.block_count', 2 ** 31])).toThrow(/layers is 2147483648, expected at most \d+/)
  })
})

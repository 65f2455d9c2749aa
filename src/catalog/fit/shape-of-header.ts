import { invalid } from '../../core/errors.ts'
import { numberOf, textOf, type GgufHeader } from '../gguf/header.ts'
import type { Encoder, Experts, LatentAttention, ModelShape, SlidingWindow } from './model-shape.ts'
import { readsBothWays } from './reads-both-ways.ts'

/**
 * The dimensions that a header gives, by the keys of docs/gguf.md and llama.cpp's src/llama-arch.cpp.
 *
 * @throws MusivumError `request.invalid`: an adapter, a projector, a part of a split file, a key that is missing
 */
export function shapeOfHeader(header: GgufHeader, name: string): ModelShape {
  refuseOthers(header, name)
  const architecture = required(textOf(header, 'general.architecture'), name, 'general.architecture')
  const find = (key: string) => numberOf(header, `${architecture}.${key}`)
  const need = (key: string) => required(find(key), name, `${architecture}.${key}`)
  const [layers, width, heads] = [need('block_count'), need('embedding_length'), need('attention.head_count')]
  checkCounts({ layers, width, heads }, header, name)
  const latent = latentOf(find)
  const experts = expertsOf(find, width)
  const window = windowOf(header, architecture)
  const encoder = readsBothWays(header) ? encoderOf(header) : undefined
  return {
    architecture,
    layers,
    width,
    heads,
    vocabulary: vocabularyOf(header, architecture),
    contextTokens: find('context_length'),
    kvHeads: kvHeads(header, architecture, heads),
    keyLength: (latent && find('attention.key_length_mla')) ?? find('attention.key_length') ?? width / heads,
    valueLength:
      (latent && find('attention.value_length_mla')) ?? find('attention.value_length') ?? width / heads,
    feedForward: find('feed_forward_length') ?? widest(header),
    tied: !header.tensors.some((tensor) => tensor.name === 'output.weight'),
    ...(latent && { latent }),
    ...(experts && { experts }),
    ...(window && { window }),
    ...(encoder && { encoder }),
  }
}

/** Keys of layers that carry a state from token to token instead of a cache; their memory is not added up here. */
export function hasRecurrentState(header: GgufHeader): boolean {
  return Array.from(header.metadata.keys()).some((key) => /\.(ssm|wkv|shortconv)[._]/.test(key))
}

type Find = (key: string) => number | null

function required<Value>(value: Value | null, name: string, key: string): Value {
  if (value !== null) return value
  throw invalid(`${name}: the header has no ${key}, which the memory of a model follows from`)
}

function refuseOthers(header: GgufHeader, name: string): void {
  if (textOf(header, 'general.type') === 'adapter')
    throw invalid(`${name} is an adapter; ask for the model that it belongs to`)
  if (textOf(header, 'general.architecture') === 'clip')
    throw invalid(`${name} reads images for another model; ask for that model`)
  const parts = numberOf(header, 'split.count') ?? 1
  if (parts > 1) throw invalid(`${name} is one of ${parts} parts, expected a whole model; ask by its name`)
}

/** Far beyond every model, and small enough that a loop over layers ends at once. */
const MAX_LAYERS = 10_000

function checkCounts(counts: Readonly<Record<string, number>>, header: GgufHeader, name: string): void {
  for (const [what, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1)
      throw invalid(`${name}: ${what} is ${count}, expected at least 1`)
  }
  const most = Math.min(MAX_LAYERS, header.tensors.length)
  if ((counts['layers'] ?? 0) <= most) return
  throw invalid(
    `${name}: layers is ${counts['layers']}, expected at most ${most}, as many as there are tensors`,
  )
}

function vocabularyOf(header: GgufHeader, architecture: string): number {
  const table = header.tensors.find(({ name }) => name === 'token_embd.weight')?.shape[1]
  const tokens = header.metadata.get('tokenizer.ggml.tokens')
  const listed = typeof tokens === 'object' ? tokens.length : null
  return table ?? listed ?? numberOf(header, `${architecture}.vocab_size`) ?? 0
}

function kvHeads(header: GgufHeader, architecture: string, heads: number): number | readonly number[] {
  const value = header.metadata.get(`${architecture}.attention.head_count_kv`)
  if (typeof value === 'number') return value
  if (typeof value !== 'object') return heads
  // One number per layer; hybrid models have 0 where there is no attention.
  return (value.items ?? []).map((item) => (typeof item === 'number' ? item : 0))
}

function latentOf(find: Find): LatentAttention | undefined {
  const rank = find('attention.kv_lora_rank')
  // Files from before May 2025 keep keys and values per head instead: they have no `key_length_mla`.
  if (rank === null || find('attention.key_length_mla') === null) return undefined
  return { rank, queryRank: find('attention.q_lora_rank') ?? 0, rope: find('rope.dimension_count') ?? 0 }
}

function expertsOf(find: Find, width: number): Experts | undefined {
  const count = find('expert_count') ?? 0
  if (count < 1) return undefined
  return {
    count,
    used: Math.min(count, find('expert_used_count') ?? count),
    width: find('expert_feed_forward_length') ?? find('feed_forward_length') ?? width,
    shared: find('expert_shared_count') ?? 0,
    denseLayers: find('leading_dense_block_count') ?? 0,
  }
}

function encoderOf({ tensors }: GgufHeader): Encoder {
  const columns = (name: string) => {
    const found = tensors.find((tensor) => tensor.name === name)
    return found === undefined ? undefined : (found.shape[1] ?? 1)
  }
  const outputs = columns('cls.output.weight') ?? columns('cls.weight') ?? 0
  return { tokenTypes: columns('token_types.weight') ?? 0, outputs }
}

/** `set_swa_pattern` in src/models/*.cpp; in other architectures (phi3, qwen2, llama) llama.cpp ignores the key. */
const PERIODS: Readonly<Record<string, number | undefined>> = {
  gemma2: 2,
  gemma3: 6,
  'gpt-oss': 2,
  cohere2: 4,
  'gemma-embedding': 6,
  'modern-bert': 3,
}

function windowOf(header: GgufHeader, architecture: string): SlidingWindow | undefined {
  const tokens = numberOf(header, `${architecture}.attention.sliding_window`) ?? 0
  const period = PERIODS[architecture]
  return tokens < 1 || period === undefined ? undefined : { tokens, period }
}

/** Lists of widths and missing keys: the widest feed-forward matrix says it. */
function widest(header: GgufHeader): number {
  return header.tensors
    .filter(({ name }) => name.endsWith('ffn_down.weight'))
    .reduce((most, { shape }) => Math.max(most, shape[0] ?? 0), 0)
}

import { bertTensors } from './bert-tensors.ts'
import { hasExperts, kvHeadsOf, type ModelShape } from './model-shape.ts'
import type { PlannedTensor } from './planned-tensor.ts'

/**
 * Every tensor of a model, by the names and shapes that llama.cpp's converter writes (src/models/*.cpp, `load_arch_tensors`
 * of v0.5.0). That it is complete is checked by count: the sum is the number of parameters that the maker published.
 */
export function tensorsOf(shape: ModelShape): readonly PlannedTensor[] {
  const { width, vocabulary } = shape
  if (shape.architecture === 'bert' || shape.architecture === 'nomic-bert') return bertTensors(shape)
  const layers = Array.from({ length: shape.layers }, (_, layer) =>
    layerTensors(shape, layer).map(({ name, shape }) => ({ name: `blk.${layer}.${name}`, shape })),
  )
  return [
    { name: 'token_embd.weight', shape: [width, vocabulary] },
    ...layers.flat(),
    { name: 'output_norm.weight', shape: [width] },
    ...(shape.tied ? [] : [{ name: 'output.weight', shape: [width, vocabulary] }]),
  ]
}

function layerTensors(shape: ModelShape, layer: number): readonly PlannedTensor[] {
  const attention = shape.latent === undefined ? headAttention(shape, layer) : latentAttention(shape)
  const feedForward = hasExperts(shape, layer) ? expertFeedForward(shape) : denseFeedForward(shape)
  return [...norms(shape), ...attention, ...feedForward]
}

const tensor = (name: string, ...shape: readonly number[]): PlannedTensor => ({ name, shape })

/** What each architecture has beside the plain `llama` layer. */
const TRAITS: Readonly<Record<string, Traits | undefined>> = {
  'command-r': { norms: ['attn_norm'] },
  gemma2: { norms: ['attn_norm', 'post_attention_norm', 'ffn_norm', 'post_ffw_norm'] },
  gemma3: { norms: ['attn_norm', 'post_attention_norm', 'ffn_norm', 'post_ffw_norm'], headNorms: true },
  'gemma-embedding': {
    norms: ['attn_norm', 'post_attention_norm', 'ffn_norm', 'post_ffw_norm'],
    headNorms: true,
  },
  'gpt-oss': { norms: ['attn_norm', 'post_attention_norm'], biases: 'all' },
  phi3: { fused: true },
  qwen2: { biases: 'query-key-value' },
  qwen3: { headNorms: true },
  qwen3moe: { headNorms: true },
}

type Traits = {
  readonly norms?: readonly string[]
  readonly headNorms?: boolean
  readonly biases?: 'query-key-value' | 'all'
  /** Queries, keys and values in one matrix; gate and up in another. */
  readonly fused?: boolean
}

function traitsOf({ architecture }: ModelShape): Traits {
  return TRAITS[architecture] ?? {}
}

function norms(shape: ModelShape): readonly PlannedTensor[] {
  return (traitsOf(shape).norms ?? ['attn_norm', 'ffn_norm']).map((name) =>
    tensor(`${name}.weight`, shape.width),
  )
}

function headAttention(shape: ModelShape, layer: number): readonly PlannedTensor[] {
  const { width, heads, keyLength, valueLength } = shape
  const { fused, headNorms, biases } = traitsOf(shape)
  const queries = heads * keyLength
  const keys = kvHeadsOf(shape, layer) * keyLength
  const values = kvHeadsOf(shape, layer) * valueLength
  const lengths = [
    ['attn_q', queries],
    ['attn_k', keys],
    ['attn_v', values],
  ] as const
  return [
    ...(fused === true
      ? [tensor('attn_qkv.weight', width, queries + keys + values)]
      : lengths.map(([name, length]) => tensor(`${name}.weight`, width, length))),
    ...(biases === undefined ? [] : lengths.map(([name, length]) => tensor(`${name}.bias`, length))),
    ...(headNorms === true
      ? [tensor('attn_q_norm.weight', keyLength), tensor('attn_k_norm.weight', keyLength)]
      : []),
    tensor('attn_output.weight', heads * valueLength, width),
    ...(biases === 'all' ? [tensor('attn_output.bias', width), tensor('attn_sinks.weight', heads)] : []),
  ]
}

/** `deepseek2` with the key and value matrices apart, as files since May 2025 have them. */
function latentAttention(shape: ModelShape): readonly PlannedTensor[] {
  const { width, heads, keyLength, valueLength, latent } = shape
  const { queryRank, rank, rope } = latent ?? { queryRank: 0, rank: 0, rope: 0 }
  return [
    tensor('attn_q_a.weight', width, queryRank),
    tensor('attn_q_a_norm.weight', queryRank),
    tensor('attn_q_b.weight', queryRank, heads * keyLength),
    tensor('attn_kv_a_mqa.weight', width, rank + rope),
    tensor('attn_kv_a_norm.weight', rank),
    tensor('attn_k_b.weight', keyLength - rope, rank, heads),
    tensor('attn_v_b.weight', rank, valueLength, heads),
    tensor('attn_output.weight', heads * valueLength, width),
  ]
}

function denseFeedForward(shape: ModelShape): readonly PlannedTensor[] {
  const { width, feedForward } = shape
  const down = tensor('ffn_down.weight', feedForward, width)
  if (traitsOf(shape).fused === true) return [tensor('ffn_up.weight', width, 2 * feedForward), down]
  return [tensor('ffn_gate.weight', width, feedForward), tensor('ffn_up.weight', width, feedForward), down]
}

function expertFeedForward(shape: ModelShape): readonly PlannedTensor[] {
  const { width: modelWidth, experts } = shape
  const { count, width, shared } = experts ?? { count: 0, width: 0, shared: 0 }
  return [
    tensor('ffn_gate_inp.weight', modelWidth, count),
    tensor('ffn_gate_exps.weight', modelWidth, width, count),
    tensor('ffn_up_exps.weight', modelWidth, width, count),
    tensor('ffn_down_exps.weight', width, modelWidth, count),
    ...(traitsOf(shape).biases === 'all' ? expertBiases(modelWidth, width, count) : []),
    ...(shared === 0 ? [] : sharedExperts(modelWidth, width * shared, count)),
  ]
}

function expertBiases(modelWidth: number, width: number, count: number): readonly PlannedTensor[] {
  return [
    tensor('ffn_gate_inp.bias', count),
    tensor('ffn_gate_exps.bias', width, count),
    tensor('ffn_up_exps.bias', width, count),
    tensor('ffn_down_exps.bias', modelWidth, count),
  ]
}

/** With DeepSeek V3's correction of the router, the only one with shared experts here. */
function sharedExperts(modelWidth: number, width: number, count: number): readonly PlannedTensor[] {
  return [
    tensor('exp_probs_b.bias', count),
    tensor('ffn_gate_shexp.weight', modelWidth, width),
    tensor('ffn_up_shexp.weight', modelWidth, width),
    tensor('ffn_down_shexp.weight', width, modelWidth),
  ]
}

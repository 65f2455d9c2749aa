import { ggufHeaderBytes, type Written } from '../gguf/gguf-bytes.conformance.ts'
import type { ModelShape } from './model-shape.ts'
import { quantise, type Quantisation } from './quantise.ts'
import { tensorsOf } from './tensors-of.ts'

/** The header of a file of exactly these dimensions, as a converter writes it, with a vocabulary that is only counted. */
export function headerOfShape(shape: ModelShape, quantisation: Quantisation) {
  const tensors = quantise(tensorsOf(shape), shape, quantisation)
  return ggufHeaderBytes({
    metadata: metadataOf(shape),
    tensors: tensors.map(({ name, shape, type }) => ({ name, shape, type: type.name })),
  })
}

type Pairs = readonly (readonly [string, Written])[]

function metadataOf(shape: ModelShape): Pairs {
  const { architecture } = shape
  const own = [
    ...plainKeys(shape),
    ...headKeys(shape),
    ...expertKeys(shape),
    ...windowKeys(shape),
    ...encoderKeys(shape),
  ]
  return [
    ['general.architecture', architecture],
    ...own.map(([key, value]) => [`${architecture}.${key}`, value] as const),
    ['tokenizer.ggml.model', 'no_vocab'],
    ...(shape.encoder === undefined
      ? []
      : [['tokenizer.ggml.token_type_count', shape.encoder.tokenTypes] as const]),
  ]
}

const f32 = (value: number): Written => ({ kind: 'f32', value })

function plainKeys(shape: ModelShape): Pairs {
  return [
    ['vocab_size', shape.vocabulary],
    ...(shape.contextTokens === null ? [] : [['context_length', shape.contextTokens] as const]),
    ['embedding_length', shape.width],
    ['block_count', shape.layers],
    ['feed_forward_length', shape.feedForward],
    ['attention.layer_norm_rms_epsilon', f32(1e-5)],
    ['attention.layer_norm_epsilon', f32(1e-5)],
    ['logit_scale', f32(0.0625)],
  ]
}

function headKeys({ heads, kvHeads, keyLength, valueLength, latent }: ModelShape): Pairs {
  if (latent !== undefined) return latentKeys(heads, keyLength, valueLength, latent)
  const perLayer =
    typeof kvHeads === 'number' ? kvHeads : ({ kind: 'array', of: 'u32', items: kvHeads } as const)
  return [
    ['attention.head_count', heads],
    ['attention.head_count_kv', perLayer],
    ['attention.key_length', keyLength],
    ['attention.value_length', valueLength],
    ['rope.dimension_count', keyLength],
  ]
}

/** To the cache the heads are one, as long as the latent vector and its position. */
function latentKeys(
  heads: number,
  keyLength: number,
  valueLength: number,
  { queryRank, rank, rope }: NonNullable<ModelShape['latent']>,
): Pairs {
  return [
    ['attention.head_count', heads],
    ['attention.head_count_kv', 1],
    ['attention.key_length', rank + rope],
    ['attention.value_length', rank],
    ['attention.key_length_mla', keyLength],
    ['attention.value_length_mla', valueLength],
    ['attention.q_lora_rank', queryRank],
    ['attention.kv_lora_rank', rank],
    ['rope.dimension_count', rope],
  ]
}

function expertKeys({ experts }: ModelShape): Pairs {
  if (experts === undefined) return []
  return [
    ['expert_count', experts.count],
    ['expert_used_count', experts.used],
    ['expert_feed_forward_length', experts.width],
    ['expert_shared_count', experts.shared],
    ['leading_dense_block_count', experts.denseLayers],
    ['expert_weights_scale', f32(2.5)],
    ['expert_gating_func', 2],
  ]
}

function windowKeys({ window, architecture }: ModelShape): Pairs {
  if (window !== undefined) return [['attention.sliding_window', window.tokens]]
  // llama.cpp wants the key of every phi3 file, and 0 says that there is none.
  return architecture === 'phi3'
    ? [
        ['attention.sliding_window', 0],
        ['rope.scaling.original_context_length', 4096],
      ]
    : []
}

/** As llama.cpp numbers what becomes of the vectors of all tokens: their mean, or what a classifier says of the first. */
const POOLING = { mean: 1, rank: 4 }

function encoderKeys({ encoder }: ModelShape): Pairs {
  if (encoder === undefined) return []
  return [
    ['attention.causal', false],
    ['pooling_type', encoder.outputs === 0 ? POOLING.mean : POOLING.rank],
  ]
}

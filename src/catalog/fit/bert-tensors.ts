import type { ModelShape } from './model-shape.ts'
import type { PlannedTensor } from './planned-tensor.ts'

/**
 * Every tensor of a BERT, or of nomic's: one matrix for queries, keys and values, a gate, no biases there, and positions by
 * rotation. Converters leave out the pooler, and of XLM-RoBERTa's positions the two that no token has.
 */
export function bertTensors(shape: ModelShape): readonly PlannedTensor[] {
  const { width, vocabulary, contextTokens, layers, encoder } = shape
  const inLayer = layerTensors(shape)
  return [
    plain('token_embd.weight', width, vocabulary),
    ...(encoder?.tokenTypes === 0 ? [] : [plain('token_types.weight', width, encoder?.tokenTypes ?? 1)]),
    ...(isNomic(shape) ? [] : [plain('position_embd.weight', width, contextTokens ?? 0)]),
    ...norm('token_embd_norm', width),
    ...Array.from({ length: layers }, (_, layer) =>
      inLayer.map((tensor) => ({ ...tensor, name: `blk.${layer}.${tensor.name}` })),
    ).flat(),
    ...classifier(width, encoder?.outputs ?? 0),
  ]
}

function layerTensors(shape: ModelShape): readonly PlannedTensor[] {
  const { width, feedForward } = shape
  const norms = [...norm('attn_output_norm', width), ...norm('layer_output_norm', width)]
  if (isNomic(shape))
    return [
      plain('attn_qkv.weight', width, 3 * width),
      plain('attn_output.weight', width, width),
      plain('ffn_gate.weight', width, feedForward),
      plain('ffn_up.weight', width, feedForward),
      plain('ffn_down.weight', feedForward, width),
      ...norms,
    ]
  return [
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].flatMap((name) => matrix(name, width, width)),
    ...matrix('ffn_up', width, feedForward),
    ...matrix('ffn_down', feedForward, width),
    ...norms,
  ]
}

function classifier(width: number, outputs: number): readonly PlannedTensor[] {
  return outputs === 0 ? [] : [...matrix('cls', width, width), ...matrix('cls.output', width, outputs)]
}

function isNomic({ architecture }: ModelShape): boolean {
  return architecture === 'nomic-bert'
}

function norm(name: string, width: number): readonly PlannedTensor[] {
  return [plain(`${name}.weight`, width), plain(`${name}.bias`, width)]
}

function matrix(name: string, from: number, to: number): readonly PlannedTensor[] {
  return [plain(`${name}.weight`, from, to), plain(`${name}.bias`, to)]
}

function plain(name: string, ...shape: readonly number[]): PlannedTensor {
  return { name, shape }
}

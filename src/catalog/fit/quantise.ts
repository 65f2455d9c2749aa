import { tensorTypeNamed, type TensorType } from '../gguf/tensor-types.ts'
import type { ModelShape } from './model-shape.ts'
import type { PlannedTensor } from './planned-tensor.ts'

export type QuantisedTensor = PlannedTensor & { readonly type: TensorType; readonly bytes: number }

/** From the most faithful to the smallest: the best that fits is the first that fits. */
export const QUANTISATIONS = [
  'BF16',
  'F16',
  'Q8_0',
  'Q6_K',
  'Q5_K_M',
  'Q5_K_S',
  'Q4_K_M',
  'Q4_K_S',
  'Q4_0',
  'Q3_K_M',
  'Q2_K',
] as const

/** `MXFP4`: experts in 4-bit floats, the rest in Q8_0; only for models whose maker publishes them so. */
export type Quantisation = (typeof QUANTISATIONS)[number] | 'MXFP4'

/**
 * Every tensor with the type that llama.cpp's `llama-quantize` gives it without an importance matrix
 * (`llama_tensor_get_type_impl` and `tensor_type_fallback` in src/llama-quant.cpp, July 2026). Bits per weight differ by
 * model: a large vocabulary or few query groups move Q4_K_M from 4.8 to 6.4, so one number for all would be wrong.
 */
export function quantise(
  tensors: readonly PlannedTensor[],
  shape: ModelShape,
  quantisation: Quantisation,
): readonly QuantisedTensor[] {
  return tensors.map((tensor) => {
    const type = tensorTypeNamed(fitting(tensor, typeOf(tensor, shape, quantisation)))
    return { ...tensor, type, bytes: bytesOf(tensor, type) }
  })
}

/** The loader's buffer: each tensor begins at a multiple of 32 bytes. */
export function weightsBytes(tensors: readonly { readonly bytes: number }[]): number {
  return tensors.reduce((sum, { bytes }) => sum + Math.ceil(bytes / 32) * 32, 0)
}

function bytesOf({ shape }: PlannedTensor, { block, bytes }: TensorType): number {
  return (shape.reduce((product, length) => product * length, 1) / block) * bytes
}

/** The type of most large matrices. */
const BASE: Readonly<Record<Quantisation, string>> = {
  BF16: 'BF16',
  F16: 'F16',
  MXFP4: 'MXFP4',
  Q8_0: 'Q8_0',
  Q6_K: 'Q6_K',
  Q5_K_M: 'Q5_K',
  Q5_K_S: 'Q5_K',
  Q4_K_M: 'Q4_K',
  Q4_K_S: 'Q4_K',
  Q4_0: 'Q4_0',
  Q3_K_M: 'Q3_K',
  Q2_K: 'Q2_K',
}

function typeOf(tensor: PlannedTensor, shape: ModelShape, quantisation: Quantisation): string {
  if (!isQuantised(tensor)) return 'F32'
  if (quantisation === 'BF16' || quantisation === 'F16' || quantisation === 'Q8_0') return BASE[quantisation]
  const role = roleOf(tensor.name)
  if (quantisation === 'MXFP4') return role.startsWith('ffn') && tensor.shape.length === 3 ? 'MXFP4' : 'Q8_0'
  if (role === 'output' || (role === 'embedding' && shape.tied)) return outputType(tensor, quantisation)
  return mixed(role, layerOf(tensor.name), shape, quantisation)
}

/** Norms, biases, routers, and what a BERT adds for places and for texts of a pair are few and stay as they are. */
function isQuantised({ name, shape }: PlannedTensor): boolean {
  const isMatrix = shape.filter((length) => length > 1).length > 1
  return isMatrix && name.endsWith('weight') && !KEPT.test(name)
}

const KEPT = /_norm\.|ffn_gate_inp\.|^position_embd\.|^token_types\./

/** Wrong probabilities of every token are dearer than a few megabytes. */
function outputType({ shape }: PlannedTensor, quantisation: Quantisation): string {
  const base = tensorTypeNamed(BASE[quantisation])
  return (shape[0] ?? 0) % base.block === 0 ? 'Q6_K' : 'Q8_0'
}

type Role =
  | 'output'
  | 'embedding'
  | 'attn_qkv'
  | 'attn_k'
  | 'attn_v'
  | 'attn_output'
  | 'ffn_down'
  | 'other'
  | 'ffn_other'

function roleOf(name: string): Role {
  if (name === 'output.weight') return 'output'
  if (name === 'token_embd.weight') return 'embedding'
  const part = /\.(attn_qkv|attn_k|attn_v|attn_output|ffn_down)(?:_exps|_shexp)?\.weight$/.exec(name)?.[1]
  return (part as Role | undefined) ?? (name.includes('.ffn_') ? 'ffn_other' : 'other')
}

function layerOf(name: string): number {
  return Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? 0)
}

/** Some roles of some layers get more bits than the base type. */
function mixed(role: Role, layer: number, shape: ModelShape, quantisation: Quantisation): string {
  const eight = shape.experts?.count === 8
  if (eight && (role === 'attn_v' || role === 'attn_k')) return 'Q8_0'
  if (eight && role === 'attn_output' && EIGHT_EXPERTS_OUTPUT.has(quantisation)) return 'Q5_K'
  const type = MIXES[quantisation]?.(role, layer, shape.layers, queryGroups(shape))
  const chosen = type ?? BASE[quantisation]
  // 80 layers are the 70B model to llama.cpp: eight heads share these, so more bits cost next to nothing.
  const shared =
    (role === 'attn_v' || role === 'attn_qkv') && shape.architecture === 'llama' && shape.layers === 80
  return shared && (chosen === 'Q3_K' || chosen === 'Q4_K') ? 'Q5_K' : chosen
}

const EIGHT_EXPERTS_OUTPUT: ReadonlySet<Quantisation> = new Set(['Q2_K', 'Q3_K_M', 'Q4_K_S', 'Q4_K_M'])

function queryGroups({ heads, kvHeads }: ModelShape): number {
  const kv = typeof kvHeads === 'number' ? kvHeads : Math.max(1, ...kvHeads)
  return heads / Math.max(1, kv)
}

type Mix = (role: Role, layer: number, layers: number, groups: number) => string | undefined

const MIXES: Partial<Readonly<Record<Quantisation, Mix>>> = {
  Q2_K: (role, _layer, _layers, groups) => {
    if (role === 'attn_v' || role === 'attn_qkv') return groups >= 4 ? 'Q4_K' : 'Q3_K'
    return role === 'ffn_down' || role === 'attn_output' ? 'Q3_K' : undefined
  },
  Q3_K_M: (role, layer, layers) => {
    if (role === 'attn_v' || role === 'attn_qkv') return layer < 2 ? 'Q5_K' : 'Q4_K'
    if (role === 'ffn_down') return layer < Math.floor(layers / 16) ? 'Q5_K' : 'Q4_K'
    return role === 'attn_output' ? 'Q4_K' : undefined
  },
  Q4_K_S: (role, layer, layers) => {
    if (role === 'attn_v' || role === 'attn_qkv') return layer < 4 ? 'Q5_K' : undefined
    return role === 'ffn_down' && layer < Math.floor(layers / 8) ? 'Q5_K' : undefined
  },
  Q4_K_M: moreForSome,
  Q5_K_M: moreForSome,
}

function moreForSome(role: Role, layer: number, layers: number): string | undefined {
  if (role !== 'attn_v' && role !== 'attn_qkv' && role !== 'ffn_down') return undefined
  return getsMore(layer, layers) ? 'Q6_K' : undefined
}

/** `use_more_bits`: the first and last eighth, and every third between. */
function getsMore(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8)
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2
}

/** Rows that are no multiple of 256 take the next larger type with blocks of 32, and F16 where that fails too. */
function fitting({ shape }: PlannedTensor, wanted: string): string {
  const columns = shape[0] ?? 0
  if (columns % tensorTypeNamed(wanted).block === 0) return wanted
  const smaller = FALLBACKS[wanted] ?? 'F16'
  return columns % tensorTypeNamed(smaller).block === 0 ? smaller : 'F16'
}

const FALLBACKS: Readonly<Record<string, string | undefined>> = {
  Q2_K: 'Q4_0',
  Q3_K: 'Q4_0',
  Q4_K: 'Q5_0',
  Q5_K: 'Q5_1',
  Q6_K: 'Q8_0',
}

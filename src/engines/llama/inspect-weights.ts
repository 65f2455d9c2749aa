import { basename } from 'node:path'
import { damaged, readGgufHeader, type GgufHeader, type GgufTensor, type GgufValue } from './gguf.ts'

/** What the header of a weights file says, for `models list`, `doctor` and the checks before a load. */
export type WeightsFacts = {
  readonly architecture: string
  readonly name: string | null
  /** Context the model was trained with. */
  readonly contextTokens: number | null
  readonly parameters: number
  readonly sizeBytes: number
  readonly quantization: string
  readonly licence: string | null
  readonly chatTemplate: boolean
  /** Memory of one token of context in one slot, keys and values in 16 bits. */
  readonly contextBytesPerToken: number
}

/**
 * Reads and checks the header: counts in bounds, heads that divide the width, every tensor inside the file.
 *
 * @throws MusivumError `engine.weights_missing` or `engine.weights_damaged`, one line saying what is wrong
 */
export async function inspectWeights(path: string): Promise<WeightsFacts> {
  const header = await readGgufHeader(path)
  const fileName = basename(path)
  checkTensors(header, fileName)
  const facts = describe(header, fileName)
  checkLayers(header, facts.architecture, fileName)
  checkHeads(header, facts.architecture, fileName)
  return facts
}

function describe(header: GgufHeader, fileName: string): WeightsFacts {
  const architecture = text(header, 'general.architecture')
  if (architecture === null) throw damaged(fileName, 'the metadata has no general.architecture.')
  return {
    architecture,
    name: text(header, 'general.name'),
    contextTokens: number(header, `${architecture}.context_length`),
    parameters: header.tensors.reduce((sum, tensor) => sum + elements(tensor), 0),
    sizeBytes: header.fileBytes,
    quantization: quantization(header),
    licence: text(header, 'general.license'),
    chatTemplate: text(header, 'tokenizer.chat_template') !== null,
    contextBytesPerToken: contextBytesPerToken(header, architecture),
  }
}

/** A copy that was cut short loads up to the first missing page and then kills the process: say it before. */
function checkTensors(header: GgufHeader, fileName: string): void {
  const available = header.fileBytes - header.dataStart
  let needed = 0
  for (const tensor of header.tensors) {
    const end = tensor.offset + bytesOf(tensor)
    if (!Number.isSafeInteger(end))
      throw damaged(fileName, `the tensor ${tensor.name} has an impossible size or place.`)
    if (tensor.offset > available) {
      throw damaged(
        fileName,
        `the tensor ${tensor.name} starts at byte ${header.dataStart + tensor.offset}, but the file has ${header.fileBytes}.`,
      )
    }
    needed = Math.max(needed, end)
  }
  if (needed > available) {
    throw damaged(
      fileName,
      `the file has ${header.fileBytes} bytes but its tensors need ${header.dataStart + needed}: the copy is incomplete.`,
    )
  }
}

/** No layers abort the engine; more layers than tensors make it ask for memory that no machine has. */
function checkLayers(header: GgufHeader, architecture: string, fileName: string): void {
  const layers = number(header, `${architecture}.block_count`)
  if (layers === null || (layers >= 1 && layers <= header.tensors.length)) return
  throw damaged(
    fileName,
    `${architecture}.block_count is ${layers}; a file with ${header.tensors.length} tensors has from 1 to that many layers.`,
  )
}

/** Zero heads divide by zero inside the engine and abort its process; other counts fail later and less clearly. */
function checkHeads(header: GgufHeader, architecture: string, fileName: string): void {
  if (!header.tensors.some((tensor) => /^blk\.\d+\.attn_(q|k|qkv)\.weight$/.test(tensor.name))) return
  const heads = header.metadata.get(`${architecture}.attention.head_count`)
  if (typeof heads !== 'number') return
  if (!Number.isInteger(heads) || heads <= 0) {
    throw damaged(
      fileName,
      `${architecture}.attention.head_count is ${heads}; a model with attention has at least 1.`,
    )
  }
  const width = number(header, `${architecture}.embedding_length`)
  const ownLength = number(header, `${architecture}.attention.key_length`)
  if (width !== null && ownLength === null && width % heads !== 0) {
    throw damaged(fileName, `${heads} attention heads do not divide the width ${width}.`)
  }
}

function contextBytesPerToken(header: GgufHeader, architecture: string): number {
  const of = (key: string) => number(header, `${architecture}.${key}`)
  const layers = of('block_count') ?? 0
  const heads = of('attention.head_count') ?? 0
  const headLength = heads > 0 ? (of('embedding_length') ?? 0) / heads : 0
  const perHead = (of('attention.key_length') ?? headLength) + (of('attention.value_length') ?? headLength)
  return (
    keyValueHeads(header.metadata.get(`${architecture}.attention.head_count_kv`), layers, heads) * perHead * 2
  )
}

/** Summed over layers: hybrid models give a list, with 0 for layers without attention. */
function keyValueHeads(value: GgufValue | undefined, layers: number, heads: number): number {
  if (typeof value === 'number') return value * layers
  if (typeof value !== 'object' || value.items === undefined) return heads * layers
  return value.items.reduce<number>((sum, item) => sum + (typeof item === 'number' ? item : 0), 0)
}

function text(header: GgufHeader, key: string): string | null {
  const value = header.metadata.get(key)
  return typeof value === 'string' ? value : null
}

function number(header: GgufHeader, key: string): number | null {
  const value = header.metadata.get(key)
  return typeof value === 'number' ? value : null
}

function elements(tensor: GgufTensor): number {
  return tensor.shape.reduce((product, length) => product * length, 1)
}

/** 0 for a type we do not know: its place is still checked, its size is left to the engine. */
function bytesOf(tensor: GgufTensor): number {
  const type = TENSOR_TYPES[tensor.type]
  return type === undefined ? 0 : (elements(tensor) / type.block) * type.bytes
}

function quantization(header: GgufHeader): string {
  const named = FILE_TYPES[number(header, 'general.file_type') ?? -1]
  if (named !== undefined) return named
  const largest = header.tensors.toSorted((a, b) => bytesOf(b) - bytesOf(a))[0]
  return TENSOR_TYPES[largest?.type ?? -1]?.name ?? 'unknown'
}

type TensorType = { readonly name: string; readonly block: number; readonly bytes: number }

/** `ggml_type` of llama.cpp: values per block, bytes per block. */
const TENSOR_TYPES: Readonly<Record<number, TensorType>> = {
  0: { name: 'F32', block: 1, bytes: 4 },
  1: { name: 'F16', block: 1, bytes: 2 },
  2: { name: 'Q4_0', block: 32, bytes: 18 },
  3: { name: 'Q4_1', block: 32, bytes: 20 },
  6: { name: 'Q5_0', block: 32, bytes: 22 },
  7: { name: 'Q5_1', block: 32, bytes: 24 },
  8: { name: 'Q8_0', block: 32, bytes: 34 },
  9: { name: 'Q8_1', block: 32, bytes: 36 },
  10: { name: 'Q2_K', block: 256, bytes: 84 },
  11: { name: 'Q3_K', block: 256, bytes: 110 },
  12: { name: 'Q4_K', block: 256, bytes: 144 },
  13: { name: 'Q5_K', block: 256, bytes: 176 },
  14: { name: 'Q6_K', block: 256, bytes: 210 },
  15: { name: 'Q8_K', block: 256, bytes: 292 },
  16: { name: 'IQ2_XXS', block: 256, bytes: 66 },
  17: { name: 'IQ2_XS', block: 256, bytes: 74 },
  18: { name: 'IQ3_XXS', block: 256, bytes: 98 },
  19: { name: 'IQ1_S', block: 256, bytes: 50 },
  20: { name: 'IQ4_NL', block: 32, bytes: 18 },
  21: { name: 'IQ3_S', block: 256, bytes: 110 },
  22: { name: 'IQ2_S', block: 256, bytes: 82 },
  23: { name: 'IQ4_XS', block: 256, bytes: 136 },
  24: { name: 'I8', block: 1, bytes: 1 },
  25: { name: 'I16', block: 1, bytes: 2 },
  26: { name: 'I32', block: 1, bytes: 4 },
  27: { name: 'I64', block: 1, bytes: 8 },
  28: { name: 'F64', block: 1, bytes: 8 },
  29: { name: 'IQ1_M', block: 256, bytes: 56 },
  30: { name: 'BF16', block: 1, bytes: 2 },
  34: { name: 'TQ1_0', block: 256, bytes: 54 },
  35: { name: 'TQ2_0', block: 256, bytes: 66 },
  39: { name: 'MXFP4', block: 32, bytes: 17 },
}

/** `llama_ftype` of llama.cpp. */
const FILE_TYPES: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  7: 'Q8_0',
  8: 'Q5_0',
  9: 'Q5_1',
  10: 'Q2_K',
  11: 'Q3_K_S',
  12: 'Q3_K_M',
  13: 'Q3_K_L',
  14: 'Q4_K_S',
  15: 'Q4_K_M',
  16: 'Q5_K_S',
  17: 'Q5_K_M',
  18: 'Q6_K',
  19: 'IQ2_XXS',
  20: 'IQ2_XS',
  21: 'Q2_K_S',
  22: 'IQ3_XS',
  23: 'IQ3_XXS',
  24: 'IQ1_S',
  25: 'IQ4_NL',
  26: 'IQ3_S',
  27: 'IQ3_M',
  28: 'IQ2_S',
  29: 'IQ2_M',
  30: 'IQ4_XS',
  31: 'IQ1_M',
  32: 'BF16',
  36: 'TQ1_0',
  37: 'TQ2_0',
  38: 'MXFP4',
}

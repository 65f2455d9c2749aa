import { basename } from 'node:path'
import { damaged } from '../../catalog/gguf/byte-cursor.ts'
import { numberOf, textOf, valuesOf, type GgufHeader, type GgufValue } from '../../catalog/gguf/header.ts'
import { fileTypeName } from '../../catalog/gguf/tensor-types.ts'
import { readGgufHeader } from './gguf.ts'

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
 * Reads and checks the header: as the reader does, and layers and heads that the engine can divide by.
 *
 * @throws MusivumError `engine.weights_missing` or `engine.weights_damaged`, one line saying what is wrong
 */
export async function inspectWeights(path: string): Promise<WeightsFacts> {
  const header = await readGgufHeader(path)
  const fileName = basename(path)
  const facts = describe(header, fileName)
  checkLayers(header, facts.architecture, fileName)
  checkHeads(header, facts.architecture, fileName)
  return facts
}

function describe(header: GgufHeader, fileName: string): WeightsFacts {
  const architecture = textOf(header, 'general.architecture')
  if (architecture === null) throw damaged(fileName, 'the metadata has no general.architecture.')
  return {
    architecture,
    name: textOf(header, 'general.name'),
    contextTokens: numberOf(header, `${architecture}.context_length`),
    parameters: header.tensors.reduce((sum, tensor) => sum + valuesOf(tensor), 0),
    sizeBytes: header.fileBytes,
    quantization: quantization(header),
    licence: textOf(header, 'general.license'),
    chatTemplate: textOf(header, 'tokenizer.chat_template') !== null,
    contextBytesPerToken: contextBytesPerToken(header, architecture),
  }
}

/** No layers abort the engine; more layers than tensors make it ask for memory that no machine has. */
function checkLayers(header: GgufHeader, architecture: string, fileName: string): void {
  const layers = numberOf(header, `${architecture}.block_count`)
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
  const width = numberOf(header, `${architecture}.embedding_length`)
  const ownLength = numberOf(header, `${architecture}.attention.key_length`)
  if (width !== null && ownLength === null && width % heads !== 0) {
    throw damaged(fileName, `${heads} attention heads do not divide the width ${width}.`)
  }
}

function contextBytesPerToken(header: GgufHeader, architecture: string): number {
  const of = (key: string) => numberOf(header, `${architecture}.${key}`)
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

function quantization(header: GgufHeader): string {
  const named = fileTypeName(numberOf(header, 'general.file_type') ?? -1)
  return named ?? header.tensors.toSorted((a, b) => b.bytes - a.bytes)[0]?.type.name ?? 'unknown'
}

import { basename } from 'node:path'
import { numberOf, textOf, valuesOf, type GgufHeader } from '../../catalog/gguf/header.ts'
import { fileTypeName } from '../../catalog/gguf/tensor-types.ts'
import { checkWeights } from './check-weights.ts'
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
}

/**
 * Reads and checks the header.
 *
 * @throws MusivumError `engine.weights_missing` or `engine.weights_damaged`, one line saying what is wrong
 */
export async function inspectWeights(path: string): Promise<WeightsFacts> {
  const header = await readGgufHeader(path)
  const architecture = checkWeights(header, basename(path))
  return {
    architecture,
    name: textOf(header, 'general.name'),
    contextTokens: numberOf(header, `${architecture}.context_length`),
    parameters: header.tensors.reduce((sum, tensor) => sum + valuesOf(tensor), 0),
    sizeBytes: header.fileBytes,
    quantization: quantization(header),
    licence: textOf(header, 'general.license'),
    chatTemplate: textOf(header, 'tokenizer.chat_template') !== null,
  }
}

function quantization(header: GgufHeader): string {
  const named = fileTypeName(numberOf(header, 'general.file_type') ?? -1)
  return named ?? header.tensors.toSorted((a, b) => b.bytes - a.bytes)[0]?.type.name ?? 'unknown'
}

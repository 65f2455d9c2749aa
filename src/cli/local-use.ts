import type { LlamaBinding, LlamaServerBinding } from '../catalog/model.ts'
import { readGgufHeader } from '../engines/llama/gguf.ts'
import { useOf, type WeightsUse } from '../engines/llama/weights-use.ts'

/**
 * What a model of this machine is for: as its weights say, or as the configuration says where it is a `llama-server`.
 *
 * @throws MusivumError the file is missing or damaged
 */
export async function useOfLocal(binding: LlamaBinding | LlamaServerBinding): Promise<WeightsUse> {
  if (binding.engine === 'llama-server') return binding.serves ?? 'text'
  return useOf(await readGgufHeader(binding.weights))
}

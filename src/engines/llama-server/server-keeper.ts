import type { LlamaBinding, LlamaServerBinding, Model } from '../../catalog/model.ts'
import { memoryNeed } from '../llama/memory-fit.ts'
import { readThreadFacts, usableThreads } from '../llama/threads.ts'
import { verifyWeights } from '../llama/verify-weights.ts'
import { weightsKeeper, type KeeperDeps, type WeightsKeeper } from '../llama/weights-keeper.ts'
import { findServerBinary } from './find-binary.ts'
import { askOptions } from './server-options.ts'
import { startServer, type ServerProcess } from './server-process.ts'

export type ServerModel = Model & { readonly binding: LlamaServerBinding }

/** Weights in a `llama-server`. Everything that can be checked is checked before the program sees the file. */
export function serverKeeper({ name, binding }: ServerModel, deps: KeeperDeps): WeightsKeeper<ServerProcess> {
  const weights = asWeights(binding)
  const threads = binding.threads ?? usableThreads(readThreadFacts())
  return weightsKeeper(
    {
      name,
      binding: weights,
      called: 'llama-server process',
      async prepare(signal) {
        const { hashed: _, ...checked } = await verifyWeights(weights, signal)
        const binary = findServerBinary(binding.binary)
        const known = await askOptions(binary, signal)
        return {
          need: memoryNeed({ model: name, ...checked, binding: weights }),
          start: (size, ending, onCrash) =>
            startServer({ binary, known }, { binding, name, size, threads }, ending, onCrash),
        }
      },
    },
    deps,
  )
}

/** The same files in the words of the embedded engine, whose checks and estimates hold for this one too. */
function asWeights(binding: LlamaServerBinding): LlamaBinding {
  return { ...binding, engine: 'llama' }
}

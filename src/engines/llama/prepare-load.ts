import { stat } from 'node:fs/promises'
import { readsBothWays } from '../../catalog/fit/reads-both-ways.ts'
import type { LlamaBinding, Model } from '../../catalog/model.ts'
import { findEnginePackage } from './engine-package.ts'
import { memoryNeed, type MemoryNeed, type Size } from './memory-fit.ts'
import type { LoadOrder, ThreadOrder } from './protocol.ts'
import { readThreadFacts, usableThreads } from './threads.ts'
import { verifyWeights } from './verify-weights.ts'
import { useOf } from './weights-use.ts'

export type LocalModel = Model & { readonly binding: LlamaBinding }

type Prepared = { readonly need: MemoryNeed; readonly order: Omit<LoadOrder, keyof Size> }

/** Everything that can be checked and computed before a process is started. */
export async function prepareLoad(model: LocalModel, home: string, signal: AbortSignal): Promise<Prepared> {
  const { binding } = model
  const { hashed, ...weights } = await verifyWeights(binding, signal)
  const library = findEnginePackage(home)
  const order = {
    kind: 'load',
    library: library.entry,
    weights: binding.weights,
    ...(binding.adapter !== undefined && { adapter: binding.adapter }),
    gpu: library.gpu && binding.gpuLayers !== 0 ? 'auto' : false,
    gpuLayers: binding.gpuLayers ?? 'auto',
    threads: threadOrder(binding),
    checkTensors: !hashed,
    use: useOf(weights.header),
    bothWays: readsBothWays(weights.header),
  } as const
  const need = memoryNeed({
    model: model.name,
    ...weights,
    ...(await familyNeed(binding)),
    oneContext: order.use === 'rerank',
    binding,
  })
  return { need, order }
}

/** Each adapter has contexts of its own beside the weights'. One that is not there is told to whoever asks for it. */
async function familyNeed({ family }: LlamaBinding): Promise<{ adapterBytes?: number; contexts?: number }> {
  if (family === undefined) return {}
  const sizes = await Promise.all(
    family.adapters.map(({ path }) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return { adapterBytes: sizes.reduce((sum, size) => sum + size, 0), contexts: 1 + sizes.length }
}

function threadOrder(binding: LlamaBinding): ThreadOrder {
  if (binding.threads !== undefined) return { kind: 'fixed', count: binding.threads }
  return { kind: 'atMost', count: usableThreads(readThreadFacts()) }
}

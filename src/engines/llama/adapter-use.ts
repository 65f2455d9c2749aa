import { basename } from 'node:path'
import type { LlamaBinding } from '../../catalog/model.ts'
import { readGgufHeader } from './gguf.ts'
import type { ModelProcess } from './model-process.ts'
import { familyAdapter } from './process-families.ts'
import type { AnswerOrder } from './protocol.ts'
import { verifyAdapter } from './verify-weights.ts'

/** What one model does with its adapter in a process that it shares. Nothing, where it has a process of its own. */
export type AdapterUse = {
  /** Goes with each order. */
  readonly order: Pick<AnswerOrder, 'adapter'>
  /**
   * Once for each process, before its first order.
   *
   * @throws MusivumError what is wrong with the adapter: the others of the process never hear of it
   */
  readonly checkFor: (process: ModelProcess, signal: AbortSignal) => Promise<void>
}

export function adapterUse(binding: LlamaBinding): AdapterUse {
  const adapter = familyAdapter(binding)
  if (adapter === undefined) return { order: {}, checkFor: () => Promise.resolve() }
  const checked = new WeakSet<ModelProcess>()
  return {
    order: { adapter: adapter.path },
    async checkFor(process, signal) {
      if (checked.has(process)) return
      const header = await readGgufHeader(binding.weights)
      await verifyAdapter(adapter, { header, file: basename(binding.weights) }, signal)
      checked.add(process)
    },
  }
}

import type { LlamaBinding, LlamaServerBinding, Model } from '../../catalog/model.ts'
import type { Clock } from '../../core/ports.ts'
import type { EngineState } from '../engine.ts'
import { slotsOf } from './default-slots.ts'
import type { Call } from './open-call.ts'
import { slotQueue, type SlotQueue } from './slot-queue.ts'
import type { WeightsKeeper } from './weights-keeper.ts'
import type { WeightsProcess } from './weights-process.ts'

/** The way of a request into the process of a model: a place in the line, a slot, the loaded process. */
export type ModelEntrance<P extends WeightsProcess> = {
  /** As of the queue; `enter` for each of them follows in the same turn. */
  readonly makeRoom: SlotQueue['makeRoom']
  /** Waiting for a slot and for the process ends with the signal of the call. */
  readonly enter: (call: Call) => Promise<Entered<P>>
  /** Of the process and the line before it. */
  readonly state: () => EngineState
}

/** A slot and the process, until `leave`. */
export type Entered<P extends WeightsProcess> = { readonly process: P; readonly leave: () => void }

type LocalModel = Model & { readonly binding: LlamaBinding | LlamaServerBinding }

const DEFAULT_QUEUE = 32

export function modelEntrance<P extends WeightsProcess>(
  { name, binding }: LocalModel,
  keeper: WeightsKeeper<P>,
  clock: Clock,
): ModelEntrance<P> {
  const size = { slots: slotsOf(binding), waiting: binding.queue ?? DEFAULT_QUEUE }
  const slots = slotQueue(name, size, clock)

  async function takeSlot(call: Call): Promise<() => void> {
    const free = await slots.take(call)
    call.admitted()
    keeper.busy()
    return () => {
      free()
      if (slots.active() === 0) keeper.idle()
    }
  }

  return {
    makeRoom: slots.makeRoom,
    async enter(call) {
      const leaveSlot = await takeSlot(call)
      try {
        const process = await unlessAborted(keeper.get(), call.signal)
        const leaveProcess = process.enter()
        slots.resize(process.slots)
        return {
          process,
          leave() {
            leaveProcess()
            leaveSlot()
          },
        }
      } catch (thrown) {
        leaveSlot()
        throw thrown
      }
    },
    state() {
      const state = keeper.state()
      if (state.kind !== 'ready') return state
      const load = { activeRequests: slots.active(), queuedRequests: slots.waiting(), slots: slots.size() }
      return { ...state, ...load }
    },
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error)
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort))
}

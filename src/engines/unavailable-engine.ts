import type { Model } from '../catalog/model.ts'
import { MusivumError } from '../core/errors.ts'
import { assertPermit } from '../policy/permit.ts'
import type { Engine } from './engine.ts'
import { noCapabilities } from './no-capabilities.ts'

/** Stands for a model that is listed and cannot be asked; every call says why. */
export function unavailableEngine(model: Model, reason: string): Engine {
  const refuse = (): never => {
    throw new MusivumError('model.unavailable', `${model.name} cannot be used: ${reason}`)
  }
  return {
    model,
    capabilities: noCapabilities,
    relays: new Set(),
    // eslint-disable-next-line require-yield -- the failure is thrown from the iterator, as every engine's is
    async *answer(permit) {
      assertPermit(permit, model)
      refuse()
    },
    async embed(permit) {
      assertPermit(permit, model)
      return refuse()
    },
    state: () => ({ kind: 'unavailable', reason }),
    close: () => Promise.resolve(),
  }
}

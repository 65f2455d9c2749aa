import type { AdapterFile, LlamaBinding } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import type { LocalModel } from './prepare-load.ts'
import { processKeeper, type ProcessKeeper, type ProcessKeeperDeps } from './process-keeper.ts'

/**
 * The processes that several models share: weights and the adapters that the configuration names beside them. One per
 * gateway. Whoever is closed leaves the process to the others; the last one ends it.
 */
export type ProcessFamilies = {
  readonly keeperOf: (model: LocalModel, deps: ProcessKeeperDeps) => ProcessKeeper
}

type Family = { readonly keeper: ProcessKeeper; members: number; busy: number }

export function processFamilies(): ProcessFamilies {
  const families = new Map<string, Family>()

  function familyOf(
    model: LocalModel,
    deps: ProcessKeeperDeps,
  ): { readonly key: string; readonly family: Family } {
    const base = baseOf(model)
    // A reload that changes anything about them makes another process; the old one ends with its last request.
    const key = JSON.stringify(base.binding)
    const family = families.get(key) ?? { keeper: processKeeper(base, deps), members: 0, busy: 0 }
    families.set(key, family)
    return { key, family }
  }

  return {
    keeperOf(model, deps) {
      const { key, family } = familyOf(model, deps)
      family.members += 1
      return memberOf(family, () => {
        family.members -= 1
        if (family.members > 0) return Promise.resolve()
        families.delete(key)
        return family.keeper.close()
      })
    },
  }
}

/** The weights by themselves, as the process loads them: adapters come with the orders. */
export function baseOf(model: LocalModel): LocalModel {
  const { adapter: _, adapterSha256: __, ...binding } = model.binding
  return { ...model, name: model.binding.family?.base ?? model.name, binding }
}

/** The adapter of this model in a process that has several; undefined for the weights by themselves. */
export function familyAdapter({ family, adapter, adapterSha256 }: LlamaBinding): AdapterFile | undefined {
  return family?.adapters.find(({ path, sha256 }) => path === adapter && sha256 === adapterSha256)
}

/** The process is idle when nobody asks any of them. */
function memberOf(family: Family, leave: () => Promise<void>): ProcessKeeper {
  const { keeper } = family
  let asked = false
  let left: Promise<void> | undefined
  return {
    ...keeper,
    get: () => (left === undefined ? keeper.get() : Promise.reject(stopping())),
    busy() {
      if (!asked) family.busy += 1
      asked = true
      keeper.busy()
    },
    idle() {
      if (asked) family.busy -= 1
      asked = false
      if (family.busy === 0) keeper.idle()
    },
    close: () => (left ??= leave()),
  }
}

function stopping(): MusivumError {
  return new MusivumError('gateway.stopping', 'The gateway is shutting down.')
}

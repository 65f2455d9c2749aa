import { startModelProcess, type ModelProcess } from './model-process.ts'
import { prepareLoad, type LocalModel } from './prepare-load.ts'
import { weightsKeeper, type KeeperDeps, type WeightsKeeper } from './weights-keeper.ts'

/** `home` is where `musivum engine install` put the engine's library. */
export type ProcessKeeperDeps = KeeperDeps & { readonly home: string }

export type ProcessKeeper = WeightsKeeper<ModelProcess>

/** Weights in a process that runs the engine's library. */
export function processKeeper(model: LocalModel, deps: ProcessKeeperDeps): ProcessKeeper {
  const { name, binding } = model
  return weightsKeeper(
    {
      name,
      binding,
      called: 'process',
      async prepare(signal) {
        const { need, order } = await prepareLoad(model, deps.home, signal)
        return {
          need,
          start: (size, ending, onCrash) => startModelProcess({ ...order, ...size }, ending, onCrash),
        }
      },
    },
    deps,
  )
}

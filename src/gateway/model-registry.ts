import type { Model } from '../catalog/model.ts'
import type { WatchedConfig } from './config/watch-config.ts'
import { discoverModels } from './discovered-models.ts'
import type { Snapshot } from './gateway-parts.ts'

export type ModelRegistry = { readonly snapshot: () => Snapshot; readonly close: () => void }

export type ModelRegistryOptions = {
  readonly config: WatchedConfig
  /** The port we listen on ourselves: a gateway that found itself would answer its own questions. */
  readonly ownPort: number
  /** Called with all models whenever they changed. */
  readonly onModels: (models: readonly Model[]) => void
  /** How servers on this machine are found; default: by asking the ports where they usually listen. */
  readonly discover?: typeof discoverModels
}

/**
 * The models in force: those of the configuration, starter models included, and those of servers found on loopback,
 * looked for again now and then, because people start Ollama after the gateway. A configured name wins.
 */
export async function modelRegistry({
  config,
  ownPort,
  onModels,
  discover = discoverModels,
}: ModelRegistryOptions): Promise<ModelRegistry> {
  const stop = new AbortController()
  const look = async (): Promise<readonly Model[]> =>
    config.current().discover ? discover(stop.signal, ownPort) : []
  let discovered = await look()
  let current = compose(config, discovered)

  const replace = (): void => {
    current = compose(config, discovered)
    // Not an iterator: whoever reads second would find it spent.
    onModels([...current.models.values()])
  }
  const lookAgain = async (): Promise<void> => {
    const found = await look()
    // Discovery may have been switched off while servers were being asked.
    const allowed = config.current().discover ? found : []
    if (JSON.stringify(allowed) === JSON.stringify(discovered)) return
    discovered = allowed
    replace()
  }
  const timer = setInterval(() => void lookAgain(), LOOK_AGAIN_MS)
  timer.unref()
  config.onChange((change) => {
    if (change.kind !== 'loaded') return
    if (!change.snapshot.discover) discovered = []
    replace()
    // Switched on, its models are there at once and not half a minute later.
    if (change.snapshot.discover) void lookAgain()
  })

  return {
    snapshot: () => current,
    close() {
      stop.abort()
      clearInterval(timer)
    },
  }
}

const LOOK_AGAIN_MS = 30_000

function compose(config: WatchedConfig, discovered: readonly Model[]): Snapshot {
  const { version, models, policy, guards, names } = config.current()
  const byName = new Map([...discovered, ...models].map((model) => [model.name, model] as const))
  return { version, models: byName, policy, guards, ...(names !== undefined && { names }) }
}

import { runsHere, type LlamaBinding, type LlamaServerBinding, type Model } from '../catalog/model.ts'
import { MusivumError, toMusivumError } from '../core/errors.ts'
import { nearestNames } from '../core/nearest.ts'
import type { Engine, EngineState, WeightsInMemory } from '../engines/engine.ts'
import type { MemoryBook } from '../engines/llama/memory-book.ts'
import type { LocalModelsView, LocalModelView } from './admin/contract.ts'
import type { LocalModelParts } from './admin/local-models.ts'
import { fingerprintOf, type EnginePool } from './engine-pool.ts'
import type { ModelRegistry } from './model-registry.ts'

type Parts = {
  readonly registry: Pick<ModelRegistry, 'snapshot'>
  readonly engines: EnginePool
  readonly memory: MemoryBook
}

/** What the admin API asks about models whose weights are loaded here. */
export function localModels({ registry, engines, memory }: Parts): LocalModelParts {
  const local = () => [...registry.snapshot().models.values()].filter(isLocal)

  function find(name: string): LocalModel {
    const found = local().find((model) => model.name === name)
    if (found === undefined) throw notLocal(name, registry.snapshot().models, local())
    return found
  }

  function act(name: string, work: (weights: WeightsInMemory) => Promise<void>): Promise<LocalModelView> {
    const model = find(name)
    // A reload must not close the engine in the middle of it.
    return engines.use(model, async (engine) => {
      await work(weightsOf(engine))
      return viewOf(model, engine)
    })
  }

  return {
    localModels: (): LocalModelsView => ({
      memory: memory.figures(),
      models: local().map((model) => viewOf(model, engines.engine(model))),
    }),
    warm: (name) => act(name, (weights) => weights.load()),
    unload: (name, when) => act(name, (weights) => weights.unload(when)),
  }
}

/**
 * Loads what is to be there from the start, and what a reload brings or brings back. Nobody waits for it: a model that
 * cannot be loaded is told like any other.
 */
export function warmer(engines: EnginePool, log: (line: string) => void): (models: Iterable<Model>) => void {
  // What was unloaded by hand is not loaded again by a reload that says the same of it.
  let before = new Set<string>()
  return (models) => {
    const warm = [...models].filter(isLocal).filter(({ binding }) => binding.warm === true)
    const added = warm.filter((model) => !before.has(fingerprintOf(model)))
    before = new Set(warm.map(fingerprintOf))
    for (const model of added) {
      engines
        .use(model, (engine) => weightsOf(engine).load())
        .catch((error: unknown) => {
          // What it lacked may be what the next reload brings.
          before.delete(fingerprintOf(model))
          log(`${model.name}: not loaded: ${toMusivumError(error).message}`)
        })
    }
  }
}

type LocalModel = Model & { readonly binding: LlamaBinding | LlamaServerBinding }

function isLocal(model: Model): model is LocalModel {
  return runsHere(model.binding)
}

function weightsOf({ weights, model }: Engine): WeightsInMemory {
  if (weights !== undefined) return weights
  throw new MusivumError('model.unavailable', model.unavailable ?? `${model.name} cannot be loaded here.`)
}

function viewOf(model: LocalModel, engine: Engine): LocalModelView {
  const state = engine.state()
  return {
    name: model.name,
    state: state.kind,
    stateReason: state.kind === 'unavailable' || state.kind === 'restarting' ? state.reason : null,
    pinned: model.binding.pinned === true,
    recycled: engine.weights?.recycled() ?? 0,
    ...loadOf(state),
  }
}

function loadOf(
  state: EngineState,
): Omit<LocalModelView, 'name' | 'state' | 'stateReason' | 'pinned' | 'recycled'> {
  const ready = state.kind === 'ready' ? state : undefined
  const { process, promptTokens, tokensPerSecond } = ready ?? {}
  return {
    pid: process?.pid ?? null,
    residentBytes: ready?.residentBytes ?? null,
    promisedBytes: process?.promisedBytes ?? null,
    slots: ready?.slots ?? null,
    contextTokens: process?.contextTokens ?? null,
    threads: process?.threads ?? null,
    activeRequests: ready?.activeRequests ?? 0,
    queuedRequests: ready?.queuedRequests ?? 0,
    answerTokensPerSecond: tokensPerSecond?.answer ?? null,
    promptTokensPerSecond: tokensPerSecond?.prompt ?? null,
    promptTokensEvaluated: promptTokens?.evaluated ?? null,
    promptTokensReused: promptTokens?.reused ?? null,
    loadedAtMs: process?.loadedAtMs ?? null,
    idleSinceMs: process?.idleSinceMs ?? null,
    unloadAtMs: process?.unloadAtMs ?? null,
    leaving: process?.leaving ?? false,
  }
}

function notLocal(
  name: string,
  models: ReadonlyMap<string, Model>,
  local: readonly LocalModel[],
): MusivumError {
  if (models.has(name))
    return new MusivumError(
      'request.invalid',
      `${name} runs on a server, so it is not loaded here; \`musivum models ps\` lists what is.`,
    )
  const near = nearestNames(
    name,
    local.map((model) => model.name),
  )
  const hint =
    near.length === 0 ? '`musivum models ps` lists those there are.' : `Did you mean ${near.join(' or ')}?`
  return new MusivumError('model.not_found', `No local model is called "${name.slice(0, 80)}". ${hint}`)
}

import { setTimeout } from 'node:timers/promises'
import type {
  AiSdkBinding,
  AnthropicBinding,
  Binding,
  Model,
  OpenAiBinding,
  Place,
} from '../catalog/model.ts'
import type { Clock } from '../core/ports.ts'
import { aiSdkEngine } from './ai-sdk/ai-sdk-engine.ts'
import { anthropicEngine } from './anthropic/anthropic-engine.ts'
import { endpointsEngine } from './endpoints/endpoints-engine.ts'
import { fingerprintOf } from './endpoints/fingerprint.ts'
import type { Engine } from './engine.ts'
import { llamaEngine } from './llama/llama-engine.ts'
import { llamaServerEngine } from './llama-server/llama-server-engine.ts'
import type { MemoryBook } from './llama/memory-book.ts'
import type { ProcessFamilies } from './llama/process-families.ts'
import { isOllama, ollamaEngine } from './ollama/ollama-engine.ts'
import { openAiEngine } from './openai/openai-engine.ts'
import { unavailableEngine } from './unavailable-engine.ts'

export type EngineDeps = {
  readonly clock: Clock
  /** A number in 0..1, drawn anew each time. */
  readonly draw: () => number
  /** Where `musivum engine install` puts the embedded engine. */
  readonly home: string
  readonly log: (line: string) => void
  /** Shared by all local models; unless given, each has the machine to itself. */
  readonly memory?: MemoryBook
  /** Shared by models with adapters on the same weights. */
  readonly families?: ProcessFamilies
}

/** The engine of a model by the kind of its binding. Opening starts nothing: processes and connections wait for a request. */
export function openEngine(model: Model, deps: EngineDeps): Engine {
  const { binding } = model
  if (model.unavailable !== undefined) return unavailableEngine(model, model.unavailable)
  switch (binding.engine) {
    case 'llama':
      return llamaEngine(withBinding(model, binding), deps)
    case 'llama-server':
      return llamaServerEngine(withBinding(model, binding), deps)
    case 'openai':
      return served(model, binding, deps, (placed) =>
        (isOllama(placed.binding) ? ollamaEngine : openAiEngine)(placed, deps),
      )
    case 'anthropic':
      return served(model, binding, deps, (placed) => anthropicEngine(placed, deps))
    case 'ai-sdk':
      return tried(model, binding, deps)
    default:
      return binding satisfies never
  }
}

const USUAL_ATTEMPTS = 3

/** A provider package knows one place; what fails there for a moment is tried there again. */
function tried(model: Model, binding: AiSdkBinding, { clock, draw }: EngineDeps): Engine {
  const { tries, ...untried } = binding
  const folders = [process.cwd()]
  const engine = aiSdkEngine(withBinding(model, untried), { clock, folders })
  const keyId = binding.key ?? binding.package
  const endpoint = { name: binding.package, engine, keyId, fingerprint: binding.package, weight: 1 }
  const settings = { attempts: USUAL_ATTEMPTS, balance: 'latency' as const, ...tries }
  return endpointsEngine(model, [endpoint], settings, { clock, draw, wait })
}

/** Every place that serves the model, behind one engine that tries again. */
function served<B extends OpenAiBinding | AnthropicBinding>(
  model: Model,
  binding: B,
  { clock, draw }: EngineDeps,
  open: (model: Model & { readonly binding: B }) => Engine,
): Engine {
  // A place without a key must not inherit the key of another: it would be sent to the wrong host.
  const { baseUrl, key, weight, elsewhere = [], tries, ...common } = binding
  const first: Place = { baseUrl, ...(key !== undefined && { key }), ...(weight !== undefined && { weight }) }
  const places = [first, ...elsewhere]
  const endpoints = places.map((place, index) => ({
    name: nameOf(place, places.slice(0, index)),
    engine: open(withBinding(model, { ...common, ...place } as B)),
    keyId: place.key ?? place.baseUrl,
    fingerprint: fingerprintOf(place, binding.engine),
    weight: place.weight ?? 1,
  }))
  const settings = { attempts: USUAL_ATTEMPTS, balance: 'latency' as const, ...tries }
  return endpointsEngine(model, endpoints, settings, { clock, draw, wait })
}

/** The host, numbered where several keys share it. */
function nameOf({ baseUrl }: Place, before: readonly Place[]): string {
  const { host } = new URL(baseUrl)
  const same = before.filter((place) => new URL(place.baseUrl).host === host).length
  return same === 0 ? host : `${host} #${same + 1}`
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal })
}

function withBinding<B extends Binding>(model: Model, binding: B): Model & { readonly binding: B } {
  return { ...model, binding }
}

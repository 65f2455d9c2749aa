import type { Binding, Model } from '../catalog/model.ts'
import type { Clock } from '../core/ports.ts'
import type { Engine } from './engine.ts'
import { llamaEngine } from './llama/llama-engine.ts'
import { openAiEngine } from './openai/openai-engine.ts'
import { unavailableEngine } from './unavailable-engine.ts'

export type EngineDeps = {
  readonly clock: Clock
  /** Where `musivum engine install` puts the embedded engine. */
  readonly home: string
  readonly log: (line: string) => void
}

/** The engine of a model by the kind of its binding. Opening starts nothing: processes and connections wait for a request. */
export function openEngine(model: Model, deps: EngineDeps): Engine {
  const { binding } = model
  if (model.unavailable !== undefined) return unavailableEngine(model, model.unavailable)
  switch (binding.engine) {
    case 'llama':
      return llamaEngine(withBinding(model, binding), deps)
    case 'openai':
      return openAiEngine(withBinding(model, binding), deps)
    default:
      return binding satisfies never
  }
}

function withBinding<B extends Binding>(model: Model, binding: B): Model & { readonly binding: B } {
  return { ...model, binding }
}

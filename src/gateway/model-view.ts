import { basename } from 'node:path'
import { servedBy, type Binding, type Model } from '../catalog/model.ts'
import type { Engine, EngineState } from '../engines/engine.ts'
import type { ModelView } from './admin/contract.ts'

export function modelView(model: Model, engine: Engine): ModelView {
  const state = engine.state()
  const provenance = model.facts?.provenance
  const { tools, images, jsonSchema, logprobs, embeddings, reranks = false } = engine.capabilities
  return {
    name: model.name,
    engine: model.binding.engine,
    origin: model.origin,
    toy: model.toy,
    licence: model.licence ?? null,
    price: model.price.kind,
    source: model.source ?? sourceOf(model.binding),
    ...(provenance !== undefined && { provenance }),
    state: state.kind,
    stateReason: reasonOf(state),
    activeRequests: state.kind === 'ready' ? state.activeRequests : 0,
    queuedRequests: state.kind === 'ready' ? state.queuedRequests : 0,
    residentBytes: state.kind === 'ready' ? (state.residentBytes ?? null) : null,
    capabilities: { tools, images, jsonSchema, logprobs, embeddings, rerank: reranks },
  }
}

/** Enough to recognise it by; never a key, never a path of this machine. */
function sourceOf(binding: Binding): string {
  switch (binding.engine) {
    case 'llama':
    case 'llama-server':
      return binding.adapter === undefined
        ? basename(binding.weights)
        : `${basename(binding.weights)} + ${basename(binding.adapter)}`
    case 'openai':
    case 'anthropic':
    case 'ai-sdk':
      return `${binding.upstreamModel} at ${servedBy(binding)}`
    default:
      return binding satisfies never
  }
}

function reasonOf(state: EngineState): string | null {
  return state.kind === 'unavailable' || state.kind === 'restarting' ? state.reason : null
}

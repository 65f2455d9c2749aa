import { z } from 'zod'
import type { LocalModelsView, LocalModelView } from './contract.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { count, timeMs } from './schemas.ts'

export type LocalModelParts = {
  readonly localModels: () => LocalModelsView
  /** @throws MusivumError `model.not_found`, or why it cannot be loaded */
  readonly warm: (name: string) => Promise<LocalModelView>
  readonly unload: (name: string, when: 'when-done' | 'now') => Promise<LocalModelView>
}

/** Models whose weights are loaded here: what they hold, and bringing them into memory and out of it. */
export function localModelEndpoints(parts: LocalModelParts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/local-models',
      access: 'auditor',
      name: 'listLocalModels',
      about: 'The models whose weights are loaded here: processes, memory, slots, speed.',
      answer: { about: 'The models and the memory that they share.', schema: localModelList },
      run: () => parts.localModels(),
    }),
    endpoint({
      method: 'POST',
      path: '/api/local-models/warm',
      access: 'admin',
      name: 'warmLocalModel',
      about: 'Loads a model, and answers when it is loaded.',
      body: warming,
      answer: { about: 'The model as it is now.', schema: localModel },
      run: ({ body }) => parts.warm(body.model),
    }),
    endpoint({
      method: 'POST',
      path: '/api/local-models/unload',
      access: 'admin',
      name: 'unloadLocalModel',
      about:
        'Gives the memory of a model back: after what it is answering, or `now`. It loads again when asked.',
      body: unloading,
      answer: { about: 'The model as it is now.', schema: localModel },
      run: ({ body }) => parts.unload(body.model, body.now === true ? 'now' : 'when-done'),
    }),
  ]
}

// In the body and not in the path: names of models have slashes.
const model = z.string().min(1).max(256)
const warming = named('Warming', z.strictObject({ model }))
const unloading = named('Unloading', z.strictObject({ model, now: z.boolean().exactOptional() }))

const speed = z.number().nullable()

const localModel = named(
  'LocalModel',
  z.object({
    name: z.string(),
    state: z.enum(['idle', 'starting', 'ready', 'restarting', 'unavailable']),
    stateReason: z.string().nullable(),
    pinned: z.boolean(),
    recycled: count.meta({ description: 'Processes that were replaced because they had grown.' }),
    pid: count.nullable(),
    residentBytes: count.nullable(),
    promisedBytes: count.nullable().meta({ description: 'What its process may come to hold.' }),
    slots: count.nullable(),
    contextTokens: count.nullable(),
    threads: count.nullable(),
    activeRequests: count,
    queuedRequests: count,
    answerTokensPerSecond: speed,
    promptTokensPerSecond: speed,
    promptTokensEvaluated: count.nullable(),
    promptTokensReused: count
      .nullable()
      .meta({ description: 'Prompt tokens that an earlier prompt had already read.' }),
    loadedAtMs: timeMs.nullable(),
    idleSinceMs: timeMs.nullable(),
    unloadAtMs: timeMs.nullable(),
    leaving: z.boolean().meta({ description: 'It ends with what it is answering.' }),
  }),
)

const localModelList = named(
  'LocalModelList',
  z.object({
    memory: z.object({
      limitBytes: count.nullable().meta({ description: 'As configured; null: what the system allows.' }),
      freeBytes: count,
      promisedBytes: count,
    }),
    models: z.array(localModel),
  }),
)

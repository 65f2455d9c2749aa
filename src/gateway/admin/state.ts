import { z } from 'zod'
import type { ModelView, StateView } from './contract.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { count, timeMs } from './schemas.ts'

export type StateParts = {
  readonly state: () => StateView
  readonly models: () => readonly ModelView[]
}

/** What runs here and how it is. */
export function stateEndpoints(parts: StateParts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/state',
      access: 'member',
      name: 'getState',
      about: 'The version, the configuration in force and what is wrong with the one on disk, the store.',
      answer: { about: 'The state of the gateway.', schema: state },
      run: () => parts.state(),
    }),
    endpoint({
      method: 'GET',
      path: '/api/me',
      access: 'member',
      name: 'getMe',
      about: 'Whose key this is and what it allows; anonymous while the gateway has no keys.',
      answer: { about: 'Who asks.', schema: me },
      run: ({ principal }) => principal,
    }),
    endpoint({
      method: 'GET',
      path: '/api/models',
      access: 'auditor',
      name: 'listModels',
      about: 'The models with their engines, what they can do and how they are.',
      answer: { about: 'The models.', schema: modelList },
      run: () => ({ models: parts.models() }),
    }),
  ]
}

const names = z.array(z.string()).exactOptional()

const me = named(
  'Me',
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('anonymous') }),
    z.object({
      kind: z.literal('key'),
      id: z.string(),
      role: z.enum(['member', 'auditor', 'admin']),
      team: z.string().exactOptional(),
      project: z.string().exactOptional(),
      models: names,
      tasks: names,
      plans: names,
      clearances: z.array(z.string()),
      cache: z.boolean().exactOptional(),
    }),
  ]),
)

const problem = z.string().nullable().meta({ description: 'One line; null when all is well.' })

const state = named(
  'State',
  z.object({
    version: z.string(),
    startedAtMs: timeMs,
    listening: z.string(),
    access: z
      .enum(['open-to-this-machine', 'keys'])
      .meta({ description: 'Whether requests need a key: they do from the first one on.' }),
    config: z.object({
      file: z.string().nullable(),
      version: z.string(),
      loadedAtMs: timeMs,
      problem,
    }),
    store: z.object({ queuedRows: count, droppedRows: count, problem }),
    residentBytes: count,
  }),
)

const model = named(
  'Model',
  z.object({
    name: z.string(),
    engine: z.enum(['llama', 'llama-server', 'openai', 'anthropic', 'ai-sdk']),
    origin: z.enum(['config', 'pulled', 'starter', 'discovered']),
    toy: z.boolean(),
    licence: z.string().nullable(),
    price: z.enum(['metered', 'owned', 'unpriced']),
    source: z.string().meta({ description: 'A file name for weights, host and upstream name for servers.' }),
    provenance: z
      .literal([0, 1, 2, 3, 4])
      .meta({
        description:
          'How sure it is what the weights are: 0 unknown, 1 declared, 2 fingerprint fits, 3 hash equals the maker’s file, 4 signed by the maker. Absent: nobody has looked or said.',
      })
      .exactOptional(),
    state: z.enum(['idle', 'starting', 'ready', 'restarting', 'unavailable']),
    stateReason: z.string().nullable(),
    activeRequests: count,
    queuedRequests: count,
    residentBytes: count.nullable(),
    capabilities: z.object({
      tools: z.boolean(),
      images: z.boolean(),
      jsonSchema: z.boolean(),
      logprobs: z.boolean(),
      embeddings: z.boolean(),
      rerank: z.boolean(),
    }),
  }),
)

const modelList = named('ModelList', z.object({ models: z.array(model) }))

import { z } from 'zod'
import { bytesIn, bytesPattern } from './byte-count.ts'
import { guards, guardKeys } from './guard-schema.ts'
import { adapterWithFacts, llamaModel, llamaServerModel } from './local-model-schema.ts'
import { machine, machineKeys } from './machine-rate.ts'
import { cache, fallback, meteredPrice, MODEL_NAME, price, stated } from './model-schema.ts'
import { privacy, privacyKeys } from './privacy-schema.ts'
import {
  aiSdkModel,
  anthropicModel,
  hedge,
  openAiModel,
  place,
  timeouts,
  tries,
  VENDORS,
} from './remote-model-schema.ts'
import { mapping, text, wholeNumber, yesOrNo } from './schema-parts.ts'

export const ENGINES = ['llama', 'llama-server', 'openai', 'anthropic', 'ai-sdk'] as const

const model = z.discriminatedUnion(
  'engine',
  [llamaModel, llamaServerModel, openAiModel, anthropicModel, aiSdkModel],
  { error: '`llama`, `llama-server`, `openai`, `anthropic` or `ai-sdk`, or a `vendor`' },
)

/** Adapters whose `name:adapter` is a model of its own already, by where they stand. */
function takenNames(models: Readonly<Record<string, z.infer<typeof model>>>): string[][] {
  return Object.entries(models).flatMap(([name, entry]) =>
    Object.keys((entry.engine === 'llama' ? entry.adapters : undefined) ?? {})
      .filter((adapter) => Object.hasOwn(models, `${name}:${adapter}`))
      .map((adapter) => [name, 'adapters', adapter]),
  )
}

const listen = mapping({
  host: text(/^[^\s/]+$/, 'a host name or an address such as `127.0.0.1`')
    .meta({ description: 'The address to listen on. Default 127.0.0.1: this machine only.' })
    .exactOptional(),
  port: wholeNumber(0, 65_535).meta({ description: 'Default 4000. 0 takes any free port.' }).exactOptional(),
})

const log = mapping({
  keep_days: wholeNumber(1, 3650)
    .meta({ description: 'Days that rows of the request log are kept. Default 30.' })
    .exactOptional(),
  keep_rows: wholeNumber(1000, 1_000_000_000)
    .meta({ description: 'Rows of the request log that are kept. Default 1000000.' })
    .exactOptional(),
})

const limits = mapping({
  body_mib: wholeNumber(1, 1024)
    .meta({ description: 'The largest request body, in MiB. Default 32.' })
    .exactOptional(),
})

const BYTES = 'bytes such as `8GiB` or 8589934592, from `64MiB` up'

// Less than the smallest model needs would refuse every load.
const LEAST_BYTES = 64 * 1024 * 1024

const memory = z.union(
  [
    z.int({ error: BYTES }).min(LEAST_BYTES, { error: BYTES }),
    text(bytesPattern, BYTES).refine((value) => bytesIn(value) >= LEAST_BYTES, { error: BYTES }),
  ],
  { error: BYTES },
)

/**
 * What `musivum.yaml` may say. Shapes only: nothing here reads a file, an environment variable or a clock. The words
 * given as `error` finish the sentence "expected …", and the descriptions are what an editor shows on hover.
 */
export const configSchema = mapping({
  models: z
    .record(text(MODEL_NAME, 'a name of letters, digits and . _ : / @ + - (at most 128)'), model, {
      error: 'a mapping of model names',
    })
    .superRefine((models, context) => {
      for (const path of takenNames(models))
        context.addIssue({ code: 'custom', path, message: 'a name that no other model has' })
    })
    .nullable()
    .meta({ description: 'The models by the names that clients use.' })
    .exactOptional(),
  listen: listen.meta({ description: 'Where the gateway listens.' }).exactOptional(),
  log: log.meta({ description: 'How much of the request log is kept.' }).exactOptional(),
  limits: limits.meta({ description: 'Bounds on what a client may send.' }).exactOptional(),
  policy: text(/\S/, 'a preset such as `hospital`, or a file such as `./rules.yaml`')
    .meta({
      description:
        'The rules that every request is under: a preset (open, private-by-default, hospital, eu, india-dpdp, law-firm, offline) or a file of rules. Default: no rules.',
    })
    .exactOptional(),
  guards: guards
    .meta({
      description: 'Checks of what goes into models and of what comes out of them, in this order.',
    })
    .exactOptional(),
  privacy: privacy
    .meta({ description: 'Who looks for personal data beside the recognisers of patterns.' })
    .exactOptional(),
  discover: yesOrNo(
    'Look for Ollama, llama-server, LM Studio and vLLM on the loopback interface. Default true.',
  ).exactOptional(),
  offline: yesOrNo(
    'Nothing is downloaded: no command lets a call leave this machine. Default false.',
  ).exactOptional(),
  memory: memory
    .meta({
      description:
        'What all local models together may use, such as `8GiB` or a number of bytes. Default: what the system allows.',
    })
    .exactOptional(),
  machine: machine
    .meta({
      description:
        'What an hour of this machine costs. Models that run here and were measured (`musivum models bench NAME`) then have a price per token; without it they are charged nothing.',
    })
    .exactOptional(),
})

export type ConfigFile = z.infer<typeof configSchema>
export type ModelEntry = z.infer<typeof model>
export type LlamaEntry = z.infer<typeof llamaModel>
export type AdapterEntry = NonNullable<LlamaEntry['adapters']>[string]
export type LlamaServerEntry = z.infer<typeof llamaServerModel>
export type OpenAiEntry = z.infer<typeof openAiModel>
export type AnthropicEntry = z.infer<typeof anthropicModel>
export type AiSdkEntry = z.infer<typeof aiSdkModel>
export type PriceEntry = z.infer<typeof price>
export type StatedEntry = z.infer<typeof stated>
export type PlaceEntry = Pick<OpenAiEntry, keyof typeof place>
export type { GuardEntry } from './guard-schema.ts'
export type FallbackEntry = z.infer<typeof fallback>

type EngineName = (typeof ENGINES)[number]

const modelKeys: Readonly<Record<EngineName, readonly string[]>> = {
  llama: Object.keys(llamaModel.shape),
  'llama-server': Object.keys(llamaServerModel.shape),
  openai: Object.keys(openAiModel.shape),
  anthropic: Object.keys(anthropicModel.shape),
  'ai-sdk': Object.keys(aiSdkModel.shape),
}

/** The keys that a mapping may have, for "did you mean": `engine` is what the model at this path says, if it says one. */
export function knownKeys(path: readonly PropertyKey[], engine: unknown): readonly string[] {
  const [top, , inner] = path
  if (top === undefined) return Object.keys(configSchema.shape)
  if (top === 'guards') return guardKeys(inner)
  if (top === 'privacy') return privacyKeys(path[1])
  if (top === 'listen') return Object.keys(listen.shape)
  if (top === 'machine') return machineKeys
  if (top === 'log') return Object.keys(log.shape)
  if (top === 'limits') return Object.keys(limits.shape)
  if (inner === 'adapters') return Object.keys(adapterWithFacts)
  if (inner === 'price') return Object.keys(meteredPrice.shape)
  if (inner === 'cache') return Object.keys(cache.shape)
  if (inner === 'facts') return Object.keys(stated.shape)
  if (inner === 'timeouts') return Object.keys(timeouts.shape)
  if (inner === 'endpoints') return Object.keys(place)
  if (inner === 'fallbacks') return ['model', 'on']
  if (inner === 'tries') return Object.keys(path[3] === 'hedge' ? hedge.shape : tries.shape)
  return modelKeys[ENGINES.find((name) => name === engine) ?? 'openai']
}

/** The engine that has this key, when it is the only one; of those that load weights, the one that needs nothing else. */
export function engineOfKey(key: string): EngineName | undefined {
  const having = ENGINES.filter((name) => modelKeys[name].includes(key))
  if (having.every((name) => name.startsWith('llama'))) return having[0]
  return having.length === 1 ? having[0] : undefined
}

export function vendorNames(): readonly string[] {
  return VENDORS
}

import { z } from 'zod'
import { about, facts, price } from './model-schema.ts'
import { duration, DURATION, mapping, text, wholeNumber, yesOrNo } from './schema-parts.ts'

/** Models whose weights are a file of this machine. */

const sha256 = text(/^[0-9a-fA-F]{64}$/, '64 hexadecimal digits, in quotes if they are all decimal')

/** Of engines that load a file of this machine. */
const ownWeights = {
  weights: text(/\S/, 'the path of a GGUF file, or the name of a pulled model').meta({
    description:
      'A GGUF file, relative to this file, then to the working directory; or a model of `musivum models pull`, by its name or its source.',
  }),
  sha256: sha256
    .meta({ description: 'The hash the weights must have; checked before every load.' })
    .exactOptional(),
  adapter: text(/\S/, 'the path of a LoRA adapter in GGUF')
    .meta({ description: 'A LoRA adapter in GGUF, put on top of the weights.' })
    .exactOptional(),
  adapter_sha256: sha256.meta({ description: 'The hash the adapter must have.' }).exactOptional(),
  context_tokens: wholeNumber(16, 16_777_216)
    .meta({
      description:
        'Tokens of context for one request. Default: what the model was trained with, capped by memory.',
    })
    .exactOptional(),
  slots: wholeNumber(1, 256).meta({ description: 'Requests answered at the same time.' }).exactOptional(),
  queue: wholeNumber(0, 10_000)
    .meta({ description: 'Requests that may wait for a slot; one more is refused with status 429.' })
    .exactOptional(),
  threads: wholeNumber(1, 1024)
    .meta({ description: 'Threads of one process. Default: what this machine really has.' })
    .exactOptional(),
  gpu_layers: z
    .union([z.literal('auto'), wholeNumber(0, 10_000)], { error: '`auto` or a whole number from 0 to 10000' })
    .meta({ description: 'Layers kept on a GPU: `auto` or a number; 0 uses the processor only.' })
    .exactOptional(),
  keep_alive: z
    .union([duration, z.literal(0), z.literal(-1), z.literal('always')], {
      error: `${DURATION}, 0 (unload at once), or -1 or \`always\` (never unload)`,
    })
    .meta({ description: 'How long the model stays loaded without a request. Default `5m`.' })
    .exactOptional(),
  min_context: wholeNumber(16, 16_777_216)
    .meta({
      description:
        'How far the context may be shortened when memory is short. Default: not at all beside `context_tokens`, else 2048.',
    })
    .exactOptional(),
  warm: yesOrNo('Load the model when the gateway starts. Default false.').exactOptional(),
  pin: yesOrNo(
    'Never unload the model, neither for its age nor for another one. Default false.',
  ).exactOptional(),
}

export const adapterWithFacts = {
  adapter: text(/\S/, 'the path of a LoRA adapter in GGUF').meta({
    description: 'A LoRA adapter in GGUF, made for these weights.',
  }),
  adapter_sha256: sha256.meta({ description: 'The hash the adapter must have.' }).exactOptional(),
  licence: facts.licence,
  price: price.exactOptional(),
  facts: facts.facts,
}

/** Each has contexts of its own, for which memory is promised: more than this is a mistake. */
const MAX_ADAPTERS = 32

const adapters = z
  .record(
    text(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u, 'a name of letters, digits and . _ - (at most 64)'),
    z.union([text(/\S/, 'the path of a LoRA adapter in GGUF'), mapping(adapterWithFacts)], {
      error: 'the path of a LoRA adapter in GGUF, or a mapping with `adapter`',
    }),
    { error: 'a mapping of adapter names' },
  )
  .refine((all) => Object.keys(all).length <= MAX_ADAPTERS, { error: `at most ${MAX_ADAPTERS} adapters` })
  .meta({
    description:
      'LoRA adapters in GGUF that share the weights: each is a model of its own, called by the name of this one, a colon and its name.',
  })

type OwnWeights = {
  readonly adapter?: string
  readonly adapter_sha256?: string
  readonly min_context?: number
  readonly context_tokens?: number
}

const hashHasAdapter = (entry: OwnWeights) =>
  entry.adapter !== undefined || entry.adapter_sha256 === undefined
const leastIsLess = (entry: OwnWeights) => (entry.min_context ?? 0) <= (entry.context_tokens ?? Infinity)
const NO_ADAPTER = { path: ['adapter_sha256'], error: 'an `adapter` beside its hash' }
const ONE_OF_BOTH = {
  path: ['adapters'],
  error: 'no `adapter` beside it: the weights by themselves are a model of their own here',
}
const NOT_LESS = { path: ['min_context'], error: 'at most `context_tokens`' }

export const llamaModel = mapping({
  engine: z.literal('llama').meta({ description: about.engine }),
  ...ownWeights,
  adapters: adapters.exactOptional(),
  ...facts,
  price: price.exactOptional(),
})
  .refine(hashHasAdapter, NO_ADAPTER)
  .refine((entry) => entry.adapter === undefined || entry.adapters === undefined, ONE_OF_BOTH)
  .refine(leastIsLess, NOT_LESS)

export const llamaServerModel = mapping({
  engine: z.literal('llama-server').meta({ description: about.engine }),
  ...ownWeights,
  binary: text(/\S/, 'the path of a `llama-server`')
    .meta({
      description:
        'The program, relative to this file. Default: what the environment variable LLAMA_SERVER names, else the first `llama-server` of the PATH.',
    })
    .exactOptional(),
  serves: z
    .enum(['text', 'embeddings', 'rerank'], { error: '`text`, `embeddings` or `rerank`' })
    .meta({ description: 'What the process does: one of these, not several. Default `text`.' })
    .exactOptional(),
  ...facts,
  price: price.exactOptional(),
})
  .refine(hashHasAdapter, NO_ADAPTER)
  .refine(leastIsLess, NOT_LESS)

import { z } from 'zod'
import { OPENNESS } from '../../catalog/model-facts.ts'
import { vendors } from '../../engines/vendors/_registry.ts'
import { bytesIn, bytesPattern } from './byte-count.ts'
import { durationMs, durationPattern } from './duration.ts'
import { guards, guardKeys } from './guard-schema.ts'
import { privacy, privacyKeys } from './privacy-schema.ts'
import { mapping, number, text, wholeNumber, yesOrNo } from './schema-parts.ts'

/**
 * What `musivum.yaml` may say. Shapes only: nothing here reads a file, an environment variable or a clock. The words
 * given as `error` finish the sentence "expected …", and the descriptions are what an editor shows on hover.
 */
const about = {
  engine:
    'What runs or calls the model: `llama` (weights in a process of ours), `llama-server` (weights in a process of llama.cpp’s own server that we start), `openai` (any server that speaks the OpenAI protocol) or `ai-sdk` (a provider package of the Vercel AI SDK).',
  licence:
    'The licence of the weights or of the service, as an SPDX identifier where there is one: `apache-2.0`.',
  region: 'Where the model runs: `on-premises`, `eu`, `us-east-1`. Rules about residency read this.',
  toy: 'Trained to show the machinery, not to be right: every answer says so.',
  price:
    '`owned` for weights without a bill per request, or dollars per million tokens. Without it a server is `unpriced`, which is not free.',
} as const

const DURATION = 'a duration such as `30s`, `5m` or `500ms`'

// Timers of Node.js count in 31 bits: a longer one fires at once, which would unload every model after each answer.
const LONGEST_DURATION_MS = 24 * 86_400_000

const duration = text(durationPattern, DURATION).refine((value) => durationMs(value) <= LONGEST_DURATION_MS, {
  error: 'a duration of at most `576h`',
})

const usdPerMillion = (description: string) => {
  // Nano-dollars are exact up to nine million dollars; a million dollars per million tokens is beyond any price.
  const error = 'a number of US dollars from 0 to 1000000'
  return z.number({ error }).min(0, { error }).max(1_000_000, { error }).meta({ description })
}

const PRICE = '`owned`, or a mapping with `input_usd_per_million` and `output_usd_per_million`'

const meteredPrice = z
  .strictObject(
    {
      input_usd_per_million: usdPerMillion('US dollars per million prompt tokens.'),
      output_usd_per_million: usdPerMillion('US dollars per million answer tokens.'),
      cache_read_usd_per_million: usdPerMillion(
        'US dollars per million prompt tokens read from the cache of the server. Default: the input price.',
      ).exactOptional(),
      cache_write_usd_per_million: usdPerMillion(
        'US dollars per million prompt tokens written to that cache. Default: the input price.',
      ).exactOptional(),
      cache_write_1h_usd_per_million: usdPerMillion(
        'The same where it is kept for an hour, which Anthropic sells apart. Default: as any other write.',
      ).exactOptional(),
    },
    { error: PRICE },
  )
  .meta({ description: 'US dollars per million tokens.' })

// A model named in any script is fine; a space, a quote or a control character would break headers and shell lines.
const MODEL_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._:/@+-]{0,127}$/u

const REASONS = ['overloaded', 'context-too-long', 'content-policy', 'unsupported', 'outage'] as const

const WHERE = ['in-process', 'this-machine', 'own-network', 'remote'] as const

const MODEL = text(MODEL_NAME, 'the name of a model')

const fallback = z.union(
  [
    MODEL,
    mapping({
      model: MODEL.meta({ description: 'The model that answers instead.' }),
      on: z
        .array(z.enum(REASONS, { error: `one of ${REASONS.join(', ')}` }), { error: 'a list of reasons' })
        .min(1, { error: 'at least one reason' })
        .meta({ description: 'Only for these reasons. Default: overloaded, context-too-long and outage.' })
        .exactOptional(),
    }),
  ],
  { error: 'the name of a model, or a mapping with `model` and `on`' },
)

const cache = mapping({
  ttl: duration.meta({ description: 'How long an answer may be given again.' }),
  sampled: yesOrNo(
    'Also for requests whose answer is drawn by lot, which is what a temperature above 0, or none, asks for. Default false.',
  ).exactOptional(),
})

const stated = mapping({
  seller: text(/^\S+$/, 'one word such as `openai`')
    .meta({ description: 'Who sells the answers. Default: known from the vendor or the address.' })
    .exactOptional(),
  legal_seat: text(/^[A-Z]{2}$/, 'an ISO 3166 code such as `US`')
    .meta({ description: "Where the seller has its seat, whose law reaches it. Default: the vendor's." })
    .exactOptional(),
  runs: z
    .enum(WHERE, { error: WHERE.join(', ') })
    .meta({
      description:
        'Where it runs. Default: by its address. State `remote` for a proxy on this machine that passes requests on.',
    })
    .exactOptional(),
  retention_days: wholeNumber(0, 36_500)
    .meta({ description: 'Days that the seller keeps prompts and answers.' })
    .exactOptional(),
  trains_on_data: yesOrNo('Whether the seller trains on prompts and answers.').exactOptional(),
  terms_date: text(/^\d{4}-\d{2}-\d{2}$/, 'a date such as `"2026-11-23"` in quotes')
    .meta({ description: 'When the terms were read.' })
    .exactOptional(),
  baa: yesOrNo('A business associate agreement (HIPAA) is signed with the seller.').exactOptional(),
  dpa: yesOrNo('A data processing agreement (GDPR, DPDP) is signed with the seller.').exactOptional(),
  openness: z
    .enum(OPENNESS, { error: OPENNESS.join(', ') })
    .meta({ description: 'Whether the weights are public. Default: by the licence.' })
    .exactOptional(),
  licence: text(/^\S.*$/, 'the id of a licence record such as `llama-3.1`')
    .meta({ description: 'The licence record that rules read, in place of `licence` of the model.' })
    .exactOptional(),
  provenance: wholeNumber(0, 4)
    .meta({
      description:
        'How sure it is what the weights are: 0 unknown, 1 declared, 2 fingerprint fits, 3 hash equals the maker’s file, 4 signed by the maker.',
    })
    .exactOptional(),
  certified: yesOrNo('A certificate for its task says that it is good enough.').exactOptional(),
})

const facts = {
  facts: stated
    .meta({
      description: 'What you state about the model for the rules of `policy`: contracts, seats, terms.',
    })
    .exactOptional(),
  cache: cache
    .meta({
      description:
        'Keep whole answers in memory and give them again when exactly the same is asked. Never across keys of different projects, policies or kinds of data.',
    })
    .exactOptional(),
  fallbacks: z
    .array(fallback, { error: 'a list of models' })
    .max(8, { error: 'at most 8 fallbacks' })
    .meta({
      description:
        'Models that answer in its place, in this order, when it cannot. Policy is asked for each.',
    })
    .exactOptional(),
  licence: text(/^\S.*$/, 'text such as `apache-2.0`')
    .meta({ description: about.licence })
    .exactOptional(),
  region: text(/^\S+$/, 'one word such as `eu`').meta({ description: about.region }).exactOptional(),
  toy: yesOrNo(about.toy).exactOptional(),
}

const price = z.union([z.literal('owned'), meteredPrice], { error: PRICE }).meta({ description: about.price })

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

const adapterWithFacts = {
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

const llamaModel = mapping({
  engine: z.literal('llama').meta({ description: about.engine }),
  ...ownWeights,
  adapters: adapters.exactOptional(),
  ...facts,
  price: price.exactOptional(),
})
  .refine(hashHasAdapter, NO_ADAPTER)
  .refine((entry) => entry.adapter === undefined || entry.adapters === undefined, ONE_OF_BOTH)
  .refine(leastIsLess, NOT_LESS)

const llamaServerModel = mapping({
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

const baseUrl = text(/^https?:\/\//i, 'a URL such as `http://127.0.0.1:8000/v1`')
  .refine((url) => URL.canParse(url), { error: 'a URL such as `http://127.0.0.1:8000/v1`', abort: true })
  .refine((url) => !hasCredentials(new URL(url)), {
    error: 'a URL without user name and password; the key goes into `key: env:NAME`',
  })
  .refine((url) => !/[?#]/.test(url), { error: 'a URL without `?` and `#`' })
  .refine((url) => !/\/(chat\/)?completions\/*$|\/embeddings\/*$/.test(url), {
    error: 'the address up to the version, without the path of an operation',
  })

function hasCredentials(url: URL): boolean {
  return url.username !== '' || url.password !== ''
}

const envKey = text(/^env:[A-Za-z_][A-Za-z0-9_]*$/, '`env:NAME` (keys do not belong in files)')

const place = {
  base_url: baseUrl
    .meta({
      description:
        "Up to and including the version: `http://127.0.0.1:8000/v1`. Default: the vendor's; for an endpoint, the model's.",
    })
    .exactOptional(),
  key: envKey
    .meta({
      description:
        "The environment variable that holds the key: `env:NAME`. Keys do not belong in files. Default: the vendor's own, at the vendor's own address.",
    })
    .exactOptional(),
  weight: number(0.001, 1000)
    .meta({ description: 'Share of the requests compared with the other endpoints. Default 1.' })
    .exactOptional(),
}

const timeouts = mapping({
  connect: duration
    .meta({ description: 'How long a connection may take to open. Default `10s`.' })
    .exactOptional(),
  first_byte: duration
    .meta({ description: 'How long to wait for the first byte of the answer. Default `2m`.' })
    .exactOptional(),
  idle: duration.meta({ description: 'How long a stream may be silent. Default `1m`.' }).exactOptional(),
  total: duration
    .meta({ description: 'How long a request may take in all, every try included. Default: no bound.' })
    .exactOptional(),
})

const hedge = mapping({
  after: duration.meta({ description: 'Start a second try elsewhere when nothing has come for so long.' }),
  max_share: number(0.001, 1)
    .meta({ description: 'The largest share of requests that may be tried twice so. Default 0.05.' })
    .exactOptional(),
})

const tries = mapping({
  attempts: wholeNumber(1, 10)
    .meta({ description: 'Tries in all, the first included, before the first content. Default 3.' })
    .exactOptional(),
  balance: z
    .enum(['latency', 'weight', 'load'], { error: '`latency`, `weight` or `load`' })
    .meta({
      description:
        'How requests are spread over endpoints: by recent time to first content, by weight alone, or to the least busy. Default `latency`.',
    })
    .exactOptional(),
  hedge: hedge.meta({ description: 'Race a slow endpoint against another one.' }).exactOptional(),
})

const VENDORS = vendors.map(({ name }) => name)

const upstreamModel = text(/\S/, 'the name that the server knows the model by').meta({
  description: 'The name that the server knows the model by.',
})

const QUERY_VALUE = 'text without spaces, such as `2024-10-21` in quotes'

const openAiModel = mapping({
  engine: z.literal('openai').meta({ description: about.engine }),
  vendor: z
    .enum(VENDORS, { error: 'the name of a vendor' })
    .meta({
      description:
        'Whose server it is: its address, where its key is, and what it does in a way of its own. `engine` may then be left out.',
    })
    .exactOptional(),
  ...place,
  model: upstreamModel,
  speaks: z
    .enum(['chat', 'responses', 'only-responses'], { error: '`chat`, `responses` or `only-responses`' })
    .meta({
      description:
        "Which of OpenAI's protocols is spoken for clients of other ones. Default: the vendor's, else `chat`. `only-responses` when the server has nothing else: clients of chat completions are translated too.",
    })
    .exactOptional(),
  context_tokens: wholeNumber(16, 16_777_216)
    .meta({
      description:
        'Only with `vendor: ollama`: tokens of context the server is to give the model. Default: what it does by itself.',
    })
    .exactOptional(),
  query: z
    .record(text(/^[\w.-]+$/, 'the name of a query parameter'), text(/^\S*$/, QUERY_VALUE), {
      error: 'a mapping such as `{ api-version: "2024-10-21" }`',
    })
    .meta({ description: "Sent with every request, beside the vendor's own." })
    .exactOptional(),
  endpoints: z
    .array(mapping(place), { error: 'a list of endpoints' })
    .max(32, { error: 'at most 32 endpoints' })
    .meta({ description: 'Other places, or other keys, that serve the same model.' })
    .exactOptional(),
  tries: tries.meta({ description: 'What happens when a try fails.' }).exactOptional(),
  drops: z
    .array(text(/^[^\s.]+$/, 'the name of a request field'), { error: 'a list of request fields' })
    .meta({
      description:
        "Request fields this server rejects, in place of the vendor's; each that is dropped is told to the client.",
    })
    .exactOptional(),
  timeouts: timeouts.meta({ description: 'How long to wait for the server.' }).exactOptional(),
  ...facts,
  price: price.exactOptional(),
})
  .refine((entry) => entry.base_url !== undefined || hasAddress(entry.vendor), {
    path: ['base_url'],
    error: 'a URL such as `http://127.0.0.1:8000/v1`',
  })
  // No other server can be told; one that ignored it would cut prompts that were meant to fit.
  .refine((entry) => entry.context_tokens === undefined || entry.vendor === 'ollama', {
    path: ['context_tokens'],
    error: '`vendor: ollama` beside it: no other server can be told',
  })

function hasAddress(vendor: string | undefined): boolean {
  return vendors.some(({ name, baseUrl }) => name === vendor && baseUrl !== undefined)
}

const anthropicModel = mapping({
  engine: z.literal('anthropic').meta({ description: about.engine }),
  ...place,
  model: upstreamModel,
  key_header: z
    .enum(['x-api-key', 'authorization'], { error: '`x-api-key` or `authorization`' })
    .meta({ description: 'The header that carries the key. Default `x-api-key`.' })
    .exactOptional(),
  version: text(/^\d{4}-\d{2}-\d{2}$/, 'a date such as `"2023-06-01"` in quotes')
    .meta({ description: 'The version of the API. Default 2023-06-01.' })
    .exactOptional(),
  betas: z
    .array(text(/^[\w.-]{1,100}$/, 'the name of a beta feature'), { error: 'a list of names' })
    .meta({ description: 'Beta features that every request asks for.' })
    .exactOptional(),
  default_max_tokens: wholeNumber(1, 10_000_000)
    .meta({ description: 'The limit where a client of another protocol sets none. Default 8192.' })
    .exactOptional(),
  structured: yesOrNo(
    'The server holds answers to a JSON schema. Default: Anthropic itself does, others do not.',
  ).exactOptional(),
  reasoning: z
    .enum(['adaptive', 'budget'], { error: '`adaptive` or `budget`' })
    .meta({
      description:
        'How its models are told to think. Default `adaptive`; `budget` for those before Claude 4.6.',
    })
    .exactOptional(),
  unsigned_reasoning: yesOrNo(
    'The server takes thoughts back without a signature, as vLLM does.',
  ).exactOptional(),
  endpoints: z
    .array(mapping(place), { error: 'a list of endpoints' })
    .max(32, { error: 'at most 32 endpoints' })
    .meta({ description: 'Other places, or other keys, that serve the same model.' })
    .exactOptional(),
  tries: tries.meta({ description: 'What happens when a try fails.' }).exactOptional(),
  drops: z
    .array(text(/^[^\s.]+$/, 'the name of a request field'), { error: 'a list of request fields' })
    .meta({ description: 'Request fields this server rejects; each that is dropped is told to the client.' })
    .exactOptional(),
  timeouts: timeouts.meta({ description: 'How long to wait for the server.' }).exactOptional(),
  ...facts,
  price: price.exactOptional(),
})

const SETTING = 'text, a number, true or false; a secret as `env:NAME`'

/** Names of settings that hold a secret: `apiKey`, `secretAccessKey`, `sessionToken`, `googleCredentials`. */
const SECRET = /key|secret|token|password|credential/i

const aiSdkModel = mapping({
  engine: z.literal('ai-sdk').meta({ description: about.engine }),
  package: text(
    /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/,
    'the name of a package, such as `@ai-sdk/google`',
  ).meta({
    description: 'A provider package of the Vercel AI SDK, installed beside musivum: `@ai-sdk/google`.',
  }),
  model: text(/\S/, 'the name that the provider knows the model by').meta({
    description: 'The name that the provider knows the model by.',
  }),
  key: envKey
    .meta({ description: 'The environment variable that holds the key; given to the provider as `apiKey`.' })
    .exactOptional(),
  options: z
    .record(
      text(/^[A-Za-z]\w*$/, 'the name of a setting'),
      z.union([z.string(), z.number(), z.boolean()], { error: SETTING }),
      { error: 'a mapping of settings' },
    )
    .meta({
      description:
        'Settings of the provider: `baseURL`, `region`, `project`. `env:NAME` reads the environment.',
    })
    .exactOptional(),
  tries: tries.meta({ description: 'What happens when a try fails.' }).exactOptional(),
  timeouts: timeouts.meta({ description: 'How long to wait for the server.' }).exactOptional(),
  ...facts,
  price: price.exactOptional(),
}).superRefine(({ options = {} }, checked) => {
  for (const [name, value] of Object.entries(options)) {
    const fromEnv = typeof value === 'string' && /^env:[A-Za-z_][A-Za-z0-9_]*$/.test(value)
    if (SECRET.test(name) && !fromEnv)
      checked.addIssue({
        code: 'custom',
        path: ['options', name],
        message: '`env:NAME` (keys do not belong in files)',
      })
  }
})

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

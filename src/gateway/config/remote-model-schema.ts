import { z } from 'zod'
import { vendors } from '../../engines/vendors/_registry.ts'
import { about, facts, price } from './model-schema.ts'
import { duration, mapping, number, text, wholeNumber, yesOrNo } from './schema-parts.ts'

/** Models that are asked over a wire, or through a provider package. */

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

export const place = {
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

export const timeouts = mapping({
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

export const hedge = mapping({
  after: duration.meta({ description: 'Start a second try elsewhere when nothing has come for so long.' }),
  max_share: number(0.001, 1)
    .meta({ description: 'The largest share of requests that may be tried twice so. Default 0.05.' })
    .exactOptional(),
})

export const tries = mapping({
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

export const VENDORS = vendors.map(({ name }) => name)

const upstreamModel = text(/\S/, 'the name that the server knows the model by').meta({
  description: 'The name that the server knows the model by.',
})

const QUERY_VALUE = 'text without spaces, such as `2024-10-21` in quotes'

export const openAiModel = mapping({
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

export const anthropicModel = mapping({
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

export const aiSdkModel = mapping({
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

import { addressOf, deploymentOf, UNSET, type Address } from './deployment-of.ts'
import type { Deployment } from './imported.ts'
import { isVariableName, variableName, type KeyVariables } from './key-variables.ts'
import { findProvider, type Provider } from './providers.ts'
import { perMillion, readDuration, readRetries, readWeight } from './read-values.ts'
import type { Cursor } from './source.ts'

/** What all entries of one file share. */
export type LiteLlmFile = {
  readonly root: Cursor
  readonly keys: KeyVariables
  readonly env: NodeJS.ProcessEnv
}

/**
 * One entry of `model_list`; undefined when it cannot be served here, which is reported. `wild` is what stands for the `*`
 * of its model.
 */
export function litellmDeployment(file: LiteLlmFile, entry: Cursor, wild: string): Deployment | undefined {
  const params = entry.get('litellm_params')
  const served = servedBy(params, wild)
  if (served === undefined) {
    entry.leave(
      'its provider is not known here',
      'write it by hand: docs/vendors.md lists what can be bound',
      'a model',
    )
    return undefined
  }
  const { name, provider, model } = served
  const problem = cannotServe(entry, provider, model)
  if (problem !== undefined) {
    entry.leave(problem, 'ask that server directly', 'a model')
    return undefined
  }
  const credential = credentialOf(file.root, params)
  const address = readAddress(
    file,
    [params.get('api_base', 'base_url'), credential.get('api_base')],
    provider,
  )
  if (address.kind === 'wrong') {
    entry.leave(address.why, 'write it by hand with `base_url`', 'a model')
    return undefined
  }
  return deploymentOf({
    from: entry,
    label: name,
    tier: params.get('order').number() ?? 0,
    provider,
    model,
    baseUrl: address.kind === 'at' ? address.baseUrl : undefined,
    key: readKey(file, [params.get('api_key'), credential.get('api_key')], provider),
    weight: readWeight(params.get('weight')),
    options: readOptions(file, params, provider),
    more: { ...readSettings(file, entry, provider, credential) },
  })
}

type Served = { readonly name: string; readonly provider: Provider; readonly model: string }

function servedBy(params: Cursor, wild: string): Served | undefined {
  const { peek } = params.get('model')
  if (typeof peek !== 'string') return undefined
  const full = peek.replace('*', wild)
  const said = params.get('custom_llm_provider').peek
  const slash = full.indexOf('/')
  const prefix = slash === -1 ? '' : full.slice(0, slash)
  const prefixed = findProvider('litellm', prefix)
  const name = typeof said === 'string' ? said : prefixed === undefined ? guessed(full) : prefix
  const provider = name === undefined ? undefined : findProvider('litellm', name)
  if (name === undefined || provider === undefined) return undefined
  params.get('model').text()
  params.get('custom_llm_provider').text()
  const rest = name === prefix ? full.slice(slash + 1) : full
  return { name, provider, model: rest.replace(ROUTES[name] ?? /^(?!)/, '') }
}

/** LiteLLM knows the well-known names without their provider. */
function guessed(model: string): string | undefined {
  if (/^(gpt-|chatgpt-|o[1-9](-|$)|text-embedding-)/.test(model)) return 'openai'
  if (model.startsWith('claude-')) return 'anthropic'
  if (model.startsWith('command-')) return 'cohere'
  return undefined
}

/** What stands between provider and model to say how it is called. */
const ROUTES: Readonly<Record<string, RegExp>> = {
  bedrock: /^(converse|invoke)\//,
  openai: /^responses\//,
  azure: /^responses\//,
}

const NO_OPERATION =
  /^(image_generation|audio_transcription|audio_speech|moderation|realtime|completion|batch)$/

function cannotServe(entry: Cursor, provider: Provider, model: string): string | undefined {
  const mode = entry.get('model_info').get('mode').peek
  if (typeof mode === 'string' && NO_OPERATION.test(mode)) return 'the gateway has no such operation'
  if (provider.package === '@ai-sdk/google-vertex' && model.startsWith('claude'))
    return 'Claude on Vertex has no provider package that can be bound'
  return undefined
}

function needsAddress({ engine, vendor, baseUrl }: Provider): boolean {
  return engine === 'openai' && baseUrl === undefined && (vendor === undefined || vendor === 'azure-classic')
}

function credentialOf(root: Cursor, params: Cursor): Cursor {
  const wanted = params.get('litellm_credential_name')
  const found = root
    .get('credential_list')
    .items()
    .find((each) => each.get('credential_name').peek === wanted.peek && wanted.present)
  if (found === undefined) return params.get('litellm_credential_name').get('none')
  wanted.text()
  found.get('credential_name').text()
  return found.get('credential_values')
}

const REFERENCE = 'os.environ/'

function readAddress(file: LiteLlmFile, places: readonly Cursor[], provider: Provider): Address {
  const at = places.find(({ present }) => present)
  if (typeof at?.peek !== 'string')
    return needsAddress(provider) ? { kind: 'wrong', why: 'it has no address' } : { kind: 'own' }
  const given = at.peek.startsWith(REFERENCE) ? file.env[at.peek.slice(REFERENCE.length)] : at.peek
  const address = given === undefined || given === '' ? UNSET : addressOf(given, provider)
  if (address.kind !== 'wrong') at.text()
  return address
}

function readKey(file: LiteLlmFile, places: readonly Cursor[], provider: Provider): string | undefined {
  const at = places.find(({ present }) => present)
  return at === undefined ? undefined : keyAt(file, at, provider.keyVariable ?? 'OWN_SERVER_KEY')
}

/** `env:NAME`. A key that stands in the file itself is not copied: the line says which variable it belongs into. */
function keyAt({ keys }: LiteLlmFile, at: Cursor, usual: string): string | undefined {
  const { peek } = at
  if (typeof peek !== 'string') return undefined
  if (peek === '' || peek.toLowerCase() === 'none') return at.text() === undefined ? undefined : 'none'
  const name = peek.startsWith(REFERENCE) ? peek.slice(REFERENCE.length) : undefined
  if (name !== undefined && isVariableName(name)) {
    at.text()
    return `env:${name}`
  }
  const variable = keys.variableFor(peek, usual)
  at.leave('keys do not belong in files', `set ${variable} to it where the gateway starts`, 'a key')
  return `env:${variable}`
}

/** Settings of provider packages, by the names that LiteLLM has for them. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '@ai-sdk/amazon-bedrock': {
    aws_region_name: 'region',
    aws_access_key_id: 'accessKeyId',
    aws_secret_access_key: 'secretAccessKey',
    aws_session_token: 'sessionToken',
  },
  '@ai-sdk/google-vertex': { vertex_project: 'project', vertex_location: 'location' },
}

function readOptions(
  file: LiteLlmFile,
  params: Cursor,
  provider: Provider,
): Readonly<Record<string, string>> | undefined {
  const names = OPTIONS[provider.package ?? '']
  if (names === undefined) return undefined
  const found = Object.entries(names).flatMap(([name, setting]) => {
    const at = params.get(name)
    const value = /key|token/.test(name) ? keyAt(file, at, variableName(name)) : plainOrEnv(at)
    return value === undefined || value === 'none' ? [] : [[setting, value] as const]
  })
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

function plainOrEnv(at: Cursor): string | undefined {
  const text = at.text()
  return text?.startsWith(REFERENCE) === true ? `env:${text.slice(REFERENCE.length)}` : text
}

function readSettings(file: LiteLlmFile, entry: Cursor, provider: Provider, credential: Cursor): object {
  const params = entry.get('litellm_params')
  const version = [params.get('api_version'), credential.get('api_version')].find(({ present }) => present)
  const speaks = entry.get('model_info').get('mode')
  const region = params.get('region_name').text()
  const drops = readDrops(params.get('additional_drop_params'))
  const price = readPrice(entry)
  return {
    ...(provider.vendor === 'azure-classic' && version?.text() !== undefined
      ? { query: { 'api-version': version.text() } }
      : {}),
    ...(provider.engine === 'openai' && speaks.peek === 'responses' && speaks.text() !== undefined
      ? { speaks: 'responses' }
      : {}),
    ...(provider.engine === 'ai-sdk' || drops === undefined ? {} : { drops }),
    ...readTimeouts(file, params),
    ...readTries(file, params),
    ...(region === undefined ? {} : { region }),
    ...(price === undefined ? {} : { price }),
  }
}

function readDrops(at: Cursor): readonly string[] | undefined {
  const names = at.items().flatMap((item) => {
    if (typeof item.peek === 'string' && /^[^\s.[\]]+$/.test(item.peek)) return [item.text() ?? '']
    item.leave('only whole fields of a request can be dropped', 'let the client leave it out')
    return []
  })
  return names.length === 0 ? undefined : names
}

const SECOND_MS = 1000

function readTimeouts({ root }: LiteLlmFile, params: Cursor): object {
  const router = root.get('router_settings')
  const total = first(
    [params.get('timeout'), router.get('timeout'), root.get('litellm_settings').get('request_timeout')],
    (at) => readDuration(at, SECOND_MS),
  )
  const firstByte = first([params.get('stream_timeout'), router.get('stream_timeout')], (at) =>
    readDuration(at, SECOND_MS),
  )
  const timeouts = {
    ...(firstByte === undefined ? {} : { first_byte: firstByte }),
    ...(total === undefined ? {} : { total }),
  }
  return Object.keys(timeouts).length === 0 ? {} : { timeouts }
}

/** What LiteLLM calls the balances that we have too. */
const BALANCE: Readonly<Record<string, string>> = {
  'simple-shuffle': 'weight',
  'least-busy': 'load',
  'usage-based-routing': 'load',
  'usage-based-routing-v2': 'load',
  'latency-based-routing': 'latency',
}

function readTries({ root }: LiteLlmFile, params: Cursor): object {
  const router = root.get('router_settings')
  const retries = first(
    [
      params.get('num_retries', 'max_retries'),
      router.get('num_retries'),
      root.get('litellm_settings').get('num_retries'),
    ],
    readRetries,
  )
  const strategy = router.get('routing_strategy')
  const balance = typeof strategy.peek === 'string' ? BALANCE[strategy.peek] : undefined
  if (balance !== undefined) strategy.text()
  const tries = { ...retries, ...(balance === undefined ? {} : { balance }) }
  return Object.keys(tries).length === 0 ? {} : { tries }
}

/** What the innermost place says; what stands further out is left for the sweep when nobody needs it. */
function first<Value>(places: readonly Cursor[], read: (at: Cursor) => Value | undefined): Value | undefined {
  const at = places.find(({ present }) => present)
  return at === undefined ? undefined : read(at)
}

const COSTS = {
  input_usd_per_million: 'input_cost_per_token',
  output_usd_per_million: 'output_cost_per_token',
  cache_read_usd_per_million: 'cache_read_input_token_cost',
  cache_write_usd_per_million: 'cache_creation_input_token_cost',
} as const

function readPrice(entry: Cursor): object | undefined {
  const places = [entry.get('model_info'), entry.get('litellm_params')]
  const at = (name: string) => places.map((place) => place.get(name)).find(({ present }) => present)
  const both = [COSTS.input_usd_per_million, COSTS.output_usd_per_million].every(
    (name) => typeof at(name)?.peek === 'number',
  )
  if (!both) {
    for (const name of Object.values(COSTS))
      at(name)?.leave('a price is for prompt and answer both', 'write `price` at the model')
    return undefined
  }
  return Object.fromEntries(
    Object.entries(COSTS).flatMap(([name, theirs]) => {
      const cost = at(theirs)?.number()
      return cost === undefined ? [] : [[name, perMillion(cost)]]
    }),
  )
}

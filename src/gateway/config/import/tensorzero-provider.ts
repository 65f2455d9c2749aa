import { addressOf, deploymentOf, UNSET, type Address } from './deployment-of.ts'
import type { Deployment } from './imported.ts'
import { isVariableName } from './key-variables.ts'
import { findProvider, type Provider } from './providers.ts'
import { readDuration } from './read-values.ts'
import type { Cursor } from './source.ts'
import { tensorzeroPrice } from './tensorzero-price.ts'

export type TensorZeroFile = { readonly root: Cursor; readonly env: NodeJS.ProcessEnv }

/** `[models.NAME.providers.PROVIDER]` as a place of the model; undefined when it cannot be served, which is reported. */
export function tensorzeroDeployment(
  file: TensorZeroFile,
  at: Cursor,
  tier: number,
  model: Cursor,
): Deployment | undefined {
  const typeAt = at.get('type')
  const type = typeof typeAt.peek === 'string' ? typeAt.peek : ''
  const provider = findProvider('tensorzero', type)
  const name = at.get(modelKey(provider))
  if (provider === undefined || typeof name.peek !== 'string') {
    at.leave(
      'its provider is not known here',
      'write it by hand: docs/vendors.md lists what can be bound',
      'a provider',
    )
    return undefined
  }
  const address = readAddress(file, at, provider)
  if (address.kind === 'wrong') {
    at.leave(address.why, 'write it by hand with `base_url`', 'a provider')
    return undefined
  }
  typeAt.text()
  name.text()
  const key = readKey(file, at, type, provider)
  return deploymentOf({
    from: at,
    label: at.key,
    tier,
    provider,
    model: name.peek,
    baseUrl: address.kind === 'at' ? address.baseUrl : undefined,
    key,
    options: readOptions(at, provider),
    more: { ...readSpeaks(at), ...readTimeouts(at, model), ...tensorzeroPrice(at.get('cost')) },
  })
}

/** `openai::gpt-4o-mini`, which needs no section of its own. */
export function shorthandDeployment(at: Cursor, text: string, tier: number): Deployment | undefined {
  const [, type, model] = /^(\w+)::(.+)$/.exec(text) ?? []
  const provider = type === undefined ? undefined : findProvider('tensorzero', type)
  if (type === undefined || model === undefined || provider === undefined || provider.own === true)
    return undefined
  at.text()
  return deploymentOf({ from: at, label: type, tier, provider, model })
}

/** What each provider calls the name of a model. */
function modelKey(provider: Provider | undefined): string {
  if (provider?.vendor === 'azure-classic') return 'deployment_id'
  return provider?.engine === 'ai-sdk' ? 'model_id' : 'model_name'
}

function readAddress({ env }: TensorZeroFile, at: Cursor, provider: Provider): Address {
  const place = at.get('api_base', 'endpoint', 'endpoint_url')
  if (typeof place.peek !== 'string')
    return needsAddress(provider) ? { kind: 'wrong', why: 'it has no address' } : { kind: 'own' }
  const [, variable] = /^env::(.+)$/.exec(place.peek) ?? []
  const given = variable === undefined ? place.peek : env[variable]
  const address = given === undefined || given === '' ? UNSET : addressOf(given, provider)
  if (address.kind !== 'wrong') place.text()
  return address
}

function needsAddress({ engine, vendor, baseUrl }: Provider): boolean {
  return engine === 'openai' && baseUrl === undefined && (vendor === undefined || vendor === 'azure-classic')
}

/** `env::NAME` where it stands, else where the provider's type has a default; undefined for the usual variable. */
function readKey({ root }: TensorZeroFile, at: Cursor, type: string, provider: Provider): string | undefined {
  const own = at.get('api_key_location')
  const usual = root
    .get('provider_types')
    .get(type.replace(/_gemini$/, ''))
    .get('defaults')
    .get('api_key_location')
  const place = own.present ? own : usual
  if (!place.present) return provider.own === true && type === 'vllm' ? 'env:VLLM_API_KEY' : undefined
  const places = typeof place.peek === 'string' ? [place] : [place.get('default'), place.get('fallback')]
  const found = places.flatMap((each) => keyAt(each) ?? [])
  for (const [index, { at: each, key }] of found.entries()) {
    if (index === 0) each.text()
    else
      each.leave(
        'a place has one key',
        `add an endpoint with \`key: ${key}\` if it is to be tried`,
        'a second key',
      )
  }
  for (const each of places.filter((each) => keyAt(each) === undefined))
    each.leave(
      'keys are read from the environment, and never come with a request',
      'set a variable and name it: `key: env:NAME`',
      'a place of a key',
    )
  return found[0]?.key
}

function keyAt(at: Cursor): { readonly at: Cursor; readonly key: string } | undefined {
  if (at.peek === 'none') return { at, key: 'none' }
  const [, name] = typeof at.peek === 'string' ? (/^env::(.+)$/.exec(at.peek) ?? []) : []
  return name === undefined || !isVariableName(name) ? undefined : { at, key: `env:${name}` }
}

const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '@ai-sdk/amazon-bedrock': {
    region: 'region',
    access_key_id: 'accessKeyId',
    secret_access_key: 'secretAccessKey',
    session_token: 'sessionToken',
  },
  '@ai-sdk/google-vertex': { project_id: 'project', location: 'location' },
}

function readOptions(at: Cursor, provider: Provider): Readonly<Record<string, string>> | undefined {
  const found = Object.entries(OPTIONS[provider.package ?? ''] ?? {}).flatMap(([name, setting]) => {
    const place = at.get(name)
    if (typeof place.peek !== 'string') return []
    const env = keyAt(place)?.key
    // `dynamic::`, `path::` and `sdk` are ways of finding a value that are not ours.
    if ((env === undefined && (place.peek.includes('::') || /key|token/.test(name))) || place.peek === 'sdk')
      return []
    place.text()
    return [[setting, env ?? place.peek] as const]
  })
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

function readSpeaks(at: Cursor): object {
  const type = at.get('api_type')
  const speaks =
    type.peek === 'responses' ? 'responses' : type.peek === 'chat_completions' ? 'chat' : undefined
  if (speaks === undefined) return {}
  type.text()
  return { speaks }
}

/** Ours hold for streams and whole answers alike, so the longer total is the one that cuts nothing that was allowed. */
function readTimeouts(at: Cursor, model: Cursor): object {
  const places = [at, model].map((each) => each.get('timeouts'))
  const near = (group: string, name: string) =>
    places.map((each) => each.get(group).get(name)).find(({ present }) => present)
  const totals = [
    near('non_streaming', 'total_ms'),
    near('streaming', 'total_ms'),
    at.get('timeout_ms'),
    model.get('timeout_ms'),
  ]
  const given = totals.flatMap((each) =>
    typeof each?.peek === 'number' ? [{ at: each, ms: each.peek }] : [],
  )
  const [longest, ...others] = given.toSorted((a, b) => b.ms - a.ms)
  for (const other of others)
    other.at.leave(
      'one total holds for streams and whole answers',
      'nothing to do: the longer one is written',
    )
  const firstByte = near('streaming', 'ttft_ms')
  const total = longest === undefined ? undefined : readDuration(longest.at, 1)
  const wait = firstByte === undefined ? undefined : readDuration(firstByte, 1)
  const timeouts = {
    ...(wait === undefined ? {} : { first_byte: wait }),
    ...(total === undefined ? {} : { total }),
  }
  return Object.keys(timeouts).length === 0 ? {} : { timeouts }
}

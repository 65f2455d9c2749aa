import { addressOf, deploymentOf, type Address } from './deployment-of.ts'
import type { Deployment } from './imported.ts'
import { variableName, type KeyVariables } from './key-variables.ts'
import { findProvider, providerNames, type Provider } from './providers.ts'
import { readDuration, readRetries, readWeight } from './read-values.ts'
import type { Cursor } from './source.ts'

/** What a target has from the levels around it, nearest first. */
export type PortkeyLevel = { readonly around: readonly Cursor[]; readonly keys: KeyVariables }

/** Where a target stands in the plan of its config. */
export type PortkeyPlace = {
  readonly tier: number
  /** What the weights around it leave to it. */
  readonly share: number
  readonly sharing: boolean
}

/** A target that names a provider, as a place of a model; undefined when it cannot be served, which is reported. */
export function portkeyDeployment(
  target: Cursor,
  asked: string | undefined,
  level: PortkeyLevel,
  { tier, share, sharing }: PortkeyPlace,
): Deployment | undefined {
  const overrides = target.get('override_params', 'overrideParams')
  const modelAt = overrides.get('model')
  const [slug, model] = splitModel(text(modelAt))
  const served = servedBy(target, slug, level.keys)
  if (served === undefined) return undefined
  const { provider } = served
  const deployment = provider.vendor === 'azure-classic' ? azureModel(target) : undefined
  const name = deployment ?? model ?? asked
  if (name === undefined) {
    target.leave(
      'it passes on whatever model the client names, and every model has a name here',
      'import again with `--model NAME` for each model that clients ask for',
      'a target',
    )
    return undefined
  }
  if (deployment !== undefined) modelAt.leave('the deployment says which model it is', 'nothing to do')
  else if (model !== undefined) modelAt.text()
  const address = readAddress(target, provider)
  if (address.kind === 'wrong') {
    target.leave(address.why, 'write it by hand with `base_url`', 'a target')
    return undefined
  }
  return deploymentOf({
    from: target,
    label: target.get('name').text() ?? served.label,
    tier,
    provider,
    model: name,
    baseUrl: address.kind === 'at' ? address.baseUrl : undefined,
    key: served.key,
    weight: weightOf(target, share),
    options: readOptions(target, level.keys, provider),
    more: readSettings(target, provider, { ...level, sharing }),
  })
}

type Served = { readonly label: string; readonly provider: Provider; readonly key: string | undefined }

function servedBy(target: Cursor, slug: string | undefined, keys: KeyVariables): Served | undefined {
  const at = target.get('provider')
  const named = text(at)
  if (named !== undefined && !named.startsWith('@')) {
    const provider = findProvider('portkey', named)
    if (provider === undefined) return unknown(target)
    at.text()
    return { label: named, provider, key: readKey(target, provider, keys) }
  }
  const virtualAt = target.get('virtual_key', 'virtualKey')
  const held = named?.slice(1) ?? slug ?? text(virtualAt)
  if (held === undefined) return unknown(target)
  return heldByPortkey(
    target,
    named !== undefined
      ? at
      : slug !== undefined
        ? target.get('override_params', 'overrideParams').get('model')
        : virtualAt,
    held,
  )
}

function unknown(target: Cursor): undefined {
  target.leave(
    'its provider is not known here',
    'write it by hand: docs/vendors.md lists what can be bound',
    'a target',
  )
  return undefined
}

/** The key, and whose it is, are kept at Portkey. Only its name is here, and people name such keys after the provider. */
function heldByPortkey(target: Cursor, at: Cursor, slug: string): Served | undefined {
  const name =
    providerNames('portkey').find((each) => slug === each || new RegExp(`^${each}[-_]`).test(slug)) ??
    providerNames('portkey').find((each) => new RegExp(`^${each.split('-')[0] ?? each}\\b`).test(slug))
  const provider = name === undefined ? undefined : findProvider('portkey', name)
  if (name === undefined || provider === undefined) {
    target.leave(
      'its key is kept at Portkey, and the name does not tell whose it is',
      'write the model by hand with its vendor and `key: env:NAME`',
      'a target',
    )
    return undefined
  }
  const variable = `${variableName(slug)}_API_KEY`
  at.leave(
    'the key is kept at Portkey',
    `set ${variable} to it where the gateway starts; it was taken for one of ${name} by its name`,
    'a key',
  )
  return { label: name, provider, key: `env:${variable}` }
}

function readKey(target: Cursor, provider: Provider, keys: KeyVariables): string | undefined {
  const at = target.get('api_key', 'apiKey')
  const literal = text(at)
  if (literal === undefined || literal === '') return undefined
  const variable = keys.variableFor(literal, provider.keyVariable ?? 'OWN_SERVER_KEY')
  at.leave('keys do not belong in files', `set ${variable} to it where the gateway starts`, 'a key')
  return `env:${variable}`
}

/** `@openai-prod/gpt-4o` names the key before the model. */
function splitModel(model: string | undefined): readonly [string | undefined, string | undefined] {
  const [, slug, rest] = /^@([^/]+)\/(.+)$/.exec(model ?? '') ?? []
  return slug === undefined ? [undefined, model] : [slug, rest]
}

function azureModel(target: Cursor): string | undefined {
  return (
    target.get('azure_deployment_id', 'azureDeploymentId').text() ??
    target.get('deployment_id', 'deploymentId').text()
  )
}

function readAddress(target: Cursor, provider: Provider): Address {
  const at = target.get('custom_host', 'customHost')
  const resource = target.get('azure_resource_name', 'azureResourceName')
  const named = resource.present ? resource : target.get('resource_name', 'resourceName')
  const host = text(named)
  const given = text(at) ?? (host === undefined ? undefined : `https://${host}.openai.azure.com`)
  if (given === undefined)
    return provider.vendor === 'azure-classic' ? { kind: 'wrong', why: 'it has no address' } : { kind: 'own' }
  const address = addressOf(given, provider)
  if (address.kind !== 'wrong') (at.present ? at : named).text()
  return address
}

function weightOf(target: Cursor, share: number): number | undefined {
  const own = readWeight(target.get('weight'))
  if (share === 1) return own
  return Number(Math.max(0.001, (own ?? 1) * share).toPrecision(3))
}

/** Settings of provider packages, by the names that Portkey has for them. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '@ai-sdk/amazon-bedrock': {
    aws_region: 'region',
    aws_access_key_id: 'accessKeyId',
    aws_secret_access_key: 'secretAccessKey',
    aws_session_token: 'sessionToken',
  },
  '@ai-sdk/google-vertex': { vertex_project_id: 'project', vertex_region: 'location' },
}

function readOptions(
  target: Cursor,
  keys: KeyVariables,
  provider: Provider,
): Readonly<Record<string, string>> | undefined {
  const found = Object.entries(OPTIONS[provider.package ?? ''] ?? {}).flatMap(([name, setting]) => {
    const at = target.get(name, camelCase(name))
    const literal = text(at)
    if (literal === undefined) return []
    if (!/key|token/.test(name)) return [[setting, at.text() ?? literal] as const]
    const variable = keys.variableFor(literal, variableName(name))
    at.leave('keys do not belong in files', `set ${variable} to it where the gateway starts`, 'a key')
    return [[setting, `env:${variable}`] as const]
  })
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function readSettings(
  target: Cursor,
  provider: Provider,
  { around, sharing }: PortkeyLevel & { readonly sharing: boolean },
): Readonly<Record<string, unknown>> {
  const levels = [target, ...around]
  const version = target.get('azure_api_version', 'azureApiVersion')
  const apiVersion = version.present ? version : target.get('api_version', 'apiVersion')
  const firstByte = nearest(levels, (level) => level.get('request_timeout', 'requestTimeout'))
  const retry = nearest(levels, (level) => level.get('retry').get('attempts'))
  const tries = retry === undefined ? undefined : readRetries(retry)
  const wait = firstByte === undefined ? undefined : readDuration(firstByte, 1)
  const cache = readCache(nearest(levels, (level) => level.get('cache')))
  return {
    ...(provider.vendor === 'azure-classic' && typeof apiVersion.peek === 'string'
      ? { query: { 'api-version': apiVersion.text() } }
      : {}),
    ...(wait === undefined ? {} : { timeouts: { first_byte: wait } }),
    ...(tries === undefined && !sharing
      ? {}
      : { tries: { ...tries, ...(sharing && { balance: 'weight' }) } }),
    ...(cache === undefined ? {} : { cache }),
  }
}

/** Portkey keeps an answer for a week unless told otherwise. */
const DEFAULT_MAX_AGE_SECONDS = 604_800
const LONGEST_SECONDS = 576 * 3600

function readCache(at: Cursor | undefined): object | undefined {
  if (at === undefined || at.get('mode').peek !== 'simple') return undefined
  at.get('mode').text()
  const age = at.get('max_age', 'maxAge')
  const seconds = age.number() ?? DEFAULT_MAX_AGE_SECONDS
  return { ttl: `${Math.min(LONGEST_SECONDS, Math.max(1, Math.round(seconds)))}s`, sampled: true }
}

function nearest(levels: readonly Cursor[], read: (level: Cursor) => Cursor): Cursor | undefined {
  return levels.map(read).find(({ present }) => present)
}

function text({ peek }: Cursor): string | undefined {
  return typeof peek === 'string' ? peek : undefined
}

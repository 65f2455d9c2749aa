import { findVendor } from '../../../engines/vendors/find-vendor.ts'
import type { PlaceEntry } from '../schema.ts'
import type { Deployment, SharedEntry } from './imported.ts'
import type { Provider } from './providers.ts'
import type { Cursor } from './source.ts'

/** What a reader found out about one place of a model, in words that are the same for all gateways. */
export type FoundDeployment = {
  readonly from: Cursor
  readonly label: string
  readonly tier: number
  readonly provider: Provider
  /** The name that the provider knows the model by. */
  readonly model: string
  /** An address other than the provider's own. */
  readonly baseUrl?: string | undefined
  /** `env:NAME`, or `none` where the other gateway says that no key is sent. */
  readonly key?: string | undefined
  readonly weight?: number | undefined
  /** Settings of a provider package: its region, its project. */
  readonly options?: Readonly<Record<string, string>> | undefined
  /** What musivum.yaml calls the same for every engine, and what only this engine has. */
  readonly more?: Readonly<Record<string, unknown>>
}

export function deploymentOf(found: FoundDeployment): Deployment {
  const { from, label, tier, provider, model, more = {} } = found
  const shared = { ...engineOf(found), model, ...more } as SharedEntry
  return { from, label, tier, shared, place: provider.engine === 'ai-sdk' ? {} : placeOf(found) }
}

function engineOf(found: FoundDeployment): Readonly<Record<string, unknown>> {
  const { provider, baseUrl, options } = found
  if (provider.engine === 'anthropic') return { engine: 'anthropic' }
  // Many servers are called `openai` for the protocol that they speak, and have none of OpenAI's own habits.
  const elsewhere = provider.vendor === 'openai' && baseUrl !== undefined
  if (provider.engine === 'openai')
    return provider.vendor === undefined || elsewhere ? { engine: 'openai' } : { vendor: provider.vendor }
  const settings = { ...(baseUrl === undefined ? {} : { baseURL: baseUrl }), ...options }
  const key = keyOf(found)
  return {
    engine: 'ai-sdk',
    package: provider.package,
    ...(key === undefined ? {} : { key }),
    ...(Object.keys(settings).length === 0 ? {} : { options: settings }),
  }
}

function placeOf(found: FoundDeployment): PlaceEntry {
  const baseUrl = found.baseUrl ?? found.provider.baseUrl
  const key = keyOf(found)
  return {
    ...(baseUrl === undefined ? {} : { base_url: baseUrl }),
    ...(key === undefined ? {} : { key }),
    ...(found.weight === undefined ? {} : { weight: found.weight }),
  }
}

/** The key that was named; else the provider's usual one, at the provider's own address and nowhere else. */
function keyOf({ from, provider, baseUrl, key }: FoundDeployment): string | undefined {
  if (key === 'none') return undefined
  if (key !== undefined) return key
  const usual = provider.keyVariable
  if (usual === undefined) return undefined
  if (baseUrl !== undefined && hasAddress(provider)) {
    from.remark(
      'no key',
      'a key that is not named goes to the address of its own vendor only, and this is another one',
      `write \`key: env:${usual}\` beside the address if this server is to have it`,
    )
    return undefined
  }
  return readByDefault(provider) === usual ? undefined : `env:${usual}`
}

function hasAddress({ engine, vendor, baseUrl }: Provider): boolean {
  return engine === 'anthropic' || baseUrl !== undefined || ownAddress(vendor) !== undefined
}

function ownAddress(vendor: string | undefined): string | undefined {
  return vendor === undefined ? undefined : findVendor(vendor)?.baseUrl
}

/** The variable that our own loader looks into when none is named. */
function readByDefault({ engine, vendor, keyVariable }: Provider): string | undefined {
  if (engine === 'anthropic') return keyVariable
  return ownAddress(vendor) === undefined ? undefined : findVendor(vendor ?? '')?.keyVariable
}

export type Address =
  | { readonly kind: 'own' }
  | { readonly kind: 'at'; readonly baseUrl: string }
  | { readonly kind: 'wrong'; readonly why: string }

/** An address that is to come from a variable: it is written into our file, so it must be known now. */
export const UNSET: Address = {
  kind: 'wrong',
  why: 'its address is to come from a variable that is not set here, and ours are written into the file',
}

/** An address as other gateways write it (with the path of an operation, without the version) as ours: up to the version. */
export function addressOf(text: string, provider: Provider): Address {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    return { kind: 'wrong', why: 'its address is not one of http' }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return { kind: 'wrong', why: 'its address holds a user name, a password, `?` or `#`, where keys hide' }
  const baseUrl = `${url.origin}${versioned(url.pathname, provider)}`
  // An address on a machine of the owner is worth reading, even where it is the usual one.
  if (provider.own === true) return { kind: 'at', baseUrl }
  const own = provider.engine === 'anthropic' ? 'https://api.anthropic.com/v1' : ownAddress(provider.vendor)
  return baseUrl === own || url.href.replace(/\/+$/, '') === own ? { kind: 'own' } : { kind: 'at', baseUrl }
}

function versioned(pathname: string, { engine, vendor }: Provider): string {
  const path = pathname.replace(/\/+$/, '').replace(OPERATION, '')
  // What follows the address of an Azure resource is the business of our table.
  if (vendor === 'azure-classic') return path.replace(/\/openai(\/deployments\/[^/]+|\/v1)?$/, '')
  return path === '' && engine !== 'ai-sdk' ? '/v1' : path
}

const OPERATION = /\/(chat\/completions|completions|messages|embeddings|responses)$/

import { statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { Provenance, StatedFacts } from '../../catalog/model-facts.ts'
import {
  runsHere,
  type AiSdkBinding,
  type Binding,
  type Fallback,
  type FallbackReason,
  type LlamaBinding,
  type LlamaServerBinding,
  type Model,
  type Place,
  type ServerBinding,
  type Timeouts,
  type Tries,
} from '../../catalog/model.ts'
import { fromUsd, type Price } from '../../core/money.ts'
import { findVendor } from '../../engines/vendors/find-vendor.ts'
import type { OpenAiVendor } from '../../engines/vendors/vendor.ts'
import { durationMs } from './duration.ts'
import { missingWeights, type FileKind, type Missing } from './missing-weights.ts'
import type { PulledFile, PulledWeights } from './pulled-models.ts'
import type {
  AiSdkEntry,
  AnthropicEntry,
  FallbackEntry,
  LlamaEntry,
  LlamaServerEntry,
  ModelEntry,
  OpenAiEntry,
  PlaceEntry,
  PriceEntry,
  StatedEntry,
} from './schema.ts'

export type Surroundings = {
  /** Where relative paths are looked for, in this order. */
  readonly folders: readonly string[]
  readonly userHome: string | undefined
  readonly env: NodeJS.ProcessEnv
  readonly starters: readonly Model[]
  readonly pulled: PulledWeights
}

/** A model as configured, with what is wrong about the world around it: neither stops the gateway. */
export type ConfiguredModel = {
  readonly model: Model
  readonly warnings: readonly { readonly key: string; readonly text: string }[]
}

export function configuredModel(name: string, entry: ModelEntry, around: Surroundings): ConfiguredModel {
  switch (entry.engine) {
    case 'llama':
    case 'llama-server':
      return llamaModel(name, entry, around)
    case 'openai':
      return openAiModel(name, entry, around)
    case 'anthropic':
      return anthropicModel(name, entry, around)
    case 'ai-sdk':
      return aiSdkModel(name, entry, around)
    default:
      return entry satisfies never
  }
}

function llamaModel(
  name: string,
  entry: LlamaEntry | LlamaServerEntry,
  around: Surroundings,
): ConfiguredModel {
  const weights = findWeights(entry.weights, 'weights', around)
  const adapter = entry.adapter === undefined ? undefined : findWeights(entry.adapter, 'adapter', around)
  // The starter weights under another name are toys all the same, and their hash is known.
  const starter = around.starters.find(
    ({ binding: shipped }) => runsHere(shipped) && shipped.weights === weights.path,
  )
  const known = starter ?? weights.pulled?.model
  const files = {
    ...adapterHash(adapter?.pulled),
    ...llamaBinding(entry, weights.path, adapter?.path, known?.binding),
  }
  const binding = entry.engine === 'llama' ? files : { ...files, ...serverBinding(entry, around) }
  const model = modelOf(name, entry, binding, { kind: 'owned' })
  return {
    model: {
      ...(known === undefined ? model : withKnown(model, known)),
      ...unavailableFor(weights),
      ...(adapter !== undefined && unavailableFor(adapter)),
    },
    warnings: [
      ...(weights.missing === undefined ? [] : [{ key: 'weights', text: weights.missing.text }]),
      ...(adapter?.missing === undefined ? [] : [{ key: 'adapter', text: adapter.missing.text }]),
    ],
  }
}

/** A file may be there at the next request. What is to be pulled changes the shelf, and that is seen. */
export function unavailableFor({ missing }: FoundWeights): Pick<Model, 'unavailable'> {
  return missing?.onShelf === true ? { unavailable: missing.text } : {}
}

/** What is known of the weights, where the configuration does not say otherwise. */
function withKnown(model: Model, { licence, source, facts, toy }: Model): Model {
  return {
    ...(licence === undefined ? {} : { licence }),
    ...(source === undefined ? {} : { source }),
    ...model,
    ...(facts === undefined ? {} : { facts: { ...facts, ...model.facts } }),
    toy: model.toy || toy,
  }
}

function adapterHash(pulled: PulledFile | undefined): Pick<LlamaBinding, 'adapterSha256'> {
  return pulled === undefined ? {} : { adapterSha256: pulled.sha256 }
}

function serverBinding(
  { binary, serves }: LlamaServerEntry,
  around: Surroundings,
): Pick<LlamaServerBinding, 'engine' | 'binary' | 'serves'> {
  return {
    engine: 'llama-server',
    ...(binary === undefined ? {} : { binary: find(binary, around).path }),
    ...(serves === undefined ? {} : { serves }),
  }
}

function llamaBinding(
  entry: LlamaEntry | LlamaServerEntry,
  weights: string,
  adapter: string | undefined,
  known: Binding | undefined,
): LlamaBinding {
  const sha256 =
    entry.sha256?.toLowerCase() ?? (known !== undefined && runsHere(known) ? known.sha256 : undefined)
  return {
    engine: 'llama',
    weights,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(entry.adapter_sha256 === undefined ? {} : { adapterSha256: entry.adapter_sha256.toLowerCase() }),
    ...(entry.context_tokens === undefined ? {} : { contextTokens: entry.context_tokens }),
    ...(entry.slots === undefined ? {} : { slots: entry.slots }),
    ...(entry.queue === undefined ? {} : { queue: entry.queue }),
    ...(entry.threads === undefined ? {} : { threads: entry.threads }),
    ...(entry.gpu_layers === undefined ? {} : { gpuLayers: entry.gpu_layers }),
    ...(entry.keep_alive === undefined ? {} : { keepAliveMs: keepAliveMs(entry.keep_alive) }),
    ...(entry.min_context === undefined ? {} : { minContextTokens: entry.min_context }),
    ...(entry.warm === true ? { warm: true } : {}),
    ...(entry.pin === true ? { pinned: true } : {}),
  }
}

function openAiModel(name: string, entry: OpenAiEntry, around: Surroundings): ConfiguredModel {
  const vendor = entry.vendor === undefined ? undefined : findVendor(entry.vendor)
  // The schema lets neither be missing; an endpoint without an address of its own is another key for the same one.
  const base = entry.base_url ?? vendor?.baseUrl ?? ''
  return served(name, entry, { base, vendor, around }, (server) => ({
    engine: 'openai',
    ...server,
    ...(entry.vendor === undefined ? {} : { vendor: entry.vendor }),
    ...(entry.speaks === undefined ? {} : SPEAKS[entry.speaks]),
    ...(entry.query === undefined ? {} : { query: entry.query }),
    ...(entry.context_tokens === undefined ? {} : { contextTokens: entry.context_tokens }),
  }))
}

/** Its own address, and the variable of its clients: the key in it goes there and nowhere else. */
const ANTHROPIC = { baseUrl: 'https://api.anthropic.com/v1', keyVariable: 'ANTHROPIC_API_KEY' }

function anthropicModel(name: string, entry: AnthropicEntry, around: Surroundings): ConfiguredModel {
  const base = entry.base_url ?? ANTHROPIC.baseUrl
  return served(name, entry, { base, vendor: ANTHROPIC, around }, (server) => ({
    engine: 'anthropic',
    ...server,
    ...(entry.key_header === undefined ? {} : { keyHeader: entry.key_header }),
    ...(entry.version === undefined ? {} : { version: entry.version }),
    ...(entry.betas === undefined ? {} : { betas: entry.betas }),
    ...(entry.default_max_tokens === undefined ? {} : { defaultMaxTokens: entry.default_max_tokens }),
    ...(entry.structured === undefined ? {} : { structured: entry.structured }),
    ...(entry.reasoning === undefined ? {} : { reasoning: entry.reasoning }),
    ...(entry.unsigned_reasoning === undefined ? {} : { unsignedReasoning: entry.unsigned_reasoning }),
  }))
}

type ServerAt = {
  readonly base: string
  readonly vendor: KeyOwner | undefined
  readonly around: Surroundings
}

/** A model on one or more servers. What has no key where one is named is left out; when that is all, the model is listed and not available. */
function served(
  name: string,
  entry: OpenAiEntry | AnthropicEntry,
  { base, vendor, around }: ServerAt,
  bindingOf: (server: ServerBinding) => Binding,
): ConfiguredModel {
  const places = [entry, ...(entry.endpoints ?? [])].map((each) =>
    placeOf({ base_url: base, ...each }, vendor, around.env),
  )
  const usable = places.flatMap(({ place }) => (place === undefined ? [] : [place]))
  const [first, ...elsewhere] = usable
  const server: ServerBinding = {
    ...(first ?? { baseUrl: withoutEnd(base) }),
    upstreamModel: entry.model,
    ...(elsewhere.length === 0 ? {} : { elsewhere }),
    ...(entry.drops === undefined ? {} : { drops: entry.drops }),
    ...(entry.timeouts === undefined ? {} : { timeouts: timeoutsOf(entry.timeouts) }),
    ...(entry.tries === undefined ? {} : { tries: triesOf(entry.tries) }),
  }
  const model = modelOf(name, entry, bindingOf(server), { kind: 'unpriced' })
  const reasons = places.flatMap(({ reason }) => (reason === undefined ? [] : [reason]))
  const [reason] = reasons
  if (reason === undefined) return { model, warnings: [] }
  const effect = first === undefined ? 'the model is listed and not available' : 'its endpoint is left out'
  const warnings = reasons.map((each) => ({ key: 'key', text: `${each}; ${effect}` }))
  return { model: first === undefined ? { ...model, unavailable: reason } : model, warnings }
}

const SPEAKS = {
  chat: { speaks: 'openai-chat' },
  responses: { speaks: 'openai-responses' },
  'only-responses': { speaks: 'openai-responses', speaksOnlyThat: true },
} as const

/** Whose key may be taken from the environment without being named, and the only address it may go to. */
type KeyOwner = Pick<OpenAiVendor, 'baseUrl' | 'keyVariable'>

type Placed = { readonly place?: Place; readonly reason?: string }

/** One place with its key; without a place when its key is missing, and the reason. */
function placeOf(
  entry: PlaceEntry & { readonly base_url: string },
  vendor: KeyOwner | undefined,
  env: NodeJS.ProcessEnv,
): Placed {
  const baseUrl = withoutEnd(entry.base_url)
  const variable = entry.key?.slice('env:'.length)
  const key = variable === undefined ? vendorKey(baseUrl, vendor, env) : keyFrom(variable, env)
  if (key?.kind === 'missing') return { reason: key.reason }
  return {
    place: {
      baseUrl,
      ...(key === undefined ? {} : { key: key.key }),
      ...(entry.weight === undefined ? {} : { weight: entry.weight }),
    },
  }
}

/** The vendor's own key, which goes to the vendor's own address and nowhere else. A server of ours may have none. */
function vendorKey(baseUrl: string, vendor: KeyOwner | undefined, env: NodeJS.ProcessEnv): Key | undefined {
  if (vendor?.keyVariable === undefined || vendor.baseUrl === undefined) return undefined
  const own = new URL(vendor.baseUrl)
  if (own.origin !== new URL(baseUrl).origin) return undefined
  const key = keyFrom(vendor.keyVariable, env)
  return key.kind === 'missing' && own.protocol === 'http:' ? undefined : key
}

function aiSdkModel(name: string, entry: AiSdkEntry, around: Surroundings): ConfiguredModel {
  const settings = Object.entries(entry.options ?? {}).map(
    ([setting, value]) => [setting, settingFrom(value, around.env)] as const,
  )
  const key = entry.key === undefined ? undefined : keyFrom(entry.key.slice('env:'.length), around.env)
  const given = settings.flatMap(([setting, { value }]) => (value === undefined ? [] : [[setting, value]]))
  const binding: AiSdkBinding = {
    engine: 'ai-sdk',
    package: entry.package,
    upstreamModel: entry.model,
    ...(key?.kind === 'key' ? { key: key.key } : {}),
    ...(given.length === 0 ? {} : { options: Object.fromEntries(given) }),
    ...(entry.timeouts === undefined ? {} : { timeouts: timeoutsOf(entry.timeouts) }),
    ...(entry.tries === undefined ? {} : { tries: triesOf(entry.tries) }),
  }
  const model = modelOf(name, entry, binding, { kind: 'unpriced' })
  const missing = [
    ...(key?.kind === 'missing' ? [{ key: 'key', reason: key.reason }] : []),
    ...settings.flatMap(([, { reason }]) => (reason === undefined ? [] : [{ key: 'options', reason }])),
  ]
  const [first] = missing
  if (first === undefined) return { model, warnings: [] }
  const warnings = missing.map((each) => ({
    key: each.key,
    text: `${each.reason}; the model is listed and not available`,
  }))
  return { model: { ...model, unavailable: first.reason }, warnings }
}

type Setting = { readonly value?: string | number | boolean; readonly reason?: string }

function settingFrom(value: string | number | boolean, env: NodeJS.ProcessEnv): Setting {
  if (typeof value !== 'string' || !value.startsWith('env:')) return { value }
  const key = keyFrom(value.slice('env:'.length), env)
  return key.kind === 'key' ? { value: key.key } : { reason: key.reason }
}

function withoutEnd(url: string): string {
  return url.replace(/\/+$/, '')
}

function modelOf(name: string, entry: ModelEntry, binding: Binding, usualPrice: Price): Model {
  return {
    name,
    binding,
    price: entry.price === undefined ? usualPrice : priceOf(entry.price),
    ...(entry.licence === undefined ? {} : { licence: entry.licence }),
    ...(entry.region === undefined ? {} : { region: entry.region }),
    ...(entry.fallbacks === undefined ? {} : { fallbacks: entry.fallbacks.map(fallbackOf) }),
    ...(entry.facts === undefined ? {} : { facts: statedFacts(entry.facts) }),
    ...(entry.cache === undefined
      ? {}
      : { cache: { ttlMs: durationMs(entry.cache.ttl), sampled: entry.cache.sampled ?? false } }),
    toy: entry.toy ?? false,
    origin: 'config',
  }
}

export function statedFacts(entry: StatedEntry): StatedFacts {
  const { legal_seat, retention_days, trains_on_data, terms_date, provenance, ...same } = entry
  return {
    ...same,
    ...(legal_seat === undefined ? {} : { legalSeat: legal_seat }),
    ...(retention_days === undefined ? {} : { retentionDays: retention_days }),
    ...(trains_on_data === undefined ? {} : { trainsOnData: trains_on_data }),
    ...(terms_date === undefined ? {} : { termsDate: terms_date }),
    // The schema lets nothing else through.
    ...(provenance === undefined ? {} : { provenance: provenance as Provenance }),
  }
}

export function priceOf(entry: PriceEntry): Price {
  if (entry === 'owned') return { kind: 'owned' }
  const input = entry.input_usd_per_million
  return {
    kind: 'metered',
    tokens: {
      inputPerMillion: fromUsd(input),
      // A seller without a discount for cached tokens bills them as input; guessing lower would understate the bill.
      cacheReadPerMillion: fromUsd(entry.cache_read_usd_per_million ?? input),
      cacheWritePerMillion: fromUsd(entry.cache_write_usd_per_million ?? input),
      ...(entry.cache_write_1h_usd_per_million === undefined
        ? {}
        : { cacheWrite1hPerMillion: fromUsd(entry.cache_write_1h_usd_per_million) }),
      outputPerMillion: fromUsd(entry.output_usd_per_million),
    },
  }
}

function keepAliveMs(value: NonNullable<LlamaEntry['keep_alive']>): number {
  if (value === 'always') return -1
  return typeof value === 'number' ? value : durationMs(value)
}

/** What another model can help with without anyone being surprised: it was not asked to take content that was refused. */
const USUAL_REASONS: readonly FallbackReason[] = ['overloaded', 'context-too-long', 'outage']

function fallbackOf(entry: FallbackEntry): Fallback {
  return typeof entry === 'string'
    ? { model: entry, on: USUAL_REASONS }
    : { model: entry.model, on: entry.on ?? USUAL_REASONS }
}

function timeoutsOf({ connect, first_byte, idle, total }: NonNullable<OpenAiEntry['timeouts']>): Timeouts {
  return {
    ...(connect === undefined ? {} : { connectMs: durationMs(connect) }),
    ...(first_byte === undefined ? {} : { firstByteMs: durationMs(first_byte) }),
    ...(idle === undefined ? {} : { idleMs: durationMs(idle) }),
    ...(total === undefined ? {} : { totalMs: durationMs(total) }),
  }
}

function triesOf({ attempts, balance, hedge }: NonNullable<OpenAiEntry['tries']>): Tries {
  return {
    ...(attempts === undefined ? {} : { attempts }),
    ...(balance === undefined ? {} : { balance }),
    ...(hedge === undefined
      ? {}
      : { hedge: { afterMs: durationMs(hedge.after), maxShare: hedge.max_share ?? USUAL_HEDGE_SHARE } }),
  }
}

/** One request in twenty: what it takes to cut the slowest ones, at a twentieth more cost. */
const USUAL_HEDGE_SHARE = 0.05

type Key =
  { readonly kind: 'key'; readonly key: string } | { readonly kind: 'missing'; readonly reason: string }

function keyFrom(variable: string, env: NodeJS.ProcessEnv): Key {
  // `export KEY=$(cat file)` on Windows, and secrets mounted as variables, end in a line break.
  const value: unknown = env[variable]
  // A variable called `constructor` would otherwise be found on the prototype.
  const key = typeof value === 'string' ? value.trim() : ''
  if (key === '') return { kind: 'missing', reason: `the environment variable ${variable} is not set` }
  // Anything else cannot stand in a header, and the HTTP client's own error would repeat the value.
  if (/^[\x21-\x7e]+$/.test(key)) return { kind: 'key', key }
  return { kind: 'missing', reason: `the environment variable ${variable} holds characters that no key has` }
}

function find(path: string, around: Surroundings): { readonly path: string; readonly found: boolean } {
  const candidates = candidatePaths(path, around)
  const found = candidates.find(isFile)
  return { path: found ?? candidates[0] ?? resolve(path), found: found !== undefined }
}

export type FoundWeights = {
  /** Where the file is, or would be. */
  readonly path: string
  readonly pulled?: PulledFile
  /** Absent: it is there. */
  readonly missing?: Missing
}

/** A file that is there comes first: what was pulled since cannot take its place. */
export function findWeights(name: string, kind: FileKind, around: Surroundings): FoundWeights {
  const { found, path } = find(name, around)
  if (found) return { path }
  const { pulled } = around
  const onShelf = kind === 'weights' ? pulled.find(name) : pulled.findAdapter(name)
  if (onShelf !== undefined) return { path: onShelf.path, pulled: onShelf }
  return { path, missing: missingWeights(name, kind, pulled) }
}

function candidatePaths(path: string, { folders, userHome }: Surroundings): readonly string[] {
  if (isAbsolute(path)) return [resolve(path)]
  if (path.startsWith('~/') && userHome !== undefined) return [join(userHome, path.slice(2))]
  return folders.map((folder) => resolve(folder, path))
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

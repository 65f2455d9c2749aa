import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AiSdkBinding } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import type { EmbeddingModel, LanguageModel } from './spec.ts'

export type Provider = {
  readonly languageModel: () => LanguageModel
  /** Undefined where the package has none. */
  readonly embeddingModel: () => EmbeddingModel | undefined
}

export type ProviderSettings = Readonly<Record<string, unknown>>

/**
 * Loads the provider package of a model, from beside musivum or from one of `folders`. Throws `model.unavailable` that says
 * what to do: what to install, or what the package lacks.
 */
export async function loadProvider(
  binding: Pick<AiSdkBinding, 'package' | 'upstreamModel'>,
  settings: ProviderSettings,
  folders: readonly string[],
): Promise<Provider> {
  const name = binding.package
  const create = factoryOf(name, await importPackage(name, folders))
  const provider: unknown = create(settings)
  if (!isCallable(provider) && !isRecord(provider))
    throw unusable(name, 'its create function makes no provider')
  return {
    languageModel: () => languageModelOf(name, provider, binding.upstreamModel),
    embeddingModel: () => embeddingModelOf(name, provider, binding.upstreamModel),
  }
}

async function importPackage(name: string, folders: readonly string[]): Promise<Record<string, unknown>> {
  const entry = [import.meta.dirname, ...folders].map((folder) => entryOf(name, folder)).find(Boolean)
  if (entry === undefined) throw notInstalled(name)
  try {
    return (await import(pathToFileURL(entry).href)) as Record<string, unknown>
  } catch (cause) {
    throw unusable(name, 'it cannot be loaded; is it whole, and made for this Node.js?', cause)
  }
}

function notInstalled(name: string): MusivumError {
  const message = `The package ${name} is not installed. In the folder that musivum is started in: npm install ${name}`
  return new MusivumError('model.unavailable', message, { package: name })
}

/** The file that `import` would load, seen from a folder: packages may be installed beside the configuration too. */
function entryOf(name: string, folder: string): string | undefined {
  const manifest = manifestOf(name, folder)
  if (manifest === undefined) return undefined
  const { exports, module, main } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>
  const entry = exportOf(exports) ?? module ?? main ?? 'index.js'
  return typeof entry === 'string' ? join(dirname(manifest), entry) : undefined
}

function manifestOf(name: string, folder: string): string | undefined {
  try {
    return findPackageJSON(name, pathToFileURL(join(folder, 'package.json')))
  } catch {
    // Not there: the next folder may have it, and the last one's absence is what the caller reports.
    return undefined
  }
}

/** `exports` as a string, by `.` or by condition, as deep as packages nest it. */
function exportOf(exports: unknown): unknown {
  if (!isRecord(exports)) return exports
  return exportOf(exports['.'] ?? exports['import'] ?? exports['node'] ?? exports['default'])
}

/** `createGoogle` of @ai-sdk/google: by convention the one function whose name begins so, and the nearest where there are more. */
function factoryOf(name: string, exported: Record<string, unknown>): (settings: ProviderSettings) => unknown {
  const wanted = `create${name.replace(/^.*\//, '').replace(/[^a-z0-9]/gi, '')}`.toLowerCase()
  const made = Object.keys(exported).filter((key) => /^create[A-Z]/.test(key) && isCallable(exported[key]))
  const best =
    made.find((key) => key.toLowerCase() === wanted) ??
    made.find((key) => key.toLowerCase().startsWith(wanted)) ??
    made.toSorted()[0]
  const create = best === undefined ? undefined : exported[best]
  if (!isCallable(create))
    throw unusable(name, 'it exports no create function, as provider packages of the AI SDK do')
  return create
}

function languageModelOf(name: string, provider: unknown, model: string): LanguageModel {
  const made =
    callMember(provider, 'languageModel', model) ?? (isCallable(provider) ? provider(model) : undefined)
  if (!isRecord(made) || !isCallable(made['doStream'])) throw unusable(name, 'it has no language models')
  return checked(name, made as LanguageModel)
}

function embeddingModelOf(name: string, provider: unknown, model: string): EmbeddingModel | undefined {
  // The older names come first: packages of version 3 have only them, newer ones have all.
  for (const member of ['textEmbeddingModel', 'embeddingModel', 'textEmbedding']) {
    const made = embeddingFrom(provider, member, model)
    if (isRecord(made) && isCallable(made['doEmbed'])) return checked(name, made as EmbeddingModel)
  }
  return undefined
}

function embeddingFrom(provider: unknown, member: string, model: string): unknown {
  try {
    return callMember(provider, member, model)
  } catch {
    // Packages without embeddings throw "no such model" here; that they have none is all the caller asks.
    return undefined
  }
}

function checked<M extends { readonly specificationVersion: string }>(name: string, model: M): M {
  const version = model.specificationVersion
  if (version === 'v3' || version === 'v4') return model
  const spoken = /^v\d+$/.test(version) ? version : 'no version we know'
  throw unusable(
    name,
    `it speaks ${spoken} of the provider specification, and v3 or v4 is needed; install a newer one`,
  )
}

function callMember(provider: unknown, member: string, model: string): unknown {
  const call = (provider as Readonly<Record<string, unknown>>)[member]
  return isCallable(call) ? call.call(provider, model) : undefined
}

function unusable(name: string, why: string, cause?: unknown): MusivumError {
  return new MusivumError(
    'model.unavailable',
    `The package ${name} cannot be used: ${why}.`,
    { package: name },
    { cause },
  )
}

function isCallable(value: unknown): value is (...args: readonly unknown[]) => unknown {
  return typeof value === 'function'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

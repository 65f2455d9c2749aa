import { basename } from 'node:path'
import { headerReport } from '../../catalog/gguf/header-report.ts'
import { runsHere, type AdapterFile, type LlamaBinding, type Model } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import { nearestNames } from '../../core/nearest.ts'
import { checkAdapter, type NamedHeader } from '../../engines/llama/check-adapter.ts'
import { checkWeights } from '../../engines/llama/check-weights.ts'
import { readGgufHeader } from '../../engines/llama/gguf.ts'
import type { Shelf } from '../../weights/shelf.ts'
import { namedBlobs } from '../named-blobs.ts'
import type { Path } from './yaml-places.ts'

/** Something about a model that a request would be the first to find out. */
export type ModelFinding = {
  readonly path: Path
  readonly text: string
  /** As it stands it can never answer. */
  readonly never: boolean
}

/**
 * Looks into the weights and adapters of the models of a configuration, and at whom they fall back to. Headers only: one
 * with a vocabulary of 150,000 tokens is read in some 50 ms, which a check may take and a start may not.
 */
export async function checkModels(models: readonly Model[], shelf: Shelf): Promise<readonly ModelFinding[]> {
  const configured = models.filter(({ origin }) => origin === 'config')
  const names = models.map(({ name }) => name)
  const inFiles = await Promise.all(configured.map(filesOf))
  const findings = [...configured.flatMap((model) => unknownFallbacks(model, names)), ...inFiles.flat()]
  const blobs = namedBlobs(shelf)
  return findings.map((finding) => ({ ...finding, text: blobs.text(finding.text) }))
}

function unknownFallbacks(model: Model, names: readonly string[]): readonly ModelFinding[] {
  const { name, binding, fallbacks = [] } = model
  // They are those of the entry, told with the weights by themselves.
  if (runsHere(binding) && ownAdapter(binding) !== undefined) return []
  return fallbacks.flatMap((fallback, index) => {
    if (names.includes(fallback.model)) return []
    const [near] = nearestNames(fallback.model, names, 1)
    const hint = near === undefined ? 'it is passed over until a server brings one' : `did you mean ${near}?`
    const text = `no configured model is called ${fallback.model.slice(0, 80)}; ${hint}`
    return [{ path: ['models', name, 'fallbacks', index], text, never: false }]
  })
}

async function filesOf({ name, binding, unavailable }: Model): Promise<readonly ModelFinding[]> {
  if (!runsHere(binding) || unavailable !== undefined) return []
  const own = ownAdapter(binding)
  const at = (...keys: readonly string[]): Path => ['models', binding.family?.base ?? name, ...keys]
  const weights = await looked(at('weights'), async () => {
    const base = await named(binding.weights)
    checkWeights(base.header, base.file)
    return base
  })
  const { found: base } = weights
  // What is wrong with the weights is told once, not for each adapter on them.
  const ofWeights =
    own === undefined
      ? [...weights.findings, ...(base === undefined ? [] : contextOf(binding, base, at))]
      : []
  if (base === undefined || binding.adapter === undefined) return ofWeights
  const place = own === undefined ? at('adapter') : at('adapters', own.name)
  return [...ofWeights, ...(await adapterOf(binding.adapter, base, place))]
}

async function adapterOf(path: string, base: NamedHeader, place: Path): Promise<readonly ModelFinding[]> {
  const { found, findings } = await looked(place, async () => {
    const adapter = await named(path)
    checkAdapter(adapter, base)
    return adapter
  })
  return found === undefined ? findings : baseOf(found, base, place)
}

function contextOf(
  { contextTokens, minContextTokens }: Pick<LlamaBinding, 'contextTokens' | 'minContextTokens'>,
  { header }: NamedHeader,
  at: (key: string) => Path,
): readonly ModelFinding[] {
  const { context_tokens: trained } = headerReport(header)
  if (trained === null) return []
  const given = [
    ['context_tokens', contextTokens],
    ['min_context', minContextTokens],
  ] as const
  return given.flatMap(([key, tokens]) => {
    if (tokens === undefined || tokens <= trained) return []
    const text = `${tokens} tokens of context are more than the ${trained} that these weights were trained for; what lies beyond is answered badly`
    return [{ path: at(key), text, never: false }]
  })
}

/** Whoever made the adapter says for what; names are written in many ways, so this is no refusal. */
function baseOf(adapter: NamedHeader, base: NamedHeader, path: Path): readonly ModelFinding[] {
  const declared = headerReport(adapter.header).licence.base_models
  const { name, licence } = headerReport(base.header)
  const known = [name, licence.source, ...licence.base_models].filter((each) => each !== null)
  if (known.length === 0 || declared.length === 0) return []
  if (declared.some((one) => known.some((other) => sameModel(one, other)))) return []
  const [made = '', are = ''] = [declared[0], known[0]].map(shown)
  return [
    {
      path,
      text: `the adapter says that it was made for ${made}, and these weights are ${are}`,
      never: false,
    },
  ]
}

/** `https://huggingface.co/org/Model-1B-Instruct` and `Model 1B Instruct`. */
function sameModel(one: string, other: string): boolean {
  const [a = '', b = ''] = [one, other].map((text) =>
    (text.split('/').at(-1) ?? '').toLowerCase().replace(/[^a-z0-9]/g, ''),
  )
  return a.includes(b) || b.includes(a)
}

/** A stranger's file gives these words. */
function shown(text = ''): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100)
}

function ownAdapter({ family, adapter }: Pick<LlamaBinding, 'family' | 'adapter'>): AdapterFile | undefined {
  return family?.adapters.find(({ path }) => path === adapter)
}

async function named(path: string): Promise<NamedHeader> {
  return { header: await readGgufHeader(path), file: basename(path) }
}

type Looked<T> = { readonly found?: T; readonly findings: readonly ModelFinding[] }

/** What a check refuses here is what the load would refuse. That a file is not there, the configuration itself says. */
async function looked<T>(path: Path, look: () => Promise<T>): Promise<Looked<T>> {
  try {
    return { found: await look(), findings: [] }
  } catch (thrown) {
    if (!(thrown instanceof MusivumError)) throw thrown
    const missing = thrown.code === 'engine.weights_missing'
    return { findings: missing ? [] : [{ path, text: thrown.message, never: true }] }
  }
}

import { findLicence } from '../../catalog/licences/find-licence.ts'
import type { Provenance, StatedFacts } from '../../catalog/model-facts.ts'
import type { AdapterFile, LlamaBinding, Model } from '../../catalog/model.ts'
import { strictest } from '../../weights/lineage.ts'
import {
  configuredModel,
  findWeights,
  priceOf,
  statedFacts,
  unavailableFor,
  type ConfiguredModel,
  type FoundWeights,
  type Surroundings,
} from './configured-model.ts'
import type { AdapterEntry, ModelEntry } from './schema.ts'

/** The models of an entry: itself, and `name:adapter` for each adapter that stands beside its weights. */
export function configuredModels(
  name: string,
  entry: ModelEntry,
  around: Surroundings,
): readonly ConfiguredModel[] {
  const configured = configuredModel(name, entry, around)
  const { model, warnings } = configured
  const { binding } = model
  if (entry.engine !== 'llama' || entry.adapters === undefined || binding.engine !== 'llama')
    return [configured]
  const adapters = Object.entries(entry.adapters).map(([own, adapter]) => adapterOf(own, adapter, around))
  const family = { base: name, adapters: adapters.map(({ file }) => file) }
  const base = { ...model, binding: { ...binding, family } }
  const missing = adapters.flatMap(({ file, found }) =>
    found.missing === undefined ? [] : [{ key: 'adapters', text: `${file.name}: ${found.missing.text}` }],
  )
  return [
    { model: base, warnings: [...warnings, ...missing] },
    ...adapters.map((adapter) => ({ model: adapted(base, adapter), warnings: [] })),
  ]
}

type Adapter = {
  readonly file: AdapterFile
  readonly found: FoundWeights
  readonly entry: Exclude<AdapterEntry, string>
}

function adapterOf(name: string, given: AdapterEntry, around: Surroundings): Adapter {
  const entry = typeof given === 'string' ? { adapter: given } : given
  const found = findWeights(entry.adapter, 'adapter', around)
  const sha256 = entry.adapter_sha256?.toLowerCase() ?? found.pulled?.sha256
  const file = { name, path: found.path, ...(sha256 !== undefined && { sha256 }) }
  return { file, found, entry }
}

type Base = Model & { readonly binding: LlamaBinding }

/** All that holds of the weights, but for what is said of the adapter. */
function adapted(base: Base, { file, found, entry }: Adapter): Model {
  const { sha256 } = file
  const { pulled } = found
  const licence = entry.licence ?? together(base.licence, pulled?.licence)
  return {
    ...base,
    name: `${base.name}:${file.name}`,
    binding: { ...base.binding, adapter: file.path, ...(sha256 !== undefined && { adapterSha256: sha256 }) },
    ...(licence !== undefined && { licence }),
    ...(entry.price !== undefined && { price: priceOf(entry.price) }),
    ...unavailableFor(found),
    ...factsOf(base, pulled?.provenance ?? 0, entry.facts),
  }
}

/** Where it is known what the weights are, that holds of both together only as far as it is known of the adapter. */
function factsOf(
  { facts }: Base,
  provenance: Provenance,
  stated: Adapter['entry']['facts'],
): { readonly facts?: StatedFacts } {
  const known = facts?.provenance === undefined ? {} : { provenance: lesser(facts.provenance, provenance) }
  const all = { ...facts, ...known, ...(stated !== undefined && statedFacts(stated)) }
  return Object.keys(all).length === 0 ? {} : { facts: all }
}

function lesser(a: Provenance, b: Provenance): Provenance {
  return a < b ? a : b
}

/** An adapter cannot grant what its base does not, nor the other way round. */
function together(base: string | undefined, adapter: string | undefined): string | undefined {
  if (base === undefined || adapter === undefined) return base ?? adapter
  const records = [base, adapter].map(findLicence).filter((record) => record !== undefined)
  return records.length === 2 ? strictest(records)?.id : adapter
}

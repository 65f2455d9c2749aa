import { findLicence } from '../../catalog/licences/find-licence.ts'
import type { LicenceRecord } from '../../catalog/licences/licence-record.ts'
import { familyLicence, strictest } from '../lineage.ts'
import type { Manifest } from '../manifest.ts'
import { compareWithBase, shelvedAs, type BaseComparison } from './compare-with-base.ts'
import { keptFingerprint } from './fingerprint.ts'

export type LineageNode = {
  readonly model: string
  /** Its name here; null: not on the shelf. */
  readonly on_shelf: string | null
  /** The id of our record of its own licence: as recorded here, else by its family. */
  readonly licence: string | null
  readonly provenance: Manifest['provenance']['level'] | null
}

export type LineageEdge = {
  readonly from: string
  readonly made_from: string
  /** As the card says it; null: not said. */
  readonly relation: string | null
  /** `fingerprint`: its build agrees. `declared`: nothing but words. `contradicted`: its build says otherwise. */
  readonly evidence: 'fingerprint' | 'declared' | 'contradicted'
  readonly why: string
}

export type Lineage = {
  readonly model: string
  readonly nodes: readonly LineageNode[]
  readonly edges: readonly LineageEdge[]
  /** Built exactly like these, whatever is declared. */
  readonly built_like: readonly string[]
  readonly licence: { readonly declared: string | null; readonly effective: string | null }
  /** What does not fit together, a line each. */
  readonly conflicts: readonly string[]
}

export type LineageWorld = {
  readonly manifests: readonly Manifest[]
  readonly relations: ReadonlyMap<string, string | null>
  readonly builtLike: readonly string[]
}

/** Merges of merges of the hub reach some dozens; a chain that goes on is somebody's joke. */
const MAX_NODES = 256

/** From a model to everything that it is said to be made from, as far as the shelf knows. */
export function lineageOfModel(manifest: Manifest, world: LineageWorld): Lineage {
  const { nodes, edges, cycles, cut } = walk(manifest, world)
  const own = manifest.licence.record === null ? undefined : findLicence(manifest.licence.record)
  const ancestors = nodes.slice(1)
  const records = nodes.flatMap(({ licence }) => (licence === null ? [] : (findLicence(licence) ?? [])))
  return {
    model: manifest.name,
    nodes,
    edges,
    built_like: world.builtLike,
    licence: { declared: manifest.licence.declared, effective: strictest(records)?.id ?? null },
    conflicts: [
      ...edges.filter(({ evidence }) => evidence === 'contradicted').map(contradiction),
      ...ancestors.flatMap((ancestor) => laundering(manifest, own, ancestor)),
      ...cycles.map((path) => `${path.join(' is made from ')}: nothing is made from itself`),
      ...(cut ? [`the lineage goes on beyond ${MAX_NODES} models and is cut off`] : []),
    ],
  }
}

type Walk = {
  readonly nodes: readonly LineageNode[]
  readonly edges: readonly LineageEdge[]
  readonly cycles: readonly (readonly string[])[]
  readonly cut: boolean
}

type Step = { readonly manifest: Manifest; readonly path: readonly string[] }

/** Breadth first, so that what is nearest comes first and nothing is visited twice. */
function walk(start: Manifest, world: LineageWorld): Walk {
  const nodes = new Map<string, LineageNode>([[start.name, shelfNode(start.name, start)]])
  const edges: LineageEdge[] = []
  const cycles: (readonly string[])[] = []
  const open: Step[] = [{ manifest: start, path: [start.name] }]
  for (const { manifest, path } of open) {
    const from = path.at(-1) ?? manifest.name
    for (const { model, licence } of manifest.lineage) {
      const shelved = shelvedAs(model, manifest, world.manifests)
      const name = shelved === start ? start.name : model
      if (nodes.size >= MAX_NODES && !nodes.has(name))
        return { nodes: [...nodes.values()], edges, cycles, cut: true }
      edges.push(edgeOf(from, name, manifest, world))
      if (path.includes(name)) {
        cycles.push([...path.slice(path.indexOf(name)), name])
      } else if (!nodes.has(name)) {
        nodes.set(name, shelved === undefined ? namedNode(name, licence) : shelfNode(name, shelved))
        if (shelved !== undefined) open.push({ manifest: shelved, path: [...path, name] })
      }
    }
  }
  return { nodes: [...nodes.values()], edges, cycles, cut: false }
}

function shelfNode(model: string, { name, licence, provenance }: Manifest): LineageNode {
  const record = licence.record ?? familyLicence(model)?.id ?? null
  return { model, on_shelf: name, licence: record, provenance: provenance.level }
}

function namedNode(model: string, licence: string | null): LineageNode {
  return { model, on_shelf: null, licence, provenance: null }
}

function edgeOf(
  from: string,
  base: string,
  manifest: Manifest,
  { manifests, relations }: LineageWorld,
): LineageEdge {
  const own = keptFingerprint(manifest.fingerprint)
  const relation = relations.get(manifest.name) ?? null
  const edge = { from, made_from: base, relation }
  if (own === undefined || manifest.header?.kind === 'adapter')
    return { ...edge, evidence: 'declared', why: 'nothing of it can be compared' }
  const others = manifests.filter(({ name }) => name !== manifest.name)
  const comparison = compareWithBase(own, base, manifest, others)
  return { ...edge, evidence: evidenceOf(comparison, relation), why: comparison.why }
}

function evidenceOf({ verdict }: BaseComparison, relation: string | null): LineageEdge['evidence'] {
  if (verdict === 'same' || verdict === 'like') return 'fingerprint'
  // A merge may stack layers of several models.
  return verdict === 'differs' && relation !== 'merge' ? 'contradicted' : 'declared'
}

function contradiction({ from, made_from, why }: LineageEdge): string {
  return `${from} is declared to be made from ${made_from}, which its build contradicts: ${why}`
}

/** A label that grants more than the base did. */
function laundering(
  { name, licence }: Manifest,
  own: LicenceRecord | undefined,
  ancestor: LineageNode,
): readonly string[] {
  const theirs = ancestor.licence === null ? undefined : findLicence(ancestor.licence)
  if (theirs === undefined || own === theirs) return []
  if (own === undefined) {
    const said = licence.declared === null ? 'no licence' : `a licence that we have no record of`
    return [`${name} declares ${said}, ${ancestor.model} is ${theirs.id}: what that one asks for goes on`]
  }
  if (strictest([own, theirs]) === own) return []
  return [
    `${name} declares ${own.id}, ${ancestor.model} is ${theirs.id}: nobody can grant more than the base did`,
  ]
}

import { withoutSecrets } from '../../../core/errors.ts'
import { configSchema, type FallbackEntry, type PlaceEntry } from '../schema.ts'
import type { Deployment, Group, ImportedGateway } from './imported.ts'
import type { Cursor } from './source.ts'

/** A model as it will stand in musivum.yaml. */
export type AssembledModel = {
  readonly name: string
  readonly from: Cursor
  readonly entry: Readonly<Record<string, unknown>>
}

/**
 * The models of musivum.yaml. A model of ours is one model at one kind of server, in several places; a name that other
 * gateways spread over different ones becomes several models, each the fallback of the one before.
 */
export function assembleModels({ groups }: ImportedGateway): readonly AssembledModel[] {
  const names = new Names(groups.map(({ name }) => name))
  const split = groups.map((group) => ({ group, clusters: named(group, clustersOf(group), names) }))
  const byName = new Map(split.map(({ group, clusters }) => [group.name, clusters.map(({ name }) => name)]))
  const models = split.flatMap(({ group, clusters }) => modelsOf(group, clusters, byName))
  const right = models.filter(isRight)
  const known = new Set(right.map(({ name }) => name))
  return right.map((model) => withoutLost(model, known))
}

/** Names that no two models have. */
class Names {
  readonly #taken: Set<string>
  readonly #given = new Map<string, string>()

  constructor(wanted: readonly string[]) {
    this.#taken = new Set(wanted)
  }

  /** A name that can stand in musivum.yaml, the same for the same text. */
  clean(text: string): string {
    const known = this.#given.get(text)
    if (known !== undefined) return known
    const clean = text
      .replace(/[^\p{L}\p{M}\p{N}._:/@+-]+/gu, '-')
      .replace(/^[^\p{L}\p{N}]+/u, '')
      .slice(0, MAX_CHARS)
    const name = clean === text ? text : this.free(clean === '' ? 'model' : clean)
    this.#given.set(text, name)
    return name
  }

  free(wanted: string): string {
    let name = wanted
    for (let number = 2; this.#taken.has(name); number += 1) name = `${wanted}-${number}`
    this.#taken.add(name)
    return name
  }
}

const MAX_CHARS = 100

type Cluster = { readonly tier: number; readonly deployments: readonly [Deployment, ...Deployment[]] }
type NamedCluster = Cluster & { readonly name: string }

/** Places that one model can have, in the order in which they are asked. */
function clustersOf({ deployments }: Group): readonly Cluster[] {
  const clusters = new Map<string, Cluster>()
  for (const deployment of deployments.toSorted((a, b) => a.tier - b.tier)) {
    const { tier, shared } = deployment
    // A provider package knows one key and one address.
    const alone = shared.engine === 'ai-sdk' ? String(clusters.size) : ''
    const kind = JSON.stringify([tier, shared, alone])
    const known = clusters.get(kind)
    clusters.set(kind, {
      tier,
      deployments: known === undefined ? [deployment] : [...known.deployments, deployment],
    })
  }
  return [...clusters.values()]
}

function named(group: Group, clusters: readonly Cluster[], names: Names): readonly NamedCluster[] {
  const clean = names.clean(group.name)
  if (clean !== group.name)
    group.from.remark(
      'a name',
      'a name is letters, digits and . _ : / @ + -',
      `let clients ask for ${clean}, which is what it is called now`,
    )
  return clusters.map((cluster, index) => {
    const [first] = cluster.deployments
    const name = index === 0 ? clean : names.free(`${clean}/${names.clean(first.label)}`)
    if (index > 0 && cluster.tier === clusters[0]?.tier)
      first.from.remark(
        'a share of the load',
        'the load is shared between places of one model at one kind of server, and this one differs',
        `nothing to do: it is called ${name} and answers when the one before it cannot`,
      )
    return { ...cluster, name }
  })
}

const MOST_FALLBACKS = 8
const MOST_ENDPOINTS = 32

function modelsOf(
  group: Group,
  clusters: readonly NamedCluster[],
  byName: ReadonlyMap<string, readonly string[]>,
): readonly AssembledModel[] {
  return clusters.map(({ name, deployments }, index) => {
    const [first, ...others] = deployments
    const below = clusters.slice(index + 1).map((cluster) => withReasons(cluster.name, group.on))
    const beside = group.fallbacks.flatMap((fallback) => expanded(fallback, byName))
    const fallbacks = [...below, ...beside]
    if (fallbacks.length > MOST_FALLBACKS)
      group.from.remark(
        'fallbacks',
        'a model has at most 8 of them',
        'look whether the first eight are the right ones',
      )
    for (const { from } of others.slice(MOST_ENDPOINTS))
      from.leave('a model has at most 32 other places', 'give it a name of its own', 'a place')
    const endpoints = others.slice(0, MOST_ENDPOINTS).map(({ place }) => withAddress(place, first.place))
    return {
      name,
      from: index === 0 ? group.from : first.from,
      entry: {
        ...first.shared,
        ...first.place,
        ...(endpoints.length === 0 ? {} : { endpoints }),
        ...(fallbacks.length === 0 ? {} : { fallbacks: fallbacks.slice(0, MOST_FALLBACKS) }),
      },
    }
  })
}

/** An endpoint without an address has that of the model, which must not become another one's by accident. */
function withAddress(place: PlaceEntry, first: PlaceEntry): PlaceEntry {
  return place.base_url === first.base_url && place.base_url !== undefined
    ? Object.fromEntries(Object.entries(place).filter(([key]) => key !== 'base_url'))
    : place
}

function withReasons(model: string, on: readonly string[] | undefined): FallbackEntry {
  return on === undefined ? model : ({ model, on } as FallbackEntry)
}

/** A name that became several models is all of them, in their order. */
function expanded(
  fallback: FallbackEntry,
  byName: ReadonlyMap<string, readonly string[]>,
): readonly FallbackEntry[] {
  const name = typeof fallback === 'string' ? fallback : fallback.model
  const names = byName.get(name) ?? []
  return names.map((model) => (typeof fallback === 'string' ? model : { ...fallback, model }))
}

/** What our own loader would refuse is left out and said, so that the rest of the file can be served. */
function isRight({ name, from, entry }: AssembledModel): boolean {
  const withEngine = 'vendor' in entry ? { engine: 'openai', ...entry } : entry
  const { success } = configSchema.safeParse({ models: { [name]: withEngine } })
  const text = JSON.stringify(entry)
  if (success && withoutSecrets(text) === text) return true
  from.leave(
    success
      ? 'something that looks like a key stands in its settings'
      : 'it holds something that musivum.yaml cannot say',
    'write it by hand',
    'a model',
  )
  return false
}

function withoutLost(model: AssembledModel, known: ReadonlySet<string>): AssembledModel {
  const { fallbacks, ...rest } = model.entry
  if (!Array.isArray(fallbacks)) return model
  const left = (fallbacks as readonly FallbackEntry[]).filter((each) =>
    known.has(typeof each === 'string' ? each : each.model),
  )
  return { ...model, entry: { ...rest, ...(left.length === 0 ? {} : { fallbacks: left }) } }
}

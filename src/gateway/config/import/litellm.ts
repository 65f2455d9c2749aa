import type { Deployment, Group, ImportedGateway, SharedEntry } from './imported.ts'
import { litellmDeployment } from './litellm-deployment.ts'
import { litellmCache } from './litellm-cache.ts'
import { litellmFallbacks } from './litellm-fallbacks.ts'
import type { ReadOptions } from './read-options.ts'
import type { Cursor } from './source.ts'

/** A LiteLLM `config.yaml`: several entries of one name are places of one model. */
export function readLiteLlm(root: Cursor, { keys, env, models }: ReadOptions): ImportedGateway {
  const file = { root, keys, env }
  const wanted = wantedNames(root, models)
  const names = [...wanted.keys()]
  const cache = litellmCache(root.get('litellm_settings'))
  const fallbacks = litellmFallbacks(root, names)
  const groups = [...wanted].flatMap(([name, entries]) => {
    const deployments = entries.flatMap(({ entry, wild }) => {
      const deployment = litellmDeployment(file, entry, wild)
      return deployment === undefined ? [] : [deployment]
    })
    const [first] = entries
    if (first === undefined || deployments.length === 0) return []
    const group: Group = {
      name,
      from: first.entry,
      deployments: withCache(shared(deployments, root), cache),
      fallbacks: fallbacks.get(name) ?? [],
    }
    return [group]
  })
  return { groups: [...groups, ...aliases(root, groups)], settings: readLimits(root) }
}

type Wanted = { readonly entry: Cursor; readonly wild: string }

/** Every name with its entries. A pattern is as many names as were asked for by name. */
function wantedNames(root: Cursor, models: readonly string[]): ReadonlyMap<string, readonly Wanted[]> {
  const wanted = new Map<string, Wanted[]>()
  for (const entry of root.get('model_list').items()) {
    for (const { name, wild } of namesOf(entry, models)) {
      const known = wanted.get(name) ?? []
      wanted.set(name, [...known, { entry, wild }])
    }
  }
  return wanted
}

function namesOf(
  entry: Cursor,
  models: readonly string[],
): readonly { readonly name: string; readonly wild: string }[] {
  const at = entry.get('model_name')
  const { peek } = at
  if (typeof peek !== 'string') {
    entry.leave('it has no `model_name`', 'write it by hand', 'a model')
    return []
  }
  if (!peek.includes('*')) {
    at.text()
    return [{ name: peek, wild: '' }]
  }
  const pattern = new RegExp(`^${peek.split('*').map(escaped).join('(.+)')}$`)
  const found = models.flatMap((name) => {
    const match = pattern.exec(name)
    return match === null ? [] : [{ name, wild: match[1] ?? '' }]
  })
  if (found.length > 0) at.text()
  else
    entry.leave(
      'it stands for any model, and every model has a name here',
      'import again with `--model NAME` for each model that is used',
      'a pattern',
    )
  return found
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Several places share the load by weight unless something else is said. */
function shared(deployments: readonly Deployment[], root: Cursor): readonly Deployment[] {
  const weighed = [...new Set(deployments.map(({ tier }) => tier))].flatMap((tier) =>
    withLimitsAsWeights(deployments.filter((each) => each.tier === tier)),
  )
  if (deployments.length < 2 || root.get('router_settings').get('routing_strategy').present) return weighed
  return weighed.map((each) => ({
    ...each,
    shared: { ...each.shared, tries: { ...each.shared.tries, balance: 'weight' } } as SharedEntry,
  }))
}

/** Without weights LiteLLM spreads requests by the limits of the places, so they are the weights here. */
function withLimitsAsWeights(places: readonly Deployment[]): readonly Deployment[] {
  if (places.length < 2 || places.some(({ place }) => place.weight !== undefined)) return places
  const limits = places.map(({ from }) => limitOf(from))
  const most = Math.max(...limits)
  if (limits.includes(0) || limits.every((limit) => limit === most)) return places
  return places.map((each, index) => {
    const share = Number(((limits[index] ?? most) / most).toPrecision(3))
    return { ...each, place: { ...each.place, weight: Math.max(LEAST_WEIGHT, share) } }
  })
}

const LEAST_WEIGHT = 0.001

function limitOf(entry: Cursor): number {
  const params = entry.get('litellm_params')
  const [limit = 0] = [params.get('rpm'), entry.get('rpm'), params.get('tpm'), entry.get('tpm')].flatMap(
    ({ peek }) => (typeof peek === 'number' && peek > 0 ? [peek] : []),
  )
  return limit
}

function withCache(deployments: readonly Deployment[], cache: object | undefined): readonly Deployment[] {
  return cache === undefined
    ? deployments
    : deployments.map((each) => ({ ...each, shared: { ...each.shared, cache } as SharedEntry }))
}

/** Another name for a model is a model with the same places. */
function aliases(root: Cursor, groups: readonly Group[]): readonly Group[] {
  return root
    .get('router_settings')
    .get('model_group_alias')
    .entries()
    .flatMap((alias) => {
      const target = typeof alias.peek === 'string' ? alias : alias.get('model')
      const group = groups.find(({ name }) => name === target.peek)
      if (group === undefined) {
        alias.leave(
          'no model of the file has the name that it stands for',
          'write it by hand',
          'another name',
        )
        return []
      }
      target.text()
      return [{ ...group, name: alias.key, from: alias }]
    })
}

function readLimits(root: Cursor): Readonly<Record<string, unknown>> {
  const at = root.get('general_settings').get('max_request_size_mb')
  const { peek } = at
  if (typeof peek !== 'number' || peek < 1 || peek > 1024) return {}
  return { limits: { body_mib: Math.ceil(at.number() ?? peek) } }
}

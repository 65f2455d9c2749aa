import type { FallbackReason } from '../../../catalog/model.ts'
import type { Deployment, Group, ImportedGateway } from './imported.ts'
import type { KeyVariables } from './key-variables.ts'
import { portkeyDeployment, type PortkeyPlace } from './portkey-target.ts'
import type { ReadOptions } from './read-options.ts'
import type { Cursor } from './source.ts'

/**
 * A Portkey config: a tree of targets. The tree as a whole is one model, called like the config; targets that a condition on
 * the name of the model leads to are models of that name.
 */
export function readPortkey(root: Cursor, options: ReadOptions): ImportedGateway {
  const config = configIn(root)
  const asked = options.models.length === 0 ? [undefined] : options.models
  const groups = asked.flatMap((model) =>
    groupsOf(config, nameOf(root, config, options), model, options.keys),
  )
  return { groups, settings: {} }
}

/** The config itself, or what the export of one wraps around it. */
function configIn(root: Cursor): Cursor {
  const wrapped = [root.get('config'), root.get('data').get('config')].find(
    ({ peek }) => typeof peek === 'object',
  )
  return wrapped !== undefined && wrapped.present ? wrapped : root
}

function nameOf(root: Cursor, config: Cursor, { fileName }: ReadOptions): string {
  const named = [config.get('name'), root.get('name'), root.get('slug'), root.get('data').get('slug')]
  return named.find(({ peek }) => typeof peek === 'string')?.text() ?? fileName
}

function groupsOf(
  config: Cursor,
  name: string,
  asked: string | undefined,
  keys: KeyVariables,
): readonly Group[] {
  const own = asked ?? name
  if (modeOf(config) !== 'conditional') return groupOf(config, own, { asked, keys, around: [] })
  return conditional(config, own, { asked, keys, around: [] })
}

type Around = {
  readonly asked: string | undefined
  readonly keys: KeyVariables
  readonly around: readonly Cursor[]
}

function groupOf(config: Cursor, name: string, around: Around): readonly Group[] {
  const on = reasonsOf(config.get('strategy'))
  const deployments = placesOf(config, { tier: 0, share: 1, sharing: false }, around).deployments
  return deployments.length === 0
    ? []
    : [{ name, from: config, deployments, fallbacks: [], ...(on === undefined ? {} : { on }) }]
}

function modeOf(config: Cursor): string {
  const { peek } = config.get('strategy').get('mode')
  return typeof peek === 'string' ? peek : 'single'
}

type Places = { readonly deployments: readonly Deployment[]; readonly tiers: number }

/** The places below a target, from the tier it begins with; and how many tiers they take. */
function placesOf(config: Cursor, place: PortkeyPlace, around: Around): Places {
  const targets = config.get('targets').items()
  if (targets.length === 0) {
    const level = { around: around.around, keys: around.keys }
    const deployment = portkeyDeployment(config, around.asked, level, place)
    return { deployments: deployment === undefined ? [] : [deployment], tiers: 1 }
  }
  const inside = { ...around, around: [config, ...around.around] }
  if (!['single', 'fallback', 'loadbalance'].includes(modeOf(config))) {
    config.leave('its strategy is not known here', 'write it by hand', 'targets')
    return { deployments: [], tiers: 0 }
  }
  config.get('strategy').get('mode').text()
  if (modeOf(config) === 'loadbalance') return sharing(config, targets, place, inside)
  return inTurn(targets, place, inside)
}

function inTurn(targets: readonly Cursor[], place: PortkeyPlace, around: Around): Places {
  let tier = place.tier
  const deployments = targets.flatMap((target) => {
    const below = placesOf(target, { ...place, tier }, around)
    tier += below.tiers
    return below.deployments
  })
  return { deployments, tiers: tier - place.tier }
}

function sharing(config: Cursor, targets: readonly Cursor[], place: PortkeyPlace, around: Around): Places {
  const below = targets.filter(isAsked).map((target) => {
    const nested = target.get('targets').present
    const weight = nested ? target.get('weight').number() : undefined
    return placesOf(target, { ...place, share: place.share * (weight ?? 1), sharing: true }, around)
  })
  if (below.some(({ tiers }) => tiers > 1))
    config.remark(
      'an order',
      'fallbacks inside a shared load are put behind all that share it',
      'look whether the order of the models is what you want',
    )
  return {
    deployments: below.flatMap(({ deployments }) => deployments),
    tiers: Math.max(1, ...below.map(({ tiers }) => tiers)),
  }
}

/** A weight of nothing takes a target out. */
function isAsked(target: Cursor): boolean {
  if (target.get('weight').peek !== 0) return true
  target.leave('with a weight of 0 nobody asks it', 'nothing to do', 'a target')
  return false
}

const RETRIED = /^(408|429|5\d\d)$/

/** The reasons that these status codes have here; absent where none are named: then the usual ones. */
function reasonsOf(strategy: Cursor): readonly FallbackReason[] | undefined {
  if (strategy.get('mode').peek !== 'fallback') return undefined
  const codes = strategy.get('on_status_codes', 'onStatusCodes')
  const reasons = codes.items().flatMap((at) => {
    const reason = typeof at.peek === 'number' ? reasonOf(at.peek) : undefined
    if (reason === undefined) at.leave('no failure of a model has this status here', 'nothing to do')
    else at.number()
    return reason ?? []
  })
  return reasons.length === 0 ? undefined : [...new Set(reasons)]
}

function reasonOf(code: number): readonly FallbackReason[] | undefined {
  if (code === 429) return ['overloaded']
  if (code === 503 || code === 529) return ['overloaded', 'outage']
  if (code === 413) return ['context-too-long']
  if (code === 400) return ['context-too-long', 'unsupported']
  if ([401, 402, 403, 404].includes(code) || RETRIED.test(String(code))) return ['outage']
  return undefined
}

/** Conditions on the name of the model become models of that name; others have nothing here that could hold them. */
function conditional(config: Cursor, name: string, around: Around): readonly Group[] {
  const strategy = config.get('strategy')
  strategy.get('mode').text()
  const inside = { ...around, around: [config] }
  const byName = new Map(
    config
      .get('targets')
      .items()
      .map((target) => [target.get('name').peek, target] as const),
  )
  const groups = strategy
    .get('conditions')
    .items()
    .flatMap((condition) => {
      const model = modelAsked(condition.get('query'))
      const target = byName.get(condition.get('then').peek)
      if (target === undefined) return []
      if (model === undefined) {
        condition.leave(
          'only the name of a model leads to another one',
          `let those clients ask for ${String(target.get('name').peek)}`,
          'a condition',
        )
        return named(target, String(target.get('name').peek), inside)
      }
      condition.get('then').text()
      return named(target, model, inside)
    })
  const usual = byName.get(strategy.get('default').peek)
  if (usual !== undefined) strategy.get('default').text()
  return unique([...groups, ...(usual === undefined ? [] : named(usual, name, inside))])
}

function named(target: Cursor, name: string, around: Around): readonly Group[] {
  target.get('name').text()
  return groupOf(target, name, around)
}

function unique(groups: readonly Group[]): readonly Group[] {
  return [...new Map(groups.toReversed().map((group) => [group.name, group])).values()].toReversed()
}

/** `{ "params.model": { "$eq": "fast" } }` */
function modelAsked(query: Cursor): string | undefined {
  const [only, ...others] = query.entries()
  if (only?.key !== 'params.model' || others.length > 0) return undefined
  return only.text() ?? only.get('$eq').text()
}

import type { Deployment, Group, ImportedGateway, SharedEntry } from './imported.ts'
import type { ReadOptions } from './read-options.ts'
import { readRetries } from './read-values.ts'
import type { Cursor } from './source.ts'
import { shorthandDeployment, tensorzeroDeployment, type TensorZeroFile } from './tensorzero-provider.ts'

/** A `tensorzero.toml`: its models are models; a function without templates is another name for the model of its variant. */
export function readTensorZero(root: Cursor, { env }: ReadOptions): ImportedGateway {
  const file = { root, env }
  const models = [...root.get('models').entries(), ...root.get('embedding_models').entries()]
  const groups = models.flatMap((model) => modelGroup(file, model))
  const functions = root
    .get('functions')
    .entries()
    .flatMap((each) => functionGroup(each, groups))
  return { groups: [...groups, ...functions], settings: readListen(root.get('gateway').get('bind_address')) }
}

/** `routing` is the order in which the providers are asked. */
function modelGroup(file: TensorZeroFile, model: Cursor): readonly Group[] {
  const providers = model.get('providers')
  const deployments = model
    .get('routing')
    .items()
    .flatMap((at, tier) => {
      const provider = typeof at.peek === 'string' ? providers.get(at.peek) : undefined
      if (provider?.present !== true) {
        at.leave('no provider of the model has this name', 'look for it in the file', 'a step of the routing')
        return []
      }
      at.text()
      return tensorzeroDeployment(file, provider, tier, model) ?? []
    })
  for (const provider of providers.entries())
    if (!isRouted(model, provider))
      provider.leave('the routing of the model does not name it', 'nothing to do', 'a provider')
  return deployments.length === 0 ? [] : [{ name: model.key, from: model, deployments, fallbacks: [] }]
}

function isRouted(model: Cursor, provider: Cursor): boolean {
  return model
    .get('routing')
    .items()
    .some(({ peek }) => peek === provider.key)
}

const TEMPLATES = /template|schema|^input_wrappers$|^json_mode$|^templates$|^tools$/

/** The heaviest variant answers and the others when it cannot. Without its templates a function would be another one. */
function functionGroup(at: Cursor, groups: readonly Group[]): readonly Group[] {
  const variants = at.get('variants').entries()
  if ([at, ...variants].some((each) => each.entries().some(isTemplate))) {
    at.leave(
      'its templates and schemas are text that belongs to the client here',
      'send its system message from the client, and ask for the model of the variant',
      'a function',
    )
    return []
  }
  const places = variants
    .toSorted((a, b) => weightOf(b) - weightOf(a))
    .flatMap((variant) => variantPlaces(variant, groups))
  if (places.length === 0) return []
  const deployments = places.map((place, tier) => ({ ...place, tier }))
  const taken = groups.some(({ name }) => name === at.key)
  return [{ name: taken ? `function/${at.key}` : at.key, from: at, deployments, fallbacks: [] }]
}

function isTemplate({ key }: Cursor): boolean {
  return TEMPLATES.test(key)
}

function weightOf(variant: Cursor): number {
  const { peek } = variant.get('weight')
  return typeof peek === 'number' ? peek : 0
}

function variantPlaces(variant: Cursor, groups: readonly Group[]): readonly Deployment[] {
  const model = variant.get('model')
  if (typeof model.peek !== 'string') return []
  const group = groups.find(({ name }) => name === model.peek)
  const shorthand = group === undefined ? shorthandDeployment(model, model.peek, 0) : undefined
  const places = group?.deployments ?? (shorthand === undefined ? [] : [shorthand])
  if (places.length === 0) return []
  model.text()
  const tries = readRetries(variant.get('retries').get('num_retries'))
  return tries === undefined
    ? places
    : places.map((place) => ({ ...place, shared: { ...place.shared, tries } as SharedEntry }))
}

/** The port is carried over. An address that others can reach is not opened by an import. */
function readListen(at: Cursor): Readonly<Record<string, unknown>> {
  const [, host = '', port] =
    typeof at.peek === 'string' ? (/^\[?([^\]]*?)\]?:(\d+)$/.exec(at.peek) ?? []) : []
  if (port === undefined || Number(port) > 65_535) return {}
  const local = host === '127.0.0.1' || host === 'localhost' || host === '::1'
  if (local) at.text()
  else
    at.leave(
      `the port is ${port} still, for this machine alone: without a key nobody else is let in`,
      'make a key, then set `listen.host`',
      'an address that other machines reach',
    )
  return { listen: { ...(local ? { host } : {}), port: Number(port) } }
}

import { Agent, request } from 'undici'
import { isJsonObject, type JsonObject } from '../core/json.ts'

export type ServerKind = 'ollama' | 'llama-server' | 'lm-studio' | 'vllm'

export type DiscoveredServer = {
  readonly kind: ServerKind
  /** Up to and including the version segment. */
  readonly baseUrl: string
  /** The names the server knows its models by. */
  readonly models: readonly string[]
  /** Tokens of context by name, where the server says so. */
  readonly contexts?: ReadonlyMap<string, number>
}

export type DiscoveryOptions = {
  readonly signal: AbortSignal
  /** For each server; all are asked at the same time. */
  readonly timeoutMs: number
  /** Where to look; default: where each kind listens unless told otherwise. */
  readonly ports?: Readonly<Partial<Record<ServerKind, number>>>
  /** Where this gateway itself listens: not asked, whatever is expected there. */
  readonly ownPort?: number
}

/**
 * Model servers on this machine, by what they say of themselves. Loopback only, never throws: a port that is closed,
 * slow, or held by something else is left out.
 */
export async function discoverServers(options: DiscoveryOptions): Promise<readonly DiscoveredServer[]> {
  const ports = options.ports ?? DEFAULT_PORTS
  // Own connections, closed below: an idle one would keep a command like `models list` from ending.
  const agent = new Agent({ connect: { timeout: options.timeoutMs } })
  const kinds = (Object.keys(PROBES) as ServerKind[]).filter((kind) => ports[kind] !== options.ownPort)
  try {
    const found = await Promise.all(
      kinds.map((kind) => probe(kind, ports[kind], agent, options).catch(() => undefined)),
    )
    return found.filter((server) => server !== undefined)
  } finally {
    await agent.destroy()
  }
}

const DEFAULT_PORTS = { ollama: 11_434, 'llama-server': 8_080, 'lm-studio': 1_234, vllm: 8_000 } as const

type Found = Pick<DiscoveredServer, 'models' | 'contexts'>

/** Answers the models, or throws what keeps the server from being the one it is looked for as. */
type Probe = (get: (path: string) => Promise<JsonObject>) => Promise<Found>

const PROBES: Readonly<Record<ServerKind, Probe>> = {
  async ollama(get) {
    const [tags, version] = await Promise.all([get('/api/tags'), get('/api/version')])
    assertThat(typeof version['version'] === 'string')
    // What context a model has there, its first request finds out: it may have to be loaded for that.
    return { models: namesIn(tags['models'], 'name', (model) => isJsonObject(model['details'])) }
  },
  // Asked for /props as well, which no other server has: port 8080 is everybody's.
  async 'llama-server'(get) {
    const [list, props] = await Promise.all([get('/v1/models'), get('/props')])
    const settings = props['default_generation_settings']
    assertThat(isJsonObject(settings) || typeof props['build_info'] === 'string')
    const models = namesIn(list['data'], 'id')
    // It has one model, whatever names that goes by.
    return { models, ...contextsOf(models, () => (isJsonObject(settings) ? settings['n_ctx'] : undefined)) }
  },
  async 'lm-studio'(get) {
    const [list, greeting] = await Promise.all([get('/v1/models'), get('/lmstudio-greeting')])
    assertThat(greeting['lmstudio'] === true)
    const models = namesIn(list['data'], 'id')
    // Its own list says more; older versions have none.
    const more = await get('/api/v0/models').catch(() => undefined)
    const own = entries(more?.['data'], 'id')
    const contextOf = (model: JsonObject = {}) =>
      model['loaded_context_length'] ?? model['max_context_length']
    return { models, ...contextsOf(models, (name) => contextOf(own.get(name))) }
  },
  async vllm(get) {
    const { data } = await get('/v1/models')
    const names = namesIn(data, 'id', (model) => model['owned_by'] === 'vllm')
    // Only its models carry its name, so a list without any could be everybody's.
    assertThat(names.length > 0)
    const own = entries(data, 'id')
    return { models: names, ...contextsOf(names, (name) => own.get(name)?.['max_model_len']) }
  },
}

// A list of a thousand models is 100 KB.
const MAX_BODY_BYTES = 1024 * 1024
const MAX_MODELS = 1_000
const MAX_NAME_CHARS = 256

async function probe(
  kind: ServerKind,
  port: number | undefined,
  agent: Agent,
  options: DiscoveryOptions,
): Promise<DiscoveredServer | undefined> {
  if (port === undefined) return undefined
  const origin = `http://127.0.0.1:${port}`
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)])
  const found = await PROBES[kind]((path) => getJson(agent, `${origin}${path}`, signal))
  return { kind, baseUrl: `${origin}/v1`, ...found }
}

async function getJson(agent: Agent, url: string, signal: AbortSignal): Promise<JsonObject> {
  const { statusCode, body } = await request(url, {
    dispatcher: agent,
    signal,
    headers: { accept: 'application/json' },
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    assertThat(size <= MAX_BODY_BYTES)
    chunks.push(chunk)
  }
  assertThat(statusCode === 200)
  const json: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  if (!isJsonObject(json)) throw new NotTheServer()
  return json
}

function namesIn(
  list: unknown,
  key: string,
  isOurs: (model: JsonObject) => boolean = () => true,
): readonly string[] {
  if (!Array.isArray(list)) throw new NotTheServer()
  const names: string[] = []
  for (const model of list.slice(0, MAX_MODELS) as readonly unknown[]) {
    if (!isJsonObject(model) || !isOurs(model)) throw new NotTheServer()
    const name = model[key]
    if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_CHARS) names.push(name)
  }
  return names
}

function entries(list: unknown, key: string): ReadonlyMap<unknown, JsonObject> {
  const items = Array.isArray(list) ? (list as readonly unknown[]) : []
  return new Map(
    items.slice(0, MAX_MODELS).flatMap((item) => (isJsonObject(item) ? [[item[key], item]] : [])),
  )
}

/** Absent where nothing was said. */
function contextsOf(names: readonly string[], of: (name: string) => unknown): Pick<Found, 'contexts'> {
  const said = names.flatMap((name) => {
    const tokens = of(name)
    return typeof tokens === 'number' && Number.isInteger(tokens) && tokens > 0
      ? [[name, tokens] as const]
      : []
  })
  return said.length === 0 ? {} : { contexts: new Map(said) }
}

/** Something else listens there, which is no failure of anybody. */
class NotTheServer extends Error {}

function assertThat(condition: boolean): asserts condition {
  if (!condition) throw new NotTheServer()
}

import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import { noAuditLog } from '../audit/audit-log.ts'
import { MusivumError } from '../core/errors.ts'
import { firstIdAt, uuidV7Ids } from '../core/ids.ts'
import type { Clock } from '../core/ports.ts'
import { memoryBook } from '../engines/llama/memory-book.ts'
import { processFamilies } from '../engines/llama/process-families.ts'
import { openEngine } from '../engines/open-engine.ts'
import { openContentLog } from '../store/content-log/open-content-log.ts'
import type { LogLimits } from '../store/log-limits.ts'
import { openResponseStore } from '../store/responses/open-response-store.ts'
import type { ResponseStore } from '../store/responses/response-store.ts'
import { openPurposeKeys, refuseLostKey, SCOPE_KEY_MADE } from '../store/scope-key.ts'
import type { Store } from '../store/store.ts'
import { shelfOf } from '../weights/shelf.ts'
import { openDoor } from './access/door.ts'
import { runningRequests } from './access/running-requests.ts'
import { adminRoutes } from './admin/admin-api.ts'
import type { ConfigView, ModelView, StateView } from './admin/contract.ts'
import { apiRoutes } from './api-routes.ts'
import { exactCache } from './cache/exact-cache.ts'
import type { ConfigSnapshot } from './config/load-config.ts'
import { needsRestart } from './config/needs-restart.ts'
import { watchConfig } from './config/watch-config.ts'
import { consoleFiles } from './console-files.ts'
import { openDuties } from './duties/duties.ts'
import { enginePool } from './engine-pool.ts'
import type { Gateway } from './gateway-parts.ts'
import { healthRoutes } from './health-routes.ts'
import { httpServer } from './http-server.ts'
import { liveFeed } from './live-feed.ts'
import { localModels, warmer } from './local-models.ts'
import { modelRegistry } from './model-registry.ts'
import { knownNames } from './names/known-names.ts'
import { namedBlobs } from './named-blobs.ts'
import { namesForCommand, type CommandNames } from './names/names-for-command.ts'
import { modelView } from './model-view.ts'
import { openBooks } from './open-books.ts'
import { openRequestLog } from './open-request-log.ts'
import { isLoopbackName } from './origin.ts'
import { consoleDirectory, packageRoot, packageVersion } from './package-files.ts'
import { routeTable, type Route } from './route-table.ts'
import { openTreasury } from './spending/treasury.ts'
import { systemClock, systemRandom } from './system-ports.ts'

export type GatewayOptions = {
  readonly configFile?: string
  /** The folder for logs and the embedded engine; made when missing. */
  readonly home: string
  /** Default: the configuration's, else 127.0.0.1. */
  readonly host?: string
  /** Default: the configuration's, else 4000. 0 takes any free port. */
  readonly port?: number
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** One line for the operator, on stderr. */
  readonly log: (line: string) => void
  /**
   * For the gateway that a command starts for itself, on loopback: whoever sends this as his key is let in, keys or not, and
   * nobody else is.
   */
  readonly password?: string
}

export type RunningGateway = {
  readonly url: string
  readonly models: readonly ModelView[]
  readonly config: ConfigView
  readonly access: StateView['access']
  /** All that can be asked, and who may. */
  readonly routes: readonly Pick<Route, 'method' | 'path' | 'access'>[]
  readonly warnings: readonly string[]
  /** Who looks for names, for the command that started this gateway; undefined: nobody is configured to. */
  readonly names: CommandNames | undefined
  /** Reads the configuration file again now. */
  readonly reload: () => void
  /** Stops listening, lets running requests finish for at most `graceMs` (default 10 s), then ends everything. */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Wires the parts together and listens. Rejects with one clear line when the configuration is wrong or the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { home, env, cwd, log, password } = options
  const clock = systemClock
  const random = systemRandom()
  const ids = uuidV7Ids(clock, random)
  // Before anything is open: a gateway that starts without the key would say so in the middle of somebody's request.
  if (password === undefined) refuseLostKey({ home, env })
  const config = watchConfig({
    ...(options.configFile === undefined ? {} : { file: options.configFile }),
    env,
    cwd,
    home,
    packageRoot,
    clock,
    log,
  })
  const settings = config.current()
  const store = await openRequestLog({
    home,
    clock,
    limits: { keeps: () => rowsKept(config.current()) },
    log,
  })
  const { host, port } = listenOn(options, settings)
  config.onChange((change) => {
    if (change.kind !== 'loaded') return
    for (const line of needsRestart({ host, port }, listenOn(options, change.snapshot))) log(line)
  })
  const {
    accounts,
    ledger,
    close: closeBooks,
  } = await openBooks({
    home,
    clock,
    ids,
    random,
    log,
    keepDays: () => config.current().log.keepDays,
    besideOthers: password !== undefined,
  }).catch(async (error: unknown) => {
    config.close()
    await store.close()
    throw error
  })
  const door = openDoor({ accounts, clock, ...(password !== undefined && { password }) })
  const running = runningRequests()
  accounts.onRevoked(running.endKey)
  const treasury = openTreasury({ ledger, accounts, clock })
  const memory = memoryBook({ clock, limitBytes: settings.memoryBytes })
  const families = processFamilies()
  const blobs = namedBlobs(shelfOf(home))
  const tell = (line: string): void => log(blobs.text(line))
  const engines = enginePool(
    (model) =>
      blobs.engine(openEngine(model, { clock, draw: Math.random, home, log: tell, memory, families })),
    log,
    blobs.error,
  )
  // A command that is over in a second must not load what nobody asks it for.
  const warm = options.password === undefined ? warmer(engines, log) : () => undefined
  const registry = await modelRegistry({
    config,
    ownPort: port,
    onModels(all) {
      memory.setLimit(config.current().memoryBytes)
      engines.keepOnly(all)
      warm(all)
    },
  })
  let responses: ResponseStore | undefined
  let purposeKeys: ((purpose: string) => Uint8Array) | undefined
  const keyFor = (purpose: string): Uint8Array =>
    (purposeKeys ??= openPurposeKeys({ home, env, random, onMade: () => log(SCOPE_KEY_MADE) }))(purpose)
  const contentLog = openContentLog({
    home,
    firstKept: () => firstKept(store, config.current(), clock),
    key: () => keyFor('content log'),
    log,
  })
  const gateway: Gateway = {
    snapshot: registry.snapshot,
    engines,
    store,
    treasury,
    duties: openDuties({
      home,
      env,
      random,
      clock,
      approvals: accounts.approvals,
      contentLog,
      keyFor,
      log,
    }),
    knownNames: knownNames(),
    running,
    cache: exactCache({ clock }),
    responses: () => (responses ??= openResponseStore({ home, clock })),
    audit: noAuditLog,
    live: liveFeed(),
    clock,
    ids,
    log,
  }

  const closing = new AbortController()
  let url = ''
  const startedAtMs = clock.now()
  const configView = (): ConfigView => {
    const { file, version, loadedAtMs } = config.current()
    return { file, version, loadedAtMs, problem: config.problem() }
  }
  const state = (): StateView => ({
    version: packageVersion,
    startedAtMs,
    listening: url,
    access: door.state(),
    config: configView(),
    store: store.health(),
    residentBytes: process.memoryUsage.rss(),
  })
  const models = (): readonly ModelView[] =>
    [...registry.snapshot().models.values()].map((model) => modelView(model, engines.engine(model)))

  const routes: readonly Route[] = [
    ...apiRoutes(gateway, { maxBodyBytes: () => config.current().limits.bodyBytes, startedAtMs }),
    ...adminRoutes({
      store,
      accounts,
      ledger,
      contentLog,
      log,
      live: gateway.live,
      clock,
      closing: closing.signal,
      state,
      models,
      ...localModels({ registry, engines, memory }),
    }),
    ...healthRoutes({ state, models, stopping: () => closing.signal.aborted }),
  ]
  const table = routeTable(routes, consoleFiles(consoleDirectory()), door.guard)
  const server = httpServer({ routes: table, loopbackOnly: isLoopbackName(host), log })
  const close = async (graceMs = DEFAULT_GRACE_MS): Promise<void> => {
    closing.abort()
    registry.close()
    config.close()
    await closeServer(server, graceMs)
    await engines.close()
    responses?.close()
    contentLog.close()
    treasury.close()
    await closeBooks()
    await store.close()
  }
  try {
    refuseOpenAddress(host, door.state())
    url = await listen(server, host, port)
  } catch (error) {
    await close(0)
    throw error
  }
  warm(registry.snapshot().models.values())
  return {
    url,
    models: models(),
    config: configView(),
    access: door.state(),
    routes,
    warnings: settings.warnings,
    names: namesForCommand(gateway),
    reload: config.reload,
    close,
  }
}

const DEFAULT_GRACE_MS = 10_000

/** Where to listen: as it was asked for at the start, else as the configuration says. */
function listenOn({ host, port }: GatewayOptions, { listen }: ConfigSnapshot): ConfigSnapshot['listen'] {
  return { host: host ?? listen.host, port: port ?? listen.port }
}

function rowsKept({ log }: ConfigSnapshot): LogLimits {
  return { maxRows: log.keepRows, maxDays: log.keepDays }
}

/** Where the request log begins, by age or by its oldest row. */
async function firstKept(
  store: Store,
  { log }: ConfigSnapshot,
  { now }: Pick<Clock, 'now'>,
): Promise<string> {
  const byAge = firstIdAt(now() - log.keepDays * DAY_MS)
  const oldest = (await store.oldestRequest()) ?? ''
  return oldest > byAge ? oldest : byAge
}

const DAY_MS = 86_400_000

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)))
    server.listen({ host, port }, () => {
      const { address, family, port: taken } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`)
    })
  })
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): MusivumError {
  const reason: Record<string, string> = {
    EADDRINUSE: `port ${port} is taken by another program: stop it, or choose another with --port`,
    EACCES: `port ${port} needs more rights than this user has: choose one from 1024 up with --port`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: choose one with --host`,
    ENOTFOUND: `${host} is not a name this machine knows: choose an address with --host`,
  }
  const text = reason[error.code ?? ''] ?? `cannot listen on ${host}:${port} (${error.code ?? error.message})`
  return new MusivumError('gateway.cannot_listen', text, { host, port }, { cause: error })
}

/** A gateway without keys answers whoever reaches it, so only this machine may. */
function refuseOpenAddress(host: string, access: StateView['access']): void {
  if (access === 'keys' || isLoopbackName(host)) return
  throw new MusivumError(
    'gateway.cannot_listen',
    `${host} can be reached from other machines, and no key exists yet: make one first with \`musivum keys create admin --role admin\`, or listen on 127.0.0.1`,
    { host },
  )
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(cut)
}

import { join } from 'node:path'
import type { ModelView } from '../gateway/admin/contract.ts'
import type { RunningGateway } from '../gateway/gateway.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { ensureEngine } from './ensure-engine.ts'
import {
  configOption,
  gatewaySettings,
  homeOption,
  hostOption,
  listenSettings,
  portOption,
} from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const up: Command = {
  name: 'up',
  summary: 'Start the gateway and the console with what is found.',
  options: [
    portOption,
    hostOption,
    configOption,
    homeOption,
    {
      name: 'no-install',
      about: 'Do not install the embedded engine when it is missing. MUSIVUM_OFFLINE=1 says the same.',
    },
    jsonOption,
  ],
  examples: [
    { line: 'musivum up', about: 'with ./musivum.yaml if there is one, on http://127.0.0.1:4000' },
    { line: 'musivum up --port 0 --json', about: 'any free port; the document says which' },
    { line: 'musivum up --config /etc/musivum.yaml --host 0.0.0.0', about: 'for other machines too' },
    {
      line: 'MUSIVUM_OFFLINE=1 musivum up --home ./data',
      about: 'without installing anything, logs in ./data',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const settings = gatewaySettings(args, terminal)
  const listen = listenSettings(args, terminal)
  await ensureEngine({ home: settings.home, install: !hasSwitch(args, 'no-install') }, terminal)
  // Not for this process, which has begun: for its writer threads and the processes of models, whose start is mostly compiling.
  process.env['NODE_COMPILE_CACHE'] ??= join(settings.home, 'cache', 'compiled')
  const { startGateway } = await import('../gateway/gateway.ts')
  const gateway = await startGateway({ ...settings, ...listen, log: (line) => terminal.note(line) })
  for (const warning of gateway.warnings) terminal.note(`warning: ${warning}`, 'yellow')
  terminal.write(
    hasSwitch(args, 'json') ? `${await document(gateway)}\n` : `${await welcome(gateway, terminal)}\n`,
  )
  // A service manager means "read your configuration"; a terminal means that it was closed, and then the default is right.
  if (!terminal.interactive) process.on('SIGHUP', gateway.reload)
  await aborted(terminal.signal)
  terminal.note('stopping: requests that are running may finish; Ctrl-C again ends them now', 'dim')
  await gateway.close()
  return EXIT.ok
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

async function document(gateway: RunningGateway): Promise<string> {
  const { packageVersion } = await import('../gateway/package-files.ts')
  const { url, models, config, access, warnings } = gateway
  const console = `${reachable(url)}/`
  return JSON.stringify({
    version: packageVersion,
    url,
    console,
    pid: process.pid,
    access,
    config,
    models,
    warnings,
  })
}

async function welcome({ url, models, config, access }: RunningGateway, { env }: Terminal): Promise<string> {
  const { packageVersion } = await import('../gateway/package-files.ts')
  const address = reachable(url)
  const command = tryIt(address, models)
  return [
    `musivum ${packageVersion} listens on ${url}`,
    `configuration: ${config.file ?? 'none, and none is needed'}`,
    `${access === 'keys' ? 'every request needs a key' : openTo(env)}\n`,
    'models',
    ...(models.length === 0 ? ['  none yet: `musivum doctor` says why'] : [modelTable(models)]),
    ...(command === undefined ? [] : ['\ntry it', `  ${command}`]),
    `\nconsole  ${address}/`,
  ].join('\n')
}

/** Who came by `npm start` has no command of our name on the path, and copies what is printed. */
function openTo(env: NodeJS.ProcessEnv): string {
  const command = env['npm_lifecycle_event'] === 'start' ? 'npm run -s musivum --' : 'musivum'
  return `no keys: open to this machine and to no other; \`${command} keys create admin --role admin\` makes the first`
}

const ORIGINS = [
  ['config', 'configured'],
  ['pulled', 'pulled'],
  ['discovered', 'on this machine'],
  ['starter', 'starter (toys)'],
] as const

function modelTable(models: readonly ModelView[]): string {
  const rows = ORIGINS.flatMap(([origin, title]) => {
    const names = models.filter((model) => model.origin === origin).map(shownName)
    return names.length === 0 ? [] : [[title, names.join(', ')]]
  })
  return table(rows).replace(/^/gm, '  ')
}

function shownName({ name, state, stateReason }: ModelView): string {
  return state === 'unavailable' ? `${name} (not available: ${stateReason ?? 'no reason is known'})` : name
}

/** A line that works as printed: a model that is there, with a prompt that it can do. */
function tryIt(address: string, models: readonly ModelView[]): string | undefined {
  const usable = models.filter(({ state }) => state !== 'unavailable')
  const model = usable.find(({ name }) => name === 'starter-l') ?? usable[0]
  if (model === undefined) return undefined
  const content = 'Triage: where do I go for a urine test?'
  const body = JSON.stringify({ model: model.name, messages: [{ role: 'user', content }] })
  return `curl ${address}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`
}

/** "Every address" is where one listens, not where one goes. */
function reachable(url: string): string {
  return url.replace('://0.0.0.0:', '://127.0.0.1:').replace('://[::]:', '://[::1]:')
}

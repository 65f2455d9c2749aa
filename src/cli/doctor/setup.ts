import { createServer } from 'node:net'
import { toMusivumError, type MusivumError } from '../../core/errors.ts'
import { discoverServers, type DiscoveredServer } from '../../engines/discover.ts'
import { verifyWeights } from '../../engines/llama/verify-weights.ts'
import { loadConfig, type ConfigSnapshot } from '../../gateway/config/load-config.ts'
import { packageRoot } from '../../gateway/package-files.ts'
import { systemClock } from '../../gateway/system-ports.ts'
import type { GatewaySettings } from '../gateway-settings.ts'
import { ok, problem, warn, type Finding } from './finding.ts'

/** The configuration when it is right, with what was found about it. */
export type CheckedConfig = {
  readonly snapshot: ConfigSnapshot | null
  readonly findings: readonly Finding[]
}

export function checkConfig({ configFile, ...around }: GatewaySettings): CheckedConfig {
  try {
    const file = configFile === undefined ? {} : { file: configFile }
    const snapshot = loadConfig({ ...file, ...around, packageRoot, clock: systemClock })
    const configured = snapshot.models.filter(({ origin }) => origin === 'config').length
    const says =
      snapshot.file === null ? 'none, and none is needed' : `${snapshot.file} is right: ${configured} models`
    const fix = 'all else works; what this line names waits for it'
    return {
      snapshot,
      findings: [ok('config', says), ...snapshot.warnings.map((line) => warn('config', line, fix))],
    }
  } catch (thrown) {
    return { snapshot: null, findings: problemLines(toMusivumError(thrown)) }
  }
}

function problemLines(error: MusivumError): readonly Finding[] {
  const lines = error.facts['problems']
  const all = Array.isArray(lines) && lines.length > 0 ? lines.map(String) : [error.message]
  return all.map((line) => problem('config', line, 'correct the file; `musivum up` does not start with it'))
}

export async function checkStarterModels(signal: AbortSignal): Promise<Finding> {
  // Without a configuration, so that a wrong one does not hide whether what we shipped is whole.
  const shipped = loadConfig({
    env: {},
    cwd: packageRoot,
    home: packageRoot,
    packageRoot,
    clock: systemClock,
  })
  const starters = shipped.models.flatMap(({ origin, binding }) =>
    origin === 'starter' && binding.engine === 'llama' ? [binding] : [],
  )
  if (starters.length === 0) {
    return warn('starter models', 'they are not in this package', 'configure a model in musivum.yaml')
  }
  try {
    await Promise.all(starters.map((binding) => verifyWeights(binding, signal)))
    return ok('starter models', `${starters.length} are whole, hashes checked`)
  } catch (thrown) {
    return problem('starter models', toMusivumError(thrown).message, 'install the package again')
  }
}

/** What answers on this machine already, and the names under which a gateway offers its models. */
export async function checkServers(
  signal: AbortSignal,
): Promise<{ readonly finding: Finding; readonly models: readonly string[] }> {
  const servers = await discoverServers({ signal, timeoutMs: DISCOVERY_TIMEOUT_MS })
  const facts = { servers: servers.map(({ kind, models }) => ({ kind, models: [...models] })) }
  const found = servers.map(({ kind, models }) => `${kind}: ${models.length} models`).join(', ')
  const says = found === '' ? 'none found (Ollama, llama-server, LM Studio, vLLM)' : found
  return { finding: ok('local servers', says, facts), models: servers.flatMap(offeredNames) }
}

function offeredNames({ kind, models }: DiscoveredServer): readonly string[] {
  return models.map((model) => `${kind}/${model}`)
}

// More than a gateway allows at its start: here nobody waits for an answer.
const DISCOVERY_TIMEOUT_MS = 1000

export async function checkPort(host: string, port: number): Promise<Finding> {
  const code = await listenError(host, port)
  if (code === undefined) return ok('port', `${port} is free`)
  if (code === 'EADDRINUSE') {
    return warn('port', `${port} is taken`, 'if that is not a gateway of yours, choose another with --port')
  }
  return problem(
    'port',
    `${host}:${port} cannot be listened on (${code})`,
    'choose others with --host and --port',
  )
}

function listenError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port }, () => server.close(() => resolve(undefined)))
  })
}

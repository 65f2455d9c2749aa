import { request } from 'undici'
import { invalid, MusivumError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { jsonOption, type Arguments, type Option } from './command.ts'
import { failureOf, keyHeader, parsed, patientConnections } from './gateway-client.ts'
import { configOption, gatewaySettings, homeOption, listenSettings, setVariable } from './gateway-settings.ts'
import { textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

const gatewayOption: Option = {
  name: 'gateway',
  value: 'URL',
  about: 'The gateway that runs. Default: this machine, at the port of the configuration, else 4000.',
}

/** Of every command about a gateway that runs. */
export const gatewayOptions: readonly Option[] = [gatewayOption, configOption, homeOption, jsonOption]

export type AdminRequest = {
  readonly method: 'GET' | 'POST'
  /** `/api/local-models` */
  readonly path: string
  readonly body?: JsonObject
}

/**
 * Asks the admin API of a gateway that runs, with the key in MUSIVUM_KEY where it wants one.
 *
 * @throws MusivumError what the gateway said, or one line when there is none
 */
export async function askAdmin<View>(
  args: Arguments,
  terminal: Terminal,
  { method, path, body }: AdminRequest,
): Promise<View> {
  const url = await urlOf(args, terminal)
  const key = setVariable(terminal.env, 'MUSIVUM_KEY')
  const connections = patientConnections()
  try {
    const response = await request(`${url}${path}`, {
      dispatcher: connections,
      method,
      signal: terminal.signal,
      headers: { 'content-type': 'application/json', ...keyHeader(key) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => Promise.reject(nobodyThere(url, cause)))
    const answer = parsed(await response.body.text())
    if (response.statusCode < 400) return answer as View
    throw withHint(failureOf(answer))
  } finally {
    await connections.destroy()
  }
}

async function urlOf(args: Arguments, terminal: Terminal): Promise<string> {
  const asked = textOption(args, 'gateway')
  if (asked !== undefined) {
    if (/^https?:\/\/\S+$/.test(asked) && URL.canParse(asked)) return asked.replace(/\/+$/, '')
    throw invalid(`--gateway: expected a URL such as http://127.0.0.1:4000, not "${asked.slice(0, 80)}"`)
  }
  const { configFile, ...settings } = gatewaySettings(args, terminal)
  const [{ loadConfig }, { packageRoot }, { systemClock }] = await Promise.all([
    import('../gateway/config/load-config.ts'),
    import('../gateway/package-files.ts'),
    import('../gateway/system-ports.ts'),
  ])
  const file = configFile === undefined ? {} : { file: configFile }
  const { listen } = loadConfig({ ...file, ...settings, packageRoot, clock: systemClock })
  const { host, port } = { ...listen, ...listenSettings({ ...args, given: new Map() }, terminal) }
  return `http://${reachable(host)}:${port}`
}

/** "Every address" is where one listens, not where one goes. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::' || host === '[::]') return '[::1]'
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}

function nobodyThere(url: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException
  if (code === undefined || !/^(ECONN|ENOTFOUND|EHOST|UND_ERR_CONNECT|UND_ERR_SOCKET)/.test(code))
    return cause
  const line = `no gateway answers at ${url}; start one with \`musivum up\`, or say with --gateway where it is`
  return new MusivumError('upstream.unreachable', line, {}, { cause })
}

function withHint(error: MusivumError): MusivumError {
  if (error.code !== 'auth.missing') return error
  return new MusivumError(error.code, `${error.message} Put it into MUSIVUM_KEY.`, error.facts)
}

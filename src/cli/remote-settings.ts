import { invalid } from '../core/errors.ts'
import type { RemoteOptions } from '../weights/remote-types.ts'
import type { Arguments, Option } from './command.ts'
import { isOffline } from './ensure-engine.ts'
import { configOption, gatewaySettings, homeOption, setVariable } from './gateway-settings.ts'
import { hasSwitch, textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

/** What every command takes that may ask a hub. */
export const remoteSettingsOptions: readonly Option[] = [
  {
    name: 'offline',
    about: 'Let no call leave this machine. MUSIVUM_OFFLINE=1 and `offline: true` say the same.',
  },
  {
    name: 'token-env',
    value: 'VAR',
    about: 'The variable that holds the token of a gated repository. Default: HF_TOKEN.',
  },
  configOption,
  homeOption,
]

/** The command line, the environment, or the configuration: whoever forbids calls is believed. */
export async function isForbidden(args: Arguments, terminal: Terminal): Promise<boolean> {
  if (hasSwitch(args, 'offline') || isOffline(terminal.env)) return true
  const { configFile, ...settings } = gatewaySettings(args, terminal)
  const [{ loadConfig }, { packageRoot }, { systemClock }] = await Promise.all([
    import('../gateway/config/load-config.ts'),
    import('../gateway/package-files.ts'),
    import('../gateway/system-ports.ts'),
  ])
  const file = configFile === undefined ? {} : { file: configFile }
  return loadConfig({ ...file, ...settings, packageRoot, clock: systemClock }).offline === true
}

/** How a hub is asked: with which token, through which proxy, of which mirror. Whether it may be is asked before. */
export function remoteSettings(args: Arguments, { env, signal, note }: Terminal): RemoteOptions {
  const endpoint = setVariable(env, 'HF_ENDPOINT')
  const token = tokenOf(args, env)
  return {
    signal,
    env,
    log: (line) => note(line, 'dim'),
    offline: false,
    ...(endpoint !== undefined && { endpoint }),
    ...(token !== undefined && { token }),
  }
}

function tokenOf(args: Arguments, env: NodeJS.ProcessEnv): string | undefined {
  const variable = textOption(args, 'token-env')
  if (variable === undefined) return setVariable(env, 'HF_TOKEN')?.trim()
  // A token typed here would be in the history of the shell; it is not repeated either.
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(variable) || variable.startsWith('hf_'))
    throw invalid('--token-env takes the name of a variable, never the token itself')
  const token = setVariable(env, variable)?.trim()
  if (token === undefined || token === '') throw invalid(`--token-env: the variable ${variable} is not set`)
  return token
}

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Arguments, Option } from './command.ts'
import { textOption, wholeNumber, wholeNumberOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const configOption: Option = {
  name: 'config',
  value: 'FILE',
  about:
    'The configuration. Default: MUSIVUM_CONFIG, ./musivum.yaml, musivum.yaml in the home folder, else none.',
}

export const homeOption: Option = {
  name: 'home',
  value: 'DIR',
  about: 'Where logs and the embedded engine are kept. Default: MUSIVUM_HOME, else ~/.musivum.',
}

export const portOption: Option = {
  name: 'port',
  value: 'N',
  about: 'Default: MUSIVUM_PORT, the configuration, else 4000. 0 takes any free port.',
}

export const hostOption: Option = {
  name: 'host',
  value: 'H',
  about:
    'The address to listen on. Default: MUSIVUM_HOST, the configuration, else 127.0.0.1 (this machine only).',
}

/** What a command was told about the gateway it works with, as `startGateway` and `loadConfig` take it. */
export type GatewaySettings = {
  readonly configFile?: string
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

export function gatewaySettings(args: Arguments, { env, cwd }: Terminal): GatewaySettings {
  const configFile = textOption(args, 'config')
  const home = textOption(args, 'home') ?? setVariable(env, 'MUSIVUM_HOME')
  return {
    // MUSIVUM_CONFIG is read where the configuration is looked for, so that a file is found by one rule everywhere.
    ...(configFile === undefined ? {} : { configFile }),
    home: home === undefined ? join(homedir(), '.musivum') : resolve(cwd, home),
    env,
    cwd,
  }
}

/** Where to listen, when the command line or the environment says so: what is left out is the configuration's to say. */
export function listenSettings(
  args: Arguments,
  { env }: Terminal,
): { readonly host?: string; readonly port?: number } {
  const host = textOption(args, 'host') ?? setVariable(env, 'MUSIVUM_HOST')
  const variable = setVariable(env, 'MUSIVUM_PORT')
  const port =
    wholeNumberOption(args, 'port', 0, MAX_PORT) ??
    (variable === undefined ? undefined : wholeNumber('MUSIVUM_PORT', variable, 0, MAX_PORT))
  return { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) }
}

const MAX_PORT = 65_535

/** An empty variable is how shells and container files unset one. */
export function setVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]
  return value === '' ? undefined : value
}

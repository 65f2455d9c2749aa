import { userInfo } from 'node:os'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { invalid } from '../core/errors.ts'
import type { Remote } from '../weights/remote-delivery.ts'
import type { PullWorld, Pulled } from '../weights/pull.ts'
import type { TrustedMaker } from '../weights/signing/trusted-makers.ts'
import { parseSource, type Source } from '../weights/source.ts'
import { configOption, gatewaySettings, homeOption, setVariable } from './gateway-settings.ts'
import { agreeToLicence } from './licence-question.ts'
import { isOffline } from './ensure-engine.ts'
import { pulledRow, pulledText } from './models-pull-text.ts'
import { hasSwitch, textOption } from './parse-arguments.ts'
import { pullLine } from './pull-line.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsPull: Command = {
  name: 'models pull',
  summary: 'Bring open weights onto this machine, checked and recorded.',
  operand: 'SOURCE',
  options: [
    { name: 'name', value: 'NAME', about: 'What to call it here; by default after its repository or file.' },
    {
      name: 'accept-licence',
      about: 'You have read the licence and accept it; without this it is asked for.',
    },
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
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum models pull hf:Qwen/Qwen3-8B-GGUF:Q4_K_M',
      about: 'from the hub, pinned to the commit of today',
    },
    { line: 'musivum models pull file:model.gguf --name mine', about: 'a file that is here already' },
    { line: 'musivum models pull ollama:llama3.2:3b --offline', about: 'out of the store of an Ollama here' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const asked = sourceOf(args)
  const source = parseSource(asked)
  const name = textOption(args, 'name')
  const { pull } = await import('../weights/pull.ts')
  const world = await worldOf(args, terminal, source)
  const { trustedMakers } = await import('../weights/signing/trusted-makers.ts')
  // A list that cannot be read is said before forty gigabytes come, not after.
  const makers = trustedMakers(world.home)
  const pulled = await pull({ source, asked, ...(name !== undefined && { name }) }, world)
    .catch((thrown: unknown) => {
      if (terminal.signal.aborted) terminal.note(interrupted(source), 'yellow')
      throw thrown
    })
    .finally(() => terminal.progress?.(''))
  report(args, terminal, await proven(pulled, makers, world))
  return EXIT.ok
}

/** Its signature and its build, after its hashes were checked. */
async function proven(
  pulled: Pulled,
  makers: readonly TrustedMaker[],
  { home, clock, signal }: PullWorld,
): Promise<Pulled> {
  const [{ proveModel, recordProof }, { shelfOf }] = await Promise.all([
    import('../weights/provenance/prove-model.ts'),
    import('../weights/shelf.ts'),
  ])
  const shelf = shelfOf(home)
  const proof = await proveModel(shelf, pulled.manifest, { makers, now: new Date(clock.now()) })
  await recordProof(shelf, pulled.manifest, proof, signal)
  return { ...pulled, manifest: proof.manifest }
}

function sourceOf({ operands }: Arguments): string {
  const [source, extra] = operands
  if (source === undefined)
    throw invalid('models pull needs a SOURCE, such as hf:OWNER/REPO:Q4_K_M or file:model.gguf')
  // Not repeated: what was typed too much may be a token.
  if (extra !== undefined) throw invalid('models pull takes one SOURCE, but more words were given')
  return source
}

function interrupted({ kind }: Source): string {
  return kind === 'hf' || kind === 'https'
    ? 'stopped; what was fetched is kept, and the same command goes on from there'
    : 'stopped; nothing was kept, and the same command begins again'
}

async function worldOf(args: Arguments, terminal: Terminal, source: Source): Promise<PullWorld> {
  const { home, env, cwd } = gatewaySettings(args, terminal)
  const { systemClock } = await import('../gateway/system-ports.ts')
  const log = (line: string): void => terminal.note(line, 'dim')
  const outside = source.kind === 'hf' || source.kind === 'https'
  const offline = outside && (await isForbidden(args, terminal))
  const remote = outside && !offline ? await remoteOf(args, terminal, log) : undefined
  const accepted = hasSwitch(args, 'accept-licence')
  return {
    home,
    cwd,
    env,
    clock: systemClock,
    who: whoAmI(),
    signal: terminal.signal,
    log,
    onProgress: (file, progress) => terminal.progress?.(pullLine(file, progress)),
    accept: (finding, model) => agreeToLicence({ finding, model, accepted }, terminal),
    fromHub: remote !== undefined && isHub(remote.options.endpoint),
    ...(remote !== undefined && { remote }),
  }
}

/** A mirror may be honest, but what it lists is not what the hub lists. */
function isHub(endpoint: string | undefined): boolean {
  return endpoint === undefined || /^https:\/\/huggingface\.co\/?$/.test(endpoint)
}

/** The command line, the environment, or the configuration: whoever forbids calls is believed. */
async function isForbidden(args: Arguments, terminal: Terminal): Promise<boolean> {
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

async function remoteOf(args: Arguments, terminal: Terminal, log: (line: string) => void): Promise<Remote> {
  const [{ resolveSource }, { downloadFile }] = await Promise.all([
    import('../weights/remote/resolve-source.ts'),
    import('../weights/remote/download-file.ts'),
  ])
  const { env, signal } = terminal
  const endpoint = setVariable(env, 'HF_ENDPOINT')
  const token = tokenOf(args, env)
  return {
    resolveSource,
    downloadFile,
    options: {
      signal,
      env,
      log,
      offline: false,
      ...(endpoint !== undefined && { endpoint }),
      ...(token !== undefined && { token }),
    },
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

function whoAmI(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run as a user without a name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

function report(args: Arguments, terminal: Terminal, pulled: Pulled): void {
  for (const flag of pulled.manifest.template?.flags ?? [])
    terminal.note(`warning: its chat template, line ${flag.line}, ${flag.kind}: ${flag.why}`, 'yellow')
  writeReport(args, terminal, {
    json: () => ({ models: [pulledRow(pulled)] }),
    text: () => pulledText(pulled),
  })
}

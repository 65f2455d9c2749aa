import { userInfo } from 'node:os'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { invalid } from '../core/errors.ts'
import type { Remote } from '../weights/remote-delivery.ts'
import type { PullWorld, Pulled } from '../weights/pull.ts'
import type { TrustedMaker } from '../weights/signing/trusted-makers.ts'
import { shelfName } from '../weights/shelf-name.ts'
import { parseSource, type Source } from '../weights/source.ts'
import { gatewaySettings } from './gateway-settings.ts'
import { agreeToLicence } from './licence-question.ts'
import { pulledRow, pulledText } from './models-pull-text.ts'
import { hasSwitch, textOption } from './parse-arguments.ts'
import { pullLine } from './pull-line.ts'
import { isForbidden, remoteSettings, remoteSettingsOptions } from './remote-settings.ts'
import { templateProblem } from './template-problem.ts'
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
    ...remoteSettingsOptions,
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
  await checkFree(shelfName(source, name))
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

/** What is said of the starters must stay true of their names, so another model under one could never be asked. */
async function checkFree(name: string): Promise<void> {
  const { starterFile } = await import('./starter-file.ts')
  if (starterFile(name) !== undefined)
    throw invalid(`${name} is the name of a model that ships with us; choose another with --name`)
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
  const remote = outside && !offline ? await remoteOf(args, terminal) : undefined
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
    templateProblem: (template) => templateProblem(template, home),
    fromHub: remote !== undefined && isHub(remote.options.endpoint),
    ...(remote !== undefined && { remote }),
  }
}

/** A mirror may be honest, but what it lists is not what the hub lists. */
function isHub(endpoint: string | undefined): boolean {
  return endpoint === undefined || /^https:\/\/huggingface\.co\/?$/.test(endpoint)
}

async function remoteOf(args: Arguments, terminal: Terminal): Promise<Remote> {
  const [{ resolveSource }, { downloadFile }] = await Promise.all([
    import('../weights/remote/resolve-source.ts'),
    import('../weights/remote/download-file.ts'),
  ])
  return { resolveSource, downloadFile, options: remoteSettings(args, terminal) }
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

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { MachineRate } from '../../catalog/machine-cost.ts'
import { runsHere, type Model } from '../../catalog/model.ts'
import { MusivumError, withoutSecrets } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { Guard } from '../../guards/guard.ts'
import type { NamesTier } from '../names/names-tier.ts'
import { allowAll, type Policy } from '../../policy/permit.ts'
import { bytesIn } from './byte-count.ts'
import { configuredGuards, type ConfiguredGuards, type GuardProblem } from './configured-guards.ts'
import { configuredModels } from './adapted-models.ts'
import type { ConfiguredModel } from './configured-model.ts'
import { machinePriced } from './machine-priced.ts'
import { machineRate } from './machine-rate.ts'
import { configuredNames, type ConfiguredNames } from './configured-names.ts'
import { findPolicy, loadPolicy, type LoadedPolicy } from './load-policy.ts'
import { unfoundInRules } from '../../policy/analysis/unfound-words.ts'
import { parseConfig, type ParsedConfig } from './parse-config.ts'
import { readConfigFile } from './read-config-file.ts'
import type { ConfigFile } from './schema.ts'
import { pulledModels, type PulledWeights } from './pulled-models.ts'
import { starterModels } from './starter-models.ts'
import { dotted, type Path } from './yaml-places.ts'

/** What the gateway runs by until the next reload. Frozen: a reload makes a new one and running requests keep theirs. */
export type ConfigSnapshot = {
  /** The start of a SHA-256 over what the configuration says: comments and line breaks do not change it. */
  readonly version: string
  /** As it may be shown to anyone; null when no file is used. */
  readonly file: string | null
  /** Absolute; null when no file is used. */
  readonly path: string | null
  readonly loadedAtMs: number
  /** Configured models in the order of the file, then the pulled ones, then the starter models. Names are unique. */
  readonly models: readonly Model[]
  readonly listen: { readonly host: string; readonly port: number }
  readonly limits: { readonly bodyBytes: number }
  readonly log: { readonly keepDays: number; readonly keepRows: number }
  readonly discover: boolean
  /** What all local models together may use; undefined: what the system allows. */
  readonly memoryBytes: number | undefined
  /** What an hour of this machine costs; absent: nobody said, and what runs here is charged nothing. */
  readonly machine?: MachineRate
  /** No command may let a call leave this machine. */
  readonly offline?: true
  /** The rules that `policy` names; without one every model may answer. */
  readonly policy: Policy
  /** Checks of what goes into models and comes out of them, in the order of the file. */
  readonly guards: readonly Guard[]
  /** Who looks for names of people, places and organisations; absent: nobody does. */
  readonly names?: NamesTier
  /** One line each, with file:line: what is wrong around the configuration without making it wrong. */
  readonly warnings: readonly string[]
}

export type ConfigOptions = {
  /** The file somebody asked for by name. It must exist. */
  readonly file?: string
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** The folder of the gateway's own data, `~/.musivum`. */
  readonly home: string
  /** The folder that holds `models/starter`. */
  readonly packageRoot: string
  readonly clock: Clock
  /** Told of the file of rules that the configuration names, before it is read: it is watched even while it is wrong. */
  readonly onPolicyFile?: (path: string) => void
}

/**
 * The configuration that is in force: the file asked for, else `MUSIVUM_CONFIG`, `./musivum.yaml`,
 * `<home>/musivum.yaml`, else an empty one. The starter models are always there, unless a configured model has the name.
 *
 * @throws MusivumError `config.invalid`; `facts.problems` holds every line, the message the first.
 */
export function loadConfig(options: ConfigOptions): ConfigSnapshot {
  return loadConfigFile(findConfigFile(options), options)
}

/** A configuration file and the name it goes by in messages. */
export type FoundFile = { readonly path: string; readonly shown: string }

export function loadConfigFile(found: FoundFile | null, options: ConfigOptions): ConfigSnapshot {
  const starters = starterModels(options.packageRoot)
  const pulled = pulledModels(options.home, starters)
  const parsed: ParsedConfig =
    found === null ? { kind: 'parsed', config: {}, lineOf: () => 0 } : parseFile(found)
  if (parsed.kind === 'wrong') {
    throw invalid(parsed.problems.map(({ line, text }) => `${found?.shown}:${line}: ${text}`))
  }
  const configured = modelsOf(parsed.config, found, { starters, pulled }, options)
  const taken = new Set(configured.map(({ model }) => model.name))
  const all = [
    ...configured.map(({ model }) => model),
    ...[...pulled.models, ...starters].filter(({ name }) => !taken.has(name)),
  ]
  const settings = settingsOf(parsed.config)
  const { models, warnings: uncounted } = machinePriced(all, settings.machine, options.home)
  const { loaded, policy, guarded, named } = partsOf(parsed, found, models, options)
  return deepFrozen({
    version: versionOf(parsed.config, { ready: [...starters, ...pulled.models], models }, policy),
    file: found?.shown ?? null,
    path: found?.path ?? null,
    loadedAtMs: options.clock.now(),
    models,
    ...settings,
    policy,
    guards: guarded.guards,
    ...(named !== undefined && { names: named.names }),
    warnings: [
      ...configured.flatMap((entry) => warningLines(entry, parsed.lineOf, found)),
      ...pulled.warnings,
      ...(loaded?.warnings ?? []),
      ...unfoundInRules(loaded?.policy.rules ?? []),
      ...linesOf(guarded.warnings, parsed.lineOf, found),
      ...linesOf(named?.warnings ?? [], parsed.lineOf, found),
      ...linesOf(uncounted, parsed.lineOf, found),
    ],
  })
}

/** The file that is in force, or null: then there is only what ships with us and what is discovered. */
export function findConfigFile({ file, env, cwd, home }: ConfigOptions): FoundFile | null {
  const asked = file ?? nonEmpty(env['MUSIVUM_CONFIG'])
  if (asked !== undefined) return { path: resolve(cwd, asked), shown: shownAsked(asked, cwd) }
  const userHome = userHomeOf(env)
  for (const folder of [cwd, home]) {
    const path = join(folder, 'musivum.yaml')
    if (existsSync(path)) return { path, shown: shownFound(path, cwd, userHome) }
  }
  return null
}

/** As it was given, but relative when that is shorter. */
function shownAsked(asked: string, cwd: string): string {
  const inside = insideOf(cwd, resolve(cwd, asked))
  return isAbsolute(asked) && inside !== undefined ? inside : asked
}

/** Nobody gave this path, so it must not tell how this machine is laid out. */
function shownFound(path: string, cwd: string, userHome: string | undefined): string {
  const inCwd = insideOf(cwd, path)
  if (inCwd !== undefined) return inCwd
  const inHome = userHome === undefined ? undefined : insideOf(userHome, path)
  return inHome === undefined ? basename(path) : `~/${inHome}`
}

function insideOf(folder: string, path: string): string | undefined {
  const inner = relative(folder, path)
  const outside = inner === '' || inner.startsWith('..') || isAbsolute(inner)
  return outside ? undefined : inner.split(sep).join('/')
}

function parseFile({ path, shown }: FoundFile): ParsedConfig {
  const read = readConfigFile(path)
  if (read.kind === 'wrong') throw invalid([`${shown}: ${read.problem}`])
  return parseConfig(read.text)
}

function invalid(lines: readonly string[]): MusivumError {
  const problems = lines.map(withoutSecrets)
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new MusivumError('config.invalid', `${problems[0] ?? ''}${more}`, { problems })
}

/** Weights that are there without a line of the configuration. */
type Ready = { readonly starters: readonly Model[]; readonly pulled: PulledWeights }

function modelsOf(
  config: ConfigFile,
  found: FoundFile | null,
  { starters, pulled }: Ready,
  { cwd, env, packageRoot }: ConfigOptions,
): readonly ConfiguredModel[] {
  const folders = [...new Set([...(found === null ? [] : [dirname(found.path)]), cwd, packageRoot])]
  const around = { folders, userHome: userHomeOf(env), env, starters, pulled }
  return Object.entries(config.models ?? {}).flatMap(([name, entry]) => configuredModels(name, entry, around))
}

/** Each part is read though another is wrong, so that whoever corrects the file is told everything at once. */
function partsOf(
  parsed: ParsedConfig & { readonly kind: 'parsed' },
  found: FoundFile | null,
  models: readonly Model[],
  options: ConfigOptions,
) {
  const problems: string[] = []
  const read = <Part>(part: () => Part): Part | undefined => {
    try {
      return part()
    } catch (thrown) {
      problems.push(...problemsOf(thrown))
      return undefined
    }
  }
  const loaded = read(() => configuredPolicy(parsed, found, options))
  const policy: Policy = loaded?.policy ?? allowAll
  const guarded = read(() => guardsOf(parsed, found, new Set(models.map(({ name }) => name))))
  const named = read(() => namesOf(parsed, found, models, policy))
  // Nothing goes on with the rules or the guards that are left.
  if (guarded === undefined || problems.length > 0) throw invalid(problems)
  return { loaded, policy, guarded, named }
}

function problemsOf(thrown: unknown): readonly string[] {
  if (!(thrown instanceof MusivumError) || thrown.code !== 'config.invalid') throw thrown
  const { problems } = thrown.facts
  return Array.isArray(problems) ? problems.map(String) : [thrown.message]
}

/** A file of rules is looked for beside the configuration, then in the working directory, as weights are. */
function configuredPolicy(
  parsed: ParsedConfig & { readonly kind: 'parsed' },
  found: FoundFile | null,
  { cwd, onPolicyFile }: ConfigOptions,
): LoadedPolicy | undefined {
  const named = parsed.config.policy
  if (named === undefined || found === null) return undefined
  const policy = findPolicy(named, [dirname(found.path), cwd])
  if (policy.kind === 'file') onPolicyFile?.(policy.path)
  const wrong = (problem: string): MusivumError =>
    invalid([`${found.shown}:${parsed.lineOf(['policy'])}: policy: ${problem}`])
  if (policy.kind === 'wrong') throw wrong(policy.problem)
  if (policy.kind === 'file' && !existsSync(policy.path))
    throw wrong(`there is no file ${policy.shown}${isAbsolute(named) ? '' : BESIDE}`)
  return loadPolicy(policy)
}

const BESIDE = ' beside this file or in the working directory'

/** Guards that cannot work are as wrong as any other setting: nothing starts with half of them. */
function guardsOf(
  { config, lineOf }: ParsedConfig & { readonly kind: 'parsed' },
  found: FoundFile | null,
  models: ReadonlySet<string>,
): ConfiguredGuards {
  const configured = configuredGuards(config.guards ?? [], models)
  if (configured.problems.length > 0) throw invalid(linesOf(configured.problems, lineOf, found))
  return configured
}

/** Text that is to find out what may leave must not leave for it. */
function namesOf(
  { config, lineOf }: ParsedConfig & { readonly kind: 'parsed' },
  found: FoundFile | null,
  models: readonly Model[],
  policy: Policy,
): ConfiguredNames | undefined {
  const entry = config.privacy?.names
  if (entry === undefined) return undefined
  const configured = configuredNames(entry, models, policy.kind === 'rules' ? 'some' : 'none')
  if (configured.problems.length > 0) throw invalid(linesOf(configured.problems, lineOf, found))
  return configured
}

function linesOf(
  problems: readonly GuardProblem[],
  lineOf: (path: Path) => number,
  found: FoundFile | null,
): readonly string[] {
  return problems.map(({ path, text }) => `${found?.shown}:${lineOf(path)}: ${dotted(path)}: ${text}`)
}

function settingsOf({ listen, limits, log, discover, offline, memory, machine }: ConfigFile) {
  return {
    listen: { host: listen?.host ?? '127.0.0.1', port: listen?.port ?? 4000 },
    // Four images of a phone camera in base64, with room.
    limits: { bodyBytes: (limits?.body_mib ?? 32) * 1024 * 1024 },
    // A row takes about 600 bytes, so a million rows are 600 MB.
    log: { keepDays: log?.keep_days ?? 30, keepRows: log?.keep_rows ?? 1_000_000 },
    discover: discover ?? true,
    memoryBytes: typeof memory === 'string' ? bytesIn(memory) : memory,
    ...(machine !== undefined && { machine: machineRate(machine) }),
    ...(offline === true && { offline }),
  }
}

function warningLines(
  { model, warnings }: ConfiguredModel,
  lineOf: (path: readonly string[]) => number,
  found: FoundFile | null,
): readonly string[] {
  return warnings.map(({ key, text }) => {
    const line = lineOf(['models', model.name, key])
    return withoutSecrets(`${found?.shown}:${line}: models.${model.name}.${key}: ${text}`)
  })
}

const VERSION_CHARS = 12

type InForce = { readonly ready: readonly Model[]; readonly models: readonly Model[] }

function versionOf(config: ConfigFile, { ready, models }: InForce, policy: Policy): string {
  const shipped = ready.map(({ name, binding, facts, licence }) => [
    name,
    runsHere(binding) ? (binding.sha256 ?? '') : '',
    ...(facts === undefined ? [] : [facts.provenance, licence]),
  ])
  // What was measured changes prices and what rules see, though the file says the same.
  const measured = models.flatMap(({ name, measured: speed }) => (speed === undefined ? [] : [[name, speed]]))
  const content = JSON.stringify([
    config,
    shipped,
    policy.kind === 'rules' ? policy.hash : '',
    ...(measured.length === 0 ? [] : [measured]),
  ])
  return createHash('sha256').update(content).digest('hex').slice(0, VERSION_CHARS)
}

function deepFrozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFrozen(inner)
  return Object.freeze(value)
}

function userHomeOf(env: NodeJS.ProcessEnv): string | undefined {
  return nonEmpty(env['HOME']) ?? nonEmpty(env['USERPROFILE'])
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

import { existsSync } from 'node:fs'
import { basename, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MusivumError } from '../../core/errors.ts'
import { nearestNames } from '../../core/nearest.ts'
import { PRESETS, presetHashes, type PresetName } from '../../policy/presets/_hashes.ts'
import { hashOf, rulePolicy, type RulePolicy } from '../../policy/rule-policy.ts'
import { parseRuleFile, type RuleFile } from '../../policy/rules/parse-rule-file.ts'
import { fulfilledObligations } from '../fulfilled-obligations.ts'
import { readConfigFile } from './read-config-file.ts'

export type LoadedPolicy = {
  readonly policy: RulePolicy
  /** One line each: what is strange about the file without making it wrong. */
  readonly warnings: readonly string[]
}

/** What somebody means by the name of a policy; `shown` is the file as it may stand in messages and decisions. */
export type FoundPolicy =
  | { readonly kind: 'preset'; readonly preset: PresetName }
  | { readonly kind: 'file'; readonly path: string; readonly shown: string }
  | { readonly kind: 'wrong'; readonly problem: string }

/** A preset, else a file of rules, in the first of the folders that has it. */
export function findPolicy(named: string, folders: readonly string[]): FoundPolicy {
  const preset = PRESETS.find((each) => each === named)
  if (preset !== undefined) return { kind: 'preset', preset }
  if (!/[/\\.]/.test(named)) return { kind: 'wrong', problem: noSuchPreset(named) }
  const paths = folders.map((folder) => resolve(folder, named))
  const path = paths.find((each) => existsSync(each)) ?? paths[0] ?? resolve(named)
  const shown = isAbsolute(named) ? basename(named) : named.replace(/^\.\//, '')
  return { kind: 'file', path, shown }
}

/** @throws MusivumError `config.invalid`; `facts.problems` holds every line, the message the first. */
export function loadPolicy(found: FoundPolicy): LoadedPolicy {
  switch (found.kind) {
    case 'preset':
      return { policy: policyOf(found.preset, loadPreset(found.preset)), warnings: [] }
    case 'file':
      return loadFile(found)
    case 'wrong':
      throw wrong([found.problem])
    default:
      return found satisfies never
  }
}

function loadFile({ path, shown }: FoundPolicy & { readonly kind: 'file' }): LoadedPolicy {
  const read = readConfigFile(path)
  if (read.kind === 'wrong') throw wrong([`${shown}: ${read.problem}`])
  const file = parsed(read.text, shown)
  return { policy: policyOf(shown, withPreset(file)), warnings: warningsAbout(file, shown) }
}

function noSuchPreset(named: string): string {
  const [nearest] = nearestNames(named, PRESETS, 1)
  const hint = nearest === undefined ? `expected one of ${PRESETS.join(', ')}` : `did you mean ${nearest}?`
  return `no preset is called ${named.slice(0, 64)}; ${hint} (a file of rules is named with its ending: ./rules.yaml)`
}

function policyOf(name: string, { rules, organisation, probes }: RuleFile): RulePolicy {
  return rulePolicy({ name, rules, organisation, probes, fulfils: fulfilledObligations })
}

/** The file's own rules come after the preset's: they may narrow it, and no rule can widen what another removes. */
function withPreset(file: RuleFile): RuleFile {
  if (file.extends === undefined) return file
  const { preset: named, at } = file.extends
  const preset = PRESETS.find((each) => each === named)
  if (preset === undefined) throw wrong([`${at}: extends: ${noPresetToExtend(named)}`])
  const base = loadPreset(preset)
  const taken = new Set(base.rules.map(({ id }) => id))
  const twice = file.rules.filter(({ id }) => taken.has(id))
  if (twice.length > 0)
    throw wrong(twice.map(({ id, at }) => `${at}: the id ${id} is taken by a rule of the preset ${preset}`))
  return { ...file, rules: [...base.rules, ...file.rules] }
}

/** Files do not extend files: what holds would then be spread over a chain of them. */
function noPresetToExtend(named: string): string {
  const [nearest] = nearestNames(named, PRESETS, 1)
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  const problem = /[/\\.]/.test(named)
    ? 'only a preset can be extended, not a file: copy its rules into this one'
    : `no preset is called ${named.slice(0, 64)}`
  return `${problem}${hint} (presets: ${PRESETS.join(', ')})`
}

const presetFolder = fileURLToPath(new URL('../../policy/presets/', import.meta.url))

function loadPreset(preset: PresetName): RuleFile {
  const read = readConfigFile(resolve(presetFolder, `${preset}.yaml`))
  if (read.kind === 'wrong') throw wrong([`preset ${preset}: ${read.problem}; install the package again`])
  const file = parsed(read.text, `${preset}.yaml`)
  if (hashOf(file.rules, file.organisation) === presetHashes[preset]) return file
  throw wrong([
    `the preset ${preset} was edited where it is installed; install the package again, and keep rules of your own in a file of your own`,
  ])
}

function parsed(text: string, shown: string): RuleFile {
  const result = parseRuleFile(text, shown)
  if (result.kind === 'wrong') throw wrong(result.problems)
  return result.file
}

function wrong(problems: readonly string[]): MusivumError {
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new MusivumError('config.invalid', `${problems[0] ?? ''}${more}`, { problems })
}

/** Decisions name the file, so nobody takes a copy that was changed for the preset; whoever changed it may not know. */
function warningsAbout(file: RuleFile, shown: string): readonly string[] {
  const preset = PRESETS.find((each) => each === file.name)
  if (preset === undefined || hashOf(file.rules, file.organisation) === presetHashes[preset]) return []
  return [
    `${shown}: calls itself ${preset} and differs from the preset of that name; decisions call it ${shown}. To narrow a preset, write \`extends: ${preset}\` and your own rules`,
  ]
}

import { existsSync } from 'node:fs'
import { invalid, MusivumError } from '../core/errors.ts'
import { checkModels } from '../gateway/config/check-models.ts'
import {
  findConfigFile,
  loadConfigFile,
  type ConfigSnapshot,
  type FoundFile,
} from '../gateway/config/load-config.ts'
import { parseConfig } from '../gateway/config/parse-config.ts'
import { readConfigFile } from '../gateway/config/read-config-file.ts'
import { dotted } from '../gateway/config/yaml-places.ts'
import { packageRoot } from '../gateway/package-files.ts'
import { systemClock } from '../gateway/system-ports.ts'
import { shelfOf, type Shelf } from '../weights/shelf.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const configCheck: Command = {
  name: 'config check',
  summary: 'Say whether a musivum.yaml is right, and what around it is missing.',
  operand: '[FILE]',
  options: [homeOption, jsonOption],
  examples: [
    { line: 'musivum config check', about: 'the file that `musivum up` would use' },
    { line: 'musivum config check new.yaml && mv new.yaml musivum.yaml', about: 'before it is in force' },
  ],
  run,
}

type Checked =
  | { readonly kind: 'right'; readonly snapshot: ConfigSnapshot; readonly warnings: readonly string[] }
  | { readonly kind: 'wrong'; readonly problems: readonly string[]; readonly warnings: readonly string[] }

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [file, ...others] = args.operands
  if (others.length > 0) throw invalid('config check takes one file')
  const { home, env, cwd } = gatewaySettings(args, terminal)
  const options = { ...(file === undefined ? {} : { file }), home, env, cwd, packageRoot, clock: systemClock }
  const found = findConfigFile(options)
  if (found === null) throw invalid('there is no musivum.yaml here or in the home folder; name the file')
  if (!existsSync(found.path)) throw invalid(`${found.shown}: there is no such file`)
  const checked = await lookedInto(
    check(() => loadConfigFile(found, options)),
    found,
    shelfOf(home),
  )
  writeReport(args, terminal, {
    json: () => documentOf(found.shown, checked),
    text: () => words(found.shown, checked),
  })
  return checked.kind === 'right' ? EXIT.ok : EXIT.negative
}

function check(load: () => ConfigSnapshot): Checked {
  try {
    const snapshot = load()
    return { kind: 'right', snapshot, warnings: snapshot.warnings }
  } catch (thrown) {
    if (!(thrown instanceof MusivumError) || thrown.code !== 'config.invalid') throw thrown
    const { problems } = thrown.facts
    return {
      kind: 'wrong',
      problems: Array.isArray(problems) ? problems.map(String) : [thrown.message],
      warnings: [],
    }
  }
}

/** The same with what is in the files that it names: what can never answer is as wrong as a mistyped key. */
async function lookedInto(checked: Checked, { path, shown }: FoundFile, shelf: Shelf): Promise<Checked> {
  const read = readConfigFile(path)
  if (checked.kind === 'wrong' || read.kind === 'wrong') return checked
  const parsed = parseConfig(read.text)
  if (parsed.kind === 'wrong') return checked
  const findings = await checkModels(checked.snapshot.models, shelf)
  const linesOf = (never: boolean): readonly string[] =>
    findings
      .filter((finding) => finding.never === never)
      .map(({ path: at, text }) => `${shown}:${parsed.lineOf(at)}: ${dotted(at)}: ${text}`)
  const [problems, warnings] = [linesOf(true), [...checked.warnings, ...linesOf(false)]]
  if (problems.length === 0) return { ...checked, warnings }
  return { kind: 'wrong', problems, warnings }
}

function documentOf(file: string, checked: Checked): object {
  const { warnings } = checked
  if (checked.kind === 'wrong') return { ok: false, file, problems: checked.problems, warnings }
  const { version } = checked.snapshot
  return { ok: true, file, version, models: configured(checked.snapshot), warnings }
}

function words(file: string, checked: Checked): string {
  const { warnings } = checked
  if (checked.kind === 'wrong') return [...checked.problems, ...warnings].join('\n')
  const { version } = checked.snapshot
  const models = configured(checked.snapshot)
  const counted = `${models.length} ${models.length === 1 ? 'model' : 'models'}`
  return [`${file} is right: ${counted}, version ${version}`, ...warnings].join('\n')
}

/** The models of the file; those that ship with us are there whatever it says. */
function configured({ models }: ConfigSnapshot): readonly string[] {
  return models.filter(({ origin }) => origin === 'config').map(({ name }) => name)
}

import { existsSync } from 'node:fs'
import { invalid, MusivumError } from '../core/errors.ts'
import { findConfigFile, loadConfigFile, type ConfigSnapshot } from '../gateway/config/load-config.ts'
import { packageRoot } from '../gateway/package-files.ts'
import { systemClock } from '../gateway/system-ports.ts'
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
  | { readonly kind: 'right'; readonly snapshot: ConfigSnapshot }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] }

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [file, ...others] = args.operands
  if (others.length > 0) throw invalid('config check takes one file')
  const { home, env, cwd } = gatewaySettings(args, terminal)
  const options = { ...(file === undefined ? {} : { file }), home, env, cwd, packageRoot, clock: systemClock }
  const found = findConfigFile(options)
  if (found === null) throw invalid('there is no musivum.yaml here or in the home folder; name the file')
  if (!existsSync(found.path)) throw invalid(`${found.shown}: there is no such file`)
  const checked = check(() => loadConfigFile(found, options))
  writeReport(args, terminal, {
    json: () => documentOf(found.shown, checked),
    text: () => words(found.shown, checked),
  })
  return Promise.resolve(checked.kind === 'right' ? EXIT.ok : EXIT.negative)
}

function check(load: () => ConfigSnapshot): Checked {
  try {
    return { kind: 'right', snapshot: load() }
  } catch (thrown) {
    if (!(thrown instanceof MusivumError) || thrown.code !== 'config.invalid') throw thrown
    const { problems } = thrown.facts
    return { kind: 'wrong', problems: Array.isArray(problems) ? problems.map(String) : [thrown.message] }
  }
}

function documentOf(file: string, checked: Checked): object {
  if (checked.kind === 'wrong') return { ok: false, file, problems: checked.problems }
  const { version, warnings } = checked.snapshot
  return { ok: true, file, version, models: configured(checked.snapshot), warnings }
}

function words(file: string, checked: Checked): string {
  if (checked.kind === 'wrong') return checked.problems.join('\n')
  const { version, warnings } = checked.snapshot
  const models = configured(checked.snapshot)
  const counted = `${models.length} ${models.length === 1 ? 'model' : 'models'}`
  return [`${file} is right: ${counted}, version ${version}`, ...warnings].join('\n')
}

/** The models of the file; those that ship with us are there whatever it says. */
function configured({ models }: ConfigSnapshot): readonly string[] {
  return models.filter(({ origin }) => origin === 'config').map(({ name }) => name)
}

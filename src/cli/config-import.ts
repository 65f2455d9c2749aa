import { existsSync, writeFileSync } from 'node:fs'
import { basename, extname, isAbsolute, resolve } from 'node:path'
import { invalid } from '../core/errors.ts'
import { importConfig, notCarriedLine, type ImportedConfig } from '../gateway/config/import/import-config.ts'
import { readConfigFile } from '../gateway/config/read-config-file.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { choiceOption, hasSwitch, textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

const GATEWAYS = ['litellm', 'portkey', 'tensorzero'] as const

export const configImport: Command = {
  name: 'config import',
  summary: 'Turn the configuration of LiteLLM, Portkey or TensorZero into a musivum.yaml.',
  operand: 'FILE',
  options: [
    {
      name: 'from',
      value: 'NAME',
      about: `${GATEWAYS.join(', ')}; found out from the content unless given.`,
    },
    { name: 'out', value: 'FILE', about: 'What is written; musivum.yaml unless given.' },
    {
      name: 'model',
      value: 'NAME',
      about: 'A model that clients ask for, where the file only has a pattern or passes on any name.',
      repeats: true,
    },
    { name: 'force', about: 'Write over a file that is there already.' },
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum config import config.yaml',
      about: 'models, keys, fallbacks and timeouts of LiteLLM; and a list of what has no place here',
    },
    {
      line: 'musivum config import fallback.json --model gpt-5-mini --out musivum.yaml --json',
      about: 'a config of Portkey that passes on the model of the client, for the one that clients ask for',
    },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [file, ...others] = args.operands
  if (file === undefined || others.length > 0)
    throw invalid('config import needs one file; `musivum config import --help` shows an example')
  const out = textOption(args, 'out') ?? 'musivum.yaml'
  const path = resolve(terminal.cwd, out)
  // Before anything is said about the file: a person who runs it twice must not lose what was edited in between.
  if (existsSync(path) && !hasSwitch(args, 'force'))
    throw invalid(`${out} is there already; choose another with --out, or --force to write over it`)
  const imported = importFile(file, args, terminal)
  write(path, out, imported.yaml)
  writeReport(args, terminal, {
    json: () => ({
      written: out,
      from: imported.from,
      models: imported.models,
      notCarried: imported.notCarried,
    }),
    text: () => report(shown(file), out, imported),
  })
  return Promise.resolve(EXIT.ok)
}

function importFile(file: string, args: Arguments, { cwd, env }: Terminal): ImportedConfig {
  const read = readConfigFile(resolve(cwd, file))
  if (read.kind === 'wrong') throw invalid(`${shown(file)}: ${read.problem}`)
  const from = choiceOption(args, 'from', GATEWAYS)
  return importConfig({
    text: read.text,
    file: shown(file),
    ...(from === undefined ? {} : { from }),
    env,
    models: args.repeated?.get('model') ?? [],
    fileName: basename(file, extname(file)),
  })
}

/** The name goes into the file that is written, which may be shown to anyone: not how this machine is laid out. */
function shown(file: string): string {
  return isAbsolute(file) ? basename(file) : file
}

function write(path: string, out: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw invalid(`${out} cannot be written (${code})`)
  }
}

function report(file: string, out: string, { models, notCarried }: ImportedConfig): string {
  const written = `${out}: ${models.length} ${models.length === 1 ? 'model' : 'models'}: ${models.join(', ')}`
  if (notCarried.length === 0) return `${written}\nEverything was carried over.`
  return [
    written,
    '',
    `Not carried over (${notCarried.length}):`,
    ...notCarried.map((each) => `  ${notCarriedLine(file, each)}`),
    '',
    `\`musivum config check ${out}\` says which keys are not set.`,
  ].join('\n')
}

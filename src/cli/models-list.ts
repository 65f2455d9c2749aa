import { basename } from 'node:path'
import { runsHere, servedBy, type Binding, type Model } from '../catalog/model.ts'
import { toMusivumError } from '../core/errors.ts'
import type { EngineState } from '../engines/engine.ts'
import { adapterFile, mainFile } from '../weights/place-parts.ts'
import { readShelf } from '../weights/read-shelf.ts'
import { shelfOf } from '../weights/shelf.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { configOption, gatewaySettings, homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import { bytes } from './quantities.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const modelsList: Command = {
  name: 'models list',
  summary: 'List the models by the names clients use.',
  options: [configOption, homeOption, jsonOption],
  examples: [
    { line: 'musivum models list', about: 'what is configured, found on this machine, and shipped with us' },
    { line: 'musivum models list --json', about: 'the same for a script' },
  ],
  run,
}

/** One model as the list shows it; null where nobody knows. */
type Row = {
  readonly name: string
  readonly engine: Binding['engine']
  readonly origin: Model['origin']
  /** The file, or the server with the name it knows the model by. */
  readonly source: string
  readonly size_bytes: number | null
  readonly parameters: number | null
  readonly context_tokens: number | null
  readonly quantization: string | null
  readonly licence: string | null
  /** 0 unknown to 4 signed by the maker; of weights that were pulled, or as the configuration states it. */
  readonly provenance: number | null
  readonly price: Model['price']['kind']
  readonly toy: boolean
  readonly state: EngineState['kind']
  readonly reason: string | null
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const models = await allModels(args, terminal)
  const adapters = adaptersOf(args, terminal)
  const rows = await Promise.all(models.map(({ model, state }) => rowOf(model, state)))
  if (hasSwitch(args, 'json')) terminal.write(`${JSON.stringify({ models: rows, adapters })}\n`)
  else terminal.write(`${table([HEADINGS, ...rows.map(cells)])}\n${adapters.map(adapterLine).join('')}`)
  return EXIT.ok
}

/** On the shelf and no model by itself: it is named as `adapter` of one. */
type AdapterRow = { readonly name: string; readonly source: string; readonly licence: string | null }

function adaptersOf(args: Arguments, terminal: Terminal): readonly AdapterRow[] {
  const { manifests } = readShelf(shelfOf(gatewaySettings(args, terminal).home))
  return manifests
    .filter((manifest) => mainFile(manifest) === undefined && adapterFile(manifest) !== undefined)
    .map(({ name, source, licence }) => ({ name, source, licence: licence.effective ?? licence.declared }))
}

function adapterLine({ name, source, licence }: AdapterRow): string {
  return `adapter ${name}, ${source}, licence ${licence ?? 'not declared'}\n`
}

type Known = { readonly model: Model; readonly state: EngineState }

async function allModels(args: Arguments, terminal: Terminal): Promise<readonly Known[]> {
  const { configFile, ...settings } = gatewaySettings(args, terminal)
  const [{ loadConfig }, { packageRoot }, { discoverModels }, { openEngine }, { systemClock }] =
    await Promise.all([
      import('../gateway/config/load-config.ts'),
      import('../gateway/package-files.ts'),
      import('../gateway/discovered-models.ts'),
      import('../engines/open-engine.ts'),
      import('../gateway/system-ports.ts'),
    ])
  const file = configFile === undefined ? {} : { file: configFile }
  const config = loadConfig({ ...file, ...settings, packageRoot, clock: systemClock })
  for (const warning of config.warnings) terminal.note(`warning: ${warning}`, 'yellow')
  // A gateway of ours that runs on its usual port is not one of the servers behind it.
  const discovered = config.discover ? await discoverModels(terminal.signal, config.listen.port) : []
  const names = new Set(config.models.map(({ name }) => name))
  const log = (line: string) => terminal.note(line, 'dim')
  return [...config.models, ...discovered.filter(({ name }) => !names.has(name))].map((model) => {
    const engine = openEngine(model, { clock: systemClock, draw: Math.random, home: settings.home, log })
    return { model, state: engine.state() }
  })
}

async function rowOf(model: Model, state: EngineState): Promise<Row> {
  const weights = await weightsOf(model.binding)
  return {
    name: model.name,
    engine: model.binding.engine,
    origin: model.origin,
    source: model.source ?? sourceOf(model.binding),
    size_bytes: weights.facts?.sizeBytes ?? null,
    parameters: weights.facts?.parameters ?? null,
    context_tokens: contextOf(model.binding) ?? weights.facts?.contextTokens ?? null,
    quantization: weights.facts?.quantization ?? null,
    licence: model.licence ?? weights.facts?.licence ?? null,
    provenance: model.facts?.provenance ?? null,
    price: model.price.kind,
    toy: model.toy,
    state: weights.problem === null ? state.kind : 'unavailable',
    reason: weights.problem ?? reasonOf(state),
  }
}

async function weightsOf(binding: Binding) {
  if (!runsHere(binding)) return { facts: null, problem: null }
  const { inspectWeights } = await import('../engines/llama/inspect-weights.ts')
  try {
    return { facts: await inspectWeights(binding.weights), problem: null }
  } catch (thrown) {
    return { facts: null, problem: toMusivumError(thrown).message }
  }
}

function sourceOf(binding: Binding): string {
  if (!runsHere(binding)) return `${binding.upstreamModel} at ${servedBy(binding)}`
  const adapter = binding.adapter === undefined ? '' : ` + ${basename(binding.adapter)}`
  return `${basename(binding.weights)}${adapter}`
}

function contextOf(binding: Binding): number | undefined {
  return runsHere(binding) || binding.engine === 'openai' ? binding.contextTokens : undefined
}

function reasonOf(state: EngineState): string | null {
  return state.kind === 'unavailable' || state.kind === 'restarting' ? state.reason : null
}

const HEADINGS = ['NAME', 'ENGINE', 'ORIGIN', 'SIZE', 'CONTEXT', 'LICENCE', 'STATE']

function cells(row: Row): readonly string[] {
  return [
    row.name,
    row.engine,
    row.toy ? `${row.origin} (toy)` : row.origin,
    row.size_bytes === null ? '-' : bytes(row.size_bytes),
    row.context_tokens === null ? '-' : String(row.context_tokens),
    row.licence ?? '-',
    row.reason === null ? row.state : `${row.state}: ${row.reason}`,
  ]
}

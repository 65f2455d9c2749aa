import { basename } from 'node:path'
import { runsHere, servedBy, type Binding, type Model } from '../catalog/model.ts'
import { toMusivumError } from '../core/errors.ts'
import { toUsd, type Price } from '../core/money.ts'
import type { EngineState } from '../engines/engine.ts'
import { namedBlobs, type NamedBlobs } from '../gateway/named-blobs.ts'
import { adapterFile, mainFile } from '../weights/place-parts.ts'
import { readShelf } from '../weights/read-shelf.ts'
import { shelfOf } from '../weights/shelf.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { configOption, gatewaySettings, homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import { bytes, shortUsd } from './quantities.ts'
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
  /** As the configuration states it, or as it follows from what was measured and what the machine costs. */
  readonly input_usd_per_million: number | null
  readonly output_usd_per_million: number | null
  /** How a price was reckoned that nobody wrote down. */
  readonly price_source: string | null
  /** By `models bench`, of these weights with these settings on this machine. */
  readonly measured: MeasuredRow | null
  readonly toy: boolean
  readonly state: EngineState['kind']
  readonly reason: string | null
}

type MeasuredRow = {
  readonly at_once: number
  readonly prefill_tokens_per_s: number
  readonly decode_tokens_per_s: number
  readonly first_token_ms: number
  readonly measured_at: string
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const models = await allModels(args, terminal)
  const adapters = adaptersOf(args, terminal)
  const blobs = namedBlobs(shelfOf(gatewaySettings(args, terminal).home))
  const rows = await Promise.all(models.map((known) => rowOf(known, blobs)))
  if (hasSwitch(args, 'json')) terminal.write(`${JSON.stringify({ models: rows, adapters })}\n`)
  else terminal.write(`${table(tableOf(rows))}\n${adapters.map(adapterLine).join('')}`)
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

async function rowOf({ model, state }: Known, blobs: NamedBlobs): Promise<Row> {
  const weights = await weightsOf(model, blobs)
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
    ...usdOf(model.price),
    measured: measuredRow(model),
    toy: model.toy,
    state: weights.problem === null ? state.kind : 'unavailable',
    reason: weights.problem ?? reasonOf(state),
  }
}

async function weightsOf(model: Model, blobs: NamedBlobs) {
  const { binding, unavailable } = model
  if (!runsHere(binding) || unavailable !== undefined) return { facts: null, problem: null }
  const { inspectWeights } = await import('../engines/llama/inspect-weights.ts')
  try {
    return { facts: await inspectWeights(binding.weights), problem: null }
  } catch (thrown) {
    return { facts: null, problem: toMusivumError(blobs.error(model, thrown)).message }
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

function usdOf(price: Price): Pick<Row, 'input_usd_per_million' | 'output_usd_per_million' | 'price_source'> {
  if (price.kind !== 'metered')
    return { input_usd_per_million: null, output_usd_per_million: null, price_source: null }
  const { tokens, from } = price
  return {
    input_usd_per_million: toUsd(tokens.inputPerMillion),
    output_usd_per_million: toUsd(tokens.outputPerMillion),
    price_source: from?.source ?? null,
  }
}

function measuredRow({ measured }: Model): MeasuredRow | null {
  if (measured === undefined) return null
  return {
    at_once: measured.atOnce,
    prefill_tokens_per_s: measured.readsPerS,
    decode_tokens_per_s: measured.writesPerS,
    first_token_ms: measured.firstTokenMs,
    measured_at: measured.measuredAt,
  }
}

type Column = { readonly heading: string; readonly cell: (row: Row) => string | null }

/** What a model costs stands beside how fast it is, where anything was measured. */
const COLUMNS: readonly (Column & { readonly ofMeasured?: true })[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'ENGINE', cell: ({ engine }) => engine },
  { heading: 'ORIGIN', cell: ({ origin, toy }) => (toy ? `${origin} (toy)` : origin) },
  { heading: 'SIZE', cell: ({ size_bytes }) => (size_bytes === null ? null : bytes(size_bytes)) },
  { heading: 'CONTEXT', cell: ({ context_tokens: tokens }) => (tokens === null ? null : String(tokens)) },
  { heading: 'LICENCE', cell: ({ licence }) => licence },
  { heading: 'WRITES/S', ofMeasured: true, cell: writesPerS },
  { heading: '$/M IN, OUT', ofMeasured: true, cell: usdPerMillion },
  { heading: 'STATE', cell: ({ state, reason }) => (reason === null ? state : `${state}: ${reason}`) },
]

function tableOf(rows: readonly Row[]): readonly (readonly string[])[] {
  const anyMeasured = rows.some(({ measured }) => measured !== null)
  const columns = COLUMNS.filter(({ ofMeasured }) => anyMeasured || ofMeasured !== true)
  return [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map(({ cell }) => cell(row) ?? '-')),
  ]
}

function writesPerS({ measured }: Row): string | null {
  return measured === null ? null : `${measured.decode_tokens_per_s}, ${measured.at_once} at once`
}

function usdPerMillion({ input_usd_per_million: input, output_usd_per_million: output }: Row): string | null {
  return input === null || output === null ? null : `${shortUsd(input)}, ${shortUsd(output)}`
}

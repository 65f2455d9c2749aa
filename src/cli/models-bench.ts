import { request } from 'undici'
import { runsHere, type LlamaBinding, type LlamaServerBinding, type Model } from '../catalog/model.ts'
import { invalid, MusivumError } from '../core/errors.ts'
import { nearestNames } from '../core/nearest.ts'
import { sha256OfFile } from '../evaluation/task/sha256-of-file.ts'
import type { LocalModelsView, LocalModelView } from '../gateway/admin/contract.ts'
import {
  keepMeasurement,
  settingsFingerprint,
  type Measured,
  type Measurement,
} from '../weights/measurements.ts'
import { machineFingerprint, thisMachine } from '../weights/this-machine.ts'
import { benchText } from './bench/bench-text.ts'
import { energyMeter } from './bench/energy.ts'
import { measureLevel } from './bench/measure-level.ts'
import { timedAsks } from './bench/timed-asks.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { ensureEngine } from './ensure-engine.ts'
import { failureOf, keyHeader, parsed, patientConnections } from './gateway-client.ts'
import { configOption, gatewaySettings, homeOption, type GatewaySettings } from './gateway-settings.ts'
import { useOfLocal } from './local-use.ts'
import { startOwnGateway, type OwnGateway } from './own-gateway.ts'
import { textOption, wholeNumber, wholeNumberOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsBench: Command = {
  name: 'models bench',
  summary: 'Measure how fast a local model reads and writes here, and keep the figures.',
  operand: 'NAME',
  options: [
    {
      name: 'parallel',
      value: 'N,N',
      about:
        'Requests at once, measured one after the other. By default 1,2,4, up to the slots of the model.',
    },
    { name: 'prompt', value: 'N', about: 'Tokens of each prompt, about. By default 256, or what fits.' },
    { name: 'answer', value: 'N', about: 'Tokens of each answer, at most. By default 64.' },
    configOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum models bench starter-l', about: 'for one, two and four requests at once' },
    {
      line: 'musivum models bench qwen --parallel 1 --prompt 2048 --json',
      about: 'a long prompt, as one document',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [name, extra] = args.operands
  if (name === undefined) throw invalid('models bench needs the NAME of a local model')
  if (extra !== undefined) throw invalid(`models bench takes one NAME, but "${extra}" was given too`)
  const plan = planOf(args)
  const settings = gatewaySettings(args, terminal)
  const model = await localModel(name, settings)
  const weights = await hashesOf(model.binding, terminal)
  if (model.binding.engine === 'llama') await ensureEngine({ home: settings.home, install: true }, terminal)
  const gateway = await startOwnGateway(settings, (line) => terminal.note(line, 'dim'))
  try {
    const energy = energyMeter()
    const measured = await measure(gateway, model, plan, energy, terminal)
    await keepMeasurement(settings.home, weights, measured)
    const notes = [
      ...(energy.kind === 'none' ? [`joules: ${energy.why}`] : []),
      ...(measured.levels.some((level) => level.decode_tokens_per_s === null) ? [STOPPED_EARLY] : []),
      ...unhashed(model.binding, weights),
    ]
    writeReport(args, terminal, {
      json: () => ({ model: name, weights_sha256: weights.sha256, ...measured, notes }),
      text: () => benchText(name, measured, notes),
    })
    return EXIT.ok
  } finally {
    await gateway.close(0)
  }
}

/** Without them a configuration cannot know that these figures are of these weights. */
function unhashed(binding: LocalModel['binding'], { sha256, adapterSha256 }: Measured): readonly string[] {
  return [
    ...(binding.sha256 === undefined ? [`its price needs \`sha256: "${sha256}"\` in the configuration`] : []),
    ...(adapterSha256 === undefined || binding.adapterSha256 !== undefined
      ? []
      : [`its price needs \`adapter_sha256: "${adapterSha256}"\` in the configuration`]),
  ]
}

const STOPPED_EARLY = 'how fast it writes: its answers ended too soon to say'

type Plan = {
  /** Undefined: what the slots of the model allow. */
  readonly parallel: readonly number[] | undefined
  readonly promptTokens: number
  readonly answerTokens: number
}

const USUAL_PARALLEL = [1, 2, 4]
/** As many as a model has slots at most. */
const MAX_PARALLEL = 256
const MAX_LEVELS = 16

function planOf(args: Arguments): Plan {
  const levels = textOption(args, 'parallel')?.split(',')
  if (levels !== undefined && levels.length > MAX_LEVELS)
    throw invalid(`--parallel: at most ${MAX_LEVELS} numbers, not ${levels.length}`)
  return {
    parallel: levels?.map((text) => wholeNumber('--parallel', text.trim(), 1, MAX_PARALLEL)),
    promptTokens: wholeNumberOption(args, 'prompt', 16, 1_048_576) ?? 256,
    answerTokens: wholeNumberOption(args, 'answer', 16, 65_536) ?? 64,
  }
}

type LocalModel = Model & { readonly binding: LlamaBinding | LlamaServerBinding }

async function localModel(name: string, { configFile, ...around }: GatewaySettings): Promise<LocalModel> {
  const [{ loadConfig }, { packageRoot }, { systemClock }] = await Promise.all([
    import('../gateway/config/load-config.ts'),
    import('../gateway/package-files.ts'),
    import('../gateway/system-ports.ts'),
  ])
  const file = configFile === undefined ? {} : { file: configFile }
  const { models } = loadConfig({ ...around, ...file, packageRoot, clock: systemClock })
  const model = models.find((each) => each.name === name)
  if (model === undefined) throw unknown(name, models)
  const { binding } = model
  if (runsHere(binding)) return { ...model, binding }
  throw invalid(
    `${name} runs on a server, whose speed is not this machine’s; models bench measures local weights`,
  )
}

function unknown(name: string, models: readonly Model[]): MusivumError {
  const local = models.filter(({ binding }) => runsHere(binding)).map((model) => model.name)
  const near = nearestNames(name, local)
  const hint =
    near.length > 0 ? `did you mean ${near.join(' or ')}?` : '`musivum models list` lists the names'
  return new MusivumError('model.not_found', `no model is called "${name.slice(0, 80)}"; ${hint}`)
}

async function hashesOf(binding: LocalModel['binding'], { signal }: Terminal): Promise<Measured> {
  const sha256 = binding.sha256 ?? (await sha256OfFile(binding.weights, signal))
  if (binding.adapter === undefined) return { sha256 }
  return { sha256, adapterSha256: binding.adapterSha256 ?? (await sha256OfFile(binding.adapter, signal)) }
}

async function measure(
  gateway: OwnGateway,
  { name, binding }: LocalModel,
  plan: Plan,
  energy: ReturnType<typeof energyMeter>,
  terminal: Terminal,
): Promise<Measurement> {
  const { signal } = terminal
  terminal.note(`loading ${name} …`, 'dim')
  const loaded = sized(await admin<LocalModelView>(gateway, 'POST', '/api/local-models/warm', signal, name))
  await assertWrites(name, binding)
  const levels = levelsFor(plan, loaded.slots)
  const ask = await timedAsks(gateway, { model: name, ...plan, contextTokens: loaded.contextTokens }, signal)
  const measured: Measurement['levels'] = []
  for (const parallel of levels) {
    terminal.note(`${parallel} at once …`, 'dim')
    measured.push(await measureLevel(parallel, ask, energy))
  }
  const { models } = await admin<LocalModelsView>(gateway, 'GET', '/api/local-models', signal)
  const machine = thisMachine()
  return {
    machine: machineFingerprint(machine),
    settings: settingsFingerprint(binding),
    system: machine.system,
    processor: machine.processor,
    processors: machine.processors,
    memory_gib: machine.memoryGib,
    context_tokens: loaded.contextTokens,
    slots: loaded.slots,
    threads: loaded.threads,
    memory_bytes: models.find((model) => model.name === name)?.residentBytes ?? null,
    measured_at: new Date().toISOString(),
    levels: measured,
  }
}

/** What writes nothing has no speed of writing, and is refused by its own name instead of by the first question. */
async function assertWrites(name: string, binding: LocalModel['binding']): Promise<void> {
  const use = await useOfLocal(binding)
  if (use === 'text') return
  const does = use === 'rerank' ? 'puts documents in order' : 'makes vectors'
  throw invalid(`${name} ${does} and writes nothing; models bench measures models that write text`)
}

type Sized = { readonly slots: number; readonly contextTokens: number; readonly threads: number }

/** What a process of another program does not say is what it was asked for at least. */
function sized({ slots, contextTokens, threads }: LocalModelView): Sized {
  return { slots: slots ?? 1, contextTokens: contextTokens ?? 2048, threads: threads ?? 1 }
}

function levelsFor({ parallel }: Plan, slots: number): readonly number[] {
  const tooMany = parallel?.find((level) => level > slots)
  if (tooMany !== undefined)
    throw invalid(
      `--parallel: ${tooMany} at once, but the model has ${slots} slots; give it more in the configuration`,
    )
  return parallel ?? USUAL_PARALLEL.filter((level) => level <= slots)
}

async function admin<View>(
  { url, key }: OwnGateway,
  method: 'GET' | 'POST',
  path: string,
  signal: AbortSignal,
  model?: string,
): Promise<View> {
  const connections = patientConnections()
  try {
    const response = await request(`${url}${path}`, {
      dispatcher: connections,
      method,
      signal,
      headers: { 'content-type': 'application/json', ...keyHeader(key) },
      ...(model !== undefined && { body: JSON.stringify({ model }) }),
    })
    const answer = parsed(await response.body.text())
    if (response.statusCode < 400) return answer as View
    throw failureOf(answer)
  } finally {
    await connections.destroy()
  }
}

import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { activeBytes } from '../catalog/fit/active-bytes.ts'
import { CACHE_TYPES, canCache } from '../catalog/fit/cache-bytes.ts'
import { findModel } from '../catalog/fit/find-model.ts'
import { fit, type FitFacts } from '../catalog/fit/fit.ts'
import { QUANTISATIONS } from '../catalog/fit/quantise.ts'
import { hasRecurrentState, shapeOfHeader } from '../catalog/fit/shape-of-header.ts'
import { fileTypeName } from '../catalog/gguf/tensor-types.ts'
import { numberOf, type GgufHeader } from '../catalog/gguf/header.ts'
import { invalid } from '../core/errors.ts'
import { toUsd } from '../core/money.ts'
import { machinePrice, type MachineRate } from '../catalog/machine-cost.ts'
import { speedOf } from '../weights/measured-speed.ts'
import { latestMeasurement, type Measurement } from '../weights/measurements.ts'
import { mainFile } from '../weights/place-parts.ts'
import { machineFingerprint, thisMachine } from '../weights/this-machine.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { gatewaySettings, type GatewaySettings } from './gateway-settings.ts'
import { byteCount } from './models-fit-bytes.ts'
import { isRemote, remoteWeights } from './models-fit-remote.ts'
import { fitText, type FitReport } from './models-fit-text.ts'
import { choiceOption, textOption, wholeNumberOption } from './parse-arguments.ts'
import { remoteSettingsOptions } from './remote-settings.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsFit: Command = {
  name: 'models fit',
  summary: 'Say how much memory a model needs here, before it is downloaded.',
  operand: 'FILE|NAME|SOURCE',
  options: [
    {
      name: 'context',
      value: 'N',
      about: 'Tokens of each conversation; by default 8192, or what it was trained with.',
    },
    {
      name: 'sequences',
      value: 'S',
      about: 'Conversations at once; each has a context of its own. By default 1.',
    },
    {
      name: 'memory',
      value: 'BYTES',
      about: 'What it may use, such as 24GB or 16GiB; by default what is free here.',
    },
    { name: 'cache-type', value: 'TYPE', about: `How keys and values are kept: ${CACHE_TYPES.join(', ')}.` },
    {
      name: 'bandwidth',
      value: 'BYTES',
      about: 'Memory read per second, such as 400GB; by default measured here.',
    },
    ...remoteSettingsOptions,
    jsonOption,
  ],
  examples: [
    { line: 'musivum models fit llama-3.1-405b --context 8192 --memory 24GB', about: 'a model by its name' },
    { line: 'musivum models fit qwen-3-8b:Q5_K_M --sequences 4', about: 'in another form, for four at once' },
    { line: 'musivum models fit hf:OWNER/REPO:Q4_K_M', about: 'what a hub has, from its first bytes' },
    { line: 'musivum models fit model.gguf --cache-type q8_0 --json', about: 'a file, as one document' },
  ],
  run,
}

/** What is asked about, with what people want to know beside the numbers. */
export type FitSubject = {
  readonly model: string
  readonly quantisation: string
  readonly facts: FitFacts
  readonly notes: readonly string[]
  /** Of the weights, where it is known without reading them all. */
  readonly sha256?: string
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const subject = await subjectOf(args, terminal)
  const question = questionOf(args, subject)
  const memory = memoryOf(args)
  const bandwidth = await bandwidthOf(args, subject, terminal)
  const answer = fit({ facts: subject.facts, ...question, memoryBytes: memory.bytes, bandwidth })
  const report: FitReport = {
    model: subject.model,
    ...answer,
    decode_tokens_per_s_bound: rounded(answer.decode_tokens_per_s_bound),
    quantisation: subject.quantisation,
    context_tokens: question.contextTokens,
    sequences: question.sequences,
    cache_type: question.cacheType,
    memory_bytes: memory.bytes,
    bandwidth_bytes_per_s: Math.round(bandwidth),
    measured: await measuredOf(subject, gatewaySettings(args, terminal)),
    notes: subject.notes,
  }
  writeReport(args, terminal, { json: () => report, text: () => fitText(report, subject.facts, memory.from) })
  return EXIT.ok
}

async function subjectOf(args: Arguments, terminal: Terminal): Promise<FitSubject> {
  const [operand, extra] = args.operands
  if (operand === undefined) throw invalid('models fit needs a FILE or the NAME of a model')
  if (extra !== undefined) throw invalid(`models fit takes one FILE or NAME, but "${extra}" was given too`)
  if (isRemote(operand)) {
    const { model, header } = await remoteWeights(operand, args, terminal)
    return headerSubject(header, model)
  }
  const path = resolve(terminal.cwd, operand)
  if (operand.endsWith('.gguf') || existsSync(path)) return fileSubject(path)
  const { home } = gatewaySettings(args, terminal)
  const { shelfModel } = await import('./shelf-model.ts')
  const pulled = await shelfModel(home, operand)
  if (pulled !== undefined) {
    const sha256 = mainFile(pulled.manifest)?.sha256
    return { ...headerSubject(pulled.header, pulled.manifest.name), ...(sha256 !== undefined && { sha256 }) }
  }
  const { starterFile } = await import('./starter-file.ts')
  const starter = starterFile(operand)
  if (starter !== undefined) return fileSubject(starter)
  const { name, quantisation, ...facts } = findModel(operand)
  return { model: name, quantisation, facts, notes: [] }
}

async function fileSubject(path: string): Promise<FitSubject> {
  const [{ readAnyGgufHeader }, { listedHash }] = await Promise.all([
    import('../engines/llama/gguf.ts'),
    import('../engines/llama/verify-weights.ts'),
  ])
  const subject = headerSubject(await readAnyGgufHeader(path), basename(path))
  const sha256 = await listedHash(path)
  return sha256 === undefined ? subject : { ...subject, sha256 }
}

/** What `models bench` found on this machine: its speed for one conversation, and what a token costs when all slots are busy. */
async function measuredOf({ sha256 }: FitSubject, settings: GatewaySettings): Promise<FitReport['measured']> {
  if (sha256 === undefined) return null
  const found = await latestMeasurement(settings.home, { sha256 }, machineFingerprint(thisMachine()))
  const alone = found?.levels.find(({ parallel }) => parallel === 1)
  if (found === undefined || alone === undefined) return null
  const { prefill_tokens_per_s, decode_tokens_per_s, first_token_ms } = alone
  return {
    prefill_tokens_per_s,
    decode_tokens_per_s,
    first_token_ms,
    measured_at: found.measured_at,
    cost: costOf(found, await rateOf(settings)),
  }
}

function costOf(
  found: Measurement,
  rate: MachineRate | undefined,
): NonNullable<FitReport['measured']>['cost'] {
  const speed = speedOf(found)
  if (rate === undefined || speed === undefined) return null
  const price = machinePrice('it', rate, speed)
  if (typeof price === 'string') return null
  const { inputPerMillion, outputPerMillion } = price.tokens
  return {
    at_once: speed.atOnce,
    input_usd_per_million: toUsd(inputPerMillion),
    output_usd_per_million: toUsd(outputPerMillion),
    source: price.from?.source ?? '',
  }
}

/** What the configuration that is in force says this machine costs. */
async function rateOf({ configFile, ...around }: GatewaySettings): Promise<MachineRate | undefined> {
  const [{ loadConfig }, { packageRoot }, { systemClock }] = await Promise.all([
    import('../gateway/config/load-config.ts'),
    import('../gateway/package-files.ts'),
    import('../gateway/system-ports.ts'),
  ])
  const file = configFile === undefined ? {} : { file: configFile }
  return loadConfig({ ...around, ...file, packageRoot, clock: systemClock }).machine
}

function headerSubject(header: GgufHeader, model: string): FitSubject {
  const shape = shapeOfHeader(header, model)
  const largest = header.tensors.toSorted((a, b) => b.bytes - a.bytes)[0]?.type.name
  const quantisation = fileTypeName(numberOf(header, 'general.file_type') ?? -1) ?? largest ?? 'unknown'
  const notes = hasRecurrentState(header) ? ['the state of its recurrent layers is not counted'] : []
  return {
    model,
    quantisation,
    facts: { shape, tensors: header.tensors, quantisations: QUANTISATIONS },
    notes,
  }
}

const USUAL_CONTEXT = 8192
/** Neither is there a model that was trained with more nor a server with as many slots. */
const MAX_CONTEXT = 16 * 1024 * 1024
const MAX_SEQUENCES = 4096

function questionOf(args: Arguments, { facts, model }: FitSubject) {
  const trained = facts.shape.contextTokens ?? MAX_CONTEXT
  const contextTokens = wholeNumberOption(args, 'context', 1, MAX_CONTEXT) ?? Math.min(USUAL_CONTEXT, trained)
  if (contextTokens > trained) {
    throw invalid(
      `--context: ${model} was trained with ${trained} tokens, not ${contextTokens}; ask for at most ${trained}`,
    )
  }
  const sequences = wholeNumberOption(args, 'sequences', 1, MAX_SEQUENCES) ?? 1
  const cacheType = choiceOption(args, 'cache-type', CACHE_TYPES) ?? 'f16'
  if (!canCache(facts.shape, cacheType)) {
    throw invalid(
      `--cache-type: the heads of ${model} have ${facts.shape.keyLength} values, which ${cacheType} cannot hold; take f16`,
    )
  }
  return { contextTokens, sequences, cacheType }
}

/** The child process of a model beside its weights: 116 MB measured, and room for what a batch needs in passing. */
const RUNTIME_BYTES = 200 * 1024 * 1024

function memoryOf(args: Arguments): { readonly bytes: number; readonly from: 'asked' | 'free' } {
  const asked = textOption(args, 'memory')
  if (asked !== undefined) return { bytes: byteCount('--memory', asked), from: 'asked' }
  // Within a control group this is what its limit leaves.
  return { bytes: Math.max(0, process.availableMemory() - RUNTIME_BYTES), from: 'free' }
}

async function bandwidthOf(args: Arguments, { facts }: FitSubject, terminal: Terminal): Promise<number> {
  const asked = textOption(args, 'bandwidth')
  if (asked !== undefined) return byteCount('--bandwidth', asked)
  const { measureBandwidth } = await import('./models-fit-bandwidth.ts')
  return measureBandwidth(activeBytes(facts.tensors, facts.shape), terminal.signal)
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4))
}

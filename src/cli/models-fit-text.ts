import type { CacheType } from '../catalog/fit/cache-bytes.ts'
import { activeBytes } from '../catalog/fit/active-bytes.ts'
import type { FitAnswer, FitFacts } from '../catalog/fit/fit.ts'
import { bytes, shortUsd } from './quantities.ts'
import { table } from './table.ts'

export type FitReport = FitAnswer & {
  readonly model: string
  readonly quantisation: string
  readonly context_tokens: number
  readonly sequences: number
  readonly cache_type: CacheType
  readonly memory_bytes: number
  readonly bandwidth_bytes_per_s: number
  /** What `models bench` found here; null where nobody measured these weights on this machine. */
  readonly measured: {
    readonly prefill_tokens_per_s: number | null
    readonly decode_tokens_per_s: number | null
    readonly first_token_ms: number
    readonly measured_at: string
    /** With all slots busy; null where `machine` of the configuration does not say what the machine costs. */
    readonly cost: {
      readonly at_once: number
      readonly input_usd_per_million: number
      readonly output_usd_per_million: number
      readonly source: string
    } | null
  } | null
  readonly notes: readonly string[]
}

/** The answer for people: the parts, the verdict, what would fit. */
export function fitText(report: FitReport, facts: FitFacts, memoryFrom: 'asked' | 'free'): string {
  return [
    title(report, facts),
    '',
    table(partRows(report, facts)),
    '',
    verdict(report, memoryFrom),
    context(report, facts),
    `Best form that fits: ${report.best_quantisation ?? 'none'}.`,
    speed(report, facts),
    ...measuredLines(report),
    ...report.notes.map((note) => `Note: ${note}.`),
  ].join('\n')
}

function title({ model, quantisation, sequences, context_tokens, cache_type }: FitReport, facts: FitFacts) {
  if (reads(facts)) return `${model}, ${quantisation}, texts of up to ${context_tokens} tokens`
  return `${model}, ${quantisation}, ${sequences} x ${context_tokens} tokens, keys and values in ${cache_type}`
}

/** It makes a vector or a score of a text. */
function reads({ shape }: FitFacts): boolean {
  return shape.encoder !== undefined
}

function partRows(report: FitReport, facts: FitFacts): readonly (readonly string[])[] {
  const parameters = facts.tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
    0,
  )
  const bits = (8 * report.weights_bytes) / Math.max(1, parameters)
  const whole = reads(facts)
  return [
    ['weights', bytes(report.weights_bytes), `${counted(parameters)} parameters of ${bits.toFixed(2)} bits`],
    ['keys and values', bytes(report.kv_bytes), keptWords(report, facts)],
    [
      'computing',
      bytes(report.compute_bytes),
      whole ? 'the whole text in one batch' : 'a batch of up to 512 tokens',
    ],
    ['output', bytes(report.output_bytes), whole ? 'a row of the vocabulary for each token' : ''],
    ['total', bytes(report.total_bytes), ''],
  ]
}

function keptWords({ kv_bytes, sequences, context_tokens }: FitReport, facts: FitFacts): string {
  if (kv_bytes === 0) return 'none are kept'
  const perToken = kv_bytes / ((reads(facts) ? 1 : sequences) * context_tokens)
  return `${bytes(Math.round(perToken))} for each token`
}

function verdict({ fits, memory_bytes, total_bytes }: FitReport, from: 'asked' | 'free'): string {
  const where = `${bytes(memory_bytes)}${from === 'asked' ? '' : ' that are free here for a model'}`
  return fits === true
    ? `Fits into ${where}: ${bytes(memory_bytes - total_bytes)} stay free.`
    : `Does not fit into ${where}: ${bytes(total_bytes - memory_bytes)} are missing.`
}

function context({ largest_context, sequences, quantisation }: FitReport, facts: FitFacts): string {
  if (largest_context === 0) return `Largest context: none; ${quantisation} does not fit at all.`
  if (reads(facts)) return `Largest text: ${largest_context} tokens; several take turns.`
  return `Largest context: ${largest_context} tokens${sequences === 1 ? '' : ` for each of ${sequences}`}.`
}

function speed(
  { decode_tokens_per_s_bound: bound, bandwidth_bytes_per_s: bandwidth }: FitReport,
  facts: FitFacts,
) {
  if (bound === null)
    return 'Speed: it reads, and does not write; no tokens per second follow from the memory.'
  const active = activeBytes(facts.tensors, facts.shape)
  return `Speed: at most ${bound} tokens per second in one conversation; each reads ${bytes(active)} at ${bytes(bandwidth)}/s.`
}

function measuredLines({ measured }: FitReport): readonly string[] {
  if (measured === null) return []
  const { decode_tokens_per_s: writes, prefill_tokens_per_s: reads, measured_at, cost } = measured
  const figures = [
    ...(writes === null ? [] : [`writes ${writes}`]),
    ...(reads === null ? [] : [`reads ${reads}`]),
  ]
  if (figures.length === 0) return []
  return [
    `Measured here on ${measured_at.slice(0, 10)}: ${figures.join(' and ')} tokens per second in one conversation.`,
    ...(cost === null ? [] : [costLine(cost)]),
  ]
}

function costLine({ at_once, input_usd_per_million, output_usd_per_million }: Cost): string {
  const [read, written] = [shortUsd(input_usd_per_million), shortUsd(output_usd_per_million)]
  return `Costs here, ${at_once} at once: $${read} for a million tokens read and $${written} for a million written.`
}

type Cost = NonNullable<NonNullable<FitReport['measured']>['cost']>

function counted(parameters: number): string {
  return parameters < 1e9
    ? `${(parameters / 1e6).toFixed(1)} million`
    : `${(parameters / 1e9).toFixed(1)} billion`
}

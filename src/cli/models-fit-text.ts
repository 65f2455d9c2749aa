import type { CacheType } from '../catalog/fit/cache-bytes.ts'
import { activeBytes } from '../catalog/fit/active-bytes.ts'
import type { FitAnswer, FitFacts } from '../catalog/fit/fit.ts'
import { bytes } from './quantities.ts'
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
  } | null
  readonly notes: readonly string[]
}

/** The answer for people: the parts, the verdict, what would fit. */
export function fitText(report: FitReport, facts: FitFacts, memoryFrom: 'asked' | 'free'): string {
  const { model, quantisation, sequences, context_tokens, cache_type } = report
  const title = `${model}, ${quantisation}, ${sequences} x ${context_tokens} tokens, keys and values in ${cache_type}`
  return [
    title,
    '',
    table(partRows(report, facts)),
    '',
    verdict(report, memoryFrom),
    context(report),
    `Best form that fits: ${report.best_quantisation ?? 'none'}.`,
    speed(report, facts),
    ...measuredLines(report),
    ...report.notes.map((note) => `Note: ${note}.`),
  ].join('\n')
}

function partRows(report: FitReport, facts: FitFacts): readonly (readonly string[])[] {
  const parameters = facts.tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
    0,
  )
  const perToken = report.kv_bytes / (report.sequences * report.context_tokens)
  const bits = (8 * report.weights_bytes) / Math.max(1, parameters)
  return [
    ['weights', bytes(report.weights_bytes), `${counted(parameters)} parameters of ${bits.toFixed(2)} bits`],
    ['keys and values', bytes(report.kv_bytes), `${bytes(Math.round(perToken))} for each token`],
    ['computing', bytes(report.compute_bytes), 'a batch of up to 512 tokens'],
    ['output', bytes(report.output_bytes), ''],
    ['total', bytes(report.total_bytes), ''],
  ]
}

function verdict({ fits, memory_bytes, total_bytes }: FitReport, from: 'asked' | 'free'): string {
  const where = `${bytes(memory_bytes)}${from === 'asked' ? '' : ' that are free here for a model'}`
  return fits === true
    ? `Fits into ${where}: ${bytes(memory_bytes - total_bytes)} stay free.`
    : `Does not fit into ${where}: ${bytes(total_bytes - memory_bytes)} are missing.`
}

function context({ largest_context, sequences, quantisation }: FitReport): string {
  if (largest_context === 0) return `Largest context: none; ${quantisation} does not fit at all.`
  return `Largest context: ${largest_context} tokens${sequences === 1 ? '' : ` for each of ${sequences}`}.`
}

function speed(
  { decode_tokens_per_s_bound: bound, bandwidth_bytes_per_s: bandwidth }: FitReport,
  facts: FitFacts,
) {
  const active = activeBytes(facts.tensors, facts.shape)
  return `Speed: at most ${bound} tokens per second in one conversation; each reads ${bytes(active)} at ${bytes(bandwidth)}/s.`
}

function measuredLines({ measured }: FitReport): readonly string[] {
  if (measured === null) return []
  const { decode_tokens_per_s: writes, prefill_tokens_per_s: reads, measured_at } = measured
  const figures = [
    ...(writes === null ? [] : [`writes ${writes}`]),
    ...(reads === null ? [] : [`reads ${reads}`]),
  ]
  if (figures.length === 0) return []
  return [
    `Measured here on ${measured_at.slice(0, 10)}: ${figures.join(' and ')} tokens per second in one conversation.`,
  ]
}

function counted(parameters: number): string {
  return parameters < 1e9
    ? `${(parameters / 1e6).toFixed(1)} million`
    : `${(parameters / 1e9).toFixed(1)} billion`
}

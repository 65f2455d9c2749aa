import type { MeasuredLevel, Measurement } from '../../weights/measurements.ts'
import { bytes } from '../quantities.ts'
import { table } from '../table.ts'

/** The figures for people. */
export function benchText(model: string, measured: Measurement, notes: readonly string[]): string {
  const { processor, threads, slots, context_tokens, memory_bytes } = measured
  const how = `${slots} slots of ${context_tokens} tokens, ${threads === 1 ? 'one thread' : `${threads} threads`}`
  const held = memory_bytes === null ? '' : `, ${bytes(memory_bytes)} held`
  return [
    `${model} on ${processor}: ${how}${held}`,
    '',
    table([HEADINGS, ...measured.levels.map(cells)]),
    '',
    'Kept: `musivum models fit` shows it beside the bound.',
    ...notes.map((note) => `Note: ${note}.`),
  ].join('\n')
}

const HEADINGS = ['AT ONCE', 'READS/S', 'WRITES/S', 'FIRST TOKEN', 'JOULES/TOKEN']

function cells(level: MeasuredLevel): readonly string[] {
  const { parallel, prefill_tokens_per_s, decode_tokens_per_s, first_token_ms, joules, output_tokens } = level
  return [
    String(parallel),
    speed(prefill_tokens_per_s),
    speed(decode_tokens_per_s),
    `${Math.round(first_token_ms)} ms`,
    joules === null || output_tokens === 0 ? '-' : (joules / output_tokens).toPrecision(3),
  ]
}

function speed(tokensPerSecond: number | null): string {
  if (tokensPerSecond === null) return '-'
  return tokensPerSecond < 10 ? tokensPerSecond.toPrecision(2) : String(Math.round(tokensPerSecond))
}

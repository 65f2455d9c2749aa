import type { Usage } from '../../core/usage.ts'
import type { JsonObject } from '../../core/json.ts'
import { billingWords } from './billing-words.ts'
import { Counts } from './counts.ts'
import type { InputCounts } from './split-counts.ts'
import { readingOf, type UsageReading } from './usage-reading.ts'

/**
 * Anthropic, wherever it is served: cached tokens stand beside `input_tokens`, thoughts are part of `output_tokens`, and
 * what was written to the cache is split by how long it lives.
 */
export function readAnthropicShape(raw: JsonObject): UsageReading {
  const counts = new Counts(raw)
  const all = counts.each('iterations')
  const rounds = all.filter((round) => round.text('type') === COMPACTION)
  const input = counts.of('input_tokens')
  const output = counts.of('output_tokens')
  const caches = [counts, ...rounds].map(cacheOf)
  return readingOf(counts, raw, {
    input: input === undefined ? undefined : promptOf([counts, ...rounds], caches),
    output:
      output === undefined
        ? undefined
        : {
            total: output + sumOf(rounds, 'output_tokens'),
            reasoning: counts.in('output_tokens_details').of('thinking_tokens'),
          },
    adds: caches.every(({ adds }) => adds) && all.every((round) => round.text('type') !== ADVICE),
    more: wordsOf(counts),
  })
}

/** A round in which the server shortened its own context: billed, and in no total of the message. */
const COMPACTION = 'compaction'

/** A round of an adviser is billed by the prices of a model that this usage does not name. */
const ADVICE = 'advisor_message'

/** Its `standard` is about capacity that was bought ahead, and says nothing of the speed where that is not told. */
function wordsOf(counts: Counts): Partial<Usage> {
  const { serviceTier, ...words } = billingWords(counts)
  const silent = serviceTier === undefined || (serviceTier === 'standard' && !counts.has('speed'))
  return silent ? words : { ...words, serviceTier }
}

type Cache = {
  readonly read: number
  readonly write: number
  readonly write1h: number
  readonly adds: boolean
}

function cacheOf(counts: Counts): Cache {
  const read = counts.of('cache_read_input_tokens') ?? 0
  const total = counts.of('cache_creation_input_tokens')
  const split = counts.in('cache_creation')
  const write1h = split.of('ephemeral_1h_input_tokens') ?? 0
  const write5m = split.of('ephemeral_5m_input_tokens')
  // The total and its two parts are the same tokens said twice: whoever adds them up bills a write twice.
  const write = write5m ?? Math.max(0, (total ?? 0) - write1h)
  const told = write + write1h
  return {
    read,
    write: Math.max(write, (total ?? 0) - write1h),
    write1h,
    // Servers that do not split write zeros into the parts.
    adds: total === undefined || total === told || (write5m ?? 0) + write1h === 0,
  }
}

function promptOf(rounds: readonly Counts[], caches: readonly Cache[]): InputCounts {
  const sum = (part: (cache: Cache) => number): number => caches.reduce((all, cache) => all + part(cache), 0)
  const [cacheRead, cacheWrite, cacheWrite1h] = [
    sum(({ read }) => read),
    sum(({ write }) => write),
    sum(({ write1h }) => write1h),
  ]
  return {
    total: sumOf(rounds, 'input_tokens') + cacheRead + cacheWrite + cacheWrite1h,
    cacheRead,
    cacheWrite,
    cacheWrite1h,
  }
}

function sumOf(rounds: readonly Counts[], name: string): number {
  return rounds.reduce((sum, round) => sum + (round.of(name) ?? 0), 0)
}

import type { MeasuredLevel } from '../../weights/measurements.ts'
import type { EnergyMeter } from './energy.ts'

/** One request to the model: a prompt that nobody has sent before, and what came of it by our clock. */
export type Timed = {
  readonly promptTokens: number
  readonly outputTokens: number
  /** `performance.now()` */
  readonly sentMs: number
  readonly firstMs: number
  readonly endMs: number
}

/** `reading`: a long prompt and one token. `writing`: a prompt no longer than its answer. */
export type AskTimed = (what: 'reading' | 'writing') => Promise<Timed>

/** As many requests at once, twice of each kind: the figures of one round alone would be those of a moment. */
export async function measureLevel(
  parallel: number,
  ask: AskTimed,
  energy: EnergyMeter,
): Promise<MeasuredLevel> {
  const used = energy.kind === 'meter' ? energy.begin() : undefined
  const rounds = async (what: 'reading' | 'writing'): Promise<readonly Round[]> => {
    const done: Round[] = []
    for (let round = 0; round < ROUNDS; round += 1)
      done.push(await Promise.all(Array.from({ length: parallel }, () => ask(what))))
    return done
  }
  const [reading, writing] = [await rounds('reading'), await rounds('writing')]
  const joules = used?.() ?? null
  const busyMs = sum([...reading, ...writing], (round) => latest(round, 'endMs') - earliest(round, 'sentMs'))
  return {
    parallel,
    ...figuresOf(reading, writing),
    joules,
    ...(busyMs > 0 && { busy_seconds: rounded(busyMs / 1000) }),
  }
}

const ROUNDS = 2

type Round = readonly Timed[]
type Figures = Omit<MeasuredLevel, 'parallel' | 'joules'>

/** Of all requests together: the tokens of a round by the time that the round took. */
export function figuresOf(reading: readonly Round[], writing: readonly Round[]): Figures {
  const all = [...reading, ...writing].flat()
  const read = sum(reading.flat(), ({ promptTokens }) => promptTokens)
  const readingMs = sum(reading, (round) => latest(round, 'firstMs') - earliest(round, 'sentMs'))
  // The first token came with the end of the prompt.
  const written = sum(writing.flat(), ({ outputTokens }) => Math.max(0, outputTokens - 1))
  const writingMs = sum(writing, (round) => latest(round, 'endMs') - earliest(round, 'firstMs'))
  return {
    prefill_tokens_per_s: rate(read, readingMs),
    decode_tokens_per_s: written < FEWEST_TOKENS ? null : rate(written, writingMs),
    first_token_ms: rounded(median(reading.flat().map(({ sentMs, firstMs }) => firstMs - sentMs))),
    prompt_tokens: sum(all, ({ promptTokens }) => promptTokens),
    output_tokens: sum(all, ({ outputTokens }) => outputTokens),
  }
}

/** The clock of a client says little about fewer. */
const FEWEST_TOKENS = 16

function latest(round: Round, what: 'firstMs' | 'endMs'): number {
  return Math.max(...round.map((timed) => timed[what]))
}

function earliest(round: Round, what: 'sentMs' | 'firstMs'): number {
  return Math.min(...round.map((timed) => timed[what]))
}

function rate(tokens: number, ms: number): number | null {
  return tokens > 0 && ms > 0 ? rounded((tokens / ms) * 1000) : null
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
}

function sum<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((total, each) => total + of(each), 0)
}

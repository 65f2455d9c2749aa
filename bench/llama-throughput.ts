import { join } from 'node:path'
import { foundServer } from './lib/llama-server-binary.ts'
import { openLlamaServer } from './lib/llama-server-side.ts'
import { openDirect, openOurs, type OpenSide, type OurSide, type Run, type Side } from './lib/llama-sides.ts'
import { root } from './lib/gateway-process.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { median, sum } from './lib/statistics.ts'

const HELP = `Tokens per second of the embedded engine beside others on the same weights, slots, threads, prompt and tokens, taking
turns in one run: node-llama-cpp called directly in a process of its own, and llama-server where there is one (LLAMA_SERVER, the
PATH, or what llama-server-build.ts made). Ours streams every token to this process, through slots, stop strings and the
template; the others send whole answers.

  node bench/llama-throughput.ts [--rounds N] [--quick] [--json] [--gate]`

/** Who is beside us, and what share of their tokens per second ours must reach. */
const server = foundServer()
const PEERS: readonly { readonly name: string; readonly least: number; readonly open: OpenSide }[] = [
  { name: 'direct', least: 0.95, open: openDirect },
  ...(server === undefined ? [] : [{ name: 'llama-server', least: 0.9, open: openLlamaServer(server) }]),
]

const MODELS = ['starter-l', 'starter-s1']
const PARALLEL = [1, 4, 8]
const PROMPT_TOKENS = [16, 256]
const TOKENS = 128
/** What prompts are made of. */
const WORDS = ['one', 'name', 'a', 'abc', 'the', 'ab']
/** One thread is what the probe picks for models of this size, and two would fight with this process for two cores. */
const SIZE = { slots: 8, contextTokens: 512, threads: 1 }

/** Many short rounds: on a machine shared with others, all sides of a round must meet the same weather. */
const options = benchOptions(HELP, { rounds: 25 })
const rounds = options.quick ? 3 : options.rounds

/** The runs of one round, ours and each peer's by name. */
type Round = ReadonlyMap<string, Run>

const rows: Measured[] = []
for (const model of MODELS) {
  await using resources = new AsyncDisposableStack()
  const weights = { name: model, file: join(root, 'models/starter', `${model}-q8_0.gguf`), ...SIZE }
  progress(`${model}: loading ${PEERS.length + 1} times`)
  const ours = await openOurs(weights, resources)
  const sides = new Map<string, Side>([['ours', ours.side]])
  for (const { name, open } of PEERS) sides.set(name, await open(weights, resources))
  for (const promptTokens of PROMPT_TOKENS) {
    const prompt = await promptOf(ours, promptTokens)
    for (const parallel of PARALLEL) {
      progress(`${model}: ${parallel} at once, prompts of ${promptTokens} tokens`)
      const played = await play(sides, prompt, parallel)
      rows.push(
        ...PEERS.map((peer) => row(`${model}, ${parallel} at once, prompt ${promptTokens}`, peer, played)),
      )
    }
  }
}
publish({ bench: 'llama-throughput', rows, notes: notes() }, options)

/** Each round runs all, beginning with another one each time, and is compared within itself. */
async function play(
  sides: ReadonlyMap<string, Side>,
  prompt: string,
  parallel: number,
): Promise<readonly Round[]> {
  // Some tenths of a second for each side of a round.
  const question = { prompt, tokens: TOKENS, parallel, answersEach: Math.max(1, Math.round(3 / parallel)) }
  for (const side of sides.values()) await side({ ...question, answersEach: 1 })
  const played: Round[] = []
  for (let round = 0; round < rounds; round += 1) {
    const order = [...sides]
    order.push(...order.splice(0, round % order.length))
    const runs = new Map<string, Run>()
    for (const [name, side] of order) runs.set(name, await side(question))
    // Together, sequences share a batch and round differently from run to run: where two tokens are as good as equal
    // another one may win. Alone they must agree.
    if (parallel === 1) assertSameText(runs)
    played.push(runs)
  }
  return played
}

function assertSameText(runs: Round): void {
  const [first, ...others] = [...runs.values()]
  for (const { text } of others) {
    if (text !== first?.text) throw new Error(`they did not write the same: ${first?.text ?? ''} and ${text}`)
  }
}

function row(what: string, { name, least }: (typeof PEERS)[number], played: readonly Round[]): Measured {
  const speeds = (side: string) => played.map((runs) => found(runs, side).tokensPerSecond)
  const cost = (side: string, of: Cost) =>
    costPerToken(
      played.map((runs) => found(runs, side)),
      of,
    )
  const theirs = speeds(name)
  return {
    what,
    unit: `x ${name}`,
    measured: median(speeds('ours').map((speed, round) => speed / (theirs[round] ?? Number.NaN))),
    least,
    beside: {
      'tokens/s': median(speeds('ours')),
      [`${name} tokens/s`]: median(theirs),
      'CPU µs/token': cost('ours', 'cpuMicroseconds'),
      [`${name} CPU µs/token`]: cost(name, 'cpuMicroseconds'),
      'to read it': cost('ours', 'readerCpuMicroseconds'),
    },
  }
}

type Cost = 'cpuMicroseconds' | 'readerCpuMicroseconds'

/** Over all rounds: one alone lasts for too few ticks of the kernel's clock. */
function costPerToken(runs: readonly Run[], of: Cost): number {
  return sum(runs.map((run) => run[of])) / sum(runs.map((run) => run.tokens))
}

function found(runs: Round, side: string): Run {
  const run = runs.get(side)
  if (run === undefined) throw new TypeError(`${side} was not run`)
  return run
}

/**
 * A prompt of about that many tokens that this model writes to without end, so that every answer has exactly as many
 * tokens as it may. The starter models never learnt what to do with these words; some numbers of them make them babble.
 */
async function promptOf(ours: OurSide, promptTokens: number): Promise<string> {
  for (const word of WORDS) {
    for (let count = Math.floor(promptTokens / 4); count <= promptTokens; count += 1) {
      const prompt = `Redact: ${Array.from({ length: count }, () => word).join(' ')}`
      const length = await ours.promptTokens(prompt)
      if (length > promptTokens * 1.1) break
      if (length < promptTokens * 0.9) continue
      const { tokens } = await ours.side({ prompt, tokens: TOKENS, parallel: 1, answersEach: 1 })
      if (tokens === TOKENS) return prompt
    }
  }
  throw new Error(`no prompt of ${promptTokens} tokens is answered by ${TOKENS} tokens`)
}

function notes(): readonly string[] {
  const { slots, contextTokens, threads } = SIZE
  return [
    `${rounds} rounds in turns, medians of the ratio within a round; ${TOKENS} tokens per answer to prompts that are read anew each time; ${slots} slots of ${contextTokens} tokens, ${threads} thread.`,
    'CPU is that of the process with the model; to read every delta of ours costs this one what the last column says, while the other answers whole.',
    'With one at a time all wrote the same text in every round.',
    ...(server === undefined
      ? ['There is no llama-server here: `node bench/llama-server-build.ts` makes one.']
      : []),
  ]
}

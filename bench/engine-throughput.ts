import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LlamaBinding, Model } from '../src/catalog/model.ts'
import type { Conversation } from '../src/core/conversation.ts'
import { anonymous } from '../src/core/principal.ts'
import type { Engine } from '../src/engines/engine.ts'
import { llamaEngine } from '../src/engines/llama/llama-engine.ts'
import { allowAll, permit } from '../src/policy/permit.ts'
import type { DirectAnswer, DirectOrder, DirectQuestion } from './direct-llama.ts'
import { root } from './lib/gateway-process.ts'
import { cpuMicroseconds } from './lib/process-cost.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { median } from './lib/statistics.ts'

const HELP = `Tokens per second of the embedded engine beside node-llama-cpp called directly in a process of its own: the same
weights, slots, threads, prompt and tokens; ours streams them to this process, the other sends whole answers.

  node bench/engine-throughput.ts [--quick] [--json] [--gate]`

const MODELS = ['starter-l', 'starter-s1']
const PARALLEL = [1, 4, 8]
const SLOTS = 8
const CONTEXT_TOKENS = 512
/** One thread is what the probe picks for models of this size, and two would fight with this process for two cores. */
const THREADS = 1
/** Untaught, the starter models copy this without end, so every answer has exactly as many tokens as it may. */
const PROMPT = `Copy: ${'abc '.repeat(40)}`
const TOKENS = 256
/** At least 95 % of the tokens per second is at most this much of the time per token. */
const BAR = 1 / 0.95

const CONVERSATION: Conversation = {
  dialect: 'openai-chat',
  messages: [{ role: 'user', parts: [{ kind: 'text', text: PROMPT }], extra: {} }],
  tools: [],
  sampling: { temperature: 0, maxOutputTokens: TOKENS },
  answerCount: 1,
  extra: {},
}

const options = benchOptions(HELP)
/** Many short rounds: on a machine shared with others, both sides of a pair must meet the same weather. */
const rounds = options.quick ? 3 : 25

type Run = {
  readonly tokensPerSecond: number
  readonly cpuMicrosecondsPerToken: number
  readonly text: string
}
type Answer = { readonly tokens: number; readonly text: string }
type Side = (parallel: number, answersEach: number) => Promise<Run>
type Pair = { readonly ours: Run; readonly direct: Run }

const rows: Measured[] = []
for (const name of MODELS) {
  await using resources = new AsyncDisposableStack()
  const weights = join(root, 'models/starter', `${name}-q8_0.gguf`)
  progress(`${name}: loading twice`)
  const ours = await openOurs(name, weights, resources)
  const direct = await openDirect(weights, resources)
  for (const parallel of PARALLEL) {
    progress(`${name}: ${parallel} at once`)
    rows.push(row(name, parallel, await alternate(ours, direct, parallel)))
  }
}
publish({ bench: 'engine-throughput', rows, notes: notes() }, options)

/** Each round runs both, the other one first each time, and is compared within itself. */
async function alternate(ours: Side, direct: Side, parallel: number): Promise<readonly Pair[]> {
  // Half a second or so for each side of a round.
  const answersEach = Math.max(1, Math.round(2 / parallel))
  await ours(parallel, 1)
  await direct(parallel, 1)
  const pairs: Pair[] = []
  for (let round = 0; round < rounds; round += 1) pairs.push(await pair(round % 2 === 0))

  for (const { ours: one, direct: other } of pairs) {
    // Together, sequences share a batch and round differently from run to run: where two tokens are as good as equal
    // another one may win. Alone they must agree.
    if (parallel === 1 && one.text !== other.text) {
      throw new Error(`the two did not write the same: ${one.text} and ${other.text}`)
    }
  }
  return pairs

  async function pair(oursFirst: boolean): Promise<Pair> {
    if (oursFirst)
      return { ours: await ours(parallel, answersEach), direct: await direct(parallel, answersEach) }
    const before = await direct(parallel, answersEach)
    return { direct: before, ours: await ours(parallel, answersEach) }
  }
}

function row(name: string, parallel: number, pairs: readonly Pair[]): Measured {
  const of = (value: (pair: Pair) => number): number => median(pairs.map(value))
  return {
    what: `${name}, ${parallel} at once: time per token`,
    unit: 'x direct',
    measured: of(({ ours, direct }) => direct.tokensPerSecond / ours.tokensPerSecond),
    bar: Number(BAR.toFixed(3)),
    beside: {
      'tokens/s': of(({ ours }) => ours.tokensPerSecond),
      'direct tokens/s': of(({ direct }) => direct.tokensPerSecond),
      'CPU µs/token': of(({ ours }) => ours.cpuMicrosecondsPerToken),
      'direct CPU µs/token': of(({ direct }) => direct.cpuMicrosecondsPerToken),
    },
  }
}

function notes(): readonly string[] {
  return [
    `${rounds} rounds in turns, medians of the ratio within a round; ${TOKENS} tokens per answer, ${SLOTS} slots, ${THREADS} thread.`,
    'CPU of ours is the process of the model and this one, which reads every delta; direct answers whole, and only its own process counts.',
    'With one at a time both wrote the same text in every round.',
  ]
}

async function openDirect(weights: string, resources: AsyncDisposableStack): Promise<Side> {
  const child = fork(fileURLToPath(new URL('./direct-llama.ts', import.meta.url)), { execArgv: [] })
  resources.defer(async () => {
    child.disconnect()
    await once(child, 'exit')
  })
  const waiting = new Map<number, (answer: DirectAnswer) => void>()
  child.on('message', (answer: DirectAnswer) => waiting.get(answer.id)?.(answer))
  let nextId = 0

  function send(order: (id: number) => DirectOrder | DirectQuestion): Promise<Answer> {
    const id = nextId++
    return new Promise((resolve) => {
      waiting.set(id, resolve)
      child.send(order(id))
    })
  }

  await send(() => ({ weights, slots: SLOTS, contextTokens: CONTEXT_TOKENS, threads: THREADS }))
  const pids = [child.pid ?? Number.NaN]
  const writeOne = () => send((id) => ({ id, prompt: PROMPT, tokens: TOKENS }))
  return (parallel, answersEach) => measure(pids, parallel, answersEach, writeOne)
}

async function openOurs(name: string, weights: string, resources: AsyncDisposableStack): Promise<Side> {
  const pids = [process.pid]
  const engine = openEngine(name, weights, (line) => pids.push(Number(/process (\d+)/.exec(line)?.[1])))
  resources.defer(() => engine.close())
  await write(engine)
  return (parallel, answersEach) => measure(pids, parallel, answersEach, () => write(engine))
}

async function measure(
  pids: readonly number[],
  parallel: number,
  answersEach: number,
  writeOne: () => Promise<Answer>,
): Promise<Run> {
  const cpuBefore = cpuMicroseconds(pids)
  const startedMs = performance.now()
  const streams = Array.from({ length: parallel }, () => inTurn(answersEach, writeOne))
  const answers = (await Promise.all(streams)).flat()
  const ms = performance.now() - startedMs
  const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0)
  return {
    tokensPerSecond: (tokens / ms) * 1000,
    cpuMicrosecondsPerToken: (cpuMicroseconds(pids) - cpuBefore) / tokens,
    text: answers[0]?.text ?? '',
  }
}

async function inTurn(count: number, writeOne: () => Promise<Answer>): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let round = 0; round < count; round += 1) answers.push(await writeOne())
  return answers
}

function openEngine(name: string, weights: string, log: (line: string) => void): Engine {
  const binding: LlamaBinding = {
    engine: 'llama',
    weights,
    slots: SLOTS,
    contextTokens: CONTEXT_TOKENS,
    threads: THREADS,
  }
  const model = {
    name,
    binding,
    price: { kind: 'owned' },
    toy: true,
    origin: 'starter',
  } as const satisfies Model
  const clock = { now: () => Date.now(), monotonic: () => performance.now() }
  return llamaEngine(model, { clock, home: root, log })
}

/** One answer, read as a gateway reads it. */
async function write(engine: Engine): Promise<Answer> {
  const verdicts = permit(allowAll, anonymous, { examined: false }, [engine.model], 'bench')
  const permitted = verdicts.permits.get(engine.model.name)
  if (permitted === undefined) throw new Error('allow-all permits every model')
  let text = ''
  let tokens = 0
  const signal = new AbortController().signal
  for await (const event of engine.answer(permitted, CONVERSATION, { signal, requestId: 'bench' })) {
    if (event.kind === 'text-delta') text += event.text
    if (event.kind === 'usage') tokens = event.usage.outputTokens
  }
  return { tokens, text }
}

import { join } from 'node:path'
import type { Conversation } from '../src/core/conversation.ts'
import { anonymous } from '../src/core/principal.ts'
import type { Engine } from '../src/engines/engine.ts'
import { llamaEngine } from '../src/engines/llama/llama-engine.ts'
import { allowAll, permit } from '../src/policy/permit.ts'
import { root } from './lib/gateway-process.ts'
import { benchOptions, progress, publish } from './lib/report.ts'
import { median, quantile } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `How long a starter takes from the start of its process to its first token, and how long unloading takes until its
process and the memory of it are gone: idle, and at once while it answers.

  node bench/load.ts [--quick] [--json] [--gate]`

const FIRST_TOKEN_MS = 1200
const UNLOADED_MS = 1000

const options = benchOptions(HELP)
const rounds = options.quick ? 3 : 15

// As `musivum up` has it for its children: the first round compiles, the others find it done.
using compiled = temporaryFolder('compiled')
process.env['NODE_COMPILE_CACHE'] ??= compiled.path

const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const firstToken: number[] = []
const unloadIdle: number[] = []
const unloadBusy: number[] = []
for (let round = 0; round < rounds; round += 1) {
  progress(`round ${round + 1} of ${rounds}`)
  const engine = open()
  const startedMs = performance.now()
  await answer(engine, 16, () => firstToken.push(performance.now() - startedMs))
  unloadIdle.push(await timeToUnload(engine))
  let began = (): void => undefined
  const beginning = new Promise<void>((resolve) => (began = resolve))
  // Unloaded while it writes: it fails, as it must.
  const cut = answer(engine, 400, () => began()).catch(() => 'cut off')
  await beginning
  unloadBusy.push(await timeToUnload(engine))
  await cut
  await engine.close()
}

publish(
  {
    bench: 'load',
    rows: [
      {
        what: 'start of the process to first token',
        unit: 'ms',
        measured: median(firstToken),
        bar: FIRST_TOKEN_MS,
      },
      { what: 'the same, fastest', unit: 'ms', measured: Math.min(...firstToken) },
      {
        what: 'unload an idle model until its memory is back',
        unit: 'ms',
        measured: quantile(unloadIdle, 1),
        bar: UNLOADED_MS,
      },
      {
        what: 'unload a busy model at once',
        unit: 'ms',
        measured: quantile(unloadBusy, 1),
        bar: UNLOADED_MS,
      },
    ],
    notes: [
      `starter-l, ${rounds} rounds; the first number is a median (compiled modules are kept, as musivum up keeps them), those of unloading are the slowest.`,
      'From the request on: checking the hash and the header, starting the process, loading, the prompt, one token. Unloaded: there is no process any more, so the system has its memory.',
    ],
  },
  options,
)

function open(): Engine {
  const weights = join(root, 'models/starter/starter-l-q8_0.gguf')
  const model = {
    name: 'starter-l',
    binding: { engine: 'llama', weights, threads: 1 },
    price: { kind: 'owned' },
    toy: true,
    origin: 'starter',
  } as const
  return llamaEngine(model, { clock, home: root, log: () => undefined })
}

/** To a prompt that the starter copies without end. */
async function answer(engine: Engine, tokens: number, onFirst: () => void): Promise<void> {
  const verdicts = permit(allowAll, anonymous, { examined: false }, [engine.model], 'bench')
  const permitted = verdicts.permits.get(engine.model.name)
  if (permitted === undefined) throw new Error('allow-all permits every model')
  const conversation: Conversation = {
    dialect: 'openai-chat',
    messages: [{ role: 'user', parts: [{ kind: 'text', text: `Copy: ${'abc '.repeat(20)}` }], extra: {} }],
    tools: [],
    sampling: { temperature: 0, maxOutputTokens: tokens },
    answerCount: 1,
    extra: {},
  }
  const signal = new AbortController().signal
  let first = true
  for await (const event of engine.answer(permitted, conversation, { signal, requestId: 'bench' })) {
    if (first && event.kind === 'text-delta') onFirst()
    if (event.kind === 'text-delta') first = false
  }
}

async function timeToUnload(engine: Engine): Promise<number> {
  const state = engine.state()
  const pid = state.kind === 'ready' ? state.process?.pid : undefined
  if (pid === undefined || pid === null) throw new Error('the model is not loaded')
  const startedMs = performance.now()
  await engine.weights?.unload('now')
  if (isAlive(pid)) throw new Error('unload said that it was done, and the process is still there')
  return performance.now() - startedMs
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    // ESRCH: there is no such process any more.
    return false
  }
}

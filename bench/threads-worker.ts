import { llamaEngine } from '../src/engines/llama/llama-engine.ts'
import type { Engine } from '../src/engines/engine.ts'
import { anonymous } from '../src/core/principal.ts'
import { allowAll, permit } from '../src/policy/permit.ts'
import { answerJobs } from './lib/child.ts'
import { median } from './lib/statistics.ts'

export type ThreadsJob = { readonly weights: string; readonly rounds: number }

/** Milliseconds of a token with what was chosen, and with one and two threads. */
export type ThreadsResult = {
  readonly chosen: number
  readonly chosenMs: number
  readonly oneMs: number
  readonly twoMs: number
}

const TOKENS = 24
/** Starters copy this without end, and noise writes on whatever it reads. */
const PROMPT = `Copy: ${'abc '.repeat(40)}`

answerJobs<ThreadsJob, ThreadsResult>(async ({ weights, rounds }) => {
  const engines = [open(weights), open(weights, 1), open(weights, 2)]
  try {
    // One after the other, as models are loaded: the choice is made while nothing else of ours runs.
    for (const engine of engines) await engine.weights?.load()
    const times: number[][] = engines.map(() => [])
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, engine] of engines.entries()) times[index]?.push(await tokenMs(engine))
    }
    const [chosenMs = Number.NaN, oneMs = Number.NaN, twoMs = Number.NaN] = times.map(median)
    const state = engines[0]?.state()
    const chosen = state?.kind === 'ready' ? (state.process?.threads ?? 0) : 0
    return { chosen, chosenMs, oneMs, twoMs }
  } finally {
    await Promise.all(engines.map((engine) => engine.close()))
  }
})

function open(weights: string, threads?: number): Engine {
  const binding = { engine: 'llama', weights, slots: 1, ...(threads !== undefined && { threads }) } as const
  const model = { name: 'noise', binding, price: { kind: 'owned' }, toy: true, origin: 'config' } as const
  const clock = { now: () => Date.now(), monotonic: () => performance.now() }
  return llamaEngine(model, { clock, home: '/nonexistent', log: () => undefined })
}

/** The whole answer, its prompt included: a starter writes all of it within one turn of our event loop. */
async function tokenMs(engine: Engine): Promise<number> {
  const verdicts = permit(allowAll, anonymous, { examined: false }, [engine.model], 'bench')
  const permitted = verdicts.permits.get(engine.model.name)
  if (permitted === undefined) throw new Error('allow-all permits every model')
  const conversation = {
    dialect: 'openai-chat',
    messages: [{ role: 'user', parts: [{ kind: 'text', text: PROMPT }], extra: {} }],
    tools: [],
    sampling: { temperature: 0, maxOutputTokens: TOKENS },
    answerCount: 1,
    extra: {},
  } as const
  let tokens = 0
  const startedMs = performance.now()
  const signal = new AbortController().signal
  for await (const event of engine.answer(permitted, conversation, { signal, requestId: 'bench' })) {
    if (event.kind === 'usage') tokens = event.usage.outputTokens
  }
  if (tokens < 2) throw new Error(`the model wrote ${tokens} tokens, too few to measure`)
  return (performance.now() - startedMs) / tokens
}

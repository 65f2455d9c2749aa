import { llamaEngine } from '../src/engines/llama/llama-engine.ts'
import type { Engine } from '../src/engines/engine.ts'
import { anonymous } from '../src/core/principal.ts'
import { allowAll, permit } from '../src/policy/permit.ts'
import { answerJobs } from './lib/child.ts'
import { median } from './lib/statistics.ts'

export type ThreadsJob = { readonly weights: string; readonly rounds: number }

/** Milliseconds of a token with what was chosen, and with one and two threads; null for a count that was given up. */
export type ThreadsResult = {
  readonly chosen: number
  readonly chosenMs: number | null
  readonly oneMs: number | null
  readonly twoMs: number | null
}

const TOKENS = 24
/** Threads that wait for each other on one core take minutes for an answer: nothing that slow will turn out to be the best. */
const HOPELESS = 10
const NEVER = new AbortController().signal
/** Starters copy this without end, and noise writes on whatever it reads. */
const PROMPT = `Copy: ${'abc '.repeat(40)}`

answerJobs<ThreadsJob, ThreadsResult>(async ({ weights, rounds }) => {
  const engines = [open(weights), open(weights, 1), open(weights, 2)]
  try {
    // One after the other, as models are loaded: the choice is made while nothing else of ours runs.
    for (const engine of engines) await engine.weights?.load()
    const [chosenMs = null, oneMs = null, twoMs = null] = await inTurns(engines, rounds)
    const state = engines[0]?.state()
    const chosen = state?.kind === 'ready' ? (state.process?.threads ?? 0) : 0
    return { chosen, chosenMs, oneMs, twoMs }
  } finally {
    await Promise.all(engines.map((engine) => engine.close()))
  }
})

/** Medians of milliseconds per token, one for each engine. */
async function inTurns(engines: readonly Engine[], rounds: number): Promise<readonly (number | null)[]> {
  const times = new Map(engines.map((engine) => [engine, [] as number[]]))
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round += 1) {
    for (const [engine, own] of times) {
      const ms = await tokenMs(engine, best * HOPELESS)
      if (ms === null) times.delete(engine)
      else own.push(ms)
      best = Math.min(best, ms ?? best)
    }
  }
  return engines.map((engine) => {
    const own = times.get(engine)
    return own === undefined ? null : median(own)
  })
}

function open(weights: string, threads?: number): Engine {
  const binding = { engine: 'llama', weights, slots: 1, ...(threads !== undefined && { threads }) } as const
  const model = { name: 'noise', binding, price: { kind: 'owned' }, toy: true, origin: 'config' } as const
  const clock = { now: () => Date.now(), monotonic: () => performance.now() }
  return llamaEngine(model, { clock, home: '/nonexistent', log: () => undefined })
}

/**
 * The whole answer, its prompt included: a starter writes all of it within one turn of our event loop. Null when a token would take
 * longer than `limitMs`, at which the answer is called off.
 */
async function tokenMs(engine: Engine, limitMs: number): Promise<number | null> {
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
  const signal = Number.isFinite(limitMs) ? AbortSignal.timeout(Math.ceil(limitMs * TOKENS)) : NEVER
  try {
    for await (const event of engine.answer(permitted, conversation, { signal, requestId: 'bench' })) {
      if (event.kind === 'usage') tokens = event.usage.outputTokens
    }
  } catch (thrown) {
    if (signal.aborted) return null
    throw thrown
  }
  if (tokens < 2) throw new Error(`the model wrote ${tokens} tokens, too few to measure`)
  return (performance.now() - startedMs) / tokens
}

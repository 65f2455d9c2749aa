import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LlamaBinding, Model } from '../../src/catalog/model.ts'
import type { Conversation } from '../../src/core/conversation.ts'
import { anonymous } from '../../src/core/principal.ts'
import type { Engine } from '../../src/engines/engine.ts'
import { llamaEngine } from '../../src/engines/llama/llama-engine.ts'
import { allowAll, permit, type Permit } from '../../src/policy/permit.ts'
import type { DirectAnswer, DirectOrder, DirectQuestion } from '../direct-llama.ts'
import { root } from './gateway-process.ts'
import { cpuMicroseconds } from './process-cost.ts'

/** What all sides of a comparison load. */
export type Weights = {
  readonly name: string
  readonly file: string
  readonly slots: number
  readonly contextTokens: number
  readonly threads: number
}

/** `parallel` askers at once, each asking the same again `answersEach` times. */
export type Load = {
  readonly prompt: string
  readonly tokens: number
  readonly parallel: number
  readonly answersEach: number
}

export type Run = {
  readonly tokensPerSecond: number
  /** Of the process that holds the model, and of this one, which reads what it writes. */
  readonly cpuMicroseconds: number
  readonly readerCpuMicroseconds: number
  /** Of all answers. */
  readonly tokens: number
  /** Of the first. */
  readonly text: string
}

export type Side = (load: Load) => Promise<Run>
export type OpenSide = (weights: Weights, resources: AsyncDisposableStack) => Promise<Side>
export type OurSide = { readonly side: Side; readonly promptTokens: (prompt: string) => Promise<number> }

type Answer = { readonly tokens: number; readonly text: string }

export async function openOurs(weights: Weights, resources: AsyncDisposableStack): Promise<OurSide> {
  const pids: number[] = []
  const engine = openEngine(weights, (line) => pids.push(Number(/process (\d+)/.exec(line)?.[1])))
  resources.defer(() => engine.close())
  const permitted = permitOf(engine)
  await write(engine, permitted, 'x', 1)
  return {
    side: (load) => measure(pids, load, () => write(engine, permitted, load.prompt, load.tokens)),
    async promptTokens(prompt) {
      return (await engine.countTokens?.(permitted, conversation(prompt, 1), calling())) ?? Number.NaN
    },
  }
}

export const openDirect: OpenSide = async ({ file, slots, contextTokens, threads }, resources) => {
  const child = fork(fileURLToPath(new URL('../direct-llama.ts', import.meta.url)), { execArgv: [] })
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

  await send(() => ({ weights: file, slots, contextTokens, threads }))
  const pids = [child.pid ?? Number.NaN]
  return (load) => measure(pids, load, () => send((id) => ({ id, prompt: load.prompt, tokens: load.tokens })))
}

export async function measure(
  pids: readonly number[],
  { parallel, answersEach }: Load,
  writeOne: () => Promise<Answer>,
): Promise<Run> {
  const cpuBefore = cpuMicroseconds(pids)
  const readerBefore = cpuMicroseconds([process.pid])
  const startedMs = performance.now()
  const askers = Array.from({ length: parallel }, () => inTurn(answersEach, writeOne))
  const answers = (await Promise.all(askers)).flat()
  const ms = performance.now() - startedMs
  const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0)
  return {
    tokensPerSecond: (tokens / ms) * 1000,
    cpuMicroseconds: cpuMicroseconds(pids) - cpuBefore,
    readerCpuMicroseconds: cpuMicroseconds([process.pid]) - readerBefore,
    tokens,
    text: answers[0]?.text ?? '',
  }
}

async function inTurn(count: number, writeOne: () => Promise<Answer>): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let round = 0; round < count; round += 1) answers.push(await writeOne())
  return answers
}

export function openEngine({ name, file, ...size }: Weights, log: (line: string) => void): Engine {
  const binding: LlamaBinding = { engine: 'llama', weights: file, ...size }
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

export function permitOf({ model }: Engine): Permit {
  const verdicts = permit(allowAll, anonymous, { examined: false }, [model], 'bench')
  const permitted = verdicts.permits.get(model.name)
  if (permitted === undefined) throw new Error('allow-all permits every model')
  return permitted
}

/** One answer, read as a gateway reads it. Without a tenant nothing of a prompt is kept: each is read anew, as by the others. */
async function write(engine: Engine, permitted: Permit, prompt: string, limit: number): Promise<Answer> {
  let text = ''
  let tokens = 0
  for await (const event of engine.answer(permitted, conversation(prompt, limit), calling())) {
    if (event.kind === 'text-delta') text += event.text
    if (event.kind === 'usage') tokens = event.usage.outputTokens
  }
  return { tokens, text }
}

function calling() {
  return { signal: new AbortController().signal, requestId: 'bench' }
}

export function conversation(text: string, maxOutputTokens: number): Conversation {
  return {
    dialect: 'openai-chat',
    messages: [{ role: 'user', parts: [{ kind: 'text', text }], extra: {} }],
    tools: [],
    sampling: { temperature: 0, maxOutputTokens },
    answerCount: 1,
    extra: {},
  }
}

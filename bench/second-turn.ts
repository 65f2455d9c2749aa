import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Conversation } from '../src/core/conversation.ts'
import type { Engine } from '../src/engines/engine.ts'
import { conversation, openEngine, permitOf } from './lib/llama-sides.ts'
import { root } from './lib/gateway-process.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { median } from './lib/statistics.ts'

const HELP = `How much of a prompt the embedded engine reads again on the second turn of a conversation, how soon its answer begins
beside one whose prompt is read anew, and how many answers differ between the two, over the questions of the starter models.

  node bench/second-turn.ts [--quick] [--json] [--gate]`

const MODELS = ['starter-l', 'starter-s1']
const TOKENS = 48
/** One for the tenant that comes back, one for those that nothing is kept for. */
const SIZE = { slots: 2, contextTokens: 512, threads: 1 }
const TENANT = 'bench'

const options = benchOptions(HELP)
const conversations = options.quick ? 40 : 300

const rows: Measured[] = []
for (const model of MODELS) {
  await using resources = new AsyncDisposableStack()
  progress(`${model}: ${conversations} conversations`)
  const engine = openEngine(
    { name: model, file: join(root, 'models/starter', `${model}-q8_0.gguf`), ...SIZE },
    () => undefined,
  )
  resources.defer(() => engine.close())
  rows.push(...report(model, await converse(engine)))
}
publish({ bench: 'second-turn', rows, notes: notes() }, options)

type Turn = {
  readonly text: string
  readonly promptTokens: number
  /** By the count of the library underneath. */
  readonly evaluated: number
  readonly firstTokenMs: number
}
type Talk = { readonly first: Pair; readonly second: Pair }
type Pair = { readonly kept: Turn; readonly anew: Turn }

async function converse(engine: Engine): Promise<readonly Talk[]> {
  const questions = await readQuestions()
  const talks: Talk[] = []
  // Loading is nobody's first token.
  await turn(engine, conversation('x', 1))
  for (let index = 0; index < conversations; index += 1) {
    const opening = conversation(questions[index * 2] ?? '', TOKENS)
    const first = await both(engine, opening)
    const next = followUp(opening, first.kept.text, questions[index * 2 + 1] ?? '')
    talks.push({ first, second: await both(engine, next) })
  }
  return talks
}

async function both(engine: Engine, asked: Conversation): Promise<Pair> {
  return { kept: await turn(engine, asked, TENANT), anew: await turn(engine, asked) }
}

async function turn(engine: Engine, asked: Conversation, tenant?: string): Promise<Turn> {
  const before = evaluatedBy(engine)
  const context = {
    signal: new AbortController().signal,
    requestId: 'bench',
    ...(tenant !== undefined && { tenant }),
  }
  const startedMs = performance.now()
  let firstTokenMs: number | undefined
  let text = ''
  let promptTokens = 0
  for await (const event of engine.answer(permitOf(engine), asked, context)) {
    firstTokenMs ??= performance.now() - startedMs
    if (event.kind === 'text-delta') text += event.text
    if (event.kind === 'usage') promptTokens = event.usage.inputTokens + event.usage.cacheReadTokens
  }
  return {
    text,
    promptTokens,
    evaluated: evaluatedBy(engine) - before,
    firstTokenMs: firstTokenMs ?? Number.NaN,
  }
}

function evaluatedBy(engine: Engine): number {
  const state = engine.state()
  return state.kind === 'ready' ? (state.promptTokens?.evaluated ?? Number.NaN) : 0
}

function followUp(opening: Conversation, answer: string, question: string): Conversation {
  const said = (role: 'assistant' | 'user', text: string) =>
    ({ role, parts: [{ kind: 'text', text }], extra: {} }) as const
  return { ...opening, messages: [...opening.messages, said('assistant', answer), said('user', question)] }
}

async function readQuestions(): Promise<readonly string[]> {
  const text = await readFile(join(root, 'models/starter/eval.jsonl'), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly prompt: string }).prompt)
}

function report(model: string, talks: readonly Talk[]): readonly Measured[] {
  const total = (value: (talk: Talk) => number) => talks.reduce((sum, talk) => sum + value(talk), 0)
  const evaluated = total(({ second }) => second.kept.evaluated)
  const fresh = total(({ first, second }) => second.kept.promptTokens - first.kept.promptTokens)
  const whole = total(({ second }) => second.kept.promptTokens)
  const pairs = talks.flatMap(({ first, second }) => [first, second])
  return [
    {
      what: `${model}: prompt tokens evaluated on the second turn`,
      unit: 'x new',
      measured: evaluated / fresh,
      bar: 1,
      beside: { evaluated, 'new since the first': fresh, 'in the prompt': whole },
    },
    {
      what: `${model}: turns that read a token of the first prompt again`,
      unit: `of ${talks.length}`,
      measured: talks.filter(({ first, second }) => second.kept.evaluated > newTokens(first, second)).length,
      bar: 0,
    },
    {
      what: `${model}: time to the first token of the second turn`,
      unit: 'x read anew',
      measured: median(talks.map(({ second }) => second.kept.firstTokenMs / second.anew.firstTokenMs)),
    },
    {
      what: `${model}: answers other than from a prompt read anew`,
      unit: `of ${pairs.length}`,
      measured: pairs.filter(({ kept, anew }) => kept.text !== anew.text).length,
    },
  ]
}

function newTokens(first: Pair, second: Pair): number {
  return second.kept.promptTokens - first.kept.promptTokens
}

function notes(): readonly string[] {
  return [
    `${conversations} conversations of two questions of models/starter/eval.jsonl, greedy, up to ${TOKENS} tokens an answer, one at a time.`,
    'New since the first prompt: the answer to it, the mark that ends it, and the second question. What the slot wrote itself is not read again, so less than 1 is possible.',
    'Answers differ where two tokens are as good as equal: flash attention on processors takes 64 tokens or more in one piece another way than fewer, and rounds otherwise. The library called directly does the same.',
  ]
}

import { parentPort, workerData } from 'node:worker_threads'
import type { JsonObject } from '../../core/json.ts'
import type { Item } from '../../evidence/item.ts'
import { classOf, placeOf } from './thrown-place.ts'

/** What the thread is started with. */
export type CustomWork = { readonly module: string; readonly settings: JsonObject }

export type CustomQuestion = { readonly item: Item; readonly output: string }

export type CustomReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'scored'; readonly score: number; readonly answer: string | null }
  | { readonly kind: 'unparsed' }
  /** What the module did wrong, as the end of a sentence without a word of the output; `at` is a URL and a line. */
  | { readonly kind: 'fault'; readonly what: string; readonly at: string | null }

type ScoreFunction = (item: Item, output: string, settings: JsonObject) => unknown

const port = parentPort
const { module, settings } = workerData as CustomWork

if (port !== null) {
  const score = await load()
  port.postMessage(typeof score === 'function' ? ({ kind: 'ready' } satisfies CustomReply) : score)
  if (typeof score === 'function')
    port.on('message', (question: CustomQuestion) => {
      void answer(score, question).then((reply) => port.postMessage(reply))
    })
}

async function load(): Promise<ScoreFunction | CustomReply> {
  try {
    const loaded = (await import(module)) as { readonly score?: unknown }
    if (typeof loaded.score === 'function') return loaded.score as ScoreFunction
    return { kind: 'fault', what: 'exports no function "score"; expected score(item, output)', at: null }
  } catch (thrown) {
    return { kind: 'fault', what: `does not load: ${classOf(thrown)}`, at: placeOf(thrown, import.meta.url) }
  }
}

async function answer(score: ScoreFunction, { item, output }: CustomQuestion): Promise<CustomReply> {
  try {
    return replyOf(await score(item, output, settings))
  } catch (thrown) {
    return { kind: 'fault', what: `threw ${classOf(thrown)}`, at: placeOf(thrown, import.meta.url) }
  }
}

const EXPECTED = 'expected a number from 0 to 1, {score, answer}, or null where the output holds no answer'

function replyOf(result: unknown): CustomReply {
  if (result === null) return { kind: 'unparsed' }
  if (typeof result === 'number') return scored(result, undefined)
  if (typeof result !== 'object')
    return { kind: 'fault', what: `gave ${nameOf(result)}; ${EXPECTED}`, at: null }
  const { score, answer } = result as { readonly score?: unknown; readonly answer?: unknown }
  if (answer !== undefined && typeof answer !== 'string')
    return { kind: 'fault', what: `gave an "answer" that is ${nameOf(answer)}; expected a text`, at: null }
  return scored(score, answer)
}

function scored(score: unknown, answer: string | undefined): CustomReply {
  if (typeof score === 'number' && score >= 0 && score <= 1)
    return { kind: 'scored', score, answer: answer ?? null }
  const given = typeof score === 'number' ? String(score) : nameOf(score)
  return { kind: 'fault', what: `gave the score ${given}; ${EXPECTED}`, at: null }
}

function nameOf(value: unknown): string {
  return value === undefined ? 'nothing' : value === null ? 'null' : `a ${typeof value}`
}

import { writeFileSync } from 'node:fs'
import { toMusivumError } from '../../core/errors.ts'
import type { Cancellation } from './cancellation.ts'
import { limitWorkers } from './limit-workers.ts'
import { loadModel, type LoadedModel } from './loaded-model.ts'
import { outbox } from './outbox.ts'
import type {
  AnswerOrder,
  CountOrder,
  EmbedOrder,
  Failure,
  LoadOrder,
  Order,
  Report,
  RerankOrder,
  TokeniseOrder,
} from './protocol.ts'

// The process of one model. Everything hostile or broken happens here: weights and their template are a stranger's,
// and the engine aborts the process it is in. The gateway outside only loses the requests that were in here.

const out = outbox((reports) => process.send?.(reports))
const running = new Map<number, Cancellation>()
let loaded: LoadedModel | undefined

process.on('message', (order: Order) => obey(order))
// The gateway is gone, however it went; without this a killed gateway would leave gigabytes behind. SIGKILL, because
// the engine's threads may be at work and an ordinary exit would wait for, or trip over, them.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
preferToDieFirst()

function obey(order: Order): void {
  switch (order.kind) {
    case 'load':
      void load(order)
      return
    case 'cancel':
      cancel(order.id)
      return
    case 'answer':
    case 'embed':
    case 'rerank':
    case 'count':
    case 'tokenise':
      void run(order)
      return
    default:
      order satisfies never
  }
}

async function load(order: LoadOrder): Promise<void> {
  try {
    limitWorkers(order.weights)
    loaded = await loadModel(order)
    out.report({ kind: 'ready', ...loaded.ready })
  } catch (thrown) {
    out.report({ kind: 'refused', failure: failureOf(thrown) })
  }
}

function cancel(id: number): void {
  const cancellation = running.get(id)
  if (cancellation !== undefined) cancellation.cancelled = true
}

type Question = AnswerOrder | EmbedOrder | RerankOrder | CountOrder | TokeniseOrder

async function run(order: Question): Promise<void> {
  const cancellation: Cancellation = { cancelled: false }
  running.set(order.id, cancellation)
  try {
    out.report(await result(order, cancellation))
  } catch (thrown) {
    out.report({ kind: 'failed', id: order.id, failure: failureOf(thrown) })
  } finally {
    running.delete(order.id)
  }
}

function result(order: Question, cancellation: Cancellation): Report | Promise<Report> {
  if (loaded === undefined) throw new TypeError('an order came before the model was loaded')
  if (order.kind === 'embed') return loaded.embed(order, cancellation)
  if (order.kind === 'rerank') return loaded.rank(order, cancellation)
  if (order.kind === 'count') return { kind: 'counted', id: order.id, tokens: loaded.count(order) }
  if (order.kind === 'tokenise') return { kind: 'tokens', id: order.id, tokens: loaded.tokenise(order.text) }
  return loaded.write(order, cancellation, out.delta)
}

function failureOf(thrown: unknown): Failure {
  const error = toMusivumError(thrown)
  if (error.code !== 'internal') return { code: error.code, message: error.message, facts: error.facts }
  // The library's own words, without the paths it likes to quote.
  const said = thrown instanceof Error ? thrown.message : String(thrown)
  return { code: 'engine.failed', message: `The engine failed: ${said.replace(/(?:\/[^\s/:"']+)+\//g, '')}` }
}

/** When memory runs out the system ends the likeliest process: let it be a model, never the gateway. */
function preferToDieFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500')
  } catch {
    // Not Linux, or not allowed: the system then chooses by size, which is us anyway.
  }
}

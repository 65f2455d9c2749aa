import type { LlamaBinding, Model } from '../../catalog/model.ts'
import type { Conversation } from '../../core/conversation.ts'
import { MusivumError, toMusivumError } from '../../core/errors.ts'
import type { AnswerEvent, FinishReason } from '../../core/events.ts'
import { noUsage } from '../../core/usage.ts'
import { assertPermit, type Permit } from '../../policy/permit.ts'
import type { CallContext, Capabilities, Engine } from '../engine.ts'
import { noCapabilities } from '../no-capabilities.ts'
import { answerEvents } from './answer-events.ts'
import { engineMeter } from './engine-meter.ts'
import { eventStream, type EventStream } from './event-stream.ts'
import { schemaGaps } from './json-grammar.ts'
import { knownUse } from './known-use.ts'
import { modelEntrance, type Entered } from './model-entrance.ts'
import { answerOrders, changesOf, countOrder, embedOrder } from './model-orders.ts'
import type { ModelProcess, Question } from './model-process.ts'
import { openCall, tenantOf, type Call } from './open-call.ts'
import { adapterUse } from './adapter-use.ts'
import type { LocalModel } from './prepare-load.ts'
import { baseOf, type ProcessFamilies } from './process-families.ts'
import { processKeeper, type ProcessKeeper, type ProcessKeeperDeps } from './process-keeper.ts'
import type {
  CountedReport,
  DeltaReport,
  DoneReport,
  Failure,
  RankedReport,
  TokensReport,
  VectorsReport,
} from './protocol.ts'
import { bestFirst, rerankChanges, rerankOrder } from './rerank-order.ts'
import { markOf } from './watermark/order-mark.ts'
import type { WeightsUse } from './weights-use.ts'

export type LlamaDeps = ProcessKeeperDeps & {
  /** Where models with adapters on the same weights find the process that they share; unless given, each has its own. */
  readonly families?: ProcessFamilies
}

const CAPABILITIES: Capabilities = {
  tools: true,
  images: false,
  jsonSchema: true,
  schemaGaps,
  jsonObject: true,
  logprobs: true,
  embeddings: true,
  severalAnswers: true,
}

/** Weights in a process of our own: loaded by the first request, unloaded when idle, lost alone when they crash. */
export function llamaEngine(model: Model & { readonly binding: LlamaBinding }, deps: LlamaDeps): Engine {
  const { binding } = model
  const { clock } = deps
  const keeper = keeperOf(model, deps)
  const adapter = adapterUse(binding)
  const use = knownUse(model)
  const meter = engineMeter()
  const entrance = modelEntrance(model, keeper, clock)

  async function enter(call: Call): Promise<Entered<ModelProcess>> {
    const entered = await entrance.enter(call)
    try {
      await adapter.checkFor(entered.process, call.signal)
      return entered
    } catch (thrown) {
      entered.leave()
      throw thrown
    }
  }

  /** One order from slot to last report. Rejects with the failure; the slot is free only when the process says so. */
  async function carryOut(question: Question, call: Call, hear: (delta: DeltaReport) => void): Promise<Last> {
    call.signal.throwIfAborted()
    // Loading and waiting for a slot are the model's time, not our overhead.
    call.dispatched()
    const { process, leave } = await enter(call)
    return new Promise((resolve, reject) => {
      const asked = process.ask(question, (report) => {
        if (report.kind === 'delta') return hear(report)
        call.signal.removeEventListener('abort', asked.cancel)
        leave()
        if (report.kind === 'failed') return reject(errorOf(report.failure))
        if (report.kind !== 'done' || report.reason !== 'cancelled') keeper.answered()
        resolve(report)
      })
      call.signal.addEventListener('abort', asked.cancel, { once: true })
      if (call.signal.aborted) asked.cancel()
    })
  }

  /** One choice. Its first event comes with its first text, so that a failure before that can still be a status code. */
  async function write(
    order: Question,
    choice: number,
    call: Call,
    stream: EventStream<AnswerEvent>,
  ): Promise<DoneReport> {
    const events = answerEvents(choice, stream.push)
    const last = (await carryOut(order, call, events.add)) as DoneReport
    meter.add(last)
    events.end()
    return last
  }

  async function writeAll(
    orders: readonly Question[],
    call: Call,
    stream: EventStream<AnswerEvent>,
  ): Promise<void> {
    const done = await Promise.all(orders.map((order, choice) => write(order, choice, call, stream)))
    stream.push(usageEvent(done))
    for (const [choice, { reason }] of done.entries()) {
      stream.push({ kind: 'finish', choice, reason: reason as FinishReason })
    }
    stream.end()
  }

  function answer(
    permit: Permit,
    conversation: Conversation,
    context: CallContext,
  ): AsyncIterable<AnswerEvent> {
    const stream = eventStream<AnswerEvent>()
    const call = openCall(context, clock, (error) => stream.fail(error, { now: true }))

    function failed(thrown: unknown): void {
      stream.fail(toMusivumError(thrown))
      // One answer of several failed: the others are of no use to anybody.
      call.end()
    }

    function begin(): void {
      try {
        use.assertNot('embeddings', 'rerank')
        const more = { ...tenantOf(context), ...markOf(permit, context), ...adapter.order }
        const orders = answerOrders(conversation).map((order) => ({ ...order, ...more }))
        const changes = changesOf(conversation)
        if (changes.length > 0) context.onChanged?.(changes)
        entrance.makeRoom(orders.length, context.tenant)
        writeAll(orders, call, stream).catch(failed)
      } catch (thrown) {
        failed(thrown)
      }
    }

    // Also when the reader leaves early: the process then stops writing.
    return stream.read(begin, call.end)
  }

  /** An order whose last report is all there is to say. */
  async function carryOutAlone(order: Question, context: CallContext): Promise<Last> {
    entrance.makeRoom(1, context.tenant)
    const { promise: cancelled, reject } = Promise.withResolvers<never>()
    const call = openCall(context, clock, reject)
    try {
      return await Promise.race([carryOut(order, call, () => undefined), cancelled])
    } finally {
      call.end()
    }
  }

  return {
    model,
    // Asked each time: the header says it, which is read meanwhile.
    get capabilities() {
      return capabilitiesOf(use.now(), binding)
    },
    relays: new Set(),
    answer(permit, conversation, context) {
      assertPermit(permit, model)
      return answer(permit, conversation, context)
    },
    async embed(permit, request, context) {
      assertPermit(permit, model)
      if (binding.adapter !== undefined) throw noAdapted(model.name, 'embeds', 'vectors')
      use.assertNot('rerank')
      const last = await carryOutAlone(embedOrder(request), context)
      const { vectors, tokens } = last as VectorsReport
      return { vectors, usage: { ...noUsage, inputTokens: tokens } }
    },
    async rerank(permit, request, context) {
      assertPermit(permit, model)
      if (binding.adapter !== undefined) throw noAdapted(model.name, 'ranks', 'an order')
      await use.assertRanks()
      const order = rerankOrder(request)
      const changes = rerankChanges(request)
      if (changes.length > 0) context.onChanged?.(changes)
      const { scores, tokens } = (await carryOutAlone(order, context)) as RankedReport
      return { ranked: bestFirst(scores, request.topN), usage: { ...noUsage, inputTokens: tokens } }
    },
    async countTokens(permit, conversation, context) {
      assertPermit(permit, model)
      use.assertNot('embeddings', 'rerank')
      const last = await carryOutAlone(countOrder(conversation), context)
      return (last as CountedReport).tokens
    },
    state() {
      const state = entrance.state()
      return state.kind === 'ready' ? { ...state, ...meter.facts() } : state
    },
    weights: keeper.weights,
    close: keeper.close,
  }
}

function keeperOf(model: LocalModel, deps: LlamaDeps): ProcessKeeper {
  if (model.binding.family === undefined) return processKeeper(model, deps)
  return deps.families?.keeperOf(model, deps) ?? processKeeper(baseOf(model), deps)
}

function capabilitiesOf(use: WeightsUse, { adapter }: LlamaBinding): Capabilities {
  const base = use === 'text' ? CAPABILITIES : noCapabilities
  return { ...base, embeddings: use !== 'rerank' && adapter === undefined, reranks: use === 'rerank' }
}

/** The library computes vectors and scores without adapters, and does not say so. */
function noAdapted(name: string, does: 'embeds' | 'ranks', wanted: string): MusivumError {
  const why = `${name} has an adapter, which the engine leaves out when it ${does}; ask the model without it for ${wanted}.`
  return new MusivumError('request.unsupported', why, { model: name })
}

type Last = DoneReport | VectorsReport | RankedReport | CountedReport | TokensReport

/** The prompt counts once, however many answers were written to it, as in the protocol we imitate. */
function usageEvent(done: readonly DoneReport[]): AnswerEvent {
  const outputTokens = done.reduce((sum, end) => sum + end.outputTokens, 0)
  const { promptTokens = 0, reusedTokens: cacheReadTokens = 0 } = done[0] ?? {}
  const inputTokens = promptTokens - cacheReadTokens
  return { kind: 'usage', usage: { ...noUsage, inputTokens, cacheReadTokens, outputTokens } }
}

function errorOf({ code, message, facts }: Failure): MusivumError {
  return new MusivumError(code, message, facts)
}

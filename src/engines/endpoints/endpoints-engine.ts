import { strict as assert } from 'node:assert'
import type { Model } from '../../catalog/model.ts'
import type { WireChange } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { CallContext, Engine, EngineState, RelayOutcome, RelaySink } from '../engine.ts'
import { watch, type Endpoint, type Watched } from './endpoint.ts'
import {
  firstToCommit,
  type RoundContext,
  type Try,
  type TryDeps,
  type TrySettings,
} from './first-to-commit.ts'
import { hedgeBudget } from './hedge-budget.ts'
import { pinning } from './pinning.ts'

/**
 * A model that is served in several places, or in one that sometimes fails, as one engine: what fails before the first
 * content is tried again, elsewhere where there is elsewhere; what fails after it is the caller's to tell, because another
 * try would repeat text that the client has.
 */
export function endpointsEngine(
  model: Model,
  endpoints: readonly Endpoint[],
  settings: TrySettings,
  deps: Omit<TryDeps, 'hedges'>,
): Engine {
  const watched = endpoints.map(watch)
  const [first] = watched
  assert(first !== undefined, 'a model has at least one endpoint')
  const tryDeps: TryDeps = { ...deps, hedges: hedgeBudget() }
  const commit = <T>(start: Try<T>, context: RoundContext) =>
    firstToCommit(watched, start, settings, context, tryDeps)
  const pins = pinning(watched)
  const relays = pins.relays(first.engine.relays)

  return {
    model,
    // Asked each time: some are known only once the server was asked.
    get capabilities() {
      return first.engine.capabilities
    },
    relays,
    answer(permit, conversation, context) {
      const prefer = pins.first(conversation)
      const open = (): Promise<Begun> =>
        commit(
          (endpoint, signal) => {
            const { told, changes } = heldChanges(context, signal)
            const sent = pins.sent(conversation, endpoint)
            return begin(endpoint, endpoint.engine.answer(permit, sent, told), changes)
          },
          prefer === undefined ? context : { ...context, prefer },
        )
      return new CommittedAnswer(open, context, pins.received)
    },
    embed: (permit, request, context) =>
      commit(
        (endpoint, signal) =>
          counted(endpoint, () => endpoint.engine.embed(permit, request, { ...context, signal })),
        context,
      ),
    ...(first.engine.rerank !== undefined && {
      rerank: (permit, request, context) =>
        commit(
          (endpoint, signal) =>
            counted(endpoint, async () =>
              has(await endpoint.engine.rerank?.(permit, request, { ...context, signal })),
            ),
          context,
        ),
    }),
    ...(first.engine.countTokens !== undefined && {
      countTokens: (permit, conversation, context) =>
        commit(
          (endpoint, signal) =>
            counted(endpoint, async () =>
              has(
                await endpoint.engine.countTokens?.(permit, pins.sent(conversation, endpoint), {
                  ...context,
                  signal,
                }),
              ),
            ),
          context,
        ),
    }),
    ...(relays.size > 0 && {
      async relay(permit, request, sink, context) {
        let taken: Watched | undefined
        const { outcome } = await commit(
          (endpoint, signal) =>
            new Promise<{ readonly outcome: Promise<RelayOutcome> }>((resolve, reject) => {
              const { told, changes } = heldChanges(context, signal)
              const claim = (): boolean => {
                if (taken === undefined) tell(context, changes)
                taken ??= endpoint
                if (taken === endpoint) resolve({ outcome: relayed })
                return taken === endpoint
              }
              const { engine } = endpoint
              assert(engine.relay !== undefined, 'every endpoint of a model speaks the same protocols')
              const own = engine.relay.bind(engine, permit, request, claimedSink(sink, claim))
              const relayed = counted(endpoint, () => own(told))
              relayed.then(claim, reject)
            }),
          context,
        )
        return outcome
      },
    }),
    state: () => bestState(watched.map(({ engine }) => engine.state())),
    async close() {
      await Promise.all(watched.map(({ engine }) => engine.close()))
    },
  }
}

/** What one try changed about the request is told when it is the one that answers: the client hears of no other. */
function heldChanges(context: CallContext, signal: AbortSignal) {
  const changes: WireChange[] = []
  const told: CallContext = { ...context, signal, onChanged: (more) => changes.push(...more) }
  return { told, changes }
}

function tell({ onChanged }: CallContext, changes: readonly WireChange[]): void {
  if (changes.length > 0) onChanged?.(changes)
}

/** Places that serve one model are engines of one kind, so what one of them can do all can. */
function has<Answer>(answer: Answer | undefined): Answer {
  assert(answer !== undefined, 'every endpoint of a model can do the same')
  return answer
}

/** Content that a client may show or act on. Starts of blocks are not: they can be held back and forgotten. */
const CONTENT: ReadonlySet<AnswerEvent['kind']> = new Set([
  'text-delta',
  'reasoning-delta',
  'refusal-delta',
  'tool-call-start',
  'finish',
])

/** 128 choices that each start two blocks, and fields we do not know; a server that sends more never gets to its answer. */
const MAX_HELD_EVENTS = 512

type Begun = {
  readonly endpoint: Watched
  readonly changes: readonly WireChange[]
  /** Events up to the first content. */
  readonly held: readonly AnswerEvent[]
  readonly rest: AsyncIterator<AnswerEvent>
  readonly done: boolean
}

async function begin(
  endpoint: Watched,
  events: AsyncIterable<AnswerEvent>,
  changes: readonly WireChange[],
): Promise<Begun> {
  const rest = events[Symbol.asyncIterator]()
  const held: AnswerEvent[] = []
  endpoint.active += 1
  try {
    for (;;) {
      const next = await rest.next()
      const done = next.done === true
      if (!done) held.push(next.value)
      if (done || CONTENT.has(next.value.kind) || held.length >= MAX_HELD_EVENTS)
        return { endpoint, changes, held, rest, done }
    }
  } catch (thrown) {
    await over(endpoint, rest)
    throw thrown
  }
}

async function over(endpoint: Watched, rest: AsyncIterator<AnswerEvent>): Promise<void> {
  endpoint.active -= 1
  await rest.return?.()
}

/** The answer of the endpoint that committed first. By hand for the same reason as the queue that its events come from. */
class CommittedAnswer implements AsyncIterableIterator<AnswerEvent, undefined> {
  readonly #open: () => Promise<Begun>
  readonly #context: CallContext
  readonly #received: (event: AnswerEvent, endpoint: Watched) => AnswerEvent
  #begun: Begun | undefined
  #given = 0
  #over = false

  constructor(
    open: () => Promise<Begun>,
    context: CallContext,
    received: (event: AnswerEvent, endpoint: Watched) => AnswerEvent,
  ) {
    this.#open = open
    this.#context = context
    this.#received = received
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<AnswerEvent, undefined>> {
    if (this.#over) return OVER
    try {
      this.#begun ??= await this.#begin()
      const event = await this.#take(this.#begun)
      if (event !== undefined) return { done: false, value: this.#received(event, this.#begun.endpoint) }
    } catch (thrown) {
      await this.return()
      throw thrown
    }
    return this.return()
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    const begun = this.#over ? undefined : this.#begun
    this.#over = true
    if (begun !== undefined) await over(begun.endpoint, begun.rest)
    return OVER
  }

  async #begin(): Promise<Begun> {
    const begun = await this.#open()
    tell(this.#context, begun.changes)
    return begun
  }

  #take({ held, rest, done }: Begun): AnswerEvent | undefined | Promise<AnswerEvent | undefined> {
    this.#given += 1
    if (this.#given <= held.length) return held[this.#given - 1]
    return done ? undefined : rest.next().then(valueOf)
  }
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined }

function valueOf(next: IteratorResult<AnswerEvent>): AnswerEvent | undefined {
  return next.done === true ? undefined : next.value
}

async function counted<T>(endpoint: Watched, call: () => Promise<T>): Promise<T> {
  endpoint.active += 1
  try {
    return await call()
  } finally {
    endpoint.active -= 1
  }
}

/** Lets one of several racing relays through to the client: the one that begins first. */
function claimedSink(sink: RelaySink, claim: () => boolean): RelaySink {
  let mine: boolean | undefined
  return {
    head(contentType) {
      mine = claim()
      if (mine) sink.head(contentType)
    },
    // The loser is being aborted; what it still had in its hands goes nowhere.
    bytes: (chunk) => mine !== true || sink.bytes(chunk),
    drained: sink.drained,
  }
}

/** A model is as available as the best of its endpoints. */
function bestState(states: readonly EngineState[]): EngineState {
  const ready = states.filter((state) => state.kind === 'ready')
  const [first] = states
  assert(first !== undefined, 'a model has at least one endpoint')
  if (ready.length === 0) return states.find(({ kind }) => kind !== 'unavailable') ?? first
  return {
    kind: 'ready',
    activeRequests: ready.reduce((sum, { activeRequests }) => sum + activeRequests, 0),
    queuedRequests: ready.reduce((sum, { queuedRequests }) => sum + queuedRequests, 0),
  }
}

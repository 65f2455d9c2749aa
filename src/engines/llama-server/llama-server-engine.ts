import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenAiBinding } from '../../catalog/model.ts'
import type { Conversation } from '../../core/conversation.ts'
import { MusivumError, type ErrorCode } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { assertPermit } from '../../policy/permit.ts'
import type { CallContext, Capabilities, Engine } from '../engine.ts'
import { noCapabilities } from '../no-capabilities.ts'
import { modelEntrance, type Entered } from '../llama/model-entrance.ts'
import { openCall, tenantOf } from '../llama/open-call.ts'
import type { KeeperDeps } from '../llama/weights-keeper.ts'
import { openAiEngine } from '../openai/openai-engine.ts'
import { refuseUnsupported } from '../openai/refusals.ts'
import { countPrompt } from './count-prompt.ts'
import { promptMeter } from './prompt-meter.ts'
import { serverKeeper, type ServerModel } from './server-keeper.ts'
import { serverSchemaGaps } from './server-schema-gaps.ts'
import type { ServerProcess } from './server-process.ts'

export type LlamaServerDeps = KeeperDeps

/**
 * Weights in a `llama-server` of our own: started by the first request, ended when idle, lost alone when it crashes. It is
 * asked in OpenAI's words through the same engine as any other server, with a key that only this process has.
 */
export function llamaServerEngine(model: ServerModel, deps: LlamaServerDeps): Engine {
  const { binding } = model
  const { clock } = deps
  const serves = binding.serves ?? 'text'
  const capabilities = serves === 'text' ? TEXT : onlyOne(serves)
  const keeper = serverKeeper(model, deps)
  const meter = promptMeter()
  const entrance = modelEntrance(model, keeper, clock)
  const clients = new WeakMap<ServerProcess, Engine>()

  /** The engine that speaks to one process: its key goes to that port and nowhere else. */
  function clientOf(process: ServerProcess): Engine {
    const known = clients.get(process)
    if (known !== undefined) return known
    const share = prefixSharing()
    const addToChat = ({ tenant }: CallContext) => ({ cache_prompt: share(tenant) })
    const opened = openAiEngine(
      { ...model, binding: clientBinding(process, model.name) },
      { clock, addToChat },
    )
    clients.set(process, opened)
    // Idle connections to a port that may soon be somebody else's.
    void process.gone.then(() => opened.close())
    return opened
  }

  /** A slot and the running server, for as long as `work` takes. */
  async function* within<Event>(
    context: CallContext,
    work: (server: Engine, context: CallContext, process: ServerProcess) => AsyncIterable<Event>,
  ): AsyncGenerator<Event, void, undefined> {
    const call = openCall(context, clock, () => undefined)
    let entered: Entered<ServerProcess> | undefined
    try {
      call.signal.throwIfAborted()
      entrance.makeRoom(1, context.tenant)
      // Loading and waiting for a slot are the model's time, not our overhead.
      call.dispatched()
      entered = await entrance.enter(call)
      const { process } = entered
      const { onDispatched: _, ...rest } = context
      yield* work(clientOf(process), rest, process)
      keeper.answered()
    } catch (thrown) {
      throw entered === undefined ? thrown : await explained(thrown, entered.process)
    } finally {
      call.end()
      entered?.leave()
    }
  }

  function answer(
    permit: Parameters<Engine['answer']>[0],
    conversation: Conversation,
    context: CallContext,
  ): AsyncIterable<AnswerEvent> {
    return within(context, (server, call) =>
      meter.watch(server.answer(permit, conversation, { ...call, ...tenantOf(context) })),
    )
  }

  async function once<Answer>(
    context: CallContext,
    ask: (server: Engine, context: CallContext, process: ServerProcess) => Promise<Answer>,
  ): Promise<Answer> {
    for await (const answered of within(context, async function* (server, call, process) {
      yield await ask(server, call, process)
    }))
      return answered
    throw new TypeError('a call ends with its answer or with an error')
  }

  return {
    model,
    capabilities,
    // Every request waits for a slot of ours and says whether it may share what was read: no bytes pass by that.
    relays: new Set(),
    answer(permit, conversation, context) {
      assertPermit(permit, model)
      if (serves !== 'text') throw other(model.name, serves, 'write text')
      refuseUnsupported(model.name, { capabilities }, conversation)
      return answer(permit, conversation, context)
    },
    async embed(permit, request, context) {
      assertPermit(permit, model)
      if (serves !== 'embeddings') throw other(model.name, serves, 'make embeddings')
      return once(context, (server, call) => server.embed(permit, request, call))
    },
    ...(serves === 'rerank' && {
      async rerank(permit, request, context) {
        assertPermit(permit, model)
        return once(context, async (server, call) => {
          if (server.rerank === undefined)
            throw new TypeError('the vendor table of llama-server says it reranks')
          return server.rerank(permit, request, call)
        })
      },
    }),
    async countTokens(permit, conversation, context) {
      assertPermit(permit, model)
      if (serves !== 'text') throw other(model.name, serves, 'count prompts')
      return once(context, (_, { signal }, process) => countPrompt(model.name, process, conversation, signal))
    },
    state() {
      const state = entrance.state()
      return state.kind === 'ready' ? { ...state, promptTokens: meter.tokens() } : state
    },
    weights: keeper.weights,
    close: keeper.close,
  }
}

/** Started without a projector for pictures, and for one thing only. */
const TEXT: Capabilities = {
  tools: true,
  images: false,
  jsonSchema: true,
  schemaGaps: serverSchemaGaps,
  jsonObject: true,
  logprobs: true,
  embeddings: false,
  severalAnswers: true,
}

function onlyOne(serves: 'embeddings' | 'rerank'): Capabilities {
  return { ...noCapabilities, embeddings: serves === 'embeddings', reranks: serves === 'rerank' }
}

// A processor reads a prompt of 30,000 tokens in some minutes; the server itself gives up after an hour.
const TIMEOUTS = { connectMs: 10_000, firstByteMs: 3_600_000, idleMs: 600_000 }

function clientBinding({ baseUrl, key }: ServerProcess, upstreamModel: string): OpenAiBinding {
  return {
    engine: 'openai',
    vendor: 'llama-server',
    speaks: 'openai-chat',
    timeouts: TIMEOUTS,
    baseUrl,
    key,
    upstreamModel,
  }
}

/**
 * Whether a request may be answered from what an earlier prompt left in its slot. The server does not know whose a slot
 * was, and says how much it found: from the second tenant on that would tell one what another has asked.
 */
function prefixSharing(): (tenant: string | undefined) => boolean {
  let only: string | undefined
  let several = false
  return (tenant) => {
    several ||= tenant === undefined || (only !== undefined && only !== tenant)
    only = tenant
    return !several
  }
}

/** How long the end of a process may come after the end of its connections. */
const END_MS = 2_000

/** A connection that broke because the process ended is told as that. */
async function explained(thrown: unknown, process: ServerProcess): Promise<unknown> {
  if (!(thrown instanceof MusivumError) || !BROKEN.has(thrown.code)) return thrown
  await Promise.race([process.gone, sleep(END_MS, undefined, { ref: false })])
  return process.ended() ?? thrown
}

const BROKEN: ReadonlySet<ErrorCode> = new Set(['upstream.cut', 'upstream.unreachable', 'gateway.stopping'])

function other(name: string, serves: string, wanted: string): MusivumError {
  const message = `${name} is started with \`serves: ${serves}\`, and a llama-server started for that does not ${wanted}.`
  return new MusivumError('request.unsupported', message)
}

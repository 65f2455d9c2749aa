import type { Model, OpenAiBinding } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import { totalInputTokens, totalOutputTokens, type Usage } from '../../core/usage.ts'
import { assertPermit } from '../../policy/permit.ts'
import { parseJsonBody } from '../../wire/json-body.ts'
import { renderChatRequest } from '../../wire/openai-chat/render-request.ts'
import { parseResponsesRequest } from '../../wire/openai-responses/parse-request.ts'
import type { CallContext, Engine, RelayOperation, RelayRequest } from '../engine.ts'
import { cancelled } from '../http/upstream.ts'
import { timerMs } from '../llama/slot-queue.ts'
import { openAiEngine, type OpenAiEngineDeps } from '../openai/openai-engine.ts'
import { heldSink } from './held-sink.ts'
import { nativePrompt, sizeOf } from './native-prompt.ts'
import { ollamaName, ollamaServer, type Learnt } from './ollama-server.ts'
import { fitsForCertain, mayBeShortened, type PromptSize, type PromptWindow } from './prompt-window.ts'

/** Its own servers have contexts of their own, and nothing here could be loaded with another one. */
export function isOllama({ vendor, upstreamModel }: OpenAiBinding): boolean {
  return vendor === 'ollama' && !/[-:]cloud$/.test(upstreamModel)
}

/** How long what was learnt holds: a server may be started again with another context. */
const LEARNT_MS = 10 * 60_000

/**
 * A model behind Ollama, spoken to through its OpenAI surface, that never answers a prompt it has shortened: the context asked
 * for is set, and a prompt that may be longer than it is read once through Ollama's own API, which can refuse. What was read
 * is found read when the same prompt comes again, so the answer costs one token more.
 */
export function ollamaEngine(
  model: Model & { readonly binding: OpenAiBinding },
  deps: OpenAiEngineDeps,
): Engine {
  const { binding, name } = model
  const { clock } = deps
  const upstreamModel = ollamaName(binding)
  const inner = openAiEngine({ ...model, binding: { ...binding, upstreamModel } }, deps)
  const server = ollamaServer(binding, name)
  let learning: { readonly learnt: Promise<Learnt>; readonly untilMs: number } | undefined
  let can: ReadonlySet<string> | undefined

  function learn(): Promise<Learnt> {
    if (learning !== undefined && clock.monotonic() < learning.untilMs) return learning.learnt
    // For everybody who waits: the first of them may leave.
    const learnt = server.learn(new AbortController().signal)
    learning = { learnt, untilMs: clock.monotonic() + LEARNT_MS }
    learnt.then(
      (known) => (can = known.can),
      () => (learning = undefined),
    )
    return learnt
  }

  /** Returns what the answer is measured against. Throws when the prompt does not fit. */
  async function examine(body: JsonObject, context: CallContext): Promise<Measure> {
    const { window } = await unlessAborted(learn(), context)
    const prompt = nativePrompt(body)
    const size = sizeOf(prompt)
    if (fitsForCertain(size, window)) return { window, size, promptTokens: undefined }
    const promptTokens = await server.probe(prompt, patienceOf(context, clock.monotonic()))
    if (promptTokens === undefined || mayBeShortened(promptTokens, size, window))
      throw tooLong(name, window, promptTokens)
    return { window, size, promptTokens }
  }

  return {
    ...inner,
    relays: new Set<RelayOperation>([...inner.relays].filter((operation) => operation !== 'embeddings')),
    get capabilities() {
      const { tools, images, ...others } = inner.capabilities
      return { ...others, tools: tools && has('tools'), images: images && has('vision') }
    },
    async *answer(permit, conversation, context): AsyncGenerator<AnswerEvent> {
      assertPermit(permit, model)
      assertThere(context)
      const rendering = { model: upstreamModel, stream: false, includeUsage: false, maker: 'probe' }
      const { body } = renderChatRequest(conversation, rendering)
      const measure = await examine(body, context)
      for await (const event of inner.answer(permit, conversation, context)) {
        if (event.kind === 'usage') assertWhole(name, measure, event.usage)
        yield event
      }
    },
    async relay(permit, request, sink, context) {
      assertPermit(permit, model)
      assertThere(context)
      const measure = await examine(chatBody(request, upstreamModel), context)
      // A whole answer is not given away before its count was looked at; of a stream only the end can be spoilt.
      const held = request.stream ? { sink, release: () => undefined } : heldSink(sink)
      if (inner.relay === undefined) throw new TypeError('the engine of a server relays')
      const outcome = await inner.relay(permit, request, held.sink, context)
      if (outcome.usage !== undefined) assertWhole(name, measure, outcome.usage)
      held.release()
      return outcome
    },
    async embed(permit, request, context) {
      assertPermit(permit, model)
      assertThere(context)
      const { dimensions, inputs } = request
      const input = inputs.map((text) => {
        if (typeof text === 'string') return text
        throw new MusivumError('request.unsupported', `The server behind ${name} takes texts, not tokens.`)
      })
      if (binding.contextTokens !== undefined) await unlessAborted(learn(), context)
      context.onDispatched?.()
      const body = { input, ...(dimensions !== undefined && { dimensions }) }
      return server.vectors(body, patienceOf(context, clock.monotonic()))
    },
    async close() {
      await Promise.all([inner.close(), server.close()])
    },
  }

  /** Until it was learnt, a request is the server's to refuse. */
  function has(capability: string): boolean {
    return can === undefined || can.has(capability)
  }
}

/** What a prompt was before it was sent. */
type Measure = {
  readonly window: PromptWindow
  readonly size: PromptSize
  /** Undefined where it fits for certain and was not counted. */
  readonly promptTokens: number | undefined
}

/** A template says some things otherwise when the model is to think. */
const LEAST_SHARE = 0.9

/**
 * Looks at the counts of an answer: fewer tokens than the prompt had, or more in all than the context has, and something
 * was left out while it was read or written.
 */
function assertWhole(name: string, { window, size, promptTokens }: Measure, usage: Usage): void {
  if (usage.unknown !== undefined) return
  const read = totalInputTokens(usage)
  const least = promptTokens === undefined ? 0 : promptTokens * LEAST_SHARE
  const shortened = read < least || (promptTokens !== undefined && mayBeShortened(read, size, window))
  if (shortened || read + totalOutputTokens(usage) > window.contextTokens)
    throw tooLong(name, window, promptTokens)
}

function tooLong(
  name: string,
  { contextTokens, refuses }: PromptWindow,
  promptTokens?: number,
): MusivumError {
  const counted = promptTokens === undefined ? '' : ` (it counts ${promptTokens} tokens of it)`
  const older = refuses ? '' : ' Ollama before 0.13 cannot refuse it, so only half of the context is safe.'
  return new MusivumError(
    'context_length_exceeded',
    `Ollama gives ${name} a context of ${contextTokens} tokens, and would answer this without a part of it${counted}.${older} Shorten it, or set \`context_tokens\` of the model.`,
    { contextTokens },
  )
}

/** What a relayed request says, in the words of chat completions. */
function chatBody({ operation, body }: RelayRequest, model: string): JsonObject {
  if (operation === 'openai-chat') return parseJsonBody(body)
  const rendering = { model, stream: false, includeUsage: false, maker: 'probe' }
  return renderChatRequest(parseResponsesRequest(body).conversation, rendering).body
}

function assertThere({ signal }: CallContext): void {
  if (signal.aborted) throw cancelled()
}

function unlessAborted<T>(work: Promise<T>, { signal }: CallContext): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(cancelled())
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort))
}

/** The client's signal, and the end of its patience. */
function patienceOf({ signal, deadlineAtMs }: CallContext, nowMs: number): AbortSignal {
  if (deadlineAtMs === undefined) return signal
  return AbortSignal.any([signal, AbortSignal.timeout(timerMs(deadlineAtMs - nowMs))])
}

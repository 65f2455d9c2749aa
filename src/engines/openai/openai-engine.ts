import { strict as assert } from 'node:assert'
import type { Model, OpenAiBinding } from '../../catalog/model.ts'
import type { Conversation, WireChange } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { assertPermit } from '../../policy/permit.ts'
import { parseEmbeddingAnswer } from '../../wire/embeddings/parse-answer.ts'
import { renderEmbeddingRequest } from '../../wire/embeddings/render-request.ts'
import type { ChatHabits } from '../../wire/openai-chat/chat-wording.ts'
import { renderChatRequest } from '../../wire/openai-chat/render-request.ts'
import { replaceTopLevel } from '../../wire/openai-chat/replace-model.ts'
import { renderResponsesRequest } from '../../wire/openai-responses/render-request.ts'
import type { ResponsesHabits } from '../../wire/openai-responses/responses-wording.ts'
import type { RenderedRequest } from '../../wire/rendered-request.ts'
import { parseRerankAnswer } from '../../wire/rerank/parse-answer.ts'
import { renderRerankRequest } from '../../wire/rerank/render-request.ts'
import type { CallContext, Engine, RelayRequest } from '../engine.ts'
import { answerEvents, type Asked } from '../http/answer-events.ts'
import { askJson } from '../http/ask-json.ts'
import { relayStream, relayWhole, type PreparedRelay, type RelayDeps } from '../http/relay.ts'
import { openUpstream } from '../http/upstream.ts'
import { chatWire, embeddingsWire } from './chat-wire.ts'
import { adaptBody, adaptText, rejected } from './field-quirks.ts'
import { orWithoutState, refusedForState, STATE_LEFT_OUT, withoutReasoning } from './foreign-state.ts'
import { openAiServer, type OpenAiServer } from './openai-server.ts'
import { refuseRelayed, refuseUnsupported } from './refusals.ts'
import { responsesWire } from './responses-wire.ts'

export type OpenAiEngineDeps = {
  readonly clock: Clock
  /** Fields beside those of the protocol that go into every chat request, for a server that is ours. */
  readonly addToChat?: (context: CallContext) => JsonObject
}

/**
 * A model behind any server that speaks OpenAI's wire protocol. Throws `config.invalid` for a base URL or key that
 * cannot be used; opens no connection before the first call.
 */
export function openAiEngine(
  model: Model & { readonly binding: OpenAiBinding },
  { clock, addToChat }: OpenAiEngineDeps,
): Engine {
  const { binding } = model
  const server = openAiServer(binding)
  const upstream = openUpstream(model.name, server.place)
  const { host } = upstream.identity
  // What a server signed is stamped with wire and host; only it gets that back.
  const wires = {
    'openai-chat': chatWire(`openai-chat:${host}`),
    'openai-responses': responsesWire(`openai-responses:${host}`),
    embeddings: embeddingsWire,
  }
  // Its own protocol has all of a client's words, also where its bytes may not pass through.
  const spokenTo = ({ dialect }: Conversation): OpenAiServer['speaks'] => {
    const own = dialect !== 'anthropic-messages' && server.relays.has(dialect) ? dialect : server.speaks
    return binding.speaks ?? own
  }
  const render = (conversation: Conversation, stream: boolean): RenderedRequest =>
    renderFor(
      { ...server, speaks: spokenTo(conversation) },
      { model: binding.upstreamModel, host, stream },
      conversation,
    )

  function adapted({ body, changes }: RenderedRequest, context: CallContext): string {
    const said = adaptBody(body, server.quirks)
    report(context, [...changes, ...said.changes])
    return JSON.stringify(said.body)
  }

  function asked(conversation: Conversation, context: CallContext, streamed: boolean): string {
    const { body, changes } = render(conversation, streamed)
    const added = addToChat?.(context)
    return adapted({ body: added === undefined ? body : { ...body, ...added }, changes }, context)
  }

  return {
    model,
    capabilities: server.capabilities,
    relays: server.relays,
    answer(permit, conversation, context) {
      const ask = (): Asked => {
        assertPermit(permit, model)
        refuseUnsupported(model.name, server, conversation)
        const streamed = context.whole !== true
        return { body: asked(conversation, context, streamed), streamed }
      }
      const speaks = spokenTo(conversation)
      const deps = { upstream, clock, wire: wires[speaks] }
      if (speaks !== 'openai-responses' || !hasThoughts(conversation)) return answerEvents(deps, ask, context)
      let sent: Asked | undefined
      const first = answerEvents(deps, () => (sent = ask()), context)
      return orWithoutState(first, () => {
        const before = sent
        const body = before === undefined ? undefined : withoutReasoning(before.body)
        if (before === undefined || body === undefined) return undefined
        report(context, [STATE_LEFT_OUT])
        return answerEvents(deps, () => ({ ...before, body }), context)
      })
    },
    async embed(permit, request, context) {
      assertPermit(permit, model)
      refuseRelayed(model.name, server, { operation: 'embeddings', body: '{}' })
      const rendered = renderEmbeddingRequest(request, {
        model: binding.upstreamModel,
        encodingFormat: 'float',
      })
      const body = adapted({ body: rendered, changes: [] }, context)
      const read = (json: unknown) => parseEmbeddingAnswer(json, request.inputs.length)
      return askJson({ upstream, clock }, { path: wires.embeddings.path, body }, read, context)
    },
    ...(server.reranks && {
      async rerank(permit, request, context) {
        assertPermit(permit, model)
        const body = JSON.stringify(renderRerankRequest(request, binding.upstreamModel))
        const read = (json: unknown) => parseRerankAnswer(json, request.documents.length)
        return askJson({ upstream, clock }, { path: '/rerank', body }, read, context)
      },
    }),
    async relay(permit, request, sink, context) {
      assertPermit(permit, model)
      const { operation } = request
      assert(operation in wires, `this engine does not relay ${operation}`)
      refuseRelayed(model.name, server, request)
      const deps: RelayDeps = { upstream, clock, wire: wires[operation as keyof typeof wires] }
      const relay = request.stream ? relayStream : relayWhole
      const prepared = prepare(request, binding.upstreamModel, server, context)
      try {
        return await relay(deps, prepared, sink, context)
      } catch (thrown) {
        // A server refuses with a status before it begins, so nothing was passed on.
        const known = operation === 'openai-responses' && refusedForState(thrown)
        const body = known ? withoutReasoning(prepared.body) : undefined
        if (body === undefined) throw thrown
        report(context, [STATE_LEFT_OUT])
        return relay(deps, { ...prepared, body }, sink, context)
      }
    },
    state: upstream.state,
    close: upstream.close,
  }
}

function hasThoughts({ messages }: Conversation): boolean {
  return messages.some(({ parts }) => parts.some(({ kind }) => kind === 'reasoning'))
}

function renderFor(
  { speaks, quirks, habits }: OpenAiServer,
  { model, host, stream }: { readonly model: string; readonly host: string; readonly stream: boolean },
  conversation: Conversation,
): RenderedRequest {
  const common = { model, stream, maker: `${speaks}:${host}` }
  if (speaks === 'openai-responses')
    return renderResponsesRequest(conversation, { ...common, habits: responsesHabits(habits) })
  return renderChatRequest(conversation, {
    ...common,
    habits,
    includeUsage: !quirks.drops.has('stream_options'),
  })
}

/** A server that takes more than OpenAI's words takes them in both of its protocols. */
function responsesHabits({ topK, reasoningText }: ChatHabits): ResponsesHabits {
  return { ...(topK && { topK }), ...(reasoningText !== undefined && { reasoningText: true }) }
}

function prepare(
  request: RelayRequest,
  model: string,
  { quirks }: OpenAiServer,
  context: CallContext,
): PreparedRelay {
  const { operation, stream, includeUsage } = request
  const said = adaptText(request.body, quirks)
  const { body, dropped } = replaceTopLevel(said.body, {
    model,
    drop: [...quirks.drops],
    // Usage is asked for whether the client wants it or not: without it nobody knows what the answer cost. Responses
    // always hold it.
    includeUsage:
      stream && !includeUsage && operation === 'openai-chat' && !quirks.drops.has('stream_options'),
  })
  report(context, [...said.changes, ...dropped.map(rejected)])
  return { body, includeUsage }
}

function report(context: CallContext, changes: readonly WireChange[]): void {
  if (changes.length > 0) context.onChanged?.(changes)
}

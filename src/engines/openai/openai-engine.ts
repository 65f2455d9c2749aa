import { strict as assert } from 'node:assert'
import type { Model, OpenAiBinding } from '../../catalog/model.ts'
import type { Conversation, WireChange } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { assertPermit } from '../../policy/permit.ts'
import { renderEmbeddingRequest } from '../../wire/embeddings/render-request.ts'
import { renderChatRequest } from '../../wire/openai-chat/render-request.ts'
import { replaceTopLevel } from '../../wire/openai-chat/replace-model.ts'
import type { CallContext, Capabilities, Engine, RelayOperation, RelayRequest } from '../engine.ts'
import { answerEvents } from './answer.ts'
import { embedTexts } from './embed.ts'
import { relayStream, relayWhole, type PreparedRelay } from './relay.ts'
import { openUpstream } from './upstream.ts'

export type OpenAiEngineDeps = { readonly clock: Clock }

/**
 * A model behind any server that speaks OpenAI's wire protocol. Throws `config.invalid` for a base URL or key that
 * cannot be used; opens no connection before the first call.
 */
export function openAiEngine(
  model: Model & { readonly binding: OpenAiBinding },
  { clock }: OpenAiEngineDeps,
): Engine {
  const { binding } = model
  const drops: ReadonlySet<string> = new Set(binding.drops)
  const capabilities = capabilitiesWithout(drops)
  const upstream = openUpstream(model.name, binding)
  const maker = `openai-chat:${upstream.identity.host}`
  const streamed = {
    model: binding.upstreamModel,
    stream: true,
    includeUsage: !drops.has('stream_options'),
    maker,
  }

  function withoutDropped(body: JsonObject, context: CallContext): string {
    const dropped = Object.keys(body).filter((key) => drops.has(key))
    if (dropped.length === 0) return JSON.stringify(body)
    context.onChanged?.(dropped.map(rejectedField))
    return JSON.stringify(Object.fromEntries(Object.entries(body).filter(([key]) => !drops.has(key))))
  }

  return {
    model,
    capabilities,
    relays: RELAYS,
    answer(permit, conversation, context) {
      const bodyOf = (): string => {
        assertPermit(permit, model)
        refuseUnsupported(model.name, capabilities, conversation)
        return withoutDropped(renderChatRequest(conversation, streamed).body, context)
      }
      return answerEvents(upstream, clock, bodyOf, context)
    },
    async embed(permit, request, context) {
      assertPermit(permit, model)
      const rendered = renderEmbeddingRequest(request, {
        model: binding.upstreamModel,
        encodingFormat: 'float',
      })
      const body = withoutDropped(rendered, context)
      return embedTexts(upstream, clock, body, request.inputs.length, context)
    },
    async relay(permit, request, sink, context) {
      assertPermit(permit, model)
      const relay = request.stream ? relayStream : relayWhole
      return relay({ upstream, clock }, prepare(request, binding, context), sink, context)
    },
    state: upstream.state,
    close: upstream.close,
  }
}

const RELAYS: ReadonlySet<RelayOperation> = new Set(['openai-chat', 'embeddings'])

function rejectedField(path: string): WireChange {
  return { kind: 'left-out', path, why: 'the server behind the model rejects it' }
}

function prepare(request: RelayRequest, binding: OpenAiBinding, context: CallContext): PreparedRelay {
  const drop = binding.drops ?? []
  const { body, dropped } = replaceTopLevel(request.body, {
    model: binding.upstreamModel,
    drop,
    // Usage is asked for whether the client wants it or not: without it nobody knows what the answer cost.
    includeUsage: request.stream && !request.includeUsage && !drop.includes('stream_options'),
  })
  const { operation, includeUsage } = request
  assert(operation === 'openai-chat' || operation === 'embeddings', `this engine does not relay ${operation}`)
  if (dropped.length > 0) context.onChanged?.(dropped.map(rejectedField))
  return { operation, body, includeUsage }
}

/** What a server rejects cannot be asked of it; everything else is the server's to accept or to refuse. */
function capabilitiesWithout(drops: ReadonlySet<string>): Capabilities {
  return {
    tools: !drops.has('tools'),
    images: true,
    jsonSchema: !drops.has('response_format'),
    logprobs: !drops.has('logprobs'),
    embeddings: true,
    severalAnswers: !drops.has('n'),
  }
}

function refuseUnsupported(name: string, can: Capabilities, conversation: Conversation): void {
  const { tools, responseFormat, topLogprobs, answerCount } = conversation
  const refused =
    (!can.tools && tools.length > 0 && 'tools') ||
    (!can.jsonSchema &&
      responseFormat !== undefined &&
      responseFormat.kind !== 'text' &&
      'response_format') ||
    (!can.logprobs && topLogprobs !== undefined && 'logprobs') ||
    (!can.severalAnswers && answerCount > 1 && 'n')
  if (refused === false) return
  const message = `The server behind ${name} does not take ${refused}; ask another model or leave it out.`
  throw new MusivumError('request.unsupported', message, { param: refused })
}

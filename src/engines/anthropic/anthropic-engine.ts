import { strict as assert } from 'node:assert'
import type { Conversation, WireChange } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { assertPermit } from '../../policy/permit.ts'
import { bodyWithoutBillingHeader } from '../../wire/anthropic-messages/billing-header.ts'
import { renderMessagesRequest } from '../../wire/anthropic-messages/render-request.ts'
import { replaceTopLevel } from '../../wire/openai-chat/replace-model.ts'
import type { CallContext, Capabilities, Engine, RelayOperation, RelayRequest } from '../engine.ts'
import { answerEvents, type Asked } from '../http/answer-events.ts'
import { relayStream, relayWhole, type PreparedRelay } from '../http/relay.ts'
import { openUpstream } from '../http/upstream.ts'
import type { AnthropicBinding, Model } from '../../catalog/model.ts'
import { anthropicServer, betaHeader, type AnthropicServer } from './anthropic-server.ts'
import { countTokens } from './count-tokens.ts'
import { messagesWire } from './messages-wire.ts'

export type AnthropicEngineDeps = { readonly clock: Clock }

/** It counts tokens and relays its own protocol. */
export type AnthropicEngine = Engine & Required<Pick<Engine, 'countTokens' | 'relay'>>

/**
 * A model behind any server that speaks Anthropic's protocol. Throws `config.invalid` for a base URL or key that cannot be
 * used; opens no connection before the first call.
 */
export function anthropicEngine(
  model: Model & { readonly binding: AnthropicBinding },
  { clock }: AnthropicEngineDeps,
): AnthropicEngine {
  const { binding } = model
  const server = anthropicServer(binding)
  const upstream = openUpstream(model.name, server.place)
  const maker = `anthropic-messages:${upstream.identity.host}`

  function bodyOf(conversation: Conversation, context: CallContext): JsonObject {
    const options = { ...requestOptions(binding, server), maker }
    const { body, changes } = renderMessagesRequest(conversation, options)
    const dropped = Object.keys(body).filter((key) => server.drops.has(key))
    if (dropped.includes('tools')) throw noTools(model.name)
    report(context, [...changes, ...dropped.map(rejectedField)])
    return dropped.length === 0 ? body : without(body, server.drops)
  }

  return {
    model,
    capabilities: { ...CAPABILITIES, tools: !server.drops.has('tools'), jsonSchema: server.structured },
    relays: RELAYS,
    answer(permit, conversation, context) {
      const ask = (): Asked => {
        assertPermit(permit, model)
        // Always a stream: Anthropic asks for it where an answer may take long, as idle connections are cut on the way.
        return { body: JSON.stringify(bodyOf(conversation, context)), streamed: true }
      }
      return answerEvents({ upstream, clock, wire: messagesWire(maker) }, ask, context)
    },
    async embed(permit) {
      assertPermit(permit, model)
      const message = `The server behind ${model.name} makes no embeddings: Anthropic's protocol has none.`
      throw new MusivumError('request.unsupported', message)
    },
    async relay(permit, request, sink, context) {
      assertPermit(permit, model)
      assert(request.operation === 'anthropic-messages', `this engine does not relay ${request.operation}`)
      const relay = request.stream ? relayStream : relayWhole
      const prepared = prepare(request, binding, server, context)
      return relay({ upstream, clock, wire: messagesWire(maker) }, prepared, sink, context)
    },
    async countTokens(permit, conversation, context) {
      assertPermit(permit, model)
      const { onChanged: _unchanged, ...call } = context
      return countTokens(upstream, clock, bodyOf(conversation, call), call)
    },
    state: upstream.state,
    close: upstream.close,
  }
}

const RELAYS: ReadonlySet<RelayOperation> = new Set(['anthropic-messages'])

const CAPABILITIES: Capabilities = {
  tools: true,
  images: true,
  jsonSchema: false,
  jsonObject: false,
  logprobs: false,
  embeddings: false,
  severalAnswers: false,
}

// Every model that is still served may answer that much, and local servers with a small context have room for it. A client
// that wants more says so, as its own protocol lets it.
const DEFAULT_MAX_TOKENS = 8_192

function requestOptions(
  { upstreamModel, defaultMaxTokens, reasoning, unsignedReasoning }: AnthropicBinding,
  { structured, billingHeader }: AnthropicServer,
) {
  return {
    model: upstreamModel,
    stream: true,
    defaultMaxTokens: defaultMaxTokens ?? DEFAULT_MAX_TOKENS,
    billingHeader,
    ...(structured && { structured: 'native' as const }),
    ...(reasoning !== undefined && { reasoning }),
    ...(unsignedReasoning !== undefined && { unsignedReasoning }),
  }
}

function prepare(
  request: RelayRequest,
  { upstreamModel, betas = [] }: AnthropicBinding,
  server: AnthropicServer,
  context: CallContext,
): PreparedRelay {
  const { body, dropped } = replaceTopLevel(request.body, { model: upstreamModel, drop: [...server.drops] })
  const cached = server.billingHeader === 'keep' ? undefined : bodyWithoutBillingHeader(body)
  report(context, [...dropped.map(rejectedField), ...(cached === undefined ? [] : [UNBILLED])])
  const headers = betaHeader([...betas, ...(request.betas ?? [])])
  return { body: cached ?? body, headers, includeUsage: true }
}

const UNBILLED: WireChange = {
  kind: 'left-out',
  path: 'system[]',
  why: 'the billing header changes with every request and spoils the prompt cache',
}

function report(context: CallContext, changes: readonly WireChange[]): void {
  if (changes.length > 0) context.onChanged?.(changes)
}

function rejectedField(path: string): WireChange {
  return { kind: 'left-out', path, why: 'the server behind the model rejects it' }
}

function without(body: JsonObject, drops: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !drops.has(key)))
}

function noTools(name: string): MusivumError {
  const message = `The server behind ${name} does not take tools; ask another model or leave them out.`
  return new MusivumError('request.unsupported', message, { param: 'tools' })
}

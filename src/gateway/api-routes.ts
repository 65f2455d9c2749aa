import type { IncomingMessage } from 'node:http'
import { servedBy, type Model } from '../catalog/model.ts'
import { renderMessagesModel, renderMessagesModelList } from '../wire/anthropic-messages/models.ts'
import { renderModel, renderModelList, type ListedModel } from '../wire/openai-models.ts'
import { sendJson } from './admin/admin-api.ts'
import { TOY_NOTICE } from './answer-metadata.ts'
import { answer } from './answer.ts'
import { conversing } from './conversing.ts'
import { countTokens } from './count-tokens.ts'
import { anthropicMessages } from './dialects/anthropic-messages.ts'
import { openAiChat } from './dialects/openai-chat.ts'
import { openAiResponses } from './dialects/openai-responses.ts'
import { embeddings } from './embeddings.ts'
import { findModel } from './find-model.ts'
import type { Gateway } from './gateway-parts.ts'
import { httpExchange } from './http-exchange.ts'
import type { Operation, RequestContent } from './operation.ts'
import { rerank } from './rerank.ts'
import { responseRoutes } from './response-routes.ts'
import type { Handler, Route } from './route-table.ts'

export type ApiOptions = {
  readonly maxBodyBytes: () => number
  /** For the `created` field of models: seconds since the Unix epoch. */
  readonly startedAtMs: number
}

/** The paths of OpenAI's and Anthropic's protocols. */
export function apiRoutes(gateway: Gateway, options: ApiOptions): readonly Route[] {
  const created = Math.floor(options.startedAtMs / 1000)
  const listed = (model: Model): ListedModel => listedModel(model, created)
  return [
    {
      method: 'POST',
      path: '/v1/chat/completions',
      handler: answering(gateway, conversing(openAiChat), options),
    },
    {
      method: 'POST',
      path: '/v1/messages',
      handler: answering(gateway, conversing(anthropicMessages), options),
    },
    { method: 'POST', path: '/v1/messages/count_tokens', handler: answering(gateway, countTokens, options) },
    {
      method: 'POST',
      path: '/v1/responses',
      handler: answering(gateway, conversing(openAiResponses), options),
    },
    ...responseRoutes(gateway),
    { method: 'POST', path: '/v1/rerank', handler: answering(gateway, rerank, options) },
    { method: 'POST', path: '/v1/embeddings', handler: answering(gateway, embeddings, options) },
    {
      method: 'GET',
      path: '/v1/models',
      handler: (request, response) => {
        const models = [...gateway.snapshot().models.values()].map(listed)
        sendJson(
          response,
          speaksAnthropic(request) ? renderMessagesModelList(models) : renderModelList(models),
        )
      },
    },
    {
      method: 'GET',
      path: '/v1/models/{id}',
      handler(request, response, { path }) {
        const model = listed(findModel(gateway.snapshot(), path['id'] ?? ''))
        sendJson(response, speaksAnthropic(request) ? renderMessagesModel(model) : renderModel(model))
      },
    },
  ]
}

/** Two protocols share this path; only Anthropic's clients send the header. */
function speaksAnthropic({ headers }: IncomingMessage): boolean {
  return headers['anthropic-version'] !== undefined
}

function answering<Content extends RequestContent>(
  gateway: Gateway,
  operation: Operation<Content>,
  options: ApiOptions,
): Handler {
  const { clock, ids } = gateway
  return (request, response) =>
    answer(
      gateway,
      operation,
      httpExchange(request, response, { clock, ids, maxBodyBytes: options.maxBodyBytes() }),
    )
}

function listedModel(model: Model, created: number): ListedModel {
  return {
    id: model.name,
    created,
    ownedBy: model.binding.engine === 'llama' ? 'musivum' : servedBy(model.binding),
    musivum: {
      engine: model.binding.engine,
      origin: model.origin,
      licence: model.licence ?? null,
      price: model.price.kind,
      ...(model.toy ? { toy: true, notice: TOY_NOTICE } : {}),
    },
  }
}

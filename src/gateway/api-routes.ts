import type { Model } from '../catalog/model.ts'
import type { Conversation, EmbeddingRequest } from '../core/conversation.ts'
import { renderModel, renderModelList, type ListedModel } from '../wire/openai-models.ts'
import { sendJson } from './admin/admin-api.ts'
import { TOY_NOTICE } from './answer-metadata.ts'
import { answer } from './answer.ts'
import { conversing } from './conversing.ts'
import { openAiChat } from './dialects/openai-chat.ts'
import { embeddings } from './embeddings.ts'
import { findModel } from './find-model.ts'
import type { Gateway } from './gateway-parts.ts'
import { httpExchange } from './http-exchange.ts'
import type { Operation } from './operation.ts'
import type { Handler, Route } from './route-table.ts'

export type ApiOptions = {
  readonly maxBodyBytes: () => number
  /** For the `created` field of models: seconds since the Unix epoch. */
  readonly startedAtMs: number
}

/** The OpenAI-compatible paths. */
export function apiRoutes(gateway: Gateway, options: ApiOptions): readonly Route[] {
  const created = Math.floor(options.startedAtMs / 1000)
  const listed = (model: Model): ListedModel => listedModel(model, created)
  return [
    {
      method: 'POST',
      path: '/v1/chat/completions',
      handler: answering(gateway, conversing(openAiChat), options),
    },
    { method: 'POST', path: '/v1/embeddings', handler: answering(gateway, embeddings, options) },
    {
      method: 'GET',
      path: '/v1/models',
      handler: (_, response) =>
        sendJson(response, renderModelList([...gateway.snapshot().models.values()].map(listed))),
    },
    {
      method: 'GET',
      path: '/v1/models/{id}',
      handler: (_, response, { path }) =>
        sendJson(response, renderModel(listed(findModel(gateway.snapshot(), path['id'] ?? '')))),
    },
  ]
}

function answering<Content extends Conversation | EmbeddingRequest>(
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
    ownedBy: model.binding.engine === 'llama' ? 'musivum' : new URL(model.binding.baseUrl).host,
    musivum: {
      engine: model.binding.engine,
      origin: model.origin,
      licence: model.licence ?? null,
      price: model.price.kind,
      ...(model.toy ? { toy: true, notice: TOY_NOTICE } : {}),
    },
  }
}

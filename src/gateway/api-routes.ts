import type { IncomingMessage } from 'node:http'
import { runsHere, servedBy, type Model } from '../catalog/model.ts'
import { renderMessagesModel, renderMessagesModelList } from '../wire/anthropic-messages/models.ts'
import { renderModel, renderModelList, type ListedModel } from '../wire/openai-models.ts'
import { keyAllows } from './access/allowed-models.ts'
import { sendJson } from './admin/send-json.ts'
import { TOY_NOTICE } from './answer-metadata.ts'
import { answer } from './answer.ts'
import { conversing } from './conversing.ts'
import { countTokens } from './count-tokens.ts'
import { anthropicMessages } from './dialects/anthropic-messages.ts'
import { openAiChat } from './dialects/openai-chat.ts'
import { openAiResponses } from './dialects/openai-responses.ts'
import { embeddings } from './embeddings.ts'
import { findModel, unknownModel } from './find-model.ts'
import type { Gateway } from './gateway-parts.ts'
import { httpExchange } from './http-exchange.ts'
import type { Operation } from './operation.ts'
import type { RequestContent } from './request-content.ts'
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
  const posted = <Content extends RequestContent>(path: string, operation: Operation<Content>): Route => ({
    method: 'POST',
    path,
    access: 'member',
    errors: operation.errors,
    handler: answering(gateway, operation, options),
  })
  return [
    posted('/v1/chat/completions', conversing(openAiChat)),
    posted('/v1/messages', conversing(anthropicMessages)),
    posted('/v1/messages/count_tokens', countTokens),
    posted('/v1/responses', conversing(openAiResponses)),
    ...responseRoutes(gateway),
    posted('/v1/rerank', rerank),
    posted('/v2/rerank', rerank),
    posted('/v1/embeddings', embeddings),
    {
      method: 'GET',
      path: '/v1/models',
      access: 'member',
      handler(request, response, { principal }) {
        const models = [...gateway.snapshot().models.values()]
          .filter(({ name }) => keyAllows(principal, name))
          .map(listed)
        sendJson(
          response,
          speaksAnthropic(request) ? renderMessagesModelList(models) : renderModelList(models),
        )
      },
    },
    {
      method: 'GET',
      path: '/v1/models/{id}',
      access: 'member',
      handler(request, response, { path, principal }) {
        const allowed = (name: string): boolean => keyAllows(principal, name)
        const model = listed(findModel(gateway.snapshot(), path['id'] ?? '', allowed))
        // The same words as for a name that nobody has: a key need not tell what it may not use.
        if (!allowed(model.id)) throw unknownModel(model.id, [])
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
  return (request, response, { principal }) =>
    answer(
      gateway,
      operation,
      httpExchange(request, response, { clock, ids, maxBodyBytes: options.maxBodyBytes() }),
      principal,
    )
}

function listedModel(model: Model, created: number): ListedModel {
  return {
    id: model.name,
    created,
    ownedBy: runsHere(model.binding) ? 'musivum' : servedBy(model.binding),
    musivum: {
      engine: model.binding.engine,
      origin: model.origin,
      licence: model.licence ?? null,
      price: model.price.kind,
      ...(model.toy ? { toy: true, notice: TOY_NOTICE } : {}),
    },
  }
}

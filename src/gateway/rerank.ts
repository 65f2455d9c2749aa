import type { RerankRequest } from '../core/conversation.ts'
import { MusivumError } from '../core/errors.ts'
import { parseRerankRequest } from '../wire/rerank/parse-request.ts'
import { renderRerankAnswer } from '../wire/rerank/render-answer.ts'
import { accountHeaders, identityHeaders } from './answer-headers.ts'
import { answerMetadata } from './answer-metadata.ts'
import { callContext } from './call-context.ts'
import { openAiErrors } from './dialects/openai-errors.ts'
import type { Operation } from './operation.ts'

type RerankContent = RerankRequest & { readonly returnDocuments: boolean }

/** `POST /v1/rerank`, and `/v2/rerank`, where the newer client of Cohere asks with the same words. */
export const rerank: Operation<RerankContent> = {
  kind: 'rerank',
  errors: openAiErrors,
  parse(body) {
    const { model, request, returnDocuments } = parseRerankRequest(body)
    return { model, stream: false, includeUsage: false, content: { ...request, returnDocuments }, body }
  },
  async deliver(delivery) {
    const { gateway, engine, chosen, request, record } = delivery
    if (engine.rerank === undefined) {
      const message = `${chosen.model.name} does not put documents in order; ask a rerank model.`
      throw new MusivumError('request.unsupported', message, { param: 'model' })
    }
    const { returnDocuments, ...content } = request.content
    const answer = await engine.rerank(chosen.permit, content, callContext(delivery))
    record.usage = answer.usage
    record.lastModelByteMs = gateway.clock.monotonic()
    record.firstByteMs = record.lastModelByteMs
    const rendered = renderRerankAnswer(answer, {
      requestId: record.exchange.requestId,
      model: chosen.model.name,
      musivum: answerMetadata(record),
      ...(returnDocuments && { documents: content.documents }),
    })
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      ...identityHeaders(record),
      ...accountHeaders(record, record.lastModelByteMs),
    }
    record.exchange.reply.whole(200, headers, JSON.stringify(rendered))
  },
}

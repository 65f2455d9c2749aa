import type { EmbeddingRequest } from '../core/conversation.ts'
import type { EmbeddingAnswer } from '../core/events.ts'
import { parseEmbeddingRequest, type EncodingFormat } from '../wire/embeddings/parse-request.ts'
import { renderEmbeddingAnswer } from '../wire/embeddings/render-answer.ts'
import { accountHeaders, identityHeaders } from './answer-headers.ts'
import { answerMetadata } from './answer-metadata.ts'
import { readVectors, writeVectors } from './cache/kept-vectors.ts'
import { lookUp } from './cache/look-up.ts'
import { callContext } from './call-context.ts'
import { openAiErrors } from './dialects/openai-errors.ts'
import type { Delivery, Operation } from './operation.ts'
import { mayRelay, relay } from './relay.ts'

type EmbeddingContent = EmbeddingRequest & { readonly encodingFormat: EncodingFormat }

/** `POST /v1/embeddings` */
export const embeddings: Operation<EmbeddingContent> = {
  kind: 'embeddings',
  errors: openAiErrors,
  parse(body) {
    const { model, request, encodingFormat } = parseEmbeddingRequest(body)
    return { model, stream: false, includeUsage: false, content: { ...request, encodingFormat }, body }
  },
  async deliver(delivery) {
    const { gateway, engine, chosen, request, record } = delivery
    const cache = lookUp(delivery, (bytes) => readVectors(bytes).usage)
    const passes = cache.kind === 'off' || cache.kind === 'bypass'
    if (passes && mayRelay(delivery, engine, 'embeddings')) return relay(delivery, engine, 'embeddings')
    const answer = cache.kind === 'hit' ? readVectors(cache.bytes) : await embed(delivery)
    if (cache.kind === 'miss') cache.keep(writeVectors(answer))
    const rendered = renderEmbeddingAnswer(answer, {
      model: chosen.model.name,
      encodingFormat: request.content.encodingFormat,
      musivum: answerMetadata(record),
    })
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      ...identityHeaders(record),
      ...accountHeaders(record, gateway.clock.monotonic()),
    }
    record.exchange.reply.whole(200, headers, JSON.stringify(rendered))
  },
}

async function embed(delivery: Delivery<EmbeddingContent>): Promise<EmbeddingAnswer> {
  const { gateway, engine, chosen, request, record } = delivery
  const answer = await engine.embed(chosen.permit, request.content, callContext(delivery))
  record.usage = answer.usage
  record.lastModelByteMs = gateway.clock.monotonic()
  record.firstByteMs = record.lastModelByteMs
  return answer
}

import { MusivumError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import {
  parseResponsesRequest,
  resumeConversation,
  type ParsedResponsesRequest,
} from '../../wire/openai-responses/parse-request.ts'
import { renderResponse } from '../../wire/openai-responses/render-answer.ts'
import { createResponsesStreamRenderer } from '../../wire/openai-responses/render-stream.ts'
import { holdsWrappedSignature } from '../../wire/signature-text.ts'
import type { ParsedRequest, Past } from '../operation.ts'
import type { AnswerIdentity, SpokenDialect } from './dialect.ts'
import { openAiErrors } from './openai-errors.ts'

/** `POST /v1/responses`, with a store of our own behind `store` and `previous_response_id`. */
export const openAiResponses: SpokenDialect = {
  name: 'openai-responses',
  errors: {
    body: openAiErrors.body,
    event: (error, requestId) => {
      const { message, code } = error
      const body = openAiErrors.body(error, requestId)
      // Without a number the Vercel AI SDK takes the event for a malformed one and shows that instead of what failed.
      const flat = { type: 'error', sequence_number: 0, code, message, param: null, ...body }
      return `event: error\ndata: ${JSON.stringify(flat)}\n\n`
    },
  },
  parse(body, past) {
    const parsed = parseResponsesRequest(body)
    const { model, stream, store, root } = parsed
    const goesOn = parsed.previousResponseId !== undefined || parsed.references.length > 0
    return {
      model,
      stream,
      includeUsage: true,
      content: goesOn ? resumed(parsed, past) : parsed.conversation,
      body,
      root,
      // The server's own store would know the answer by an id that ours does not.
      ...((store || goesOn || holdsWrappedSignature(body)) && { mayRelay: false as const }),
      ...(store && { keep: (answer: string) => keepResponse(parsed, past, answer) }),
    }
  },
  renderWhole: (answer, identity, request) =>
    JSON.stringify(renderResponse(answer, responseOf(identity, request))),
  streamRenderer: (request, identity) => createResponsesStreamRenderer(responseOf(identity, request)),
}

function responseOf(identity: AnswerIdentity, { root = {}, keep }: ParsedRequest) {
  return { ...identity, request: root, store: keep !== undefined }
}

function resumed(parsed: ParsedResponsesRequest, { owner, responses }: Past) {
  const { previousResponseId: id, references } = parsed
  const previous = id === undefined ? [] : responses().itemsUpTo(owner, id)
  if (previous === undefined) throw notFound('previous_response_id')
  const byId = new Map<string, Json>()
  for (const reference of references) {
    const item = responses().findItem(owner, reference)
    if (item !== undefined) byId.set(reference, item)
  }
  return resumeConversation(parsed, { previous, byId })
}

function notFound(param: string): MusivumError {
  return new MusivumError(
    'response.not_found',
    `${param}: no stored response of yours has this id; send the items themselves, or "store": true from the first request on`,
    { param },
  )
}

function keepResponse(parsed: ParsedResponsesRequest, { owner, responses }: Past, answer: string): void {
  const { id } = JSON.parse(answer) as { readonly id: string }
  const { previousResponseId = null, inputItems: input } = parsed
  responses().keep({ id, owner, previousId: previousResponseId, input, body: answer })
}

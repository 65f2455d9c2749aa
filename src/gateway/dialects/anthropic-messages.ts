import { renderMessagesError } from '../../wire/anthropic-messages/error-body.ts'
import { parseMessagesRequest } from '../../wire/anthropic-messages/parse-request.ts'
import { renderMessage } from '../../wire/anthropic-messages/render-answer.ts'
import { createMessagesStreamRenderer } from '../../wire/anthropic-messages/render-stream.ts'
import { holdsWrappedSignature } from '../../wire/signature-text.ts'
import type { SpokenDialect } from './dialect.ts'
import type { ErrorWords } from './error-words.ts'

export const anthropicErrors: ErrorWords = {
  body: renderMessagesError,
  event: (error, requestId) =>
    `event: error\ndata: ${JSON.stringify(renderMessagesError(error, requestId))}\n\n`,
}

/** `POST /v1/messages` */
export const anthropicMessages: SpokenDialect = {
  name: 'anthropic-messages',
  errors: anthropicErrors,
  parse(body) {
    const { model, stream, conversation } = parseMessagesRequest(body)
    const mayRelay = holdsWrappedSignature(body) ? { mayRelay: false as const } : {}
    // Usage stands in every stream of this protocol.
    return { model, stream, includeUsage: true, content: conversation, body, ...mayRelay }
  },
  renderWhole: (answer, identity) => JSON.stringify(renderMessage(answer, identity)),
  streamRenderer: (_, identity) => createMessagesStreamRenderer(identity),
}

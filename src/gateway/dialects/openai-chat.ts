import { parseChatRequest } from '../../wire/openai-chat/parse-request.ts'
import { renderChatCompletion } from '../../wire/openai-chat/render-answer.ts'
import { createChatStreamRenderer } from '../../wire/openai-chat/render-stream.ts'
import type { SpokenDialect } from './dialect.ts'
import { openAiErrors } from './openai-errors.ts'

/** `POST /v1/chat/completions` */
export const openAiChat: SpokenDialect = {
  name: 'openai-chat',
  errors: openAiErrors,
  parse(body) {
    const { model, stream, includeUsage, conversation } = parseChatRequest(body)
    return { model, stream, includeUsage, content: conversation, body }
  },
  renderWhole: (answer, identity) => JSON.stringify(renderChatCompletion(answer, identity)),
  streamRenderer: ({ includeUsage }, identity) => createChatStreamRenderer({ ...identity, includeUsage }),
}

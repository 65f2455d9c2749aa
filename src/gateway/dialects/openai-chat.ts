import { parseChatRequest } from '../../wire/openai-chat/parse-request.ts'
import { renderChatCompletion } from '../../wire/openai-chat/render-answer.ts'
import { createChatStreamRenderer } from '../../wire/openai-chat/render-stream.ts'
import { holdsWrappedSignature } from '../../wire/signature-text.ts'
import type { SpokenDialect } from './dialect.ts'
import { openAiErrors } from './openai-errors.ts'

/** As Cursor sends it with an assistant's calls. OpenAI refuses it, so such a body is said again in our words. */
const EMPTY_CONTENT = /"content"\s*:\s*\[\s*\]/

/** `POST /v1/chat/completions` */
export const openAiChat: SpokenDialect = {
  name: 'openai-chat',
  errors: openAiErrors,
  parse(body) {
    const { model, stream, includeUsage, conversation } = parseChatRequest(body)
    const mayRelay =
      holdsWrappedSignature(body) || EMPTY_CONTENT.test(body) ? { mayRelay: false as const } : {}
    return { model, stream, includeUsage, content: conversation, body, ...mayRelay }
  },
  renderWhole: (answer, identity) => JSON.stringify(renderChatCompletion(answer, identity)),
  streamRenderer: ({ includeUsage }, identity) => createChatStreamRenderer({ ...identity, includeUsage }),
}

import { hasLooseForms } from '../../wire/openai-chat/loose-forms.ts'
import { parseChatRequest } from '../../wire/openai-chat/parse-request.ts'
import { renderChatCompletion } from '../../wire/openai-chat/render-answer.ts'
import { createChatStreamRenderer } from '../../wire/openai-chat/render-stream.ts'
import { holdsWrappedSignature } from '../../wire/signature-text.ts'
import type { SpokenDialect } from './dialect.ts'
import { openAiErrors } from './openai-errors.ts'

/** `POST /v1/chat/completions` */
export const openAiChat: SpokenDialect = {
  name: 'openai-chat',
  errors: openAiErrors,
  parse(body) {
    const { model, stream, includeUsage, conversation, root } = parseChatRequest(body)
    const asItIs = !hasLooseForms(root) && !holdsWrappedSignature(body)
    return {
      model,
      stream,
      includeUsage,
      content: conversation,
      body,
      ...(!asItIs && { mayRelay: false as const }),
    }
  },
  renderWhole: (answer, identity) => JSON.stringify(renderChatCompletion(answer, identity)),
  streamRenderer: ({ includeUsage }, identity) => createChatStreamRenderer({ ...identity, includeUsage }),
}

import type { Conversation } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import { renderChatRequest } from '../../wire/openai-chat/render-request.ts'
import { askServer } from '../http/small-ask.ts'
import { cancelled } from '../http/upstream.ts'
import type { ServerProcess } from './server-process.ts'

/**
 * The tokens of a prompt by the server's own template and tokenizer.
 *
 * @throws MusivumError `request.unsupported` from an older server, which does not count
 */
export async function countPrompt(
  model: string,
  { baseUrl, key }: ServerProcess,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<number> {
  const { body } = renderChatRequest(conversation, {
    model,
    stream: false,
    includeUsage: false,
    maker: 'count',
  })
  const headers = { authorization: `Bearer ${key}` }
  const { json } = await askServer(`${baseUrl}/chat/completions/input_tokens`, {
    signal,
    headers,
    body,
  }).catch((error: unknown) => {
    if (signal.aborted) throw cancelled()
    throw new MusivumError(
      'upstream.cut',
      `The llama-server of ${model} did not count.`,
      {},
      { cause: error },
    )
  })
  const { input_tokens: tokens } = json
  if (typeof tokens === 'number') return tokens
  throw new MusivumError(
    'request.unsupported',
    `The llama-server of ${model} does not count the tokens of a prompt.`,
  )
}

import { renderOpenAiError } from '../../wire/openai-error.ts'
import type { ErrorWords } from './error-words.ts'

/** Chat Completions, embeddings and the paths around them. */
export const openAiErrors: ErrorWords = {
  body: renderOpenAiError,
  event: (error, requestId) => `data: ${JSON.stringify(renderOpenAiError(error, requestId))}\n\n`,
}

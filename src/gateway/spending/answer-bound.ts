import type { Model } from '../../catalog/model.ts'
import type { Conversation } from '../../core/conversation.ts'
import type { RequestContent } from '../request-content.ts'

/** The most tokens that an answer can have, all answers of the request together. */
export type AnswerBound = {
  readonly tokens: number
  /** Whose limit it is. Of `nobody` it is only what answers rarely go beyond. */
  readonly by: 'client' | 'model' | 'nobody'
}

/** What models write where nobody set a limit: a page or five; ten times that with thoughts. */
const USUAL_TOKENS = 4_096
const USUAL_TOKENS_WITH_REASONING = 32_768

/** Ten times the longest context there is; a client may write any number, and sums of money have an end. */
const LONGEST_TOKENS = 10_000_000

/** A server of Anthropic's protocol is always told a limit: the configured one where the client sets none. */
export function answerBound(content: RequestContent, { binding }: Pick<Model, 'binding'>): AnswerBound {
  if (!('messages' in content)) return { tokens: 0, by: 'model' }
  const { sampling, answerCount } = content
  const asked = sampling.maxOutputTokens
  if (asked !== undefined) return { tokens: Math.min(asked, LONGEST_TOKENS) * answerCount, by: 'client' }
  const configured = binding.engine === 'anthropic' ? binding.defaultMaxTokens : undefined
  if (configured !== undefined) return { tokens: configured * answerCount, by: 'model' }
  const usual = thinks(content) ? USUAL_TOKENS_WITH_REASONING : USUAL_TOKENS
  return { tokens: usual * answerCount, by: 'nobody' }
}

/** Thoughts may be billed without being streamed: then nothing that goes by says what the answer costs so far. */
export function thinks({ reasoning }: Conversation): boolean {
  return reasoning !== undefined && reasoning.effort !== 'none'
}

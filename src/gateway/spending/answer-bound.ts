import type { Model } from '../../catalog/model.ts'
import type { Conversation } from '../../core/conversation.ts'
import type { RequestContent } from '../request-content.ts'

/** The most tokens that an answer can have, all answers of the request together. */
export type AnswerBound = {
  readonly tokens: number
  /** What the model is told for each of them. */
  readonly limit: number
  /** Whose limit it is. Of `nobody` it is only what answers rarely go beyond. */
  readonly by: 'client' | 'model' | 'nobody'
}

/** What models write where nobody set a limit: a page or five; ten times that with thoughts. */
const USUAL_TOKENS = 4_096
const USUAL_TOKENS_WITH_REASONING = 32_768

/** What efforts are said as where a model takes budgets: the largest, and the least that Anthropic takes. */
const LARGEST_BUDGET = 30_400
const LEAST_BUDGET = 1_024

/** Ten times the longest context there is; a client may write any number, and sums of money have an end. */
const LONGEST_TOKENS = 10_000_000

/** A server of Anthropic's protocol is always told a limit: the configured one where the client sets none. */
export function answerBound(content: RequestContent, { binding }: Pick<Model, 'binding'>): AnswerBound {
  if (!('messages' in content)) return { tokens: 0, limit: 0, by: 'model' }
  const { limit, by } = limitOf(content, binding)
  return { tokens: (limit + raisedBy(content, binding)) * content.answerCount, limit, by }
}

function limitOf(content: Conversation, binding: Model['binding']): Omit<AnswerBound, 'tokens'> {
  const room = roomIn(binding)
  const asked = content.sampling.maxOutputTokens
  if (asked !== undefined) return { limit: Math.min(asked, room), by: 'client' }
  const configured = binding.engine === 'anthropic' ? binding.defaultMaxTokens : undefined
  if (configured !== undefined) return { limit: configured, by: 'model' }
  const usual = thinks(content) ? USUAL_TOKENS_WITH_REASONING : USUAL_TOKENS
  return room <= usual ? { limit: room, by: 'model' } : { limit: usual, by: 'nobody' }
}

/** The embedded engine ends an answer where its context ends, and never gives more context than the configuration says. */
function roomIn(binding: Model['binding']): number {
  return binding.engine === 'llama' ? (binding.contextTokens ?? LONGEST_TOKENS) : LONGEST_TOKENS
}

/**
 * Anthropic counts thoughts towards the limit, OpenAI's clients do not expect that: the budget of thoughts that a model is told comes
 * on top of theirs (src/wire/anthropic-messages/render-request.ts).
 */
function raisedBy(content: Conversation, binding: Model['binding']): number {
  if (binding.engine !== 'anthropic' || content.dialect === 'anthropic-messages' || !thinks(content)) return 0
  const { budgetTokens } = content.reasoning ?? {}
  if (budgetTokens !== undefined) return Math.min(Math.max(budgetTokens, LEAST_BUDGET), LONGEST_TOKENS)
  return binding.reasoning === 'budget' ? LARGEST_BUDGET : 0
}

/** Thoughts may be billed without being streamed: then nothing that goes by says what the answer costs so far. */
export function thinks({ reasoning }: Conversation): boolean {
  return reasoning !== undefined && reasoning.effort !== 'none'
}

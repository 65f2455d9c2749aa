import type { Conversation, ReasoningOrder } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { hasFields, nestedExtra } from '../json-extra.ts'
import type { ClientWords } from './client-words.ts'

export type ReasoningStyle = 'adaptive' | 'budget'

export type RenderedReasoning = {
  readonly thinking?: JsonObject
  readonly effort?: string
}

/** `thinking` and the effort of a request of this dialect, in the words the client used. */
export function renderOwnReasoning({ reasoning, extra }: Conversation): RenderedReasoning {
  const carried = nestedExtra(extra, 'thinking')
  const effort = reasoning?.effort === 'none' ? undefined : reasoning?.effort
  const thinking = ownThinking(reasoning, carried)
  return { ...(thinking && { thinking }), ...(effort === undefined ? {} : { effort }) }
}

function ownThinking(reasoning: ReasoningOrder | undefined, carried: JsonObject): JsonObject | undefined {
  switch (carried.type) {
    case 'enabled':
      if (reasoning === undefined) return undefined
      return {
        ...carried,
        ...(reasoning.budgetTokens !== undefined && { budget_tokens: reasoning.budgetTokens }),
      }
    case 'adaptive':
      return reasoning === undefined ? undefined : carried
    case 'disabled':
      return reasoning?.effort === 'none' ? carried : undefined
    default:
      return hasFields(carried) ? carried : undefined
  }
}

/** The same for a client of another protocol, in the words this server knows: today's models or those before them. */
export function renderForeignReasoning(
  reasoning: ReasoningOrder | undefined,
  style: ReasoningStyle,
  words: ClientWords,
): RenderedReasoning {
  if (reasoning === undefined) return {}
  const { effort, budgetTokens } = reasoning
  if (effort === 'none') return { thinking: { type: 'disabled' } }
  const display = displayOf(reasoning, words)
  if (style === 'budget' || budgetTokens !== undefined)
    return { thinking: { type: 'enabled', budget_tokens: budgetOf(reasoning, words), ...display } }
  const thinking = { type: 'adaptive', ...display }
  return effort === undefined ? { thinking } : { thinking, effort: effortOf(effort, words) }
}

function displayOf({ summary }: ReasoningOrder, words: ClientWords): JsonObject {
  if (summary === undefined) return {}
  if (summary === 'omitted') return { display: 'omitted' }
  if (summary !== 'auto') words.changed(words.pathOf('summary'), 'this protocol has one kind of summary')
  return { display: 'summarized' }
}

function effortOf(effort: string, words: ClientWords): string {
  if (effort !== 'minimal') return effort
  words.changed(words.pathOf('effort'), '"low" is the least effort of this protocol')
  return 'low'
}

// Anthropic takes no smaller budget.
const LEAST_BUDGET = 1024

/** Shares of the 32,000 tokens that models with budgets answer with at most: a tenth, a fifth, a half, four fifths. */
const BUDGETS: Readonly<Record<string, number>> = {
  minimal: 3_200,
  low: 6_400,
  medium: 16_000,
  high: 25_600,
  xhigh: 30_400,
  max: 30_400,
}

function budgetOf({ effort, budgetTokens }: ReasoningOrder, words: ClientWords): number {
  if (budgetTokens === undefined) {
    const budget = BUDGETS[effort ?? 'medium'] ?? BUDGETS['medium'] ?? LEAST_BUDGET
    if (effort !== undefined) words.changed(words.pathOf('effort'), `said as a budget of ${budget} tokens`)
    return budget
  }
  if (budgetTokens >= LEAST_BUDGET) return budgetTokens
  words.changed(words.pathOf('budget'), `${LEAST_BUDGET} tokens is the least this protocol takes`)
  return LEAST_BUDGET
}

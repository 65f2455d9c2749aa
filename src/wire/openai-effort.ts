import type { ChangeLog } from './openai-changes.ts'

/** The effort nearest to a budget of tokens, which OpenAI's protocols do not have; `reasoning` is the client's field. */
export function effortForBudget(
  budgetTokens: number | undefined,
  reasoning: string,
  log: ChangeLog,
): string | undefined {
  if (budgetTokens === undefined) return undefined
  const effort = effortOf(budgetTokens)
  log.changed(`${reasoning}.budget_tokens`, `the server knows no budget of tokens; said as effort ${effort}`)
  return effort
}

// Anthropic's smallest budget is 1,024 tokens; its guide calls 16,000 ample. The words between are ours.
const LOW_TOKENS = 4_096
const MEDIUM_TOKENS = 16_000

function effortOf(budgetTokens: number): string {
  if (budgetTokens === 0) return 'none'
  if (budgetTokens <= LOW_TOKENS) return 'low'
  return budgetTokens <= MEDIUM_TOKENS ? 'medium' : 'high'
}

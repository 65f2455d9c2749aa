import type { ReasoningOrder } from '../../core/conversation.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { effortForBudget } from '../openai-effort.ts'
import type { ChatWording } from './chat-wording.ts'

/** How much to think: in the form the client used, or as `reasoning_effort`, OpenAI's own, for clients of other protocols. */
export function renderReasoningOrder(
  order: ReasoningOrder | undefined,
  extra: JsonObject,
  wording: ChatWording,
): JsonObject {
  if (order === undefined) return {}
  if (!wording.own) return foreignOrder(order, wording)
  const { effort, budgetTokens, summary } = order
  if (!isJsonObject(extra.reasoning)) return effort === undefined ? {} : { reasoning_effort: effort }
  return {
    ...('reasoning_effort' in extra && effort !== undefined ? { reasoning_effort: effort } : {}),
    reasoning: {
      ...extra.reasoning,
      ...(effort === undefined ? {} : { effort }),
      ...(budgetTokens === undefined ? {} : { max_tokens: budgetTokens }),
      ...(summary === undefined ? {} : { summary }),
    },
  }
}

function foreignOrder({ effort, budgetTokens, summary }: ReasoningOrder, wording: ChatWording): JsonObject {
  const { log, fields } = wording
  if (summary !== undefined) log.leftOut(`${fields.reasoning}.summary`, 'chat completions have no summaries')
  const said = effort ?? effortForBudget(budgetTokens, fields.reasoning, log)
  return said === undefined ? {} : { reasoning_effort: said }
}

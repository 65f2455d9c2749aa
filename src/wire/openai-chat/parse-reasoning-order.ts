import type { ReasoningOrder } from '../../core/conversation.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { invalid, optionalInteger, optionalString, type Range } from '../field-checks.ts'
import { setField, unknownFields } from '../json-extra.ts'

/**
 * OpenAI says `reasoning_effort`, OpenRouter an object `reasoning`. What that holds beside the order stays in `extra`
 * under its name, which also says that the client used this form; `reasoning_effort` stands there when it used both.
 */
export function parseReasoningOrder(
  root: JsonObject,
  extra: Record<string, Json>,
): ReasoningOrder | undefined {
  const effort = optionalString(root, 'reasoning_effort', '')
  const given = root.reasoning ?? undefined
  if (!isJsonObject(given)) return effort === undefined ? undefined : { effort }
  const order = parseReasoningObject(given)
  if (effort !== undefined && order.effort !== undefined && order.effort !== effort)
    throw invalid('reasoning_effort', 'the word of reasoning.effort, or only one of them', 'another')
  if (effort !== undefined) extra['reasoning_effort'] = effort
  setField(extra, 'reasoning', unknownFields(given, REASONING, 'reasoning'))
  return effort === undefined ? order : { ...order, effort }
}

const COUNT: Range = { min: 0, max: Number.MAX_SAFE_INTEGER }
const REASONING: ReadonlySet<string> = new Set(['effort', 'max_tokens', 'summary'])

function parseReasoningObject(given: JsonObject): ReasoningOrder {
  const effort =
    optionalString(given, 'effort', 'reasoning') ?? (given.enabled === false ? 'none' : undefined)
  const budgetTokens = optionalInteger(given, 'max_tokens', 'reasoning', COUNT)
  const summary = optionalString(given, 'summary', 'reasoning')
  return {
    ...(effort === undefined ? {} : { effort }),
    ...(budgetTokens === undefined ? {} : { budgetTokens }),
    ...(summary === undefined ? {} : { summary }),
  }
}

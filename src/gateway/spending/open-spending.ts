import type { Model } from '../../catalog/model.ts'
import { needsStructure } from '../../combine/structured-answer.ts'
import { toMusivumError } from '../../core/errors.ts'
import type { Gateway } from '../gateway-parts.ts'
import type { ParsedRequest } from '../operation.ts'
import type { RequestRecord } from '../request-record.ts'
import { promptTokens, type PromptTokens } from './prompt-tokens.ts'
import { Spending } from './spending.ts'
import { worstCase, type Order } from './worst-case.ts'

/** A request as money sees it. The tokens of its prompt are counted when somebody asks. */
export function orderOf(request: ParsedRequest): Order {
  const { body, content, stream } = request
  let prompt: PromptTokens | undefined
  return { content, stream, prompt: () => (prompt ??= promptTokens(body, content, goesOn(request))) }
}

/** Whether the conversation is longer than the body, because items of before stand in a store of ours. */
function goesOn({ root, body }: ParsedRequest): boolean {
  if (root === undefined) return false
  return (root['previous_response_id'] ?? null) !== null || body.includes('"item_reference"')
}

/**
 * Step 6: what the answer of the first model may cost is set aside, and nothing of it is sent before that is on the disk.
 *
 * @throws MusivumError `budget.exhausted`, `budget.unpriced`, `limit.reached`, `store.unavailable`
 */
export function openSpending(
  { treasury, engines }: Gateway,
  { exchange, principal, operation, decision }: RequestRecord,
  order: Order,
  model: Model,
): Spending {
  const { requestId, arrivedAtMs, reply } = exchange
  const spending = new Spending(
    {
      treasury,
      requestId,
      principal,
      atMs: arrivedAtMs,
      task: decision?.labels.examined === true ? decision.labels.task : undefined,
      isFree: operation === 'count-tokens',
      prompt: order.prompt,
      worstCaseOf: (asked) => worstCase(asked, order, triesOf(asked)),
    },
    model,
  )
  if (treasury.isLimited()) {
    const kept = treasury.ledger.kept(spending.hold)
    kept.catch((error: unknown) => exchange.stop(toMusivumError(error)))
    reply.holdUntil(kept)
  }
  return spending

  function triesOf(asked: Model): 1 | 2 {
    const { content } = order
    return 'messages' in content && needsStructure(content, engines.engine(asked).capabilities) ? 2 : 1
  }
}

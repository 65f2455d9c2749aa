import type { Usage } from '../../core/usage.ts'
import { noUsage } from '../../core/usage.ts'
import type { Delivery } from '../operation.ts'
import { hitSentence, useCache, type CacheUse } from './use-cache.ts'

/**
 * Asks the cache for the answer of a delivery, and notes what came of it in the record: for the headers, for the decision that is
 * audited, and for the ledger, where a hit is a line of nothing. `usageOf` reads what the kept answer used when it was made.
 *
 * @throws MusivumError `cache.not_kept`
 */
export function lookUp(
  { gateway, snapshot, request, chosen, record }: Delivery,
  usageOf: (bytes: Uint8Array) => Usage | undefined,
): CacheUse {
  const { exchange, principal, decision, operation } = record
  const use = useCache({
    cache: gateway.cache,
    requestId: exchange.requestId,
    principal,
    policy: snapshot.policy,
    labels: decision?.labels ?? { examined: false },
    model: chosen.model,
    permit: chosen.permit,
    operation,
    content: request.content,
    control: exchange.header('cache-control'),
  })
  record.cache = use
  if (use.kind !== 'hit') return use
  if (decision !== null) record.decision = { ...decision, because: `${decision.because} ${hitSentence(use)}` }
  record.spending?.hit(chosen.model, usageOf(use.bytes) ?? noUsage)
  return use
}

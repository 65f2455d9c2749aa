import type { CallContext } from '../engines/engine.ts'
import type { Delivery } from './operation.ts'
import { isPaidFor } from './spending/bill-calls.ts'
import { exhausted } from './spending/spending.ts'
import { tenantOf } from './tenant-of.ts'

/** One abort signal all the way, and the moment at which the request left us. */
export function callContext({ gateway, record, chosen }: Delivery): CallContext {
  return {
    signal: record.exchange.signal,
    requestId: record.exchange.requestId,
    tenant: JSON.stringify(tenantOf(record.principal)),
    whole: !record.stream,
    ...(record.deadlineMs !== null && { deadlineAtMs: record.deadlineMs }),
    onDispatched() {
      record.triedMs = gateway.clock.monotonic()
      record.dispatchedMs ??= record.triedMs
    },
    onChanged(changes) {
      record.changes = [...record.changes, ...changes]
    },
    onFailedTry({ endpoint, errorCode, startedMs, durationMs }) {
      record.failedTries.push({
        model: chosen.model.name,
        endpoint,
        startedMs: startedMs - record.exchange.arrivedMonotonicMs,
        durationMs,
        outcome: errorCode === 'request.cancelled' ? 'cancelled' : 'failed',
        errorCode,
      })
      if (!isPaidFor(errorCode)) return
      record.spending?.charge('failed-attempt', chosen.model, record.spending.estimate())
      if (record.spending?.stillCovered() === false) record.exchange.stop(exhausted())
    },
  }
}

import type { CallContext } from '../engines/engine.ts'
import type { Delivery } from './operation.ts'

/** One abort signal all the way, and the moment at which the request left us. */
export function callContext({ gateway, record }: Delivery): CallContext {
  return {
    signal: record.exchange.signal,
    requestId: record.exchange.requestId,
    onDispatched() {
      record.dispatchedMs ??= gateway.clock.monotonic()
    },
    onDropped(fields) {
      record.dropped = fields
    },
  }
}

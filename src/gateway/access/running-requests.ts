import { MusivumError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import type { Exchange } from '../exchange.ts'

/** What each key has running, so that a revoked one ends at once and not with its last answer. */
export type RunningRequests = {
  readonly add: (principal: Principal, exchange: Exchange) => void
  readonly remove: (principal: Principal, exchange: Exchange) => void
  /** Ends all that runs for this key, with an error that the client is told. */
  readonly endKey: (keyId: string) => void
}

/** As many entries as requests are being answered, which the sockets of the process bound. */
export function runningRequests(): RunningRequests {
  const byKey = new Map<string, Set<Exchange>>()
  return {
    add(principal, exchange) {
      if (principal.kind !== 'key') return
      const running = byKey.get(principal.id)
      if (running === undefined) byKey.set(principal.id, new Set([exchange]))
      else running.add(exchange)
    },
    remove(principal, exchange) {
      if (principal.kind !== 'key') return
      const running = byKey.get(principal.id)
      running?.delete(exchange)
      if (running?.size === 0) byKey.delete(principal.id)
    },
    endKey(keyId) {
      for (const exchange of byKey.get(keyId) ?? []) exchange.stop(revoked(keyId))
    },
  }
}

function revoked(keyId: string): MusivumError {
  return new MusivumError('auth.key_revoked', `The key ${keyId} was revoked while this was being answered.`)
}

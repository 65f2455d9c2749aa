import { nanoUsd } from '../../core/money.ts'
import type { Claim, Hold, Ledger } from '../../store/ledger/ledger.ts'

/**
 * For a gateway that cannot keep a ledger and has nothing to limit: everything is granted and nothing remembered, and
 * `health` says why.
 */
export function noLedger(problem: string): Ledger {
  return {
    reserve: ({ requestId }: Claim): Hold => ({
      id: requestId,
      requestId,
      nanoUsd: nanoUsd(0),
      overSoft: [],
      isHard: false,
    }),
    extend: () => true,
    settle: () => undefined,
    kept: () => Promise.resolve(),
    balances: () => [],
    balancesOf: () => [],
    linesOf: () => Promise.resolve([]),
    settlementsOf: () => Promise.resolve([]),
    spend: () => Promise.resolve([]),
    health: () => ({ openHolds: 0, oldestHoldMs: null, expiredHolds: 0, queued: 0, problem }),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

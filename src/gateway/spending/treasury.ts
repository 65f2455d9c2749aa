import { nanoUsd } from '../../core/money.ts'
import type { Clock } from '../../core/ports.ts'
import type { Accounts } from '../../store/accounts/accounts.ts'
import type { Hold, Ledger } from '../../store/ledger/ledger.ts'

/** Where the money of all requests is kept, and whether anybody limits it. */
export type Treasury = {
  readonly ledger: Ledger
  /**
   * A key, a budget or a limit exists: then what may be spent is set aside before, and is on the disk before a client sees a
   * byte of its answer. On a laptop without any of them nobody waits for a disk; lines are written all the same.
   */
  readonly isLimited: () => boolean
  /** Holds of answers under way do not expire, however long these take. */
  readonly keepAlive: (hold: Hold) => void
  readonly letGo: (hold: Hold) => void
  readonly close: () => void
}

export type TreasuryParts = {
  readonly ledger: Ledger
  readonly accounts: Pick<Accounts, 'hasKeys' | 'budgets' | 'limits' | 'onChanged'>
  readonly clock: Pick<Clock, 'monotonic'>
}

// A hold that is not renewed is given up after ten minutes: the ledger then takes its process for dead.
const RENEW_EVERY_MS = 120_000
const RENEW_AFTER_MS = 240_000

export function openTreasury({ ledger, accounts, clock }: TreasuryParts): Treasury {
  const alive = new Map<Hold, number>()
  const look = (): boolean =>
    accounts.hasKeys() || accounts.budgets().length > 0 || accounts.limits().length > 0
  let limited = look()
  const stopListening = accounts.onChanged(() => (limited = look()))
  const timer = setInterval(() => {
    const before = clock.monotonic() - RENEW_AFTER_MS
    for (const [hold, sinceMs] of alive) if (sinceMs <= before) ledger.extend(hold, nanoUsd(0))
  }, RENEW_EVERY_MS)
  timer.unref()
  return {
    ledger,
    isLimited: () => limited,
    keepAlive: (hold) => void alive.set(hold, clock.monotonic()),
    letGo: (hold) => void alive.delete(hold),
    close() {
      clearInterval(timer)
      stopListening()
    },
  }
}

import type { Cost, NanoUsd } from '../core/money.ts'
import type { Principal } from '../core/principal.ts'

/** Money: reserve before, settle after. */
export type Ledger = {
  /** Sets aside what the answer may cost at worst. Throws `budget.exhausted` when that is not left. */
  reserve(principal: Principal, worstCase?: NanoUsd): Reservation
  /** Replaces the reservation by what the answer did cost. Called exactly once for each reservation. */
  settle(reservation: Reservation, cost: Cost | { readonly kind: 'none' }): void
}

/** `no-budget`: nobody has set one, so nothing was set aside and nothing can run out. */
export type Reservation = { readonly kind: 'no-budget' }

/** The ledger of a gateway without budgets, which is every gateway until budgets can be configured. */
export function openLedger(): Ledger {
  return {
    reserve: () => ({ kind: 'no-budget' }),
    settle: () => undefined,
  }
}

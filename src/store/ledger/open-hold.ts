import type { NanoUsd } from '../../core/money.ts'
import type { Principal } from '../../core/principal.ts'
import type { RateLimits } from '../accounts/accounts.ts'
import type { Hold } from './ledger.ts'
import type { ScopeAccount } from './scope-account.ts'

/** A hold as the book and the writer know it; the ledger gives it out as a `Hold`. */
export type OpenHold = Hold & {
  nanoUsd: NanoUsd
  readonly createdMs: number
  readonly payer: Payer
  readonly accounts: readonly ScopeAccount[]
  /** Lives so long without `extend`. */
  readonly keepMs: number
  /** On the monotonic clock. */
  expiresMonotonicMs: number
  /** What was taken from the sliding minutes, and when; null for the hold of a process that died. */
  readonly taken: Taken | null
  state: 'open' | 'expired' | 'settled'
  readonly writing: Writing
}

/** How far a hold is on its way to the disk; changed by ledger-queue.ts alone. */
export type Writing = {
  /** The number of the last batch that has it; null when none has. */
  batch: number | null
  /** On the disk as it stands, or settled there. */
  isKept: boolean
  readonly waiting: PromiseWithResolvers<void>[]
}

/** Who pays, as it stands in rows; `''` where there is none. */
export type Payer = {
  readonly team: string
  readonly project: string
  readonly key: string
  readonly task: string
}

export type Taken = {
  /** The limits as they stood then: what was not taken is not given back. */
  readonly limited: readonly Limits[]
  readonly monotonicMs: number
  readonly tokens: number
  readonly nanoUsd: number
}

export type Limits = { readonly account: ScopeAccount; readonly limits: RateLimits }

export function payerOf(principal: Principal, task = ''): Payer {
  if (principal.kind === 'anonymous') return { team: '', project: '', key: '', task }
  const { id, team = '', project = '' } = principal
  return { team, project, key: id, task }
}

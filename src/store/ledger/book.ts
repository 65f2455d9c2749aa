import { strict as assert } from 'node:assert'
import { nanoUsd, type NanoUsd } from '../../core/money.ts'
import type { Clock, Ids } from '../../core/ports.ts'
import type { Principal } from '../../core/principal.ts'
import type { Accounts, Budget, Scope } from '../accounts/accounts.ts'
import { scopeName } from '../accounts/allowance-tables.ts'
import type { Balance, Claim, LedgerLine } from './ledger.ts'
import { payerOf, type Limits, type OpenHold, type Payer, type Taken } from './open-hold.ts'
import { calendar, endOf, type Today } from './period.ts'
import { budgetExhausted, budgetUnpriced, limitReached, type Limited, type RateName } from './refusals.ts'
import { ScopeAccount, type ReadSpent } from './scope-account.ts'
import type { SlidingWindow } from './sliding-window.ts'

export type BookParts = {
  readonly accounts: Pick<Accounts, 'budgets' | 'budgetsOf' | 'limitsOf'>
  readonly clock: Clock
  readonly ids: Ids
  readonly readSpent: ReadSpent
}

/** A dead process's hold, as it is found on the disk. */
export type Orphan = {
  readonly id: string
  readonly requestId: string
  readonly createdMs: number
  readonly expiresMs: number
  readonly nanoUsd: number
  readonly payer: Payer
  /** The batch that it lies in. */
  readonly batch: number
}

// Longer than nearly every answer: one that takes longer says so in its claim, or by extending its hold.
export const HOLD_MS = 600_000
// 1 KB each, with its accounts shared.
const MAX_TERMS = 10_000

/**
 * The money and limits of all scopes, in memory. Every function runs to its end before another begins, so a check and what it
 * allows are one step: 64 callers at once are 64 steps one after the other.
 */
export class Book {
  readonly #parts: BookParts
  readonly #today = calendar()
  readonly #accounts = new Map<string, ScopeAccount>()
  readonly #terms = new Map<string, Terms>()
  readonly #open = new Set<OpenHold>()

  constructor(parts: BookParts) {
    this.#parts = parts
  }

  get openHolds(): number {
    return this.#open.size
  }

  /** True when there is a hard budget that a claim of this principal counts against. */
  isHard(principal: Principal): boolean {
    return this.#termsOf(principal).hard.length > 0
  }

  reserve({ principal, worst, tokens, requestId, atMs, task, keepMs = HOLD_MS }: Claim): OpenHold {
    assert(Number.isSafeInteger(tokens) && tokens >= 0, `tokens are a whole number, not ${tokens}`)
    const terms = this.#termsOf(principal)
    const today = this.#now()
    const asked = worst === 'unpriced' ? unpriced(terms) : nanoUsd(worst)
    for (const each of terms.hard) checkBudget(each, asked, today)
    const monotonicMs = this.#monotonicMs()
    const taken: Taken = { limited: terms.limited, monotonicMs, tokens, nanoUsd: asked }
    checkLimits(taken)

    const overSoft = terms.soft.filter((each) => isOver(each, asked, today)).map(({ budget }) => budget.id)
    const hold: OpenHold = {
      id: this.#parts.ids.next(),
      requestId,
      nanoUsd: asked,
      overSoft,
      createdMs: Math.trunc(atMs),
      payer: payerOf(principal, task),
      accounts: terms.accounts,
      isHard: terms.hard.length > 0,
      keepMs,
      expiresMonotonicMs: monotonicMs + keepMs,
      taken,
      state: 'open',
      writing: { batch: null, isKept: false, waiting: [] },
    }
    this.#open.add(hold)
    for (const account of terms.accounts) {
      account.hold(asked)
      account.open += 1
    }
    take(taken)
    return hold
  }

  /** More money for an answer under way. The rates are for what may begin, so only budgets are asked. */
  extend(hold: OpenHold, more: NanoUsd): boolean {
    if (hold.state !== 'open') return false
    const today = this.#now()
    const terms = this.#termsOfPayer(hold.payer)
    if (more > 0 && terms.hard.some((each) => isOver(each, more, today))) return false
    hold.nanoUsd = nanoUsd(hold.nanoUsd + more)
    const monotonicMs = this.#monotonicMs()
    hold.expiresMonotonicMs = monotonicMs + hold.keepMs
    for (const account of hold.accounts) account.hold(more)
    return true
  }

  /** What was held is free again, what was used is spent; the minutes get back what was set aside for nothing. */
  settle(
    hold: OpenHold,
    lines: readonly LedgerLine[],
  ): { readonly spent: NanoUsd; readonly bookedMs: number } {
    assert(hold.state !== 'settled', `hold ${hold.id} is settled once`)
    const today = this.#now()
    const spent = nanoUsd(lines.reduce((sum, line) => sum + nanoUsd(line.nanoUsd), 0))
    const tokens = lines.reduce((sum, line) => sum + (line.purpose === 'cache-hit' ? 0 : line.tokens), 0)
    this.#release(hold, 'settled')
    for (const account of hold.accounts) account.book(spent, today)
    if (hold.taken !== null) correct(hold.taken, { monotonicMs: this.#monotonicMs(), tokens, nanoUsd: spent })
    return { spent, bookedMs: this.#bookedMs(today) }
  }

  /** The holds that nobody has extended or settled in time. */
  expire(): readonly OpenHold[] {
    const nowMs = this.#monotonicMs()
    const late = [...this.#open].filter((hold) => hold.expiresMonotonicMs <= nowMs)
    for (const hold of late) this.#release(hold, 'expired')
    return late
  }

  /** Takes over what a process that died had set aside, for as long as that would have been held. */
  adopt({ id, requestId, createdMs, expiresMs, nanoUsd: amount, payer, batch }: Orphan): OpenHold {
    // A clock that has jumped back meanwhile must not hold it for longer than it was made for.
    const keepMs = Math.max(expiresMs - createdMs, 0)
    const leftMs = Math.min(Math.max(expiresMs - this.#parts.clock.now(), 0), keepMs)
    const { accounts, hard } = this.#termsOfPayer(payer)
    const hold: OpenHold = {
      id,
      requestId,
      nanoUsd: nanoUsd(amount),
      overSoft: [],
      createdMs,
      payer,
      accounts,
      isHard: hard.length > 0,
      keepMs,
      expiresMonotonicMs: this.#monotonicMs() + leftMs,
      taken: null,
      state: 'open',
      writing: { batch, isKept: true, waiting: [] },
    }
    this.#open.add(hold)
    for (const account of accounts) account.hold(amount)
    return hold
  }

  balances(): readonly Balance[] {
    const today = this.#now()
    return this.#parts.accounts.budgets().map((budget) => this.#balance(budget, today))
  }

  balancesOf(scope: Scope): readonly Balance[] {
    const today = this.#now()
    return this.#parts.accounts.budgetsOf(scope).map((budget) => this.#balance(budget, today))
  }

  /** Age of the oldest hold. */
  oldestHoldMs(): number | null {
    let oldest = Number.POSITIVE_INFINITY
    for (const { createdMs } of this.#open) if (createdMs < oldest) oldest = createdMs
    return this.#open.size === 0 ? null : Math.max(0, this.#parts.clock.now() - oldest)
  }

  /** After a change of budgets or limits: they are read again when they are next needed. */
  forgetTerms(): void {
    this.#terms.clear()
  }

  #balance({ id, scope, period, hard, cap }: Budget, today: Today): Balance {
    const account = this.#account(scope, today)
    const endsMs = endOf(period, today)
    const spent = account.spent(period, today)
    return {
      budget: id,
      scope,
      period,
      hard,
      cap,
      spent: nanoUsd(spent),
      held: nanoUsd(account.held),
      endsMs,
    }
  }

  #release(hold: OpenHold, state: 'settled' | 'expired'): void {
    if (hold.state === 'open') {
      for (const account of hold.accounts) {
        account.release(hold.nanoUsd)
        if (hold.taken !== null) account.open -= 1
      }
      this.#open.delete(hold)
    }
    hold.state = state
  }

  #termsOf(principal: Principal): Terms {
    return this.#termsOfPayer(payerOf(principal))
  }

  #termsOfPayer(payer: Payer): Terms {
    const known = this.#terms.get(payer.key)
    // Two keys never have one id; the check is for a key whose team was another when it paid.
    if (known !== undefined && known.team === payer.team && known.project === payer.project) return known
    const terms = this.#readTerms(payer)
    this.#terms.set(payer.key, terms)
    if (this.#terms.size > MAX_TERMS) this.#terms.delete(this.#terms.keys().next().value ?? '')
    return terms
  }

  #readTerms({ team, project, key }: Payer): Terms {
    const today = this.#now()
    const accounts = scopesOf({ team, project, key }).map((scope) => this.#account(scope, today))
    const budgets = accounts.flatMap((account) =>
      this.#parts.accounts.budgetsOf(account.scope).map((budget) => ({ account, budget })),
    )
    return {
      team,
      project,
      accounts,
      hard: budgets.filter(({ budget }) => budget.hard),
      soft: budgets.filter(({ budget }) => !budget.hard),
      limited: accounts
        .map((account) => ({ account, limits: this.#parts.accounts.limitsOf(account.scope) }))
        .filter(({ limits }) => Object.keys(limits).length > 0),
    }
  }

  #account(scope: Scope, today: Today): ScopeAccount {
    const name = scopeName(scope)
    const known = this.#accounts.get(name)
    if (known !== undefined) return known
    const account = new ScopeAccount(scope, today, this.#parts.readSpent)
    this.#accounts.set(name, account)
    return account
  }

  #now(): Today {
    return this.#today(this.#parts.clock.now())
  }

  #monotonicMs(): number {
    return Math.floor(this.#parts.clock.monotonic())
  }

  /** Now, but within the day that counts. */
  #bookedMs({ dayMs }: Today): number {
    return Math.max(Math.trunc(this.#parts.clock.now()), dayMs)
  }
}

/** What holds for one payer: read once and kept until budgets or limits change. */
type Terms = {
  readonly team: string
  readonly project: string
  readonly accounts: readonly ScopeAccount[]
  readonly hard: readonly Governed[]
  readonly soft: readonly Governed[]
  readonly limited: readonly Limits[]
}

type Governed = { readonly account: ScopeAccount; readonly budget: Budget }

function scopesOf({ team, project, key }: Omit<Payer, 'task'>): readonly Scope[] {
  const scopes: Scope[] = [{ kind: 'everyone' }]
  if (team !== '') scopes.push({ kind: 'team', id: team })
  if (project !== '') scopes.push({ kind: 'project', id: project })
  if (key !== '') scopes.push({ kind: 'key', id: key })
  return scopes
}

/** Nothing is set aside for what has no price, so it may not pass where money is capped. */
function unpriced({ hard, limited }: Terms): NanoUsd {
  const capped = hard[0] ?? limited.find(({ limits }) => limits.nanoUsdPerMinute !== undefined)
  if (capped !== undefined) throw budgetUnpriced(capped.account.scope)
  return nanoUsd(0)
}

function isOver({ account, budget: { period, cap } }: Governed, asked: number, today: Today): boolean {
  return account.spent(period, today) + account.held + asked > cap
}

function checkBudget(governed: Governed, asked: number, today: Today): void {
  // What costs nothing takes nothing: own weights answer when the money is gone.
  if (asked === 0 || !isOver(governed, asked, today)) return
  const { account, budget } = governed
  const spent = account.spent(budget.period, today)
  throw budgetExhausted({ budget, asked, spent, held: account.held, endsMs: endOf(budget.period, today) })
}

/** Of all limits that are reached, the one that takes longest: after it the same request passes all of them. */
function checkLimits(asked: Taken): void {
  let worst: Limited | null = null
  for (const { account, limits } of asked.limited) {
    const { scope } = account
    if (limits.parallel !== undefined && account.open >= limits.parallel) {
      throw limitReached({ scope, limit: 'parallel', most: limits.parallel })
    }
    for (const limit of RATES) {
      const most = limits[limit]
      const amount = amountOf(limit, asked)
      if (most === undefined || amount === 0) continue
      const waitMs = windowOf(account, limit).waitMs(asked.monotonicMs, amount, most)
      if (waitMs > (worst?.waitMs ?? 0)) worst = { scope, limit, most, waitMs }
    }
  }
  if (worst !== null) throw limitReached(worst)
}

function take(taken: Taken): void {
  for (const { account, limits } of taken.limited) {
    for (const limit of RATES) {
      if (limits[limit] === undefined) continue
      windowOf(account, limit).take(taken.monotonicMs, amountOf(limit, taken))
    }
  }
}

/** Gives back what was not used. What was used beyond counts from now on: the minute in which it was asked may be over. */
function correct(taken: Taken, used: Used): void {
  for (const { account, limits } of taken.limited) {
    for (const limit of RATES) {
      if (limits[limit] === undefined) continue
      const window = windowOf(account, limit)
      const excess = amountOf(limit, used) - amountOf(limit, taken)
      if (excess > 0) window.take(used.monotonicMs, excess)
      else if (excess < 0) window.giveBack(used.monotonicMs, taken.monotonicMs, -excess)
    }
  }
}

type Used = Omit<Taken, 'limited'>

const RATES: readonly RateName[] = ['requestsPerMinute', 'tokensPerMinute', 'nanoUsdPerMinute']

function windowOf(account: ScopeAccount, limit: RateName): SlidingWindow {
  switch (limit) {
    case 'requestsPerMinute':
      return account.requests
    case 'tokensPerMinute':
      return account.tokens
    case 'nanoUsdPerMinute':
      return account.nanoUsd
    default:
      return limit satisfies never
  }
}

function amountOf(limit: RateName, { tokens, nanoUsd }: Used): number {
  return limit === 'requestsPerMinute' ? 1 : limit === 'tokensPerMinute' ? tokens : nanoUsd
}

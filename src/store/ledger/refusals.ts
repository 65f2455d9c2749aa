import { MusivumError } from '../../core/errors.ts'
import type { Budget, Scope } from '../accounts/accounts.ts'
import { scopeName } from '../accounts/allowance-tables.ts'

export type Exhausted = {
  readonly budget: Budget
  readonly asked: number
  readonly spent: number
  readonly held: number
  readonly endsMs: number | null
}

/** A budget does not have what is asked. What is held comes free as answers end; what is spent comes back with the next period. */
export function budgetExhausted({ budget, asked, spent, held, endsMs }: Exhausted): MusivumError {
  const { scope, period, cap, id } = budget
  const of = `The ${period === 'total' ? 'whole' : period === 'day' ? 'daily' : 'monthly'} budget of ${said(scope)}`
  const ends = endsMs === null ? null : new Date(endsMs).toISOString()
  const after = ends === null ? 'Somebody has to raise it.' : `It begins again at ${ends}.`
  // What everyone together has spent is for those who may read the admin API.
  const figures =
    scope.kind === 'everyone'
      ? ''
      : `: of ${dollars(cap)}, ${dollars(spent)} are spent and ${dollars(held)} set aside`
  const message = `${of} does not have the ${dollars(asked)} that this answer may cost${figures}. ${after}`
  return new MusivumError('budget.exhausted', message, {
    budget: id,
    scope: scopeName(scope),
    period,
    ends,
    endsMs,
  })
}

export function budgetUnpriced(scope: Scope): MusivumError {
  return new MusivumError(
    'budget.unpriced',
    `Nobody has said what this model costs, and ${said(scope)} has a budget; set its price, or ask a priced model.`,
    { scope: scopeName(scope) },
  )
}

export type RateName = 'requestsPerMinute' | 'tokensPerMinute' | 'nanoUsdPerMinute'

export type Limited = {
  readonly scope: Scope
  readonly limit: RateName | 'parallel'
  readonly most: number
  /** Absent where nobody knows; Infinity when this request alone is over the limit. */
  readonly waitMs?: number
}

export function limitReached({ scope, limit, most, waitMs }: Limited): MusivumError {
  const facts = { scope: scopeName(scope), limit, most }
  const of = `of ${said(scope)}, ${rate(limit, most)}`
  if (waitMs === undefined) {
    return new MusivumError('limit.reached', `The limit ${of}, is reached; wait for an answer to end.`, facts)
  }
  if (waitMs === Number.POSITIVE_INFINITY) {
    return new MusivumError('limit.reached', `This request alone may take more than the limit ${of}.`, facts)
  }
  return new MusivumError('limit.reached', `The limit ${of}, is reached; try again in ${waitMs} ms.`, {
    ...facts,
    retryAfterMs: waitMs,
    retryAfterSeconds: Math.ceil(waitMs / 1_000),
  })
}

function rate(limit: Limited['limit'], most: number): string {
  switch (limit) {
    case 'requestsPerMinute':
      return `${most} requests a minute`
    case 'tokensPerMinute':
      return `${most} tokens a minute`
    case 'nanoUsdPerMinute':
      return `${dollars(most)} a minute`
    case 'parallel':
      return `${most} at once`
    default:
      return limit satisfies never
  }
}

function said(scope: Scope): string {
  return scope.kind === 'everyone' ? 'the gateway' : scopeName(scope)
}

/** All nine decimals where there are any beyond cents: $0.000013500. */
function dollars(nanoUsd: number): string {
  const cents = nanoUsd % 10_000_000 === 0
  return `$${(nanoUsd / 1e9).toFixed(cents ? 2 : 9)}`
}

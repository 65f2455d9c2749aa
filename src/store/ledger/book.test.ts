import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { uuidV7Ids } from '../../core/ids.ts'
import { nanoUsd } from '../../core/money.ts'
import { anonymous, type KeyPrincipal, type Principal } from '../../core/principal.ts'
import type { Period, RateLimits, Scope } from '../accounts/accounts.ts'
import { openAccounts } from '../accounts/open-accounts.ts'
import { Book, HOLD_MS } from './book.ts'
import type { Claim, LedgerLine } from './ledger.ts'
import type { OpenHold } from './open-hold.ts'
import type { ReadSpent } from './scope-account.ts'

const START = Date.UTC(2026, 10, 29, 12)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const random = { bytes: (length: number) => randomBytes(length) }
const everyone: Scope = { kind: 'everyone' }
const team: Scope = { kind: 'team', id: 'research' }
const project: Scope = { kind: 'project', id: 'papers' }

const home = mkdtempSync(join(tmpdir(), 'musivum-book-'))
const accounts = openAccounts({ home, clock: { now: () => START }, random })
accounts.createTeam({ id: 'research' })
accounts.createProject({ id: 'papers', team: 'research' })
const { key } = accounts.createKey({ name: 'one', project: 'papers' })
const ofKey: Scope = { kind: 'key', id: key.id }
const principal: KeyPrincipal = {
  kind: 'key',
  id: key.id,
  role: 'member',
  team: 'research',
  project: 'papers',
  clearances: [],
}
afterAll(() => {
  accounts.close()
  rmSync(home, { recursive: true, force: true })
})

let wallMs: number
let monotonicMs: number
let book: Book
const clock = { now: () => wallMs, monotonic: () => monotonicMs }
const pass = (ms: number): void => {
  wallMs += ms
  monotonicMs += ms
}
accounts.onChanged(() => book.forgetTerms())
/** Sums that the disk has of earlier days; none unless a test says so. */
let onDisk: Map<string, number>

beforeEach(() => {
  wallMs = START
  monotonicMs = 5_000
  onDisk = new Map()
  const readSpent: ReadSpent = (scope, period, { dayMs, monthMs }) =>
    onDisk.get(`${scope.kind} ${period === 'day' ? dayMs : period === 'month' ? monthMs : 0}`) ?? 0
  book = new Book({ accounts, clock, ids: uuidV7Ids(clock, random), readSpent })
  for (const { id } of accounts.budgets()) accounts.removeBudget(id)
  for (const { scope } of accounts.limits()) accounts.removeLimits(scope)
})

let requests = 0
function claim(worst: number | 'unpriced', more: Partial<Claim> = {}): Claim {
  requests += 1
  const amount = worst === 'unpriced' ? worst : nanoUsd(worst)
  return { requestId: `r${requests}`, principal, atMs: wallMs, worst: amount, tokens: 0, ...more }
}

function line(hold: OpenHold, cost: number, more: Partial<LedgerLine> = {}): LedgerLine {
  return {
    requestId: hold.requestId,
    atMs: wallMs,
    model: 'm',
    seller: null,
    purpose: 'answer',
    bucket: 'input',
    tokens: 0,
    priceRow: 'row',
    nanoUsd: nanoUsd(cost),
    status: 'priced',
    source: 'counted',
    ...more,
  }
}

const budget = (scope: Scope, cap: number, period: Period = 'total', hard = true) =>
  accounts.setBudget({ scope, period, cap: nanoUsd(cap), hard })
const limits = (scope: Scope, wanted: RateLimits) => accounts.setLimits(scope, wanted)

/** What a refused claim was refused with. */
function refusal(wanted: Claim): MusivumError {
  try {
    book.reserve(wanted)
  } catch (error) {
    if (error instanceof MusivumError) return error
  }
  throw new TypeError('it was not refused')
}
const spentAndHeld = () => book.balances().map(({ budget, spent, held }) => [budget, spent, held])

describe('budgets', () => {
  test('of everyone, team, project and key are all taken from, or none', () => {
    for (const scope of [everyone, team, project]) budget(scope, 100)
    budget(ofKey, 50)
    const hold = book.reserve(claim(30))
    const before = spentAndHeld()
    expect(before.map(([, , held]) => held)).toEqual([30, 30, 30, 30])
    expect(refusal(claim(21)).code).toBe('budget.exhausted')
    expect(spentAndHeld()).toEqual(before)
    book.settle(hold, [line(hold, 10), line(hold, 5)])
    expect(spentAndHeld().map(([, ...sums]) => sums)).toEqual(Array.from({ length: 4 }, () => [15, 0]))
    expect(book.reserve(claim(35)).nanoUsd).toBe(35)
  })

  test('say in one line which one is used up, and when it begins again', () => {
    budget(team, 5_000_000_000, 'month')
    const hold = book.reserve(claim(4_000_000_000))
    book.settle(hold, [line(hold, 4_000_000_000)])
    const error = refusal(claim(1_000_000_001))
    expect(error.message).toBe(
      'The monthly budget of team research does not have the $1.000000001 that this answer may cost: of $5.00, ' +
        '$4.00 are spent and $0.00 set aside. It begins again at 2026-12-01T00:00:00.000Z.',
    )
    expect(error.facts).toMatchObject({ budget: 'team-research-month-hard', endsMs: Date.UTC(2026, 11, 1) })
  })

  test('that are used up still let through what costs nothing', () => {
    budget(everyone, 0)
    expect(book.reserve(claim(0)).nanoUsd).toBe(0)
    expect(refusal(claim(1)).code).toBe('budget.exhausted')
  })

  test('refuse what nobody knows the price of, and soft ones do not', () => {
    budget(everyone, 10, 'total', false)
    expect(book.reserve(claim('unpriced')).nanoUsd).toBe(0)
    limits(team, { nanoUsdPerMinute: nanoUsd(10) })
    expect(refusal(claim('unpriced')).code).toBe('budget.unpriced')
    accounts.removeLimits(team)
    budget(ofKey, 1_000)
    expect(refusal(claim('unpriced')).code).toBe('budget.unpriced')
  })

  test('that are soft are said and not kept', () => {
    budget(team, 10, 'day', false)
    expect(book.reserve(claim(10)).overSoft).toEqual([])
    expect(book.reserve(claim(1)).overSoft).toEqual(['team-research-day-soft'])
  })

  test('count what was spent before they were set', () => {
    const hold = book.reserve(claim(40))
    book.settle(hold, [line(hold, 40)])
    budget(ofKey, 50)
    expect(refusal(claim(11)).code).toBe('budget.exhausted')
    expect(book.reserve(claim(10)).nanoUsd).toBe(10)
  })

  test('book what did cost more than was held, and refuse what comes after it', () => {
    budget(everyone, 100)
    const hold = book.reserve(claim(100))
    book.settle(hold, [line(hold, 130)])
    expect(spentAndHeld()).toEqual([['everyone-total-hard', 130, 0]])
    expect(refusal(claim(1)).code).toBe('budget.exhausted')
    expect(book.reserve(claim(0)).nanoUsd).toBe(0)
  })

  test('grow in the middle of an answer as long as there is something left', () => {
    budget(everyone, 100)
    budget(ofKey, 60)
    const hold = book.reserve(claim(50))
    expect(book.extend(hold, nanoUsd(10))).toBe(true)
    expect(book.extend(hold, nanoUsd(1))).toBe(false)
    expect([hold.nanoUsd, ...spentAndHeld().map(([, , held]) => held)]).toEqual([60, 60, 60])
    book.settle(hold, [])
    expect(spentAndHeld().map(([, ...sums]) => sums)).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('of everyone count requests without a key', () => {
    budget(everyone, 10)
    book.reserve(claim(10, { principal: anonymous }))
    expect(refusal(claim(1)).code).toBe('budget.exhausted')
  })

  test('never let 64 callers, interleaved in any order, spend and hold more than a hard cap', () => {
    const caller = fc.record({
      worst: fc.integer({ min: 0, max: 60 }),
      used: fc.integer({ min: 0, max: 100 }),
      extensions: fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 3 }),
      withKey: fc.boolean(),
    })
    const schedule = fc.array(fc.nat({ max: 63 }), { minLength: 64, maxLength: 400 })
    const caps = fc.tuple(...[300, 300, 300, 300].map((max) => fc.integer({ min: 0, max })))
    const plan = fc.tuple(caps, fc.array(caller, { minLength: 64, maxLength: 64 }), schedule)
    fc.assert(
      fc.property(plan, ([[all, ofTeam, ofProject, one], callers, order]) => {
        const capOf = { everyone: all, team: ofTeam, project: ofProject, key: one }
        for (const scope of [everyone, team, project, ofKey]) budget(scope, capOf[scope.kind] ?? 0)
        book = new Book({ accounts, clock, ids: uuidV7Ids(clock, random), readSpent: () => 0 })
        let total = 0
        const agents = callers.map((each) =>
          oneCall(each.worst, each.used, each.extensions, each.withKey ? principal : anonymous, (cost) => {
            total += cost
          }),
        )
        for (const turn of order) {
          agents[turn]?.next()
          for (const { budget: name, spent, held, cap } of book.balances()) {
            expect(spent + held, name).toBeLessThanOrEqual(cap)
          }
        }
        for (const agent of agents) while (agent.next().done !== true);
        expect(book.balances().find(({ scope }) => scope.kind === 'everyone')).toMatchObject({
          spent: total,
          held: 0,
        })
        expect(book.openHolds).toBe(0)
      }),
      { seed: 20_261_123, numRuns: 40 },
    )
  })

  /** One caller, a step at a time: reserves, extends, and pays a share of what it holds. */
  function* oneCall(
    worst: number,
    used: number,
    extensions: number[],
    payer: Principal,
    pay: (cost: number) => void,
  ) {
    let hold: OpenHold
    try {
      hold = book.reserve(claim(worst, { principal: payer }))
    } catch (error) {
      expect(error).toHaveProperty('code', 'budget.exhausted')
      return
    }
    yield
    for (const more of extensions) {
      book.extend(hold, nanoUsd(more))
      yield
    }
    const cost = Math.floor((hold.nanoUsd * used) / 100)
    book.settle(hold, [line(hold, cost)])
    pay(cost)
  }
})

describe('periods', () => {
  test('begin again at midnight and at the first of the month, in UTC, and carry over what is held', () => {
    budget(everyone, 100, 'day')
    budget(everyone, 150, 'month')
    budget(everyone, 1_000, 'total')
    const first = book.reserve(claim(90))
    book.settle(first, [line(first, 90)])
    const overnight = book.reserve(claim(10))
    pass(DAY)
    expect(spentAndHeld()).toEqual([
      ['everyone-day-hard', 0, 10],
      ['everyone-month-hard', 90, 10],
      ['everyone-total-hard', 90, 10],
    ])
    book.settle(overnight, [line(overnight, 10)])
    expect(refusal(claim(51)).message).toContain('monthly')
    pass(DAY)
    expect(spentAndHeld()).toEqual([
      ['everyone-day-hard', 0, 0],
      ['everyone-month-hard', 0, 0],
      ['everyone-total-hard', 100, 0],
    ])
  })

  test('do not go back with a clock that jumps an hour back and forward at midnight', () => {
    wallMs = START + 12 * HOUR - 1_000
    budget(everyone, 100, 'day')
    const late = book.reserve(claim(100))
    book.settle(late, [line(late, 100)])
    wallMs += HOUR
    const early = book.reserve(claim(100))
    expect(book.settle(early, [line(early, 100)]).bookedMs).toBe(wallMs)
    wallMs -= HOUR
    expect(refusal(claim(1)).facts['endsMs']).toBe(START + 36 * HOUR)
    const free = book.reserve(claim(0))
    expect(book.settle(free, []).bookedMs).toBe(START + 12 * HOUR)
    wallMs += HOUR
    expect(refusal(claim(1)).code).toBe('budget.exhausted')
  })

  test('go back with a clock that was a year ahead, to what was spent there', () => {
    budget(everyone, 100, 'day')
    expect(spentAndHeld()).toEqual([['everyone-day-hard', 0, 0]])
    wallMs += 365 * DAY
    expect(spentAndHeld()).toEqual([['everyone-day-hard', 0, 0]])
    wallMs -= 365 * DAY
    onDisk.set(`everyone ${START - 12 * HOUR}`, 70)
    expect(spentAndHeld()).toEqual([['everyone-day-hard', 70, 0]])
  })

  test('read from the disk what was spent in them before', () => {
    onDisk.set(`team ${START - 12 * HOUR}`, 40)
    budget(team, 50, 'day')
    expect(refusal(claim(11)).code).toBe('budget.exhausted')
  })
})

describe('limits', () => {
  test('are waited for as long as the one that takes longest, to the millisecond', () => {
    limits(everyone, { requestsPerMinute: 2 })
    limits(ofKey, { tokensPerMinute: 100 })
    book.reserve(claim(0, { tokens: 10 }))
    pass(1_000)
    book.reserve(claim(0, { tokens: 60 }))
    pass(500)
    const error = refusal(claim(0, { tokens: 40 }))
    // The first request goes out of the minute 58,500 ms from now, and with it enough tokens.
    expect(error.facts).toMatchObject({
      limit: 'requestsPerMinute',
      retryAfterMs: 58_500,
      retryAfterSeconds: 59,
    })
    expect(refusal(claim(0, { tokens: 41 })).facts).toMatchObject({
      limit: 'tokensPerMinute',
      retryAfterMs: 59_500,
    })
    pass(58_499)
    expect(refusal(claim(0, { tokens: 40 })).facts).toMatchObject({ retryAfterMs: 1 })
    pass(1)
    expect(book.reserve(claim(0, { tokens: 40 })).nanoUsd).toBe(0)
  })

  test('take nothing when one of them refuses', () => {
    limits(everyone, { requestsPerMinute: 5, nanoUsdPerMinute: nanoUsd(100) })
    for (let count = 0; count < 20; count += 1) expect(refusal(claim(101)).code).toBe('limit.reached')
    for (let count = 0; count < 5; count += 1) book.reserve(claim(20))
    expect(refusal(claim(0)).facts).toMatchObject({ limit: 'requestsPerMinute' })
  })

  test('get back what an answer did not use', () => {
    limits(ofKey, { tokensPerMinute: 100, nanoUsdPerMinute: nanoUsd(100) })
    const hold = book.reserve(claim(100, { tokens: 100 }))
    expect(refusal(claim(50, { tokens: 50 })).code).toBe('limit.reached')
    pass(5_000)
    book.settle(hold, [line(hold, 30, { tokens: 40 }), line(hold, 0, { purpose: 'cache-hit', tokens: 500 })])
    expect(book.reserve(claim(50, { tokens: 60 })).nanoUsd).toBe(50)
    expect(refusal(claim(21)).facts).toMatchObject({ limit: 'nanoUsdPerMinute' })
  })

  test('count what an answer used beyond its hold', () => {
    limits(ofKey, { tokensPerMinute: 100 })
    const hold = book.reserve(claim(0, { tokens: 10 }))
    book.settle(hold, [line(hold, 0, { tokens: 95 })])
    expect(refusal(claim(0, { tokens: 6 })).code).toBe('limit.reached')
    expect(book.reserve(claim(0, { tokens: 5 })).nanoUsd).toBe(0)
  })

  test('that are set while an answer is under way do not get back what was never taken from them', () => {
    const hold = book.reserve(claim(50, { tokens: 50 }))
    limits(ofKey, { tokensPerMinute: 100 })
    book.reserve(claim(0, { tokens: 100 }))
    book.settle(hold, [])
    expect(refusal(claim(0, { tokens: 1 })).code).toBe('limit.reached')
  })

  test('on what runs at once count open holds, and end with them', () => {
    limits(team, { parallel: 2 })
    const [first] = [book.reserve(claim(0)), book.reserve(claim(0))]
    const error = refusal(claim(0))
    expect(error.message).toBe(
      'The limit of team research, 2 at once, is reached; wait for an answer to end.',
    )
    expect(error.facts).not.toHaveProperty('retryAfterMs')
    book.settle(first, [])
    expect(book.reserve(claim(0)).nanoUsd).toBe(0)
  })

  test('say of a request that is over the limit alone that no waiting helps', () => {
    limits(team, { tokensPerMinute: 100 })
    const error = refusal(claim(0, { tokens: 101 }))
    expect(error.message).toContain('This request alone may take more than the limit of team research')
    expect(error.facts).not.toHaveProperty('retryAfterMs')
  })

  test('do not care about the wall clock', () => {
    limits(team, { requestsPerMinute: 1 })
    book.reserve(claim(0))
    wallMs += HOUR
    expect(refusal(claim(0)).facts).toMatchObject({ retryAfterMs: 60_000 })
    wallMs -= 2 * HOUR
    expect(refusal(claim(0)).facts).toMatchObject({ retryAfterMs: 60_000 })
    monotonicMs += 60_000
    expect(book.reserve(claim(0)).nanoUsd).toBe(0)
  })
})

describe('holds', () => {
  test('that nobody extends or settles expire, by the monotonic clock', () => {
    budget(everyone, 100)
    const hold = book.reserve(claim(100))
    wallMs += 2 * HOUR
    monotonicMs += HOLD_MS - 1
    expect(book.expire()).toEqual([])
    expect(book.extend(hold, nanoUsd(0))).toBe(true)
    monotonicMs += HOLD_MS - 1
    expect(book.expire()).toEqual([])
    monotonicMs += 1
    expect(book.expire()).toEqual([hold])
    expect(book.extend(hold, nanoUsd(0))).toBe(false)
    expect(spentAndHeld()).toEqual([['everyone-total-hard', 0, 0]])
    book.settle(hold, [line(hold, 100)])
    expect(spentAndHeld()).toEqual([['everyone-total-hard', 100, 0]])
  })

  test('of a longer answer live as long as it says', () => {
    const hold = book.reserve(claim(1, { keepMs: HOUR }))
    monotonicMs += HOUR - 1
    expect(book.expire()).toEqual([])
    monotonicMs += 1
    expect(book.expire()).toEqual([hold])
  })

  test('are settled once', () => {
    const hold = book.reserve(claim(1))
    book.settle(hold, [])
    expect(() => book.settle(hold, [])).toThrow('is settled once')
  })
})

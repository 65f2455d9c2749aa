import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Model } from '../../catalog/model.ts'
import { uuidV7Ids } from '../../core/ids.ts'
import { nanoUsd, type Price } from '../../core/money.ts'
import { anonymous, type Principal } from '../../core/principal.ts'
import type { Usage } from '../../core/usage.ts'
import type { Accounts } from '../../store/accounts/accounts.ts'
import { openAccounts } from '../../store/accounts/open-accounts.ts'
import type { Ledger } from '../../store/ledger/ledger.ts'
import { openLedger } from '../../store/ledger/open-ledger.ts'
import { systemClock as clock, systemRandom } from '../system-ports.ts'
import { Spending } from './spending.ts'
import { openTreasury, type Treasury } from './treasury.ts'
import { worstCase, type Order } from './worst-case.ts'

const home = mkdtempSync(join(tmpdir(), 'musivum-spending-'))
const ids = uuidV7Ids(clock, systemRandom())
let accounts: Accounts
let ledger: Ledger
let treasury: Treasury

beforeAll(async () => {
  accounts = openAccounts({ home, clock, random: systemRandom() })
  ledger = await openLedger({ home, clock, ids, accounts })
  treasury = openTreasury({ ledger, accounts, clock })
})
afterAll(async () => {
  treasury.close()
  await ledger.close()
  accounts.close()
  rmSync(home, { recursive: true, force: true })
})

/** One nano-dollar for a token in, ten for one out. */
const price: Price = {
  kind: 'metered',
  tokens: {
    inputPerMillion: nanoUsd(1_000_000),
    cacheReadPerMillion: nanoUsd(1_000_000),
    cacheWritePerMillion: nanoUsd(1_000_000),
    outputPerMillion: nanoUsd(10_000_000),
  },
}

const model = (name: string, more: Partial<Model> = {}): Model => ({
  name,
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel: name },
  price,
  toy: false,
  origin: 'config',
  ...more,
})

const used = (inputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens,
  reasoningTokens: 0,
  source: 'counted',
})

function orderOf(stream: boolean, maxOutputTokens?: number): Order {
  const sampling = maxOutputTokens === undefined ? {} : { maxOutputTokens }
  const messages = [{ role: 'user', parts: [{ kind: 'text', text: 'x' }], extra: {} }] as const
  const content = {
    dialect: 'openai-chat',
    messages,
    tools: [],
    sampling,
    answerCount: 1,
    extra: {},
  } as const
  return { content, stream, prompt: () => ({ atMost: 100, likely: 40 }) }
}

function payer(cap: number): Principal {
  const { key } = accounts.createKey({ name: 'payer' })
  accounts.setBudget({ scope: { kind: 'key', id: key.id }, period: 'total', cap: nanoUsd(cap), hard: true })
  return { kind: 'key', id: key.id, role: 'member', clearances: [] }
}

function spend(principal: Principal, order: Order, first = model('m')): Spending {
  const requestId = ids.next()
  const worstCaseOf = (asked: Model) => worstCase(asked, order, 1)
  const { prompt } = order
  return new Spending(
    {
      treasury,
      requestId,
      principal,
      atMs: clock.now(),
      isFree: false,
      task: undefined,
      worstCaseOf,
      prompt,
    },
    first,
  )
}

const balanceOf = (principal: Principal) => {
  const id = principal.kind === 'key' ? principal.id : ''
  const [balance] = ledger.balancesOf({ kind: 'key', id })
  return balance === undefined ? undefined : { spent: balance.spent, held: balance.held }
}

test('without keys, budgets and limits nothing is set aside, and lines are written all the same', async () => {
  const spending = spend(anonymous, orderOf(false, 50))
  expect(spending.hold.nanoUsd).toBe(0)
  spending.charge('answer', model('m'), used(10, 5))
  spending.settle()
  expect(spending.cost).toEqual({ kind: 'metered', nanoUsd: 60 })
  const lines = await ledger.linesOf(spending.hold.requestId)
  expect(lines.reduce((sum, line) => sum + line.nanoUsd, 0)).toBe(60)
})

test('for a whole answer all of its worst case is set aside, and what was not used comes back', () => {
  const who = payer(10_000)
  const spending = spend(who, orderOf(false, 50))
  expect(balanceOf(who)).toEqual({ spent: 0, held: 100 + 500 })
  spending.charge('answer', model('m'), used(10, 5))
  spending.settle()
  expect(balanceOf(who)).toEqual({ spent: 60, held: 0 })
})

describe('a stream', () => {
  test('sets aside a slice, and more of it as it goes, never more than its limit can cost', () => {
    const who = payer(1_000_000)
    const spending = spend(who, orderOf(true, 3_000))
    expect(balanceOf(who)?.held).toBe(100 + 1_024 * 10)
    expect(spending.passed(1_000)).toBe(true)
    expect(balanceOf(who)?.held).toBe(100 + 1_024 * 10)
    expect(spending.passed(1_000)).toBe(true)
    expect(balanceOf(who)?.held).toBe(100 + (2_000 + 1_024) * 10 - 24 * 10)
    for (let piece = 0; piece < 100; piece += 1) expect(spending.passed(1_000)).toBe(true)
    expect(balanceOf(who)?.held).toBe(100 + 3_000 * 10)
    spending.charge('answer', model('m'), used(10, 3_000))
    spending.settle()
    expect(balanceOf(who)).toEqual({ spent: 30_010, held: 0 })
  })

  test('goes on to the last token that is paid, and no further', () => {
    const who = payer(100 + 1_500 * 10)
    const spending = spend(who, orderOf(true, 100_000))
    let bytes = 0
    while (spending.passed(7)) bytes += 7
    expect(bytes).toBe(1_498 - (1_498 % 7))
    spending.charge('answer', model('m'), spending.estimate())
    spending.settle()
    expect(balanceOf(who)?.held).toBe(0)
    expect(balanceOf(who)?.spent).toBeLessThanOrEqual(100 + 1_500 * 10)
  })

  test('of a server that goes on beyond its limit is held to what there is', () => {
    const who = payer(100 + 400 * 10)
    const spending = spend(who, orderOf(true, 300))
    let pieces = 0
    while (spending.passed(6)) pieces += 1
    expect(pieces).toBe(400)
    expect(balanceOf(who)?.held).toBe(100 + 400 * 10)
    spending.settle()
  })

  test('that thinks where nobody sees it sets all of it aside', () => {
    const who = payer(1_000_000)
    const order = orderOf(true, 3_000)
    const content = { ...order.content, reasoning: { effort: 'high' } }
    spend(who, { ...order, content }).settle()
    const spending = spend(who, { ...order, content })
    expect(balanceOf(who)?.held).toBe(100 + 3_000 * 10)
    spending.settle()
  })
})

test('a model that failed is paid for beside the one that answers in its place', () => {
  const who = payer(1_300)
  const spending = spend(who, orderOf(false, 50))
  spending.charge('failed-attempt', model('m'), used(100, 50))
  spending.turnTo(model('other'))
  expect(balanceOf(who)).toEqual({ spent: 0, held: 600 + 600 })
  spending.charge('answer', model('other'), used(100, 50))
  spending.settle()
  expect(balanceOf(who)).toEqual({ spent: 1_200, held: 0 })
  expect(spending.cost).toEqual({ kind: 'metered', nanoUsd: 1_200 })
})

test('and none answers in its place when the money is not there, or nobody knows what it costs', () => {
  const poor = payer(1_000)
  const spending = spend(poor, orderOf(false, 50))
  spending.charge('failed-attempt', model('m'), used(100, 50))
  expect(() => spending.turnTo(model('other'))).toThrow(expect.objectContaining({ code: 'budget.exhausted' }))
  expect(() => spending.turnTo(model('u', { price: { kind: 'unpriced' } }))).toThrow(
    expect.objectContaining({ code: 'budget.unpriced' }),
  )
  spending.turnTo(model('own', { price: { kind: 'owned' } }))
  spending.settle()
  expect(balanceOf(poor)).toEqual({ spent: 600, held: 0 })
})

test('a cost that is known in part is not known', () => {
  const who: Principal = {
    kind: 'key',
    id: accounts.createKey({ name: 'x' }).key.id,
    role: 'member',
    clearances: [],
  }
  const spending = spend(who, orderOf(false, 50))
  spending.charge('failed-attempt', model('m'), used(100, 50))
  spending.charge('answer', model('u', { price: { kind: 'unpriced' } }), used(1, 1))
  expect(spending.cost).toEqual({ kind: 'unpriced', nanoUsd: null })
  spending.settle()
})

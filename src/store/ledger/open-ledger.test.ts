import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { uuidV7Ids } from '../../core/ids.ts'
import { nanoUsd } from '../../core/money.ts'
import { anonymous, type KeyPrincipal } from '../../core/principal.ts'
import type { Accounts, Scope } from '../accounts/accounts.ts'
import { openAccounts } from '../accounts/open-accounts.ts'
import { HOLD_MS } from './book.ts'
import type { Claim, Hold, Ledger, LedgerLine, SpendSum } from './ledger.ts'
import { openLedger, type LedgerLimits } from './open-ledger.ts'

const START = Date.UTC(2026, 10, 23, 10)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const everyone: Scope = { kind: 'everyone' }
const random = { bytes: (length: number) => randomBytes(length) }
const principal: KeyPrincipal = {
  kind: 'key',
  id: 'mv-0123456789',
  role: 'member',
  team: 'research',
  project: 'papers',
  clearances: [],
}

let home: string
let wallMs: number
let monotonicMs: number
let accounts: Accounts
let lines: string[]
const opened: Ledger[] = []
const clock = { now: () => wallMs, monotonic: () => monotonicMs }
const ids = uuidV7Ids(clock, random)
const open = async (limits: LedgerLimits = {}): Promise<Ledger> => {
  const ledger = await openLedger({ home, clock, ids, accounts, log: (line) => lines.push(line), limits })
  opened.push(ledger)
  return ledger
}
const pass = (ms: number): void => {
  wallMs += ms
  monotonicMs += ms
}
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'musivum-ledger-'))
  wallMs = START
  monotonicMs = 0
  lines = []
  accounts = openAccounts({ home, clock, random })
  accounts.setBudget({ scope: everyone, period: 'total', cap: nanoUsd(1_000_000), hard: true })
})
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
  accounts.close()
  rmSync(home, { recursive: true, force: true })
})

function claim(worst = 100, more: Partial<Claim> = {}): Claim {
  return { requestId: ids.next(), principal, atMs: wallMs, worst: nanoUsd(worst), tokens: 0, ...more }
}

function line({ requestId }: Hold, cost: number, more: Partial<LedgerLine> = {}): LedgerLine {
  return {
    requestId,
    atMs: wallMs,
    model: 'small',
    seller: 'openai',
    purpose: 'answer',
    bucket: 'in_text',
    tokens: 7,
    priceRow: 'openai/small 2026-11-01',
    nanoUsd: nanoUsd(cost),
    status: 'priced',
    source: 'counted',
    ...more,
  }
}

const spentAndHeld = (ledger: Ledger) => ledger.balances().map(({ spent, held }) => [spent, held])

describe('what is settled', () => {
  test('is found by its request in the order it was written, and survives a restart with its sums', async () => {
    const ledger = await open()
    const hold = ledger.reserve(claim())
    const written = [
      line(hold, 30),
      line(hold, 12, { bucket: 'out_text', tokens: 3 }),
      line(hold, 0, {
        model: 'big',
        seller: null,
        purpose: 'failed-attempt',
        priceRow: null,
        status: 'unpriced',
      }),
    ]
    ledger.settle(hold, written)
    expect(await ledger.linesOf(hold.requestId)).toEqual(written)
    await ledger.close()
    const again = await open()
    expect(await again.linesOf(hold.requestId)).toEqual(written)
    expect(spentAndHeld(again)).toEqual([[42, 0]])
    expect(await again.settlementsOf(hold.requestId)).toEqual([
      {
        hold: hold.id,
        requestId: hold.requestId,
        bookedMs: START,
        held: 100,
        nanoUsd: 42,
        outcome: 'settled',
      },
    ])
  })

  test('is summed by hour and day for everybody, model, team, project, key and task', async () => {
    const ledger = await open()
    for (const [model, cost, task] of [
      ['small', 5, 'support'],
      ['small', 6, 'support'],
      ['big', 50, undefined],
    ] as const) {
      const hold = ledger.reserve(claim(100, task === undefined ? {} : { task }))
      ledger.settle(hold, [
        line(hold, cost, { model }),
        line(hold, 0, { model, bucket: 'out_reasoning', tokens: 2 }),
      ])
      pass(HOUR)
    }
    const free = ledger.reserve(claim(0, { principal: anonymous }))
    ledger.settle(free, [line(free, 0, { status: 'unpriced', priceRow: null })])
    const day = { unit: 'day', fromMs: START, toMs: START + DAY } as const
    const shown = (sums: readonly SpendSum[]) =>
      sums.map(({ group, requests, nanoUsd }) => [group, requests, nanoUsd])
    expect(await ledger.spend({ ...day, by: 'nothing' })).toEqual([
      {
        startMs: START - 10 * HOUR,
        group: '',
        requests: 4,
        nanoUsd: 61,
        inputTokens: 28,
        outputTokens: 6,
        unpricedRequests: 1,
      },
    ])
    expect(shown(await ledger.spend({ ...day, by: 'model' }))).toEqual([
      ['big', 1, 50],
      ['small', 3, 11],
    ])
    expect(shown(await ledger.spend({ ...day, by: 'task' }))).toEqual([
      ['', 2, 50],
      ['support', 2, 11],
    ])
    for (const [by, group] of [
      ['team', 'research'],
      ['project', 'papers'],
      ['key', principal.id],
    ] as const) {
      expect(shown(await ledger.spend({ ...day, by }))).toEqual([
        [group, 3, 61],
        ['', 1, 0],
      ])
    }
    expect(shown(await ledger.spend({ ...day, unit: 'hour', by: 'nothing' }))).toEqual([
      ['', 1, 5],
      ['', 1, 6],
      ['', 1, 50],
      ['', 1, 0],
    ])
    const [top, rest] = await ledger.spend({ ...day, by: 'model', top: 1 })
    expect(top).toMatchObject({ group: 'big', nanoUsd: 50 })
    expect(rest).toEqual({
      startMs: START - 10 * HOUR,
      group: '',
      rest: true,
      requests: 3,
      nanoUsd: 11,
      inputTokens: 21,
      outputTokens: 4,
      unpricedRequests: 1,
    })
    await expect(
      ledger.spend({ ...day, unit: 'hour', toMs: START + 1_000 * DAY, by: 'nothing' }),
    ).rejects.toThrow('expected at most 2400')
  })

  test('adds up: lines, settlements, sums and balances say the same', async () => {
    const ledger = await open()
    for (let count = 0; count < 300; count += 1) {
      const hold = ledger.reserve(claim(50))
      if (count % 3 === 0) await ledger.kept(hold)
      if (count % 7 === 0) ledger.extend(hold, nanoUsd(20))
      ledger.settle(hold, count % 5 === 0 ? [] : [line(hold, count), line(hold, 1, { bucket: 'out_text' })])
      if (count % 50 === 0) pass(HOUR)
    }
    await ledger.close()
    const total = Array.from({ length: 300 }, (_, count) => (count % 5 === 0 ? 0 : count + 1)).reduce(
      (a, b) => a + b,
    )
    expect(totals()).toEqual({
      lines: total,
      settlements: total,
      hours: total,
      days: total,
      total,
      batches: 0,
    })
    expect(spentAndHeld(await open())).toEqual([[total, 0]])
  })

  test('is kept for as long as it is told to, and its sums for ever', async () => {
    const ledger = await open({ keepDays: () => 10 })
    const hold = ledger.reserve(claim())
    ledger.settle(hold, [line(hold, 5)])
    await ledger.close()
    pass(11 * DAY)
    const again = await open({ keepDays: () => 10 })
    await expect.poll(() => again.linesOf(hold.requestId), { timeout: 20_000 }).toEqual([])
    expect(spentAndHeld(again)).toEqual([[5, 0]])
  })
})

function totals(): unknown {
  const database = new DatabaseSync(join(home, 'data', 'ledger.db'), { readOnly: true })
  try {
    return database
      .prepare(
        `SELECT
          (SELECT sum(nano_usd) FROM line) AS lines,
          (SELECT sum(nano_usd) FROM settlement) AS settlements,
          (SELECT sum(nano_usd) FROM spend WHERE unit = 'hour' AND kind = 'nothing') AS hours,
          (SELECT sum(nano_usd) FROM spend WHERE unit = 'day' AND kind = 'key') AS days,
          (SELECT nano_usd FROM spend WHERE unit = 'total' AND kind = 'team') AS total,
          (SELECT count(*) FROM hold_batch) AS batches`,
      )
      .get()
  } finally {
    database.close()
  }
}

describe('what is held', () => {
  test('is on the disk when it is kept, and held by the next process until it expires', async () => {
    const hold = await leftBehind(100)
    const ledger = await open()
    expect(spentAndHeld(ledger)).toEqual([[0, 100]])
    expect(ledger.health()).toMatchObject({ openHolds: 1, oldestHoldMs: 0, expiredHolds: 0 })
    expect(lines).toEqual([expect.stringContaining('1 holds of a gateway that was killed')])
    pass(HOLD_MS - 1)
    expect(spentAndHeld(ledger)).toEqual([[0, 100]])
    pass(1)
    expect(spentAndHeld(ledger)).toEqual([[0, 0]])
    expect(ledger.health()).toMatchObject({ openHolds: 0, oldestHoldMs: null, expiredHolds: 1 })
    expect(await ledger.linesOf(hold.requestId)).toEqual([])
    expect(await ledger.settlementsOf(hold.requestId)).toMatchObject([
      { outcome: 'expired', held: 100, nanoUsd: 0 },
    ])
    await ledger.close()
    expect(totals()).toMatchObject({ batches: 0 })
    expect((await open()).health()).toMatchObject({ openHolds: 0 })
  })

  test('is not held for longer when the clock has gone back meanwhile', async () => {
    await leftBehind(100)
    wallMs -= DAY
    const ledger = await open()
    expect(spentAndHeld(ledger)).toEqual([[0, 100]])
    monotonicMs += HOLD_MS
    expect(spentAndHeld(ledger)).toEqual([[0, 0]])
  })

  test('counts as it was last extended', async () => {
    await leftBehind(100, 50)
    expect(spentAndHeld(await open())).toEqual([[0, 150]])
  })

  test('and settled after it has expired is booked all the same', async () => {
    const ledger = await open()
    const hold = ledger.reserve(claim())
    pass(HOLD_MS)
    expect(spentAndHeld(ledger)).toEqual([[0, 0]])
    ledger.settle(hold, [line(hold, 70)])
    expect(await ledger.linesOf(hold.requestId)).toHaveLength(1)
    expect(await ledger.settlementsOf(hold.requestId)).toMatchObject([{ outcome: 'late', nanoUsd: 70 }])
    expect(spentAndHeld(ledger)).toEqual([[70, 0]])
    await ledger.close()
    expect(totals()).toMatchObject({ lines: 70, days: 70, total: 70 })
  })

  test('is given up in time when nobody asks', async () => {
    const ledger = await open()
    ledger.reserve(claim())
    pass(HOLD_MS)
    await expect.poll(() => lines, { timeout: 5_000 }).toEqual([expect.stringContaining('a hold of request')])
    expect(ledger.health().openHolds).toBe(0)
  })

  /** A ledger whose process dies with a hold: its files are put back to what they were when the hold was kept. */
  async function leftBehind(worst: number, more = 0): Promise<Hold> {
    const ledger = await open()
    const hold = ledger.reserve(claim(worst))
    await ledger.kept(hold)
    if (more > 0) {
      ledger.extend(hold, nanoUsd(more))
      await ledger.kept(hold)
    }
    await ledger.close()
    return hold
  }
})

describe('the file', () => {
  test('has one owner, and a second one is told so', async () => {
    const ledger = await open()
    await expect(open()).rejects.toThrow('another gateway keeps the ledger of this home directory')
    await ledger.close()
    await open()
  })

  test('is for its owner’s eyes', async () => {
    await open()
    for (const name of ['ledger.db', 'ledger.lock']) {
      expect(statSync(join(home, 'data', name)).mode & 0o777, name).toBe(0o600)
    }
  })

  test('that is full refuses who has a hard budget, and nobody else', async () => {
    const ledger = await open({ maxPages: 40 })
    const kept: string[] = []
    for (;;) {
      const hold = ledger.reserve(claim(1))
      try {
        await ledger.kept(hold)
      } catch (error) {
        expect(error).toMatchObject({
          code: 'store.unavailable',
          message: 'the ledger is not written: the disk is full',
        })
        break
      }
      ledger.settle(hold, [line(hold, 1, { model: 'm'.repeat(500) })])
      kept.push(hold.requestId)
    }
    expect(ledger.health().problem).toBe('the ledger is not written: the disk is full')
    expect(() => ledger.reserve(claim(1))).toThrow('the disk is full')
    accounts.removeBudget('everyone-total-hard')
    const soft = ledger.reserve(claim(1))
    await ledger.kept(soft)
    ledger.settle(soft, [line(soft, 1)])
    expect(ledger.health().queued).toBeGreaterThan(0)
    expect(kept.length).toBeGreaterThan(10)
  })

  test('that does not keep up refuses new requests before it forgets old ones', async () => {
    const ledger = await open({ maxQueued: 5 })
    const holds = Array.from({ length: 5 }, () => ledger.reserve(claim(1)))
    // Each counts while it is open and while it is not written.
    expect(() => ledger.reserve(claim(1))).toThrow('requests come faster than the disk takes them')
    for (const hold of holds) ledger.settle(hold, [line(hold, 1)])
    await ledger.flush()
    expect(ledger.reserve(claim(1)).nanoUsd).toBe(1)
    for (const { requestId } of holds) expect(await ledger.linesOf(requestId)).toHaveLength(1)
  })
})

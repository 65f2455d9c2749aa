import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import type { Readable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import { uuidV7Ids } from '../../core/ids.ts'
import { nanoUsd } from '../../core/money.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { openAccounts } from '../accounts/open-accounts.ts'
import type { Ledger } from './ledger.ts'
import { openLedger } from './open-ledger.ts'

const home = mkdtempSync(join(tmpdir(), 'ledger-processes-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const KILLS = 10
const HELD_FOR_MS = 60_000

test('kill -9 at any moment loses no hold and no line that was said to be kept, and sums stay those of the lines', async () => {
  setBudget()
  const kept = new Map<string, number>()
  const settled = new Map<string, number>()
  for (let round = 1; round <= KILLS; round += 1) {
    const child = startChild()
    const enough = kept.size + 15 * round
    for await (const line of createInterface({ input: child.stdout })) {
      const { hold, held, lines } = JSON.parse(line) as { hold: string; held?: number; lines?: number }
      if (held !== undefined) kept.set(hold, held)
      if (lines !== undefined) settled.set(hold, lines)
      if (kept.size >= enough) child.kill('SIGKILL')
    }
    const onDisk = look()
    for (const [hold, amount] of settled) expect(onDisk.settled.get(hold), hold).toBe(amount)
    for (const [hold, amount] of kept) {
      // A kept hold is there as it was last kept, or as more; or it is settled.
      if (!onDisk.settled.has(hold)) expect(onDisk.held.get(hold), hold).toBeGreaterThanOrEqual(amount)
    }
    expect(onDisk.lines).toBe(onDisk.settlements)
    expect(onDisk.lines).toBe(onDisk.total)
  }
  expect(settled.size).toBeGreaterThan(100)
  await noHoldOutlivesItsExpiry()
}, 120_000)

test('a second process is told that the ledger has an owner, and gets it when the first is killed', async () => {
  const child = startChild()
  await once(child.stdout, 'data')
  // Read on, or the child would wait for a full pipe.
  child.stdout.resume()
  await expect(openHere(0)).rejects.toThrow('another gateway keeps the ledger of this home directory')
  child.kill('SIGKILL')
  await once(child, 'exit')
  await close(await openHere(0))
})

/** What the dead left is held, and gone when its time is up: as a settlement that says so. */
async function noHoldOutlivesItsExpiry(): Promise<void> {
  const before = look()
  const ledger = await openHere(0)
  const held = [...before.held]
    .filter(([hold]) => !before.settled.has(hold))
    .reduce((sum, [, amount]) => sum + amount, 0)
  expect(ledger.balances()).toMatchObject([{ spent: before.total, held }])
  await close(ledger)
  const later = await openHere(2 * HELD_FOR_MS)
  expect(later.balances()).toMatchObject([{ spent: before.total, held: 0 }])
  expect(later.health()).toMatchObject({ openHolds: 0, oldestHoldMs: null })
  await close(later)
  expect(look().held.size).toBe(0)
}

const opened = new Map<Ledger, Accounts>()

async function close(ledger: Ledger): Promise<void> {
  await ledger.close()
  opened.get(ledger)?.close()
}

async function openHere(laterMs: number): Promise<Ledger> {
  const clock = { now: () => Date.now() + laterMs, monotonic: () => performance.now() }
  const random = { bytes: (length: number) => randomBytes(length) }
  const accounts = openAccounts({ home, clock, random })
  const ids = uuidV7Ids(clock, random)
  try {
    const ledger = await openLedger({ home, clock, ids, accounts })
    opened.set(ledger, accounts)
    return ledger
  } catch (error) {
    accounts.close()
    throw error
  }
}

function setBudget(): void {
  const random = { bytes: (length: number) => randomBytes(length) }
  const accounts = openAccounts({ home, clock: { now: () => Date.now() }, random })
  accounts.setBudget({ scope: { kind: 'everyone' }, period: 'total', cap: nanoUsd(1e12), hard: true })
  accounts.close()
}

// Sixteen callers that reserve, extend, settle or forget, at random; each says what it was told is kept.
const program = `
  import { randomBytes } from 'node:crypto'
  const { openAccounts } = await import(${JSON.stringify(new URL('../accounts/open-accounts.ts', import.meta.url).href)})
  const { openLedger } = await import(${JSON.stringify(new URL('./open-ledger.ts', import.meta.url).href)})
  const { uuidV7Ids } = await import(${JSON.stringify(new URL('../../core/ids.ts', import.meta.url).href)})
  const [home] = process.argv.slice(1)
  const clock = { now: () => Date.now(), monotonic: () => performance.now() }
  const random = { bytes: (length) => randomBytes(length) }
  const ids = uuidV7Ids(clock, random)
  const accounts = openAccounts({ home, clock, random })
  const ledger = await openLedger({ home, clock, ids, accounts })
  const say = (word) => console.log(JSON.stringify(word))
  const dice = (sides) => Math.floor(Math.random() * sides)
  async function call() {
    const requestId = ids.next()
    const claim = { requestId, principal: { kind: 'anonymous' }, atMs: Date.now(), worst: 100, tokens: 0 }
    const hold = ledger.reserve({ ...claim, keepMs: ${HELD_FOR_MS} })
    await ledger.kept(hold)
    say({ hold: hold.id, held: hold.nanoUsd })
    if (dice(2) === 0 && ledger.extend(hold, 50)) {
      await ledger.kept(hold)
      say({ hold: hold.id, held: hold.nanoUsd })
    }
    if (dice(10) === 0) return
    const lines = Array.from({ length: dice(4) }, (_, place) => ({
      requestId, atMs: Date.now(), model: 'm', seller: null, purpose: 'answer', bucket: 'out_text', tokens: place,
      priceRow: 'row', nanoUsd: place + 1, status: 'priced', source: 'counted',
    }))
    ledger.settle(hold, lines)
    if (dice(4) > 0) return
    await ledger.flush()
    say({ hold: hold.id, lines: lines.reduce((sum, line) => sum + line.nanoUsd, 0) })
  }
  await Promise.all(Array.from({ length: 16 }, async () => { for (;;) await call() }))
`

type Child = ChildProcessByStdio<null, Readable, null>

function startChild(): Child {
  const words = ['--input-type=module', '-e', program, home]
  return spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
}

type OnDisk = {
  readonly held: ReadonlyMap<string, number>
  readonly settled: ReadonlyMap<string, number>
  readonly lines: unknown
  readonly settlements: unknown
  readonly total: unknown
}

function look(): OnDisk {
  const database = new DatabaseSync(join(home, 'data', 'ledger.db'))
  try {
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    const settled = database.prepare('SELECT hold_id AS hold, nano_usd AS amount FROM settlement').all()
    const held = database
      .prepare(
        `SELECT hold.value ->> 0 AS hold, hold.value ->> 4 AS amount
        FROM hold_batch, json_each(hold_batch.holds) AS hold ORDER BY number`,
      )
      .all()
    const toMap = (rows: typeof held) =>
      new Map(rows.map(({ hold, amount }) => [String(hold), Number(amount)]))
    const sums = database
      .prepare(
        `SELECT
          (SELECT coalesce(sum(nano_usd), 0) FROM line) AS lines,
          (SELECT coalesce(sum(nano_usd), 0) FROM settlement) AS settlements,
          (SELECT coalesce(sum(nano_usd), 0) FROM spend WHERE unit = 'total' AND kind = 'nothing') AS total`,
      )
      .get()
    return {
      held: toMap(held),
      settled: toMap(settled),
      ...(sums as Pick<OnDisk, 'lines' | 'settlements' | 'total'>),
    }
  } finally {
    database.close()
  }
}

import { strict as assert } from 'node:assert'
import { MusivumError } from '../../core/errors.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Clock, Ids } from '../../core/ports.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { startRange } from '../query-bounds.ts'
import { readThread } from '../read-thread.ts'
import { threadFile } from '../store-thread.ts'
import { Book } from './book.ts'
import { guardedLedger, ledgerFile, openLedgerForReading, ownLedger } from './ledger-file.ts'
import type { LedgerQuestion } from './ledger-messages.ts'
import { openLedgerQueue, type LedgerQueue } from './ledger-queue.ts'
import { ledgerReader, type LedgerReader } from './ledger-reader.ts'
import type { Claim, Hold, Ledger, LedgerLine, Settlement, SpendSum } from './ledger.ts'
import type { OpenHold } from './open-hold.ts'
import { checkLines } from './settled-values.ts'

export type LedgerOptions = {
  /** Holds data/ledger.db; made when missing. */
  readonly home: string
  readonly clock: Clock
  readonly ids: Ids
  readonly accounts: Pick<Accounts, 'budgets' | 'budgetsOf' | 'limitsOf' | 'onChanged'>
  /** One line for the operator, when something begins or stops to go wrong. */
  readonly log?: (line: string) => void
  readonly limits?: LedgerLimits
}

export type LedgerLimits = {
  /** Lines and settlements are kept for so many days; sums stay for ever. Asked when old ones are deleted. Default 90. */
  readonly keepDays?: () => number
  /** Open holds and settlements that wait for the disk. Default 32,768, about 30 MB: at 1,000 requests a second half a minute. */
  readonly maxQueued?: number
  /** How long to wait for another process to let go of the ledger. Default 2 s: a gateway that was told to stop may still write. */
  readonly ownerWaitMs?: number
  /** Tests only: a disk of this many pages. */
  readonly maxPages?: number
}

const MAX_QUEUED = 32_768
const EXPIRE_EVERY_MS = 1_000

/**
 * The ledger of a home folder, in data/ledger.db, for the one process that owns it.
 *
 * @throws MusivumError (rejects) `store.unavailable`: another process owns it; it is damaged, full, or made by a newer version
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { home, clock, log = () => undefined, limits = {} } = options
  const file = ledgerFile(home)
  const release = ownLedger(home, limits.ownerWaitMs)
  try {
    const { keepDays = () => 90, maxPages = null } = limits
    const queue = await openLedgerQueue({ start: { file, maxPages }, keepDays, clock, log })
    try {
      return openWithQueue(options, file, queue, release)
    } catch (error) {
      await queue.close()
      throw error
    }
  } catch (error) {
    release()
    throw error
  }
}

function openWithQueue(
  { clock, ids, accounts, log = () => undefined, limits = {} }: LedgerOptions,
  file: string,
  queue: LedgerQueue,
  release: () => void,
): Ledger {
  const database = guardedLedger(() => openLedgerForReading(file))
  const reader = guardedLedger(() => ledgerReader(database))
  const book = new Book({ accounts, clock, ids, readSpent: readSafely(reader) })
  const adopted = guardedLedger(() => reader.holds()).map((orphan) => book.adopt(orphan))
  queue.adopt(adopted)
  if (adopted.length > 0) {
    log(`ledger: ${adopted.length} holds of a gateway that was killed stay until they expire`)
  }
  const stopListening = accounts.onChanged(() => book.forgetTerms())
  const close = async (): Promise<void> => {
    stopListening()
    await queue.close()
    database.close()
    release()
  }
  return new OpenLedger({ file, clock, log, book, queue, maxQueued: limits.maxQueued ?? MAX_QUEUED, close })
}

type Parts = {
  readonly file: string
  readonly clock: Clock
  readonly log: (line: string) => void
  readonly book: Book
  readonly queue: LedgerQueue
  readonly maxQueued: number
  readonly close: () => Promise<void>
}

class OpenLedger implements Ledger {
  readonly #parts: Parts
  readonly #questions
  readonly #expiring: NodeJS.Timeout
  #expireAtMs = 0
  #expiredHolds = 0
  #closed: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#questions = readThread<LedgerQuestion>(
      { file: parts.file },
      { what: 'the ledger', code: threadFile('ledger/read-thread') },
    )
    this.#expiring = setInterval(() => this.#expire(), EXPIRE_EVERY_MS).unref()
  }

  reserve(claim: Claim): Hold {
    const { book, queue, maxQueued, clock } = this.#parts
    const problem = queue.problem()
    if (problem !== null && book.isHard(claim.principal)) throw new MusivumError('store.unavailable', problem)
    if (book.openHolds + queue.queuedSettlements() >= maxQueued)
      throw new MusivumError('store.unavailable', TOO_FAST)
    if (clock.monotonic() >= this.#expireAtMs) this.#expire()
    const hold = book.reserve(claim)
    queue.keep(hold)
    return hold
  }

  extend(hold: Hold, more: NanoUsd): boolean {
    const open = asOpen(hold)
    const extended = this.#parts.book.extend(open, more)
    if (extended) this.#parts.queue.keep(open)
    return extended
  }

  settle(hold: Hold, lines: readonly LedgerLine[]): void {
    const open = asOpen(hold)
    checkLines(open, lines)
    const outcome = open.state === 'expired' ? 'late' : 'settled'
    const ending = { ...this.#parts.book.settle(open, lines), outcome } as const
    this.#parts.queue.settle({ hold: open, ending, lines })
  }

  kept(hold: Hold): Promise<void> {
    return this.#parts.queue.kept(asOpen(hold))
  }

  balances: Ledger['balances'] = () => {
    this.#expire()
    return this.#parts.book.balances()
  }

  balancesOf: Ledger['balancesOf'] = (scope) => {
    this.#expire()
    return this.#parts.book.balancesOf(scope)
  }

  async linesOf(requestId: string): Promise<readonly LedgerLine[]> {
    return (await this.#ask({ kind: 'lines', requestId })) as readonly LedgerLine[]
  }

  async settlementsOf(requestId: string): Promise<readonly Settlement[]> {
    return (await this.#ask({ kind: 'settlements', requestId })) as readonly Settlement[]
  }

  spend: Ledger['spend'] = async (query) => {
    // Checked here as well, so that a wrong question is the caller's error and not the reader's.
    startRange(query)
    return (await this.#ask({ kind: 'spend', query })) as readonly SpendSum[]
  }

  health: Ledger['health'] = () => {
    this.#expire()
    const { book, queue } = this.#parts
    return {
      openHolds: book.openHolds,
      oldestHoldMs: book.oldestHoldMs(),
      expiredHolds: this.#expiredHolds,
      queued: queue.queued(),
      problem: queue.problem(),
    }
  }

  flush(): Promise<void> {
    return this.#parts.queue.flush()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    clearInterval(this.#expiring)
    // The reader first: whoever closes the file last moves the write-ahead log into it.
    await this.#questions.close()
    await this.#parts.close()
  }

  async #ask(question: LedgerQuestion): Promise<unknown> {
    await this.flush()
    return JSON.parse(await this.#questions.ask(question))
  }

  #expire(): void {
    const { book, queue, clock, log } = this.#parts
    this.#expireAtMs = clock.monotonic() + EXPIRE_EVERY_MS
    for (const hold of book.expire()) {
      this.#expiredHolds += 1
      log(`ledger: a hold of request ${hold.requestId} expired; what its answer did cost is not known`)
      const ending = { bookedMs: Math.trunc(clock.now()), spent: 0, outcome: 'expired' } as const
      queue.settle({ hold, ending, lines: [] })
    }
  }
}

const TOO_FAST = 'the ledger is not written: requests come faster than the disk takes them'

function asOpen(hold: Hold): OpenHold {
  assert('writing' in hold, 'a hold comes from this ledger')
  return hold as OpenHold
}

function readSafely(reader: LedgerReader): LedgerReader['spent'] {
  return (scope, period, today) => guardedLedger(() => reader.spent(scope, period, today))
}

import type { Worker } from 'node:worker_threads'
import { MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import { sayThreadError, startThread, threadFile } from '../store-thread.ts'
import type {
  FromLedgerWriter,
  HoldValues,
  LedgerBatch,
  LedgerWriterStart,
  ToLedgerWriter,
} from './ledger-messages.ts'
import { holdBatches, type HoldBatches } from './hold-batches.ts'
import type { OpenHold } from './open-hold.ts'
import { DAY_MS } from './period.ts'
import { settledValues, type Settled } from './settled-values.ts'

export type LedgerQueueOptions = {
  readonly start: Omit<LedgerWriterStart, 'nowMs'>
  readonly keepDays: () => number
  readonly clock: Clock
  readonly log: (line: string) => void
  /** The thread's code; tests give one that breaks down. */
  readonly code?: URL
}

export type LedgerQueue = {
  /** Takes over holds that are on the disk already. */
  adopt(holds: readonly OpenHold[]): void
  /**
   * Writes the hold as it stands at the end of this turn of the event loop when it holds money or somebody waits for it, else
   * with the next settlements.
   */
  keep(hold: OpenHold): void
  settle(settled: Settled): void
  kept(hold: OpenHold): Promise<void>
  /** Holds and settlements that are not on the disk yet. */
  queued(): number
  queuedSettlements(): number
  /** One line; null when the last batch was written. */
  problem(): string | null
  flush(): Promise<void>
  close(): Promise<void>
}

// Nobody waits for a settlement: until it is written, its hold stands for it. So settlements are collected, and their sums
// added up before they are written: at 1,000 answers a second 50 of them share a transaction.
const SETTLE_MS = 50
const MAX_SETTLED = 512
const TIDY_EVERY_MS = 3_600_000
// A full disk is tried again soon, and then not so often that it fills the time of the processor.
const RETRY_MS = 100
const MAX_RETRY_MS = 2_000
// A disk that takes longer than this for what is left is not waited for, and one that refuses it already not for long.
const CLOSE_WITHIN_MS = 15_000
const CLOSE_FAILING_WITHIN_MS = 2_000

/**
 * The queue in front of the thread that writes ledger.db. One batch is under way at a time; it is sent again until the disk
 * takes it, and its number tells the thread whether it has it already. Holds that an answer waits for go with the turn of the
 * event loop that made them.
 *
 * Rejects with `store.unavailable` when the file cannot be used.
 */
export async function openLedgerQueue(options: LedgerQueueOptions): Promise<LedgerQueue> {
  const opening = Promise.withResolvers<void>()
  const queue = new Queue(options, opening)
  await opening.promise
  return queue
}

type Opening = PromiseWithResolvers<void>
type State = 'opening' | 'open' | 'restarting' | 'closing' | 'ended'

type UnderWay = {
  readonly message: LedgerBatch
  readonly holds: readonly OpenHold[]
  readonly settled: readonly Settled[]
}

/** How much has been given to the queue: what a flush waits for. */
type Mark = { readonly holds: number; readonly settled: number }

class Queue implements LedgerQueue {
  readonly #options: LedgerQueueOptions
  readonly #opening: Opening
  #state: State = 'opening'
  #thread: Worker
  #crash: string | null = null
  #mayRestart = true

  readonly #changed = new Set<OpenHold>()
  #settled: Settled[] = []
  #underWay: UnderWay | 'tidy' | null = null
  readonly #batches: HoldBatches
  #lastNumber = 0
  #tidyDue = true
  #keepDue = false
  #settleDue = false

  #soon: NodeJS.Immediate | undefined
  #collecting: NodeJS.Timeout | undefined
  #retrying: NodeJS.Timeout | undefined
  #retryMs = RETRY_MS
  readonly #tidying: NodeJS.Timeout

  /** Given, and on the disk. Each batch takes all changed holds, so a count of the changes says how far it reaches. */
  #given: Mark = { holds: 0, settled: 0 }
  #done: Mark = { holds: 0, settled: 0 }
  #reaches: Mark = { holds: 0, settled: 0 }
  #flushing: { readonly upTo: Mark; readonly waiting: PromiseWithResolvers<void> }[] = []

  #problem: string | null = null
  readonly #ended = Promise.withResolvers<void>()

  constructor(options: LedgerQueueOptions, opening: Opening) {
    this.#options = options
    this.#opening = opening
    this.#batches = holdBatches()
    this.#thread = this.#startThread()
    this.#tidying = setInterval(() => {
      this.#tidyDue = true
      this.#next()
    }, TIDY_EVERY_MS).unref()
  }

  adopt(holds: readonly OpenHold[]): void {
    this.#batches.adopt(holds)
  }

  keep(hold: OpenHold): void {
    hold.writing.isKept = false
    this.#changed.add(hold)
    this.#given = { ...this.#given, holds: this.#given.holds + 1 }
    // Where nothing is limited a hold only says that an answer is under way, and most are over before that is worth a write.
    if (hold.nanoUsd > 0) this.#keepSoon()
    else this.#collect()
  }

  settle(settled: Settled): void {
    const { writing } = settled.hold
    // A hold that ends before it was written need not be.
    this.#changed.delete(settled.hold)
    this.#settled.push(settled)
    this.#given = { ...this.#given, settled: this.#given.settled + 1 }
    if (writing.waiting.length > 0 || this.#settled.length >= MAX_SETTLED) this.#settleNow()
    else this.#collect()
  }

  kept(hold: OpenHold): Promise<void> {
    if (hold.writing.isKept) return Promise.resolve()
    if (this.#problem !== null) return hold.isHard ? Promise.reject(this.#unavailable()) : Promise.resolve()
    const waiting = Promise.withResolvers<void>()
    hold.writing.waiting.push(waiting)
    if (hold.state === 'open') this.#keepSoon()
    else this.#settleNow()
    return waiting.promise
  }

  queued(): number {
    const underWay = this.#underWay
    const sent = underWay === null || underWay === 'tidy' ? 0 : underWay.holds.length
    return this.#changed.size + sent + this.queuedSettlements()
  }

  queuedSettlements(): number {
    return this.#given.settled - this.#done.settled
  }

  problem(): string | null {
    return this.#problem
  }

  flush(): Promise<void> {
    if (reaches(this.#done, this.#given)) return Promise.resolve()
    if (this.#state === 'ended') return Promise.reject(this.#unavailable())
    const waiting = Promise.withResolvers<void>()
    this.#flushing.push({ upTo: this.#given, waiting })
    this.#next()
    return waiting.promise
  }

  async close(): Promise<void> {
    if (this.#state === 'ended' || this.#state === 'closing') return this.#ended.promise
    const patienceMs = this.#problem === null ? CLOSE_WITHIN_MS : CLOSE_FAILING_WITHIN_MS
    const impatience = setTimeout(() => void this.#thread.terminate(), patienceMs)
    this.#state = 'closing'
    // What is left when the disk takes no more is said by the end of the thread.
    await this.flush().catch(() => undefined)
    if (this.queued() === 0) this.#send({ kind: 'close' })
    await this.#ended.promise
    clearTimeout(impatience)
  }

  #settleNow(): void {
    this.#settleDue = true
    this.#next()
  }

  #keepSoon(): void {
    this.#keepDue = true
    this.#nextSoon()
  }

  #collect(): void {
    this.#collecting ??= setTimeout(() => {
      this.#collecting = undefined
      this.#keepDue = true
      this.#settleNow()
    }, SETTLE_MS)
  }

  /** At the end of this turn of the event loop: what comes in it goes together. */
  #nextSoon(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined
      this.#next()
    })
  }

  /** Sends what is due, unless a message is under way. */
  #next(): void {
    if (this.#underWay !== null || (this.#state !== 'open' && this.#state !== 'closing')) return
    const flushes = this.#flushing.length > 0
    const settles = this.#settled.length > 0 && (this.#settleDue || flushes)
    const keeps = this.#changed.size > 0 && (this.#keepDue || flushes)
    if (keeps || settles) this.#write(settles)
    else if (this.#tidyDue && this.#state === 'open') this.#tidy()
  }

  #write(settles: boolean): void {
    const holds = [...this.#changed]
    this.#changed.clear()
    this.#keepDue = false
    const settled = settles ? this.#settled.splice(0, MAX_SETTLED) : []
    if (settles) this.#settleDue = this.#settled.length > 0
    const nowMs = Math.trunc(this.#options.clock.now())
    const message: LedgerBatch = {
      kind: 'write',
      number: ++this.#lastNumber,
      holds: holds.length === 0 ? null : JSON.stringify(holds.map((hold) => toValues(hold, nowMs))),
      // Flattened here and not one by one as they come, for the same reason as the rows of the request log.
      settled: settled.map(settledValues),
      drops: this.#batches.move(
        holds,
        settled.map((each) => each.hold),
        this.#lastNumber,
      ),
    }
    this.#reaches = { holds: this.#given.holds, settled: this.#reaches.settled + settled.length }
    this.#underWay = { message, holds, settled }
    this.#send(message)
  }

  #tidy(): void {
    this.#tidyDue = false
    this.#underWay = 'tidy'
    const { clock, keepDays } = this.#options
    this.#send({ kind: 'tidy', beforeMs: clock.now() - keepDays() * DAY_MS })
  }

  #send(message: ToLedgerWriter): void {
    this.#thread.postMessage(message)
  }

  #startThread(): Worker {
    const { start, clock, code = threadFile('ledger/write-thread') } = this.#options
    const thread = startThread(code, { ...start, nowMs: clock.now() } satisfies LedgerWriterStart)
    thread.on('message', (message: FromLedgerWriter) => this.#hear(message))
    thread.on('error', (error) => {
      this.#crash = sayThreadError(error)
    })
    thread.on('exit', () => this.#hearExit())
    return thread
  }

  #hear(message: FromLedgerWriter): void {
    switch (message.kind) {
      case 'ready':
        return this.#hearReady(message.lastBatch)
      case 'unusable':
        this.#crash = message.problem
        this.#mayRestart = false
        return
      case 'written':
        return message.problem === null ? this.#hearWritten() : this.#hearFailed(message.problem)
      case 'tidied':
        this.#underWay = null
        this.#tidyDue = message.more
        if (message.problem !== null) this.#options.log(`old lines of the ledger stay: ${message.problem}`)
        return this.#next()
      default:
        message satisfies never
    }
  }

  #hearReady(lastBatch: number): void {
    const first = this.#state === 'opening'
    if (this.#state !== 'closing') this.#state = 'open'
    if (first) {
      this.#lastNumber = lastBatch
      this.#opening.resolve()
    }
    this.#again()
  }

  /** After a failure, or for a thread that has taken the place of another. */
  #again(): void {
    const again = this.#underWay
    if (again === null) this.#next()
    else if (again === 'tidy') this.#tidy()
    else this.#send(again.message)
  }

  #hearWritten(): void {
    const written = this.#underWay
    this.#underWay = null
    this.#mayRestart = true
    this.#retryMs = RETRY_MS
    this.#done = this.#reaches
    this.#setProblem(null)
    if (written !== null && written !== 'tidy') {
      // One that was extended meanwhile goes with the next batch.
      for (const hold of holdsOf(written)) if (!this.#changed.has(hold)) tellKept(hold)
    }
    const flushed = this.#flushing.filter(({ upTo }) => reaches(this.#done, upTo))
    this.#flushing = this.#flushing.filter((each) => !flushed.includes(each))
    for (const { waiting } of flushed) waiting.resolve()
    // Not at once: those who waited for this batch have something for the next one now.
    this.#nextSoon()
  }

  /** Nothing is given up: the batch stays under way until the disk takes it. Whoever must not wait for that is told. */
  #hearFailed(problem: string): void {
    this.#setProblem(`the ledger is not written: ${problem}`)
    this.#tellWaiting()
    this.#retrying = setTimeout(() => this.#again(), this.#retryMs)
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS)
  }

  #tellWaiting(): void {
    const underWay = this.#underWay
    const sent = underWay === null || underWay === 'tidy' ? [] : holdsOf(underWay)
    for (const hold of [...sent, ...this.#changed, ...this.#settled.map((each) => each.hold)]) {
      tellAll(hold, (one) => (hold.isHard ? one.reject(this.#unavailable()) : one.resolve()))
    }
  }

  /** The thread is gone: as it should, at the first start for a file it cannot use, or in the middle of its work. */
  #hearExit(): void {
    const reason = this.#crash ?? 'its thread stopped'
    clearTimeout(this.#retrying)
    if (this.#state === 'opening') {
      this.#end(`the ledger cannot be used: ${reason}`)
      this.#opening.reject(this.#unavailable())
    } else if (this.#state === 'closing' && this.queued() === 0) {
      this.#end(null)
    } else if (this.#mayRestart && this.#state === 'open') {
      this.#mayRestart = false
      this.#crash = null
      this.#state = 'restarting'
      this.#options.log(`ledger: the writer stopped (${reason}) and is started again`)
      this.#thread = this.#startThread()
    } else {
      this.#end(`the ledger is not written any more, ${this.queued()} entries are lost: ${reason}`)
    }
  }

  /** For good. */
  #end(problem: string | null): void {
    this.#state = 'ended'
    clearTimeout(this.#collecting)
    clearImmediate(this.#soon)
    clearInterval(this.#tidying)
    if (problem !== null) {
      this.#setProblem(problem)
      this.#tellWaiting()
      for (const { waiting } of this.#flushing) waiting.reject(this.#unavailable())
    }
    this.#ended.resolve()
  }

  #unavailable(): MusivumError {
    return new MusivumError('store.unavailable', this.#problem ?? 'the ledger is closed')
  }

  /** Said once when it begins and once when it ends: a full disk must not fill the log of the operator too. */
  #setProblem(problem: string | null): void {
    if (problem === this.#problem) return
    this.#problem = problem
    this.#options.log(problem ?? 'the ledger is written again, and nothing was lost')
  }
}

function holdsOf({ holds, settled }: UnderWay): readonly OpenHold[] {
  return [...holds, ...settled.map(({ hold }) => hold)]
}

function tellKept(hold: OpenHold): void {
  hold.writing.isKept = true
  tellAll(hold, (waiting) => waiting.resolve())
}

function tellAll({ writing }: OpenHold, tell: (waiting: PromiseWithResolvers<void>) => void): void {
  for (const waiting of writing.waiting.splice(0)) tell(waiting)
}

function reaches(done: Mark, upTo: Mark): boolean {
  return done.holds >= upTo.holds && done.settled >= upTo.settled
}

function toValues(hold: OpenHold, nowMs: number): HoldValues {
  const { id, requestId, createdMs, keepMs, nanoUsd, payer } = hold
  const { team, project, key, task } = payer
  return [id, requestId, createdMs, nowMs + keepMs, nanoUsd, team, project, key, task]
}

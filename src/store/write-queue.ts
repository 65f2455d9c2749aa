import type { Worker } from 'node:worker_threads'
import { MusivumError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { FromWriter, Tidied, ToWriter, WriterStart, Written } from './messages.ts'
import { hasExcess, type LogLimits } from './log-limits.ts'
import { toValues, type RowValues } from './request-row.ts'
import type { RequestRow, StoreHealth } from './store.ts'
import { sayThreadError, startThread, threadFile } from './store-thread.ts'

export type WriteQueueOptions = {
  readonly start: Omit<WriterStart, 'nowMs'>
  readonly maxQueuedRows: number
  /** Asked when rows were written, and when old ones are deleted. */
  readonly keeps: () => LogLimits
  readonly clock: Clock
  readonly log: (line: string) => void
  /** The thread's code; tests give one that breaks down. */
  readonly writerFile?: URL
}

export type WriteQueue = {
  append(row: RequestRow): boolean
  health(): StoreHealth
  flush(): Promise<void>
  close(): Promise<void>
}

// Rows are collected for so long, unless somebody waits for them: at 1,000 answers a second 50 rows share one transaction.
const COLLECT_MS = 50
// About 400 KB per message and 10 ms per transaction.
const MAX_BATCH_ROWS = 512
const TIDY_EVERY_MS = 3_600_000
// A batch waits at most five seconds for a lock; a disk that takes longer than this to close a file is not waited for.
const CLOSE_WITHIN_MS = 15_000

/**
 * The bounded queue in front of the writing thread. One message is under way at a time, so the batch to send again after
 * a crash of the thread is always exactly one, and batches grow by themselves when the disk is slow.
 * Rejects with `store.unavailable` when the file cannot be used.
 */
export async function openWriteQueue(options: WriteQueueOptions): Promise<WriteQueue> {
  const opening = Promise.withResolvers<void>()
  const queue = new Queue(options, opening)
  await opening.promise
  return queue
}

type Opening = PromiseWithResolvers<void>
type State = 'opening' | 'open' | 'restarting' | 'closing' | 'ended'

class Queue implements WriteQueue {
  readonly #options: WriteQueueOptions
  readonly #opening: Opening
  #state: State = 'opening'
  #thread: Worker
  #crash: string | null = null
  #mayRestart = true

  #pending: RequestRow[] = []
  #underWay: readonly RowValues[] | 'tidy' | null = null
  #tidyDue = true
  #collecting: NodeJS.Timeout | undefined
  readonly #tidying: NodeJS.Timeout

  /** Rows accepted, and rows written or lost, since the start: a flush waits until the second reaches the first. */
  #accepted = 0
  #settled = 0
  #waiting: { readonly upTo: number; readonly resolve: () => void }[] = []

  #dropped = 0
  #problem: string | null = null
  readonly #ended = Promise.withResolvers<void>()

  constructor(options: WriteQueueOptions, opening: Opening) {
    this.#options = options
    this.#opening = opening
    this.#thread = this.#startThread()
    this.#tidying = setInterval(() => {
      this.#tidyDue = true
      this.#next()
    }, TIDY_EVERY_MS).unref()
  }

  append(row: RequestRow): boolean {
    const open = this.#state === 'open' || this.#state === 'restarting'
    if (!open || this.#queued() >= this.#options.maxQueuedRows) {
      this.#dropped += 1
      if (open) this.#setProblem(TOO_FAST)
      return false
    }
    this.#pending.push(row)
    this.#accepted += 1
    if (this.#pending.length === MAX_BATCH_ROWS) this.#next()
    else this.#collect()
    return true
  }

  health(): StoreHealth {
    return { queuedRows: this.#queued(), droppedRows: this.#dropped, problem: this.#problem }
  }

  flush(): Promise<void> {
    if (this.#settled === this.#accepted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ upTo: this.#accepted, resolve })
    this.#next()
    return promise
  }

  async close(): Promise<void> {
    if (this.#state === 'ended' || this.#state === 'closing') return this.#ended.promise
    const impatience = setTimeout(() => void this.#thread.terminate(), CLOSE_WITHIN_MS)
    this.#state = 'closing'
    await this.flush()
    this.#send({ kind: 'close' })
    await this.#ended.promise
    clearTimeout(impatience)
  }

  /** Sends what is due, unless a message is under way. */
  #next(): void {
    if (this.#underWay !== null || (this.#state !== 'open' && this.#state !== 'closing')) return
    if (this.#pending.length >= MAX_BATCH_ROWS || (this.#waiting.length > 0 && this.#pending.length > 0)) {
      this.#write()
    } else if (this.#tidyDue && this.#state === 'open') {
      this.#tidy()
    } else {
      this.#collect()
    }
  }

  #collect(): void {
    if (this.#pending.length === 0 || this.#underWay !== null) return
    this.#collecting ??= setTimeout(() => {
      this.#collecting = undefined
      if (this.#underWay === null && this.#state === 'open' && this.#pending.length > 0) this.#write()
    }, COLLECT_MS)
  }

  #write(): void {
    clearTimeout(this.#collecting)
    this.#collecting = undefined
    // Flattened here and not one by one as they come: fifty in a row run from warm caches, at a third of the price.
    const batch = this.#pending.splice(0, MAX_BATCH_ROWS).map(toValues)
    this.#underWay = batch
    this.#send({ kind: 'write', rows: batch })
  }

  #tidy(): void {
    this.#tidyDue = false
    this.#underWay = 'tidy'
    const { clock, keeps } = this.#options
    this.#send({ kind: 'tidy', nowMs: clock.now(), limits: keeps() })
  }

  #send(message: ToWriter): void {
    this.#thread.postMessage(message)
  }

  #startThread(): Worker {
    const { start, clock, writerFile = threadFile('writer') } = this.#options
    const thread = startThread(writerFile, { ...start, nowMs: clock.now() } satisfies WriterStart)
    thread.on('message', (message: FromWriter) => this.#hear(message))
    thread.on('error', (error) => {
      this.#crash = sayThreadError(error)
    })
    thread.on('exit', () => this.#hearExit())
    return thread
  }

  #hear(message: FromWriter): void {
    switch (message.kind) {
      case 'ready':
        return this.#hearReady()
      case 'unusable':
        this.#crash = message.problem
        this.#mayRestart = false
        return
      case 'written':
        return this.#hearWritten(message)
      case 'tidied':
        return this.#hearTidied(message)
      default:
        message satisfies never
    }
  }

  #hearReady(): void {
    const first = this.#state === 'opening'
    if (this.#state !== 'closing') this.#state = 'open'
    if (first) this.#opening.resolve()
    const again = this.#underWay
    if (again === null) this.#next()
    else if (again === 'tidy') this.#tidy()
    else this.#send({ kind: 'write', rows: again })
  }

  #hearWritten(message: Written): void {
    const rows = Array.isArray(this.#underWay) ? this.#underWay.length : 0
    this.#underWay = null
    this.#mayRestart = true
    this.#dropped += message.lost
    this.#settle(rows)
    // A queue that has just been full stays a problem until it is half empty, or it would come and go with every batch.
    const stillFull = this.#problem === TOO_FAST && this.#queued() > this.#options.maxQueuedRows / 2
    if (message.problem !== null) this.#setProblem(lossLine(message.problem))
    else if (!stillFull) this.#setProblem(null)
    if (hasExcess(message.logRows, this.#options.keeps())) this.#tidyDue = true
    // After each batch deleting has its turn, or a log under steady load would never be tidied.
    if (this.#tidyDue && this.#state === 'open') this.#tidy()
    else this.#next()
  }

  #hearTidied(message: Tidied): void {
    this.#underWay = null
    this.#tidyDue = message.more
    if (message.problem !== null) this.#setProblem(`old rows of the request log stay: ${message.problem}`)
    this.#next()
  }

  /** The thread is gone: as it should, at the first start for a file it cannot use, or in the middle of its work. */
  #hearExit(): void {
    const reason = this.#crash ?? 'its thread stopped'
    if (this.#state === 'opening') {
      this.#end(null)
      this.#opening.reject(new MusivumError('store.unavailable', `the request log cannot be used: ${reason}`))
    } else if (this.#state === 'closing' && this.#queued() === 0) {
      this.#end(null)
    } else if (this.#mayRestart && this.#state === 'open') {
      this.#mayRestart = false
      this.#crash = null
      this.#state = 'restarting'
      this.#options.log(`request log: the writer stopped (${reason}) and is started again`)
      this.#thread = this.#startThread()
    } else {
      this.#end(`the writer stopped and cannot go on: ${reason}`)
    }
  }

  /** For good: what is queued is lost, and whoever waits is told to go on. */
  #end(problem: string | null): void {
    this.#state = 'ended'
    clearTimeout(this.#collecting)
    clearInterval(this.#tidying)
    const lost = this.#queued()
    this.#dropped += lost
    this.#pending = []
    this.#underWay = null
    if (problem !== null) this.#setProblem(lossLine(problem))
    this.#settle(lost)
    this.#ended.resolve()
  }

  #queued(): number {
    return this.#accepted - this.#settled
  }

  #settle(rows: number): void {
    this.#settled += rows
    const stillWaiting = this.#waiting.filter((waiter) => waiter.upTo > this.#settled)
    const done = this.#waiting.filter((waiter) => waiter.upTo <= this.#settled)
    this.#waiting = stillWaiting
    for (const waiter of done) waiter.resolve()
  }

  /** Said once when it begins and once when it ends: a full disk must not fill the log of the operator too. */
  #setProblem(problem: string | null): void {
    if (problem === this.#problem) return
    this.#problem = problem
    const { log } = this.#options
    log(problem ?? `the request log is written again; ${this.#dropped} rows were lost since the start`)
  }
}

function lossLine(problem: string): string {
  return `the request log loses rows: ${problem}`
}

const TOO_FAST = lossLine('they come faster than the disk takes them')

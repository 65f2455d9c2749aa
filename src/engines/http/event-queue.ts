import { MusivumError, type ErrorCode } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'

/** How reading an answer begins and ends. */
export type EventSource = {
  /** Called with the first `next`; what it throws that rejects. */
  readonly start: () => void
  /** The reader has caught up with what made the queue full. */
  readonly resume: () => void
  readonly pause: () => void
  /** Throws what a reader is told in place of an event that is here already: that its client has left. */
  readonly check: () => void
  /** The reader wants no more. */
  readonly cancel: () => void
}

// Two packets of 64 KiB: enough that a reader never waits for the network, little enough for a thousand slow readers.
const HIGH_WATER_BYTES = 128 * 1024

const OURS: ReadonlySet<ErrorCode> = new Set(['request.cancelled', 'gateway.stopping'])

/**
 * Events that arrive when the network likes, for one reader that takes them when it likes; a full queue pauses the source. An
 * iterator by hand: each generator that events pass through costs three turns of the microtask queue for every one of them.
 */
export class EventQueue implements AsyncIterableIterator<AnswerEvent, undefined> {
  readonly #source: EventSource
  #state: 'new' | 'open' | 'over' = 'new'
  #events: AnswerEvent[] = []
  #taken = 0
  /** Bytes that the waiting events were made of. */
  #bytes = 0
  #paused = false
  #outcome: { readonly error?: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(source: EventSource) {
    this.#source = source
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The events that `bytes` of the answer were made into are here. */
  arrived(bytes: number): void {
    if (this.#events.length > 0) this.#bytes += bytes
    if (!this.#paused && this.#bytes >= HIGH_WATER_BYTES) {
      this.#paused = true
      this.#source.pause()
    }
    this.#wake?.()
  }

  push(event: AnswerEvent): void {
    this.#events.push(event)
  }

  end(): void {
    this.#conclude({})
  }

  fail(error: unknown): void {
    // After a cancel nobody wants the rest. What a server sent before it failed was said, and is passed on.
    if (error instanceof MusivumError && OURS.has(error.code)) this.#empty()
    this.#conclude({ error })
  }

  async next(): Promise<IteratorResult<AnswerEvent, undefined>> {
    if (this.#state === 'over') return OVER
    try {
      if (this.#state === 'new') {
        this.#state = 'open'
        this.#source.start()
      }
      while (this.#taken === this.#events.length && this.#outcome === undefined)
        await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
      const event = this.#take()
      if (event !== undefined) return { done: false, value: event }
    } catch (thrown) {
      await this.return()
      throw thrown
    }
    this.#state = 'over'
    return OVER
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    if (this.#state === 'open') this.#source.cancel()
    this.#state = 'over'
    this.#empty()
    return Promise.resolve(OVER)
  }

  #take(): AnswerEvent | undefined {
    const event = this.#events[this.#taken]
    if (event === undefined) {
      if (this.#outcome !== undefined && 'error' in this.#outcome) throw this.#outcome.error
      return undefined
    }
    this.#source.check()
    this.#taken += 1
    if (this.#taken === this.#events.length) this.#empty()
    return event
  }

  #empty(): void {
    this.#events = []
    this.#taken = 0
    this.#bytes = 0
    if (!this.#paused || this.#state === 'over') return
    this.#paused = false
    this.#source.resume()
  }

  #conclude(outcome: { readonly error?: unknown }): void {
    this.#outcome ??= outcome
    this.#wake?.()
  }
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined }

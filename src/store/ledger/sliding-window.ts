import { strict as assert } from 'node:assert'

/** Length of every limit that is per minute. */
export const WINDOW_MS = 60_000

/**
 * What was taken within the last minute, to the millisecond. A limit that asks `waitMs` before each `take` holds over every
 * window of 60,000 ms, wherever it begins: let t be the last moment in the window in which something was taken. What was
 * taken in the window lies in (t - 60,000, t], which is what was summed and found within the limit at t; and amounts are
 * only ever lowered afterwards. (A leaky bucket with a burst as large as the limit lets nearly twice of it through.)
 *
 * One entry for each millisecond in which something was taken: 60,000 of 16 bytes at most, about 1 MB, whatever the limit.
 * Time is monotonic, in milliseconds.
 */
export class SlidingWindow {
  #times: number[] = []
  #amounts: number[] = []
  /** Entries before this index are older than a minute. */
  #first = 0
  #sum = 0

  /** 0 when the amount fits; else how long until it does, provided that nothing else is taken; Infinity for more than the limit. */
  waitMs(nowMs: number, amount: number, limit: number): number {
    this.#forget(nowMs)
    if (this.#sum + amount <= limit) return 0
    if (amount > limit) return Number.POSITIVE_INFINITY
    let excess = this.#sum + amount - limit
    for (let index = this.#first; ; index += 1) {
      excess -= this.#amounts[index] ?? 0
      const atMs = this.#times[index]
      assert(atMs !== undefined, 'without any entry the amount fits')
      if (excess <= 0) return atMs + WINDOW_MS - nowMs
    }
  }

  take(nowMs: number, amount: number): void {
    if (amount === 0) return
    this.#forget(nowMs)
    const last = this.#times.length - 1
    if (this.#times[last] === nowMs) this.#amounts[last] = (this.#amounts[last] ?? 0) + amount
    else {
      this.#times.push(nowMs)
      this.#amounts.push(amount)
    }
    this.#sum += amount
  }

  /** Lowers what was taken at `takenMs`. Older than a minute, it does not matter any more. */
  giveBack(nowMs: number, takenMs: number, amount: number): void {
    this.#forget(nowMs)
    const index = this.#indexOf(takenMs)
    if (index === -1) return
    const taken = this.#amounts[index] ?? 0
    assert(amount <= taken, 'no more is given back than was taken')
    this.#amounts[index] = taken - amount
    this.#sum -= amount
  }

  #forget(nowMs: number): void {
    while (this.#first < this.#times.length && (this.#times[this.#first] ?? 0) <= nowMs - WINDOW_MS) {
      this.#sum -= this.#amounts[this.#first] ?? 0
      this.#first += 1
    }
    // Half of it is old: moving the rest costs less than what was added since the last time.
    if (this.#first > 64 && this.#first * 2 > this.#times.length) {
      this.#times.splice(0, this.#first)
      this.#amounts.splice(0, this.#first)
      this.#first = 0
    }
  }

  #indexOf(atMs: number): number {
    let low = this.#first
    let high = this.#times.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = this.#times[middle] ?? 0
      if (found === atMs) return middle
      if (found < atMs) low = middle + 1
      else high = middle - 1
    }
    return -1
  }
}

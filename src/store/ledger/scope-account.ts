import { strict as assert } from 'node:assert'
import type { Period, Scope } from '../accounts/accounts.ts'
import type { Today } from './period.ts'
import { SlidingWindow } from './sliding-window.ts'

/** What is on the disk about one scope, in nano-dollars. */
export type ReadSpent = (scope: Scope, period: Period, today: Today) => number

/**
 * What one scope has spent and set aside, whether it has budgets or not: one that is set tomorrow counts from today. Sums are
 * read from the disk when the scope is first used, and when another day or month begins.
 */
export class ScopeAccount {
  readonly scope: Scope
  readonly #read: ReadSpent
  #today: Today
  #day: number
  #month: number
  #total: number
  /** Set aside for answers under way, and for those of a process that died. It goes along into the next day. */
  held = 0
  /** Answers under way. */
  open = 0
  readonly requests = new SlidingWindow()
  readonly tokens = new SlidingWindow()
  readonly nanoUsd = new SlidingWindow()

  constructor(scope: Scope, today: Today, read: ReadSpent) {
    this.scope = scope
    this.#read = read
    this.#today = today
    this.#day = read(scope, 'day', today)
    this.#month = read(scope, 'month', today)
    this.#total = read(scope, 'total', today)
  }

  spent(period: Period, today: Today): number {
    this.#turnTo(today)
    return period === 'day' ? this.#day : period === 'month' ? this.#month : this.#total
  }

  book(nanoUsd: number, today: Today): void {
    this.#turnTo(today)
    this.#day = plus(this.#day, nanoUsd)
    this.#month = plus(this.#month, nanoUsd)
    this.#total = plus(this.#total, nanoUsd)
  }

  hold(nanoUsd: number): void {
    this.held += nanoUsd
  }

  release(nanoUsd: number): void {
    this.held -= nanoUsd
    assert(this.held >= 0, 'no more is released than was held')
  }

  #turnTo(today: Today): void {
    const before = this.#today
    if (before === today) return
    this.#today = today
    if (before.dayMs !== today.dayMs) this.#day = this.#read(this.scope, 'day', today)
    if (before.monthMs !== today.monthMs) this.#month = this.#read(this.scope, 'month', today)
  }
}

/** Nine million dollars are over every cap that can be set: a sum stays there, where it would no longer be exact. */
function plus(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER)
}

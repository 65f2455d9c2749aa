import { strict as assert } from 'node:assert'
import type { Clock } from '../../core/ports.ts'
import { MusivumError } from '../../core/errors.ts'

export type SlotQueue = {
  /** @throws MusivumError `engine.busy` when `count` more would not fit slots and queue. Call `take` right after, in the same turn. */
  readonly assertRoom: (count: number) => void
  /** Resolves with the function that gives the slot back. An abort rejects with the signal's reason and leaves the queue at once. */
  readonly take: (signal: AbortSignal) => Promise<() => void>
  readonly resize: (slots: number) => void
  readonly active: () => number
  readonly waiting: () => number
}

type Waiter = { readonly grant: () => void; readonly leave: () => void }

/** First come, first served: `slots` at once, `limit` waiting, one more is refused. */
export function slotQueue(model: string, slots: number, limit: number, clock: Clock): SlotQueue {
  const waiters = new Set<Waiter>()
  let capacity = slots
  let active = 0
  // A guess until an answer was measured: shorter than most, so that the first refused client is not sent away for long.
  let typicalMs = 1000

  function assertRoom(count: number): void {
    const room = Math.max(0, capacity - active) + limit - waiters.size
    if (count <= room) return
    // Everybody ahead in rounds of `capacity`, each as long as answers lately took.
    const retryAfterSeconds = Math.max(
      1,
      Math.ceil((((waiters.size + active) / capacity) * typicalMs) / 1000),
    )
    throw new MusivumError(
      'engine.busy',
      `${model} answers ${active} requests and ${waiters.size} wait, which is its limit of ${limit}; try again in ${retryAfterSeconds} s.`,
      { model, retryAfterSeconds },
    )
  }

  function take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    if (active < capacity && waiters.size === 0) return Promise.resolve(occupy())
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        grant: () => {
          signal.removeEventListener('abort', waiter.leave)
          resolve(occupy())
        },
        leave: () => {
          waiters.delete(waiter)
          reject(signal.reason as Error)
        },
      }
      waiters.add(waiter)
      signal.addEventListener('abort', waiter.leave, { once: true })
    })
  }

  function occupy(): () => void {
    active += 1
    const since = clock.monotonic()
    let held = true
    return () => {
      if (!held) return
      held = false
      active -= 1
      assert(active >= 0, 'a slot was given back twice')
      typicalMs += (clock.monotonic() - since - typicalMs) / 8
      admit()
    }
  }

  function admit(): void {
    for (const waiter of waiters) {
      if (active >= capacity) return
      waiters.delete(waiter)
      waiter.grant()
    }
  }

  return {
    assertRoom,
    take,
    resize: (slotCount) => {
      capacity = slotCount
      admit()
    },
    active: () => active,
    waiting: () => waiters.size,
  }
}

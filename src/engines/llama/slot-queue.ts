import { strict as assert } from 'node:assert'
import { MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'

/** Who wants a slot. Requests without a tenant stand in one line of their own. */
export type Claim = {
  readonly signal: AbortSignal
  readonly tenant?: string
  /** `Clock.monotonic()` */
  readonly deadlineAtMs?: number
}

export type SlotQueue = {
  /**
   * Places for `count` more of a tenant; the longest line gives some up where this one has less than its share.
   * Call `take` right after, in the same turn.
   *
   * @throws MusivumError `engine.busy`
   */
  readonly makeRoom: (count: number, tenant?: string) => void
  /**
   * Resolves with the function that gives the slot back. An abort rejects with the signal's reason, the deadline and a
   * shorter line that needs the place with `engine.busy`; each leaves the queue at once.
   */
  readonly take: (claim: Claim) => Promise<() => void>
  readonly resize: (slots: number) => void
  readonly size: () => number
  readonly active: () => number
  readonly waiting: () => number
}

export type QueueSize = { readonly slots: number; readonly waiting: number }

/** What one tenant has: slots, and requests that wait for one. */
type Line = {
  readonly waiters: Set<Waiter>
  held: number
  /** When it was last given a slot, counted in slots given. */
  served: number
}
type Waiter = { readonly grant: () => void; readonly refuse: (why: Error) => void }

// Idle lines are kept for the moment of their last turn: forgotten, their next request would go before those of others
// that wait longer. Each some hundred bytes; a gateway has fewer teams and keys at work than this.
const MAX_LINES = 1024

/**
 * A line per tenant. A free slot goes to the tenant that holds the fewest, and of these to the one served longest ago:
 * whoever has one request waits for at most one turn of somebody with a hundred. `size.waiting` places in all, divided
 * evenly among those who wait once they are full.
 */
export function slotQueue(model: string, size: QueueSize, clock: Clock): SlotQueue {
  const lines = new Map<string, Line>()
  const limit = size.waiting
  let capacity = size.slots
  let active = 0
  let waiting = 0
  let given = 0
  // A guess until an answer was measured: shorter than most, so that the first refused client is not sent away for long.
  let typicalMs = 1000

  function lineOf(tenant = ''): Line {
    const known = lines.get(tenant)
    if (known !== undefined) return known
    if (lines.size >= MAX_LINES) forgetIdle()
    const line = { waiters: new Set<Waiter>(), held: 0, served: 0 }
    lines.set(tenant, line)
    return line
  }

  function forgetIdle(): void {
    for (const [tenant, line] of lines) if (!isBusy(line)) lines.delete(tenant)
  }

  function makeRoom(count: number, tenant?: string): void {
    const line = lineOf(tenant)
    const mustWait = count - Math.max(0, capacity - active)
    const missing = mustWait - (limit - waiting)
    if (missing <= 0) return
    if (line.waiters.size + mustWait > shareOf(line)) throw busy(line, `which is its limit of ${limit}`)
    for (let place = 0; place < missing; place += 1) shortenLongest()
  }

  function shareOf(line: Line): number {
    const others = [...lines.values()].filter((other) => other !== line && other.waiters.size > 0)
    return Math.floor(limit / (others.length + 1))
  }

  /** The newest request of the longest line: those before it in that line have waited longer. */
  function shortenLongest(): void {
    const longest = [...lines.values()].reduce((a, b) => (b.waiters.size > a.waiters.size ? b : a))
    const last = [...longest.waiters].at(-1)
    assert(last !== undefined, 'places are missing, so somebody waits')
    last.refuse(busy(longest, 'and others have not had their share of the line'))
  }

  function take(claim: Claim): Promise<() => void> {
    const { signal, tenant, deadlineAtMs } = claim
    const line = lineOf(tenant)
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    if (active < capacity && waiting === 0) return Promise.resolve(occupy(line))
    return new Promise((resolve, reject) => {
      const timer =
        deadlineAtMs === undefined ? undefined : setTimeout(late, timerMs(deadlineAtMs - clock.monotonic()))
      const waiter: Waiter = {
        grant() {
          leave()
          resolve(occupy(line))
        },
        refuse(why) {
          leave()
          reject(why)
        },
      }
      const aborted = () => waiter.refuse(signal.reason as Error)
      line.waiters.add(waiter)
      waiting += 1
      signal.addEventListener('abort', aborted, { once: true })

      function late(): void {
        waiter.refuse(busy(line, 'and none was done before the deadline of this one'))
      }

      function leave(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', aborted)
        line.waiters.delete(waiter)
        waiting -= 1
      }
    })
  }

  function occupy(line: Line): () => void {
    active += 1
    line.held += 1
    line.served = given += 1
    const since = clock.monotonic()
    let held = true
    return () => {
      if (!held) return
      held = false
      active -= 1
      line.held -= 1
      assert(active >= 0 && line.held >= 0, 'a slot was given back twice')
      typicalMs += (clock.monotonic() - since - typicalMs) / 8
      admit()
    }
  }

  function admit(): void {
    while (active < capacity && waiting > 0) {
      const [next] = [...lines.values()].filter(({ waiters }) => waiters.size > 0).toSorted(byTurn)
      const [first] = next?.waiters ?? []
      assert(first !== undefined, 'somebody waits')
      first.grant()
    }
  }

  function busy(line: Line, why: string): MusivumError {
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs(line) / 1000))
    const yours = waiting === line.waiters.size ? '' : ` (${line.waiters.size} of yours)`
    return new MusivumError(
      'engine.busy',
      `${model} answers ${active} requests and ${waiting} wait${yours}, ${why}; try again in ${retryAfterSeconds} s.`,
      { model, retryAfterSeconds },
    )
  }

  /**
   * Until one more of this line would have its turn: those ahead of it in its own line, each between turns of all the
   * others, but nobody more often than they are there; in rounds of `capacity`, each as long as answers lately took.
   */
  function waitMs(line: Line): number {
    const tenants = [...lines.values()].filter((other) => other === line || isBusy(other)).length
    const ahead = Math.min((line.waiters.size + line.held) * tenants, waiting + active)
    return (Math.max(1, ahead) / capacity) * typicalMs
  }

  return {
    makeRoom,
    take,
    resize: (slotCount) => {
      capacity = slotCount
      admit()
    },
    size: () => capacity,
    active: () => active,
    waiting: () => waiting,
  }
}

function isBusy({ held, waiters }: Line): boolean {
  return held > 0 || waiters.size > 0
}

function byTurn(a: Line, b: Line): number {
  return a.held - b.held || a.served - b.served
}

/** What a timer can wait: one beyond 2^31 ms would fire at once. */
export function timerMs(ms: number): number {
  return Math.min(Math.max(0, ms), 2 ** 31 - 1)
}

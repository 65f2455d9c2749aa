import { setTimeout as sleep } from 'node:timers/promises'
import { toMusivumError, type MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import { freeMemory } from './free-memory.ts'
import {
  firstPlace,
  grown,
  heldBytes,
  spareBytes,
  type Claim,
  type Holder,
  type Memory,
  type Place,
} from './memory-claims.ts'
import type { MemoryNeed, Size } from './memory-fit.ts'
import { noRoomInTime, outOfMemory } from './memory-refusals.ts'

/**
 * Who has how much of the memory of this machine. Every model asks before it is loaded, and what is promised to one that
 * is still loading is not promised to another.
 */
export type MemoryBook = {
  readonly open: (holder: Holder) => Account
  /** For all local models together; undefined: only what the system allows. Holds from the next load on. */
  readonly setLimit: (bytes: number | undefined) => void
  readonly figures: () => MemoryFigures
}

export type MemoryFigures = {
  readonly limitBytes: number | null
  /** What another model could have without any being unloaded. */
  readonly freeBytes: number
  /** What loaded and loading models may come to hold. */
  readonly promisedBytes: number
}

export type Account = {
  /**
   * Room for one process, promised until it is given back. Idle models are unloaded for it, the least recently used first;
   * while busy ones hold too much, it waits.
   *
   * @throws MusivumError `engine.out_of_memory`, or `engine.busy` after waiting, with the numbers
   */
  readonly admit: (need: MemoryNeed, signal: AbortSignal) => Promise<Room>
  /** It is idle now: whoever waits may have its place. */
  readonly idle: () => void
}

export type Room = {
  readonly size: Size
  readonly promisedBytes: number
  /** The model is loaded: from now on the system's own figures show what it holds. */
  readonly loaded: () => void
  /** The process is gone. */
  readonly giveBack: () => void
}

export type BookDeps = {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly limitBytes?: number | undefined
  readonly free?: () => number
  /** How long a load waits for busy models. */
  readonly waitMs?: number
  /** How long a busy model may stay while another waits; then it takes no more requests and leaves. */
  readonly stayMs?: number
}

const WAIT_MS = 60_000
/** Loading takes about a second: a model that left sooner would cost more than it answered. */
const STAY_MS = 5_000
/** Other programs give memory back without telling us. */
const LOOK_AGAIN_MS = 1_000

type Waiter = {
  readonly holder: Holder
  readonly need: MemoryNeed
  readonly resolve: (room: Room) => void
  readonly reject: (error: MusivumError) => void
}

export function memoryBook(deps: BookDeps): MemoryBook {
  const { clock, free = freeMemory, waitMs = WAIT_MS, stayMs = STAY_MS } = deps
  let { limitBytes } = deps
  const claims = new Set<Claim>()
  // First come, first served. At most one for each local model, so bounded by the configuration.
  const waiters = new Set<Waiter>()
  let state: 'quiet' | 'looking' | 'look-again' = 'quiet'
  let timer: NodeJS.Timeout | undefined

  function memory(): Memory {
    return { claims: [...claims], freeBytes: free(), limitBytes }
  }

  /** Somebody came, left or became idle. */
  function look(): void {
    if (state === 'quiet') void lookUntilQuiet()
    else state = 'look-again'
  }

  /** One place is made at a time: two that looked at the same free memory would both take it. */
  async function lookUntilQuiet(): Promise<void> {
    do {
      state = 'looking'
      for (const waiter of waiters) {
        await serve(waiter).catch((error: unknown) => refuse(waiter, toMusivumError(error)))
      }
    } while (isAsked())
    state = 'quiet'
    clearTimeout(timer)
    if (waiters.size > 0) timer = setTimeout(look, LOOK_AGAIN_MS).unref()
  }

  function isAsked(): boolean {
    return state === 'look-again'
  }

  async function serve(waiter: Waiter): Promise<void> {
    if (!waiters.has(waiter)) return
    const now = memory()
    const first = waiters.values().next().value === waiter
    // Behind another one it takes what is free and nothing more: what leaves is the first one's.
    const place = firstPlace(now, waiter.holder, waiter.need, first ? idleOf(now) : [])
    if (place !== undefined) return take(waiter, grown(now, waiter.holder, waiter.need, place))
    if (first) waitOrRefuse(waiter, now)
  }

  async function take(waiter: Waiter, { size, claim, leaving }: Place): Promise<void> {
    await Promise.all(leaving.map(({ holder }) => holder.leave()))
    // Whoever waited may have gone meanwhile, and what a process really gave back is known only now.
    if (!waiters.has(waiter)) return
    if (leaving.length > 0 && spareBytes(memory(), [], claim) < 0) return look()
    waiters.delete(waiter)
    claims.add(claim)
    waiter.resolve(roomOf(claim, size))
  }

  function roomOf(claim: Claim, size: Size): Room {
    return {
      size,
      promisedBytes: claim.weightsBytes + claim.besideBytes,
      loaded() {
        claim.loadedAtMs = clock.monotonic()
        look()
      },
      giveBack() {
        if (claims.delete(claim)) look()
      },
    }
  }

  function waitOrRefuse(waiter: Waiter, now: Memory): void {
    const { holder, need } = waiter
    const leavable = now.claims.filter((claim) => !claim.holder.pinned)
    if (firstPlace(now, holder, need, leavable) === undefined) {
      refuse(waiter, outOfMemory(need, now, leavable))
      return
    }
    // Busy models that have had their time answer what they began, and no more.
    const served = byTurn(now, clock.monotonic() - stayMs)
    for (const claim of firstPlace(now, holder, need, served)?.leaving ?? []) {
      if (claim.holder.idleSinceMs() === undefined) void claim.holder.leave()
    }
  }

  function refuse(waiter: Waiter, error: MusivumError): void {
    if (waiters.delete(waiter)) waiter.reject(error)
    look()
  }

  async function admit(holder: Holder, need: MemoryNeed, signal: AbortSignal): Promise<Room> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<Room>()
    const waiter: Waiter = { holder, need, resolve, reject }
    const answered = new AbortController()
    const abort = () => refuse(waiter, signal.reason as MusivumError)
    signal.addEventListener('abort', abort, { signal: answered.signal })
    sleep(waitMs, undefined, { signal: answered.signal, ref: false }).then(
      () => refuse(waiter, noRoomInTime(need, memory(), waitMs)),
      () => 'it was answered in time',
    )
    waiters.add(waiter)
    look()
    return promise.finally(() => answered.abort())
  }

  return {
    open: (holder) => ({ admit: (need, signal) => admit(holder, need, signal), idle: look }),
    setLimit(bytes) {
      limitBytes = bytes
      look()
    },
    figures() {
      const now = memory()
      return {
        limitBytes: limitBytes ?? null,
        freeBytes: Math.max(0, spareBytes(now)),
        promisedBytes: heldBytes(now.claims),
      }
    },
  }
}

/** Those that nobody asks, the least recently used first. */
function idleOf({ claims }: Memory): readonly Claim[] {
  return claims
    .flatMap((claim) => {
      const sinceMs = claim.holder.idleSinceMs()
      const leavable = claim.loadedAtMs !== undefined && !claim.holder.pinned
      return leavable && sinceMs !== undefined ? [{ claim, sinceMs }] : []
    })
    .toSorted((a, b) => a.sinceMs - b.sinceMs)
    .map(({ claim }) => claim)
}

/** Idle ones, and those that were loaded before a time, the longest loaded first. */
function byTurn({ claims }: Memory, beforeMs: number): readonly Claim[] {
  return claims
    .filter(({ holder, loadedAtMs = Infinity }) => {
      const hadItsTime = loadedAtMs <= beforeMs || holder.idleSinceMs() !== undefined
      return loadedAtMs !== Infinity && !holder.pinned && hadItsTime
    })
    .toSorted((a, b) => (a.loadedAtMs ?? 0) - (b.loadedAtMs ?? 0))
}

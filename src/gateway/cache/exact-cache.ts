import { strict as assert } from 'node:assert'
import type { Clock } from '../../core/ports.ts'

/** Answers by the hash of everything that they depend on. Whole answers as bytes: nothing that is given out can be changed by who got it. */
export type ExactCache = {
  /** The answer, when it is kept and not older than this; asking for it makes it the last to go. */
  readonly get: (key: string, maxAgeMs: number) => KeptAnswer | undefined
  /** False when it is too large to be kept. An answer under the same key is replaced. */
  readonly put: (key: string, answer: NewAnswer) => boolean
  readonly figures: () => CacheFigures
}

export type NewAnswer = {
  readonly bytes: Uint8Array
  /** The request that it was made for, so that whoever audits a hit finds the decision behind it. */
  readonly requestId: string
}

export type KeptAnswer = NewAnswer & { readonly ageMs: number }

export type CacheFigures = {
  readonly answers: number
  /** Memory taken, at most `maxBytes`. */
  readonly bytes: number
  readonly hits: number
  readonly misses: number
}

export type ExactCacheOptions = {
  readonly clock: Clock
  /** Default: 64 MiB, some ten thousand answers of a page. */
  readonly maxBytes?: number
}

const MAX_BYTES = 64 * 1024 * 1024

/** One answer may take a sixteenth: sixteen people with books to translate must not empty the cache of all others. */
const LARGEST_SHARE = 16

/** Beside the bytes of an answer: its key and id in hexadecimal, two objects, a buffer and the place in the map. */
export const ANSWER_BYTES = 512

type Entry = NewAnswer & { readonly bornMs: number; readonly bornMonotonicMs: number }

/** The least recently used answer goes first. Pure but for the clock; bounded at every moment. */
export function exactCache({ clock, maxBytes = MAX_BYTES }: ExactCacheOptions): ExactCache {
  // A map keeps the order in which keys were set, so the first one is the one that was not used for longest.
  const entries = new Map<string, Entry>()
  let bytes = 0
  let hits = 0
  let misses = 0

  function remove(key: string): void {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    bytes -= sizeOf(entry)
  }

  return {
    get(key, maxAgeMs) {
      const entry = entries.get(key)
      const ageMs = entry === undefined ? Infinity : ageOf(entry, clock)
      if (entry === undefined || ageMs > maxAgeMs) {
        misses += 1
        return undefined
      }
      hits += 1
      entries.delete(key)
      entries.set(key, entry)
      return { bytes: entry.bytes, requestId: entry.requestId, ageMs }
    },
    put(key, answer) {
      remove(key)
      const size = sizeOf(answer)
      if (size > maxBytes / LARGEST_SHARE) return false
      for (const oldest of entries.keys()) {
        if (bytes + size <= maxBytes) break
        remove(oldest)
      }
      entries.set(key, { ...answer, bornMs: clock.now(), bornMonotonicMs: clock.monotonic() })
      bytes += size
      assert(bytes >= 0 && bytes <= maxBytes, 'the cache never takes more than its bound')
      return true
    },
    figures: () => ({ answers: entries.size, bytes, hits, misses }),
  }
}

function sizeOf({ bytes }: NewAnswer): number {
  return bytes.byteLength + ANSWER_BYTES
}

/**
 * By the clock that says more: the one for durations stands still while a laptop sleeps, and the one on the wall may be set
 * back. An answer is rather too old than given again after its time.
 */
function ageOf({ bornMs, bornMonotonicMs }: Entry, clock: Clock): number {
  return Math.max(0, clock.now() - bornMs, clock.monotonic() - bornMonotonicMs)
}

import { randomFillSync } from 'node:crypto'
import type { Clock, Random } from '../core/ports.ts'

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

/** The operating system's randomness, fetched in pages: a call per id costs more than all else an id needs. */
export function systemRandom(): Random {
  const page = Buffer.alloc(PAGE_BYTES)
  let used = PAGE_BYTES
  return {
    bytes(length) {
      if (used + length > PAGE_BYTES) {
        randomFillSync(page)
        used = 0
      }
      used += length
      return page.subarray(used - length, used)
    },
  }
}

// 512 ids of 8 bytes per system call; also the largest single request, see `Random`.
const PAGE_BYTES = 4096

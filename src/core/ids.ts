import type { Clock, Ids, Random } from './ports.ts'

/**
 * UUIDv7 (RFC 9562 §5.7) in lower case: 48 bits of milliseconds, then a 12-bit counter in `rand_a` (method 1, "fixed
 * bit-length dedicated counter"), then 62 random bits. Ids of one generator sort in the order they were made, also
 * within a millisecond and when the clock goes back, so a log keyed by id reads in order of arrival.
 */
export function uuidV7Ids(clock: Clock, random: Random): Ids {
  let lastMs = 0
  let counter = 0
  return {
    next() {
      // A clock may tell fractions; an id has no place for them, and one in hexadecimal would be no id.
      const nowMs = Math.floor(clock.now())
      if (nowMs > lastMs) {
        lastMs = nowMs
        counter = 0
      } else if (++counter > 0xfff) {
        // 4,096 ids in one millisecond, or a clock that went back: borrow from the future rather than repeat an order.
        lastMs += 1
        counter = 0
      }
      return format(lastMs, counter, random.bytes(8))
    },
  }
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export function isUuidV7(text: string): boolean {
  return UUID_V7.test(text)
}

/** Milliseconds since the Unix epoch, read from the id. */
export function uuidV7TimeMs(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** Every UUIDv7 made before this millisecond sorts before this text. */
export function firstIdAt(atMs: number): string {
  const hex = Math.max(0, Math.trunc(atMs)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

function format(timeMs: number, counter: number, tail: Uint8Array): string {
  const time = timeMs.toString(16).padStart(12, '0')
  const randA = counter.toString(16).padStart(3, '0')
  const variant = hexAt(((tail[0] ?? 0) & 0x3f) | 0x80) + hexAt(tail[1])
  let node = ''
  for (let index = 2; index < 8; index += 1) node += hexAt(tail[index])
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randA}-${variant}-${node}`
}

// Two ids are made for every request, so a table instead of sixteen conversions.
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hexAt(byte: number | undefined): string {
  return HEX[byte ?? 0] ?? '00'
}

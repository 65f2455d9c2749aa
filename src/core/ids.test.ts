import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstIdAt, isUuidV7, uuidV7Ids, uuidV7TimeMs } from './ids.ts'
import type { Clock, Random } from './ports.ts'

const zeros: Random = { bytes: (length) => new Uint8Array(length) }

function clockOf(times: readonly number[]): Clock {
  let call = 0
  const now = () => times[Math.min(call++, times.length - 1)] ?? 0
  return { now, monotonic: now }
}

describe('uuidV7Ids', () => {
  test('writes the time, the counter and the random tail where RFC 9562 has them', () => {
    const ids = uuidV7Ids(clockOf([0x017f22e279b0]), {
      bytes: () => Uint8Array.from([0xff, 1, 2, 3, 4, 5, 6, 7]),
    })
    expect(ids.next()).toBe('017f22e2-79b0-7000-bf01-020304050607')
    expect(ids.next()).toBe('017f22e2-79b0-7001-bf01-020304050607')
  })

  test('sorts ids in the order they were made, whatever the clock does', () => {
    const anyTime = fc.double({ min: 0, max: 2 ** 47, noNaN: true })
    fc.assert(
      fc.property(fc.array(anyTime, { minLength: 2, maxLength: 50 }), (times) => {
        const ids = uuidV7Ids(clockOf(times), zeros)
        const made = times.map(() => ids.next())
        expect(made.every(isUuidV7)).toBe(true)
        expect(made.toSorted()).toEqual(made)
        expect(new Set(made).size).toBe(made.length)
      }),
    )
  })

  test('goes on into the next millisecond when one has more ids than its counter', () => {
    const ids = uuidV7Ids(clockOf([1_000]), zeros)
    const made = Array.from({ length: 5_000 }, () => ids.next())
    expect(made.toSorted()).toEqual(made)
    expect(new Set(made).size).toBe(5_000)
    expect(uuidV7TimeMs(made.at(-1) ?? '')).toBe(1_001)
  })

  test('tells the time it was made at', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 48 - 1 }), (time) => {
        expect(uuidV7TimeMs(uuidV7Ids(clockOf([time]), zeros).next())).toBe(time)
      }),
    )
  })
})

test('isUuidV7 takes only the canonical form of version 7', () => {
  expect(isUuidV7('017f22e2-79b0-7000-bf01-020304050607')).toBe(true)
  expect(isUuidV7('017F22E2-79B0-7000-BF01-020304050607')).toBe(false)
  expect(isUuidV7('017f22e2-79b0-4000-bf01-020304050607')).toBe(false)
  expect(isUuidV7('017f22e2-79b0-7000-cf01-020304050607')).toBe(false)
  expect(isUuidV7("017f22e2-79b0-7000-bf01-020304050607' or 1=1")).toBe(false)
})

test('the first id of a millisecond is after all of before it, and before all of it', () => {
  const at = (timeMs: number) => uuidV7Ids(clockOf([timeMs]), zeros).next()
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 47 }), (timeMs) => {
      expect(at(timeMs - 1) < firstIdAt(timeMs)).toBe(true)
      expect(firstIdAt(timeMs) < at(timeMs)).toBe(true)
      expect(uuidV7TimeMs(firstIdAt(timeMs))).toBe(timeMs)
    }),
    { seed: 20261123 },
  )
})

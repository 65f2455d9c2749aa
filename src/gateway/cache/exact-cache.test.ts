import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ANSWER_BYTES, exactCache } from './exact-cache.ts'

function handClock(nowMs = 1_000_000) {
  const clock = { wallMs: nowMs, monotonicMs: 0 }
  return {
    now: () => clock.wallMs,
    monotonic: () => clock.monotonicMs,
    pass(ms: number) {
      clock.wallMs += ms
      clock.monotonicMs += ms
    },
    setWall(ms: number) {
      clock.wallMs = ms
    },
    sleep(ms: number) {
      clock.wallMs += ms
    },
  }
}

const answer = (text: string, requestId = 'r1') => ({ bytes: Buffer.from(text), requestId })
const textOf = (kept: { readonly bytes: Uint8Array } | undefined) =>
  kept && Buffer.from(kept.bytes).toString()

test('an answer is given again until it is too old, with its age and the request it was made for', () => {
  const clock = handClock()
  const cache = exactCache({ clock })
  cache.put('k', answer('hello', 'r7'))
  clock.pass(999)
  expect(cache.get('k', 1000)).toMatchObject({ requestId: 'r7', ageMs: 999 })
  expect(textOf(cache.get('k', 1000))).toBe('hello')
  clock.pass(2)
  expect(cache.get('k', 1000)).toBeUndefined()
  expect(cache.get('k', 5000)?.ageMs).toBe(1001)
  expect(cache.figures()).toEqual({ answers: 1, bytes: 5 + ANSWER_BYTES, hits: 3, misses: 1 })
})

test('the answer that was not used for longest goes first', () => {
  const cache = exactCache({ clock: handClock(), maxBytes: 16 * (ANSWER_BYTES + 1) })
  for (let number = 0; number < 16; number += 1) cache.put(`k${number}`, answer('x'))
  expect(textOf(cache.get('k0', Infinity))).toBe('x')
  cache.put('new', answer('y'))
  expect(cache.get('k1', Infinity)).toBeUndefined()
  expect(textOf(cache.get('k0', Infinity))).toBe('x')
  expect(cache.figures().answers).toBe(16)
})

test('an answer of more than a sixteenth is not kept, and the one before it is gone all the same', () => {
  const cache = exactCache({ clock: handClock(), maxBytes: 32 * 1024 })
  expect(cache.put('k', answer('small'))).toBe(true)
  expect(cache.put('k', answer('x'.repeat(2048)))).toBe(false)
  expect(cache.get('k', Infinity)).toBeUndefined()
  expect(cache.figures().bytes).toBe(0)
})

describe('a clock that jumps', () => {
  test('set back by a year: the answer is as old as it is', () => {
    const clock = handClock()
    const cache = exactCache({ clock })
    cache.put('k', answer('x'))
    clock.pass(500)
    clock.setWall(1_000_000 - 365 * 86_400_000)
    expect(cache.get('k', 1000)?.ageMs).toBe(500)
    clock.pass(600)
    expect(cache.get('k', 1000)).toBeUndefined()
  })

  test('a machine that slept: the answer is too old when it wakes', () => {
    const clock = handClock()
    const cache = exactCache({ clock })
    cache.put('k', answer('x'))
    clock.sleep(3_600_000)
    expect(cache.get('k', 600_000)).toBeUndefined()
  })
})

test('whatever is asked of it: the bound holds, and what it gives is what was put last', () => {
  const operation = fc.oneof(
    fc.record({ put: fc.nat(20), size: fc.nat(3000) }),
    fc.record({ get: fc.nat(20), maxAgeMs: fc.nat(2000) }),
    fc.record({ pass: fc.nat(1000) }),
    fc.record({ setWall: fc.nat(5_000_000) }),
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const clock = handClock()
      const maxBytes = 32 * 1024
      const cache = exactCache({ clock, maxBytes })
      const last = new Map<number, { readonly text: string; readonly at: number }>()
      for (const [step, each] of operations.entries()) {
        if ('pass' in each) clock.pass(each.pass)
        if ('setWall' in each) clock.setWall(each.setWall)
        if ('put' in each) {
          const text = `${step}`.padEnd(each.size, '.')
          const kept = cache.put(`k${each.put}`, answer(text))
          expect(kept).toBe(Buffer.byteLength(text) + ANSWER_BYTES <= maxBytes / 16)
          if (kept) last.set(each.put, { text, at: clock.monotonic() })
          else last.delete(each.put)
        }
        if ('get' in each) {
          const found = cache.get(`k${each.get}`, each.maxAgeMs)
          const known = last.get(each.get)
          if (found !== undefined) {
            expect(textOf(found)).toBe(known?.text)
            expect(clock.monotonic() - (known?.at ?? 0)).toBeLessThanOrEqual(each.maxAgeMs)
          }
        }
        expect(cache.figures().bytes).toBeLessThanOrEqual(maxBytes)
      }
    }),
    { seed: 5, numRuns: 300 },
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SlidingWindow, WINDOW_MS } from './sliding-window.ts'

type Taken = { readonly atMs: number; amount: number }

/** Asks of a window at these steps of time, waiting for nobody: what it let through, in order. */
function run(
  limit: number,
  steps: readonly (readonly [afterMs: number, amount: number, backPercent: number])[],
) {
  const window = new SlidingWindow()
  const taken: Taken[] = []
  const waits: {
    readonly atMs: number
    readonly amount: number
    readonly waitMs: number
    readonly before: Taken[]
  }[] = []
  let nowMs = 0
  for (const [afterMs, amount, backPercent] of steps) {
    nowMs += afterMs
    const waitMs = window.waitMs(nowMs, amount, limit)
    if (waitMs > 0) {
      waits.push({ atMs: nowMs, amount, waitMs, before: taken.map((each) => ({ ...each })) })
      continue
    }
    window.take(nowMs, amount)
    const entry = { atMs: nowMs, amount }
    taken.push(entry)
    // What an answer did not use comes back, for one that was let through some time ago.
    const earlier = taken[Math.floor(((taken.length - 1) * backPercent) / 100)]
    if (earlier !== undefined && backPercent % 2 === 0) {
      const back = Math.floor((earlier.amount * backPercent) / 100)
      window.giveBack(nowMs, earlier.atMs, back)
      earlier.amount -= back
    }
  }
  return { taken, waits }
}

/** The most that any window of a minute holds: one that begins with something taken. */
function mostInAnyWindow(taken: readonly Taken[]): number {
  const sums = taken.map(({ atMs }) =>
    taken.reduce(
      (sum, each) => sum + (each.atMs >= atMs && each.atMs < atMs + WINDOW_MS ? each.amount : 0),
      0,
    ),
  )
  return Math.max(0, ...sums)
}

const steps = fc.array(
  fc.tuple(
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 30_000 })),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 100 }),
  ),
  { minLength: 50, maxLength: 150 },
)

test('no window of a minute, wherever it begins, holds more than the limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), steps, (limit, asked) => {
      expect(mostInAnyWindow(run(limit, asked).taken)).toBeLessThanOrEqual(limit)
    }),
    { seed: 20_261_123, numRuns: 200 },
  )
})

test('the wait is right to the millisecond: the same request passes after it and not one millisecond before', () => {
  let looked = 0
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), steps, (limit, asked) => {
      for (const { atMs, amount, waitMs, before } of run(limit, asked).waits) {
        if (amount > limit) {
          expect(waitMs).toBe(Number.POSITIVE_INFINITY)
          continue
        }
        looked += 1
        expect(again(before).waitMs(atMs + waitMs, amount, limit)).toBe(0)
        expect(again(before).waitMs(atMs + waitMs - 1, amount, limit)).toBe(1)
      }
    }),
    { seed: 20_261_123, numRuns: 50 },
  )
  expect(looked).toBeGreaterThan(1_000)
})

/** A window in which the same was taken. */
function again(taken: readonly Taken[]): SlidingWindow {
  const window = new SlidingWindow()
  for (const { atMs, amount } of taken) window.take(atMs, amount)
  return window
}

test('a full minute comes free one millisecond at a time, as it was taken', () => {
  const window = new SlidingWindow()
  for (let atMs = 0; atMs < 10; atMs += 1) window.take(atMs, 1)
  expect(window.waitMs(10, 1, 10)).toBe(WINDOW_MS - 10)
  expect(window.waitMs(10, 3, 10)).toBe(WINDOW_MS - 8)
  expect(window.waitMs(WINDOW_MS - 1, 1, 10)).toBe(1)
  expect(window.waitMs(WINDOW_MS, 1, 10)).toBe(0)
  expect(window.waitMs(WINDOW_MS, 2, 10)).toBe(1)
})

test('nothing fits where more was used than the limit, until it is old', () => {
  const window = new SlidingWindow()
  window.take(0, 50)
  expect(window.waitMs(5, 1, 10)).toBe(WINDOW_MS - 5)
  expect(window.waitMs(5, 11, 10)).toBe(Number.POSITIVE_INFINITY)
  window.giveBack(6, 0, 45)
  expect(window.waitMs(6, 5, 10)).toBe(0)
  window.giveBack(WINDOW_MS, 0, 5)
  expect(window.waitMs(WINDOW_MS, 10, 10)).toBe(0)
})

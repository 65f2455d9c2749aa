import fc from 'fast-check'
import { expect, test } from 'vitest'
import { timingOf } from './timing.ts'

test('a streamed answer has three parts', () => {
  expect(timingOf({ durationMs: 1000, firstByteMs: 200, overheadMs: 1 })).toEqual({
    oursMs: 1,
    firstByteMs: 199,
    restMs: 800,
  })
})

test('a request that never reached a model is all ours and waiting', () => {
  expect(timingOf({ durationMs: 2, firstByteMs: null, overheadMs: 2 })).toEqual({
    oursMs: 2,
    firstByteMs: 0,
    restMs: 0,
  })
})

test('the parts are never negative and always add up, whatever the clocks said', () => {
  const ms = fc.double({ min: 0, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(ms, fc.option(ms), ms, (durationMs, firstByteMs, overheadMs) => {
      const { oursMs, firstByteMs: first, restMs } = timingOf({ durationMs, firstByteMs, overheadMs })
      expect(Math.min(oursMs, first, restMs)).toBeGreaterThanOrEqual(0)
      expect(oursMs + first + restMs).toBeCloseTo(durationMs, 6)
    }),
  )
})

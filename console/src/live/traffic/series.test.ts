import { expect, test } from 'vitest'
import type { Rollup } from '../../api/admin.ts'
import { pointsOf, totalsOf } from './series.ts'

const MINUTE = 60_000

function rollup(startMs: number, model: string, part: Partial<Rollup>): Rollup {
  return {
    startMs,
    model,
    requests: 0,
    errors: 0,
    inputTokens: 0,
    outputTokens: 0,
    costNanoUsd: 0,
    unpricedRequests: 0,
    durationMsSum: 0,
    overheadMsSum: 0,
    firstByteMsSum: 0,
    firstByteCount: 0,
    ...part,
  }
}

test('minutes add up over models, and a minute without requests is zero requests and no time at all', () => {
  const rollups = [
    rollup(MINUTE, 'a', {
      requests: 2,
      errors: 1,
      firstByteMsSum: 30,
      firstByteCount: 1,
      durationMsSum: 100,
    }),
    rollup(MINUTE, 'b', { requests: 2, firstByteMsSum: 90, firstByteCount: 2, durationMsSum: 300 }),
    rollup(3 * MINUTE, '', { requests: 1, errors: 1, durationMsSum: 1 }),
  ]
  expect(pointsOf(rollups, 'minute', MINUTE - 10, 3 * MINUTE + 10)).toEqual([
    { startMs: MINUTE, requests: 4, errors: 1, firstByteMs: 40, durationMs: 100 },
    { startMs: 2 * MINUTE, requests: 0, errors: 0, firstByteMs: null, durationMs: null },
    { startMs: 3 * MINUTE, requests: 1, errors: 1, firstByteMs: null, durationMs: 1 },
  ])
})

test('totals of nothing have no mean', () => {
  expect(totalsOf([])).toMatchObject({ requests: 0, firstByteMs: null, overheadMs: null })
})

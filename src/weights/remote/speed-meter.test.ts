import { expect, test } from 'vitest'
import type { DownloadProgress } from '../remote-types.ts'
import { speedMeter } from './speed-meter.ts'

test('tells at most ten times a second, and how fast it was of late', () => {
  let nowMs = 0
  const told: DownloadProgress[] = []
  const meter = speedMeter(
    10_000,
    1_000,
    (progress) => told.push(progress),
    () => nowMs,
  )
  for (nowMs = 10; nowMs <= 1_000; nowMs += 10) meter.add(10)
  expect(told).toHaveLength(10)
  expect(told.at(-1)).toEqual({ bytes: 2_000, total: 10_000, perSecond: 1_000 })
  // Ten times as fast: soon most of it shows.
  for (; nowMs <= 7_000; nowMs += 10) meter.add(100)
  expect(told.at(-1)?.perSecond).toBeGreaterThan(8_000)
  meter.end()
  expect(told.at(-1)?.bytes).toBe(62_000)
})

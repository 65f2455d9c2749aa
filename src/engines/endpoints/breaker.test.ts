import { expect, test } from 'vitest'
import { createBreaker } from './breaker.ts'

test('five failures in a row open it, and one success between them does not let it', () => {
  const breaker = createBreaker()
  for (let at = 0; at < 4; at += 1) breaker.failed(at)
  breaker.succeeded(4)
  for (let at = 5; at < 9; at += 1) breaker.failed(at)
  expect(breaker.stateAt(9)).toBe('closed')
  breaker.failed(9)
  expect(breaker.stateAt(9)).toBe('open')
})

test('a server that fails more than half of the time opens it without five in a row', () => {
  const breaker = createBreaker()
  for (let at = 0; at < 9; at += 1) {
    if (at % 3 === 2) breaker.succeeded(at)
    else breaker.failed(at)
  }
  expect(breaker.stateAt(9)).toBe('closed')
  breaker.failed(9)
  expect(breaker.stateAt(9)).toBe('open')
})

test('failures of half a minute ago are forgotten', () => {
  const breaker = createBreaker()
  for (let at = 0; at < 6; at += 1) {
    if (at % 3 === 2) breaker.succeeded(at)
    else breaker.failed(at)
  }
  for (let at = 40_000; at < 40_004; at += 1) breaker.failed(at)
  expect(breaker.stateAt(40_004)).toBe('closed')
})

test('after its pause one probe goes through; a failed one doubles the pause up to a minute, a good one closes it', () => {
  const breaker = createBreaker()
  for (let at = 0; at < 5; at += 1) breaker.failed(0)
  const pauses: number[] = []
  let nowMs = 0
  for (let probe = 0; probe < 6; probe += 1) {
    const openedMs = nowMs
    nowMs = breaker.probeAtMs()
    pauses.push(nowMs - openedMs)
    expect(breaker.stateAt(nowMs - 1)).toBe('open')
    expect(breaker.stateAt(nowMs)).toBe('half-open')
    breaker.tried(nowMs)
    expect(breaker.stateAt(nowMs), 'a second request does not probe beside the first').toBe('open')
    breaker.failed(nowMs)
  }
  expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
  nowMs = breaker.probeAtMs()
  breaker.tried(nowMs)
  breaker.succeeded(nowMs)
  expect(breaker.stateAt(nowMs)).toBe('closed')
})

test('a probe whose client left leaves room for the next one', () => {
  const breaker = createBreaker()
  for (let at = 0; at < 5; at += 1) breaker.failed(0)
  breaker.tried(5_000)
  breaker.abandoned()
  expect(breaker.stateAt(5_000)).toBe('half-open')
})

test('requests that began before it opened and fail later do not make its pause longer', () => {
  const breaker = createBreaker()
  for (let late = 0; late < 50; late += 1) breaker.failed(late)
  expect(breaker.probeAtMs()).toBe(4 + 5_000)
})

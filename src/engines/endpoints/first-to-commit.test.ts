import { strict as assert } from 'node:assert'
import { describe, expect, test } from 'vitest'
import { MusivumError, type ErrorCode } from '../../core/errors.ts'
import type { FailedTry } from '../engine.ts'
import type { Engine } from '../engine.ts'
import { watch, type Watched } from './endpoint.ts'
import { firstToCommit, type TrySettings } from './first-to-commit.ts'
import { hedgeBudget } from './hedge-budget.ts'

const noEngine = {} as Engine

test('the first content ends the search: one try when all is well', async () => {
  const world = worldOf({ a: ['ok'], b: [] })
  expect(await world.ask()).toBe('a')
  expect(world.asked).toEqual(['a'])
  expect(world.told).toEqual([])
})

test.each<[ErrorCode, number | undefined, string[], number[]]>([
  ['upstream.credentials', undefined, ['a', 'b'], []],
  ['upstream.failed', undefined, ['a', 'b'], []],
  ['upstream.unreachable', undefined, ['a', 'b'], []],
  ['upstream.timeout', undefined, ['a', 'b'], []],
  ['upstream.cut', undefined, ['a', 'b'], []],
  ['upstream.rate_limited', undefined, ['a', 'b'], [225]],
  ['upstream.rate_limited', 3, ['a', 'b'], [225]],
])('after %s (Retry-After %s) another endpoint is tried', async (code, retryAfter, asked, waits) => {
  const world = worldOf({ a: [failure(code, retryAfter)], b: ['ok'] })
  expect(await world.ask()).toBe('b')
  expect(world.asked).toEqual(asked)
  expect(world.waits).toEqual(waits)
  expect(world.told).toMatchObject([{ endpoint: 'a', errorCode: code }])
})

test.each<[ErrorCode, number | undefined, number[] | 'given up']>([
  ['upstream.credentials', undefined, 'given up'],
  ['upstream.failed', undefined, [225]],
  ['upstream.overloaded', 2, [2_000]],
  ['upstream.overloaded', 60, 'given up'],
  ['upstream.rate_limited', 1, [1_000]],
  ['upstream.rate_limited', 4, 'given up'],
  ['upstream.rate_limited', 3_600, 'given up'],
  ['upstream.timeout', undefined, 'given up'],
  ['upstream.cut', undefined, []],
  ['upstream.rejected', undefined, 'given up'],
  ['context_length_exceeded', undefined, 'given up'],
  ['request.unsupported', undefined, 'given up'],
  ['engine.busy', undefined, 'given up'],
  ['internal', undefined, 'given up'],
])('after %s (Retry-After %s) of the only endpoint: waits %s', async (code, retryAfter, expected) => {
  const world = worldOf({ a: [failure(code, retryAfter), 'ok'] })
  if (expected === 'given up') {
    await expect(world.ask()).rejects.toMatchObject({ code })
    expect(world.asked).toEqual(['a'])
    expect(world.told, 'the caller gets this failure, so nobody else is told').toEqual([])
  } else {
    expect(await world.ask()).toBe('a')
    expect(world.waits).toEqual(expected)
  }
})

test('a refused key is not tried again at another address of the same key', async () => {
  const world = worldOf({ a: [failure('upstream.credentials')], 'a-too': ['ok'], b: ['ok'] })
  world.endpoints[1] = { ...(world.endpoints[1] as Watched), keyId: 'a' }
  expect(await world.ask()).toBe('b')
})

test('the last failure is thrown when every try has failed, and waits grow', async () => {
  const world = worldOf({
    a: [failure('upstream.failed'), failure('upstream.failed'), failure('upstream.overloaded')],
  })
  await expect(world.ask()).rejects.toMatchObject({ code: 'upstream.overloaded' })
  expect(world.asked).toEqual(['a', 'a', 'a'])
  expect(world.waits).toEqual([225, 450])
})

test('no try is begun that could not begin before the deadline', async () => {
  const world = worldOf({ a: [failure('upstream.failed'), 'ok'] })
  await expect(world.ask({ deadlineAtMs: 200 })).rejects.toMatchObject({ code: 'upstream.failed' })
})

test('an endpoint that failed five requests is left alone, then probed, and is the last resort meanwhile', async () => {
  const world = worldOf({ a: Array.from({ length: 5 }, () => failure('upstream.failed')), b: [] })
  world.answerWith('b', 'ok')
  for (let request = 0; request < 5; request += 1) await world.ask()
  world.asked.length = 0
  for (let request = 0; request < 20; request += 1) await world.ask()
  expect(new Set(world.asked)).toEqual(new Set(['b']))

  world.answerWith('b', failure('upstream.failed'))
  world.answerWith('a', 'ok')
  world.asked.length = 0
  expect(await world.ask(), 'b fails and a rests, but a may work').toBe('a')
  expect(world.asked).toEqual(['b', 'a'])
})

test('a rate-limited endpoint is spared by other requests until its Retry-After is over', async () => {
  const world = worldOf({ a: [failure('upstream.rate_limited', 5)], b: [] })
  world.answerWith('b', 'ok')
  world.answerWith('a', 'ok')
  await world.ask()
  world.asked.length = 0
  await world.ask()
  expect(world.asked).toEqual(['b'])
  world.nowMs += 6_000
  world.asked.length = 0
  for (let request = 0; request < 20; request += 1) await world.ask()
  expect(world.asked).toContain('a')
})

test('a late first try is raced by a second, and the slower one is ended', async () => {
  const world = worldOf({ a: ['never'], b: ['ok'] }, { hedge: { afterMs: 50, maxShare: 1 } })
  expect(await world.ask()).toBe('b')
  expect(world.asked).toEqual(['a', 'b'])
  expect(world.aborted).toEqual(['a'])
  expect(world.endpoints.map(({ breaker }) => breaker.stateAt(world.nowMs))).toEqual(['closed', 'closed'])
})

test('a race that both lose is one failure, and the search goes on', async () => {
  const late = failure('upstream.failed')
  const world = worldOf({ a: ['late', 'ok'], b: [late] }, { hedge: { afterMs: 50, maxShare: 1 } })
  expect(await world.ask()).toBe('a')
})

test('no more requests are hedged than the share that was allowed, and the few with which it begins', async () => {
  const world = worldOf({ a: [], b: [] }, { hedge: { afterMs: 50, maxShare: 0.1 } })
  world.answerWith('a', 'late-ok')
  world.answerWith('b', 'late-ok')
  for (let request = 0; request < 400; request += 1) await world.ask()
  const hedged = world.asked.length - 400
  expect(hedged).toBeGreaterThan(20)
  expect(hedged).toBeLessThan(400 * 0.1 + 25)
})

test('a client that leaves while we wait ends the search', async () => {
  const gone = new AbortController()
  const world = worldOf({ a: [failure('upstream.failed'), 'ok'] }, {}, () => gone.abort())
  await expect(world.ask({ signal: gone.signal })).rejects.toBeInstanceOf(Error)
  expect(world.asked).toEqual(['a'])
})

describe('an endpoint that made what the conversation goes on with', () => {
  test('is asked before any other, and others only when it cannot answer', async () => {
    const world = worldOf({ a: [], b: ['ok', failure('upstream.overloaded')] })
    const [, prefer] = world.endpoints
    assert(prefer)
    await world.ask({ prefer })
    await world.ask({ prefer })
    expect(world.asked).toEqual(['b', 'b', 'a'])
  })

  test('is not asked while it rests', async () => {
    const world = worldOf({ a: [], b: [] })
    const [, prefer] = world.endpoints
    assert(prefer)
    prefer.shunnedUntilMs = 1
    await world.ask({ prefer })
    expect(world.asked).toEqual(['a'])
  })

  test('is not raced: another would answer from less', async () => {
    const world = worldOf({ a: [], b: ['late-ok'] }, { hedge: { afterMs: 10, maxShare: 1 } })
    const [, prefer] = world.endpoints
    assert(prefer)
    await world.ask({ prefer })
    expect(world.asked).toEqual(['b'])
  })
})

type Answer = 'ok' | 'never' | 'late' | 'late-ok' | MusivumError

function failure(code: ErrorCode, retryAfterSeconds?: number): MusivumError {
  return new MusivumError(code, 'as the test wants', { retryAfterSeconds })
}

/** Endpoints that answer from a script; the clock moves only by waiting. Every draw is 0.25: the first of two equals, and a jitter of 0.9. */
function worldOf(
  script: Record<string, Answer[]>,
  more: Partial<TrySettings> = {},
  onWait: () => void = () => undefined,
) {
  const endpoints: Watched[] = Object.keys(script).map((name) =>
    watch({ name, engine: noEngine, keyId: name, fingerprint: name, weight: 1 }),
  )
  const usual = new Map<string, Answer>()
  const world = {
    endpoints,
    asked: [] as string[],
    aborted: [] as string[],
    waits: [] as number[],
    told: [] as FailedTry[],
    nowMs: 0,
    answerWith: (name: string, answer: Answer) => void usual.set(name, answer),
    ask: (
      context: {
        readonly deadlineAtMs?: number
        readonly signal?: AbortSignal
        readonly prefer?: Watched
      } = {},
    ) =>
      firstToCommit(
        endpoints,
        async ({ name }, signal) => {
          world.asked.push(name)
          const answer = script[name]?.shift() ?? usual.get(name) ?? 'ok'
          if (answer === 'ok') return name
          if (answer instanceof MusivumError) throw answer
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => {
              world.aborted.push(name)
              resolve()
            })
            if (answer !== 'never') setImmediate(() => setImmediate(resolve))
          })
          if (answer === 'late-ok' && !signal.aborted) return name
          throw failure(signal.aborted ? 'request.cancelled' : 'upstream.failed')
        },
        // The order of the script is the order of the tries: the least busy of equals is the first.
        { attempts: 3, balance: 'load', ...more },
        {
          signal: context.signal ?? new AbortController().signal,
          requestId: 'r',
          onFailedTry: (failed) => world.told.push(failed),
          ...(context.deadlineAtMs !== undefined && { deadlineAtMs: context.deadlineAtMs }),
          ...(context.prefer && { prefer: context.prefer }),
        },
        {
          clock: { now: () => world.nowMs, monotonic: () => world.nowMs },
          draw: () => 0.25,
          hedges,
          async wait(ms, signal) {
            onWait()
            if (signal.aborted) throw new Error('the client left')
            if (more.hedge === undefined) world.waits.push(ms)
            world.nowMs += ms
          },
        },
      ),
  }
  const hedges = hedgeBudget()
  return world
}

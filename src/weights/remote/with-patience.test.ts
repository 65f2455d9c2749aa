import { describe, expect, test } from 'vitest'
import { MusivumError, type ErrorCode, type ErrorFacts } from '../../core/errors.ts'
import { withPatience, type Patience } from './with-patience.ts'

const failing = (code: ErrorCode, facts: ErrorFacts = {}) => new MusivumError(code, 'it failed', facts)

/** Counts the tries of something that fails so often. */
async function triesOf(
  error: Error,
  failures: number,
  more: Partial<Patience> = {},
): Promise<number | string> {
  let tries = 0
  const attempt = async () => {
    tries += 1
    if (tries <= failures) throw error
    return tries
  }
  const patience = {
    signal: new AbortController().signal,
    log: () => {},
    firstPauseMs: 0,
    draw: () => 0,
    ...more,
  }
  return withPatience(attempt, patience).catch((thrown: unknown) => `${String(thrown)} after ${tries}`)
}

describe('withPatience', () => {
  test.each<[ErrorCode]>([
    ['upstream.unreachable'],
    ['upstream.timeout'],
    ['upstream.cut'],
    ['upstream.rate_limited'],
    ['upstream.overloaded'],
    ['upstream.failed'],
  ])('%s is tried again, six times at most', async (code) => {
    expect(await triesOf(failing(code), 5)).toBe(6)
    expect(await triesOf(failing(code), 99)).toBe('MusivumError: it failed after 6')
  })

  test.each<[ErrorCode]>([
    ['model.not_found'],
    ['upstream.credentials'],
    ['store.unavailable'],
    ['internal'],
  ])('%s does not pass by waiting', async (code) => {
    expect(await triesOf(failing(code), 99)).toBe('MusivumError: it failed after 1')
  })

  test('a mistake of ours is not tried again', async () => {
    expect(await triesOf(new TypeError('ours'), 99)).toBe('TypeError: ours after 1')
  })

  test('a pause that a server asks for is kept up to a minute, and said beyond that', async () => {
    expect(await triesOf(failing('upstream.rate_limited', { retryAfterSeconds: 0 }), 1)).toBe(2)
    expect(await triesOf(failing('upstream.rate_limited', { retryAfterSeconds: 61 }), 1)).toBe(
      'MusivumError: it failed after 1',
    )
  })

  test('pauses are drawn from what was given', async () => {
    let drawn = 0
    const draw = () => {
      drawn += 1
      return 0.5
    }
    await triesOf(failing('upstream.cut'), 3, { draw })
    expect(drawn).toBe(3)
  })

  test('a caller that stops is not kept waiting', async () => {
    const stop = new AbortController()
    const running = triesOf(failing('upstream.cut'), 99, { signal: stop.signal, firstPauseMs: 1e6 })
    stop.abort('SIGINT')
    expect(await running).toBe('SIGINT after 1')
  })
})

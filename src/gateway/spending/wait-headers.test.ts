import { expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { waitHeaders } from './wait-headers.ts'

const limited = (facts: Record<string, string | number>) =>
  waitHeaders(new MusivumError('limit.reached', 'x', facts))

test('a wait is told in whole seconds, rounded up, in milliseconds, and in OpenAI’s words', () => {
  const facts = { limit: 'tokensPerMinute', most: 5_000, retryAfterMs: 1_234, retryAfterSeconds: 2 }
  expect(limited(facts)).toEqual({
    'retry-after': '2',
    'retry-after-ms': '1234',
    'x-ratelimit-limit-tokens': '5000',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '1.234s',
  })
})

test.each([
  [20, '20ms'],
  [999, '999ms'],
  [1_000, '1s'],
  [60_000, '1m0s'],
  [61_500, '1m1.5s'],
])('%i ms are written %s', (retryAfterMs, shown) => {
  const headers = limited({ limit: 'requestsPerMinute', most: 1, retryAfterMs })
  expect(headers['x-ratelimit-reset-requests']).toBe(shown)
})

test('what OpenAI has no word for, and a limit that nobody knows the end of, say what they can', () => {
  expect(limited({ limit: 'parallel', most: 4 })).toEqual({})
  const busy = new MusivumError('engine.busy', 'x', { retryAfterSeconds: 0.2 })
  expect(waitHeaders(busy)).toEqual({ 'retry-after': '1' })
})

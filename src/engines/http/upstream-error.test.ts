import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../core/errors.ts'
import { connectionError, refusalError, type RefusedAnswer } from './upstream-error.ts'

const KEY = 'a-key-of-no-known-vendor'
const server = { model: 'mock', host: '10.0.0.1:8000', key: KEY }
const NOW = Date.parse('Sun, 22 Nov 2026 12:00:00 GMT')

describe('a refused answer as an error of ours', () => {
  test.each<readonly [status: number, error: object, code: ErrorCode]>([
    [400, { message: 'no', code: null }, 'upstream.rejected'],
    [402, { message: 'Insufficient Balance' }, 'upstream.credentials'],
    [400, { message: 'Your credit balance is too low to access the Anthropic API.' }, 'upstream.credentials'],
    [400, { message: 'You have reached your specified API usage limits.' }, 'upstream.credentials'],
    [429, { message: 'Your team has reached its monthly spending limit.' }, 'upstream.credentials'],
    [403, { message: 'Country not supported' }, 'upstream.credentials'],
    [404, { message: "model 'x' not found, try pulling it first" }, 'upstream.model_not_found'],
    [408, { message: 'slow' }, 'upstream.timeout'],
    [413, { message: 'big' }, 'request.too_large'],
    [413, { message: 'prompt is too long: 210000 tokens > 200000 maximum' }, 'context_length_exceeded'],
    [429, { message: 'maximum context length per minute' }, 'upstream.rate_limited'],
    [500, { message: 'boom' }, 'upstream.failed'],
    [504, { message: 'slow' }, 'upstream.timeout'],
    [529, { message: 'Overloaded', type: 'overloaded_error' }, 'upstream.overloaded'],
    // Inside a 200 the words and numbers of the error stand in for the status.
    [200, { message: 'boom', code: 502 }, 'upstream.failed'],
    [200, { message: 'slow down', type: 'rate_limit_error' }, 'upstream.rate_limited'],
    [200, { message: 'no key', code: 'invalid_api_key' }, 'upstream.credentials'],
    [200, { message: 'bad field', type: 'invalid_request_error' }, 'upstream.rejected'],
    [200, { message: 'something' }, 'upstream.failed'],
  ])('status %i with %o is %s', (status, error, code) => {
    expect(refused({ status, body: JSON.stringify({ error }) }).code).toBe(code)
  })

  test.each<readonly [status: number, code: ErrorCode]>([
    [401, 'upstream.credentials'],
    [404, 'upstream.bad_answer'],
    [429, 'upstream.rate_limited'],
    [500, 'upstream.bad_answer'],
    [502, 'upstream.bad_answer'],
    [503, 'upstream.overloaded'],
  ])('a page with status %i is %s: the status says more than the page where it can', (status, code) => {
    expect(refused({ status, contentType: 'text/html', body: '<html>' }).code).toBe(code)
  })

  test('the words of the vendor are one bounded line without control characters and without the key', () => {
    const message = `line one\nline two \u001b[31mred ${KEY} ${'x'.repeat(5_000)}`
    const error = refused({ status: 400, body: JSON.stringify({ error: { message } }) })
    expect(error.message).toMatch(/^The server behind mock at 10\.0\.0\.1:8000 did not accept the request/)
    expect(error.message).toContain('line one line two [31mred [secret removed]')
    expect(error.message.length).toBeLessThan(500)
  })

  test.each([
    ['7', 7],
    [' 1.2 ', 2],
    ['Sun, 22 Nov 2026 12:01:30 GMT', 90],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['999999999', 86_400],
    ['soon', undefined],
    ['-5', undefined],
  ])('Retry-After %j is %s seconds', (retryAfter, seconds) => {
    expect(refused({ status: 429, retryAfter, body: '{}' }).retryAfterSeconds).toBe(seconds)
  })
})

describe('a failed connection', () => {
  test.each<readonly [error: object, begun: boolean, code: ErrorCode]>([
    [{ code: 'ECONNREFUSED' }, false, 'upstream.unreachable'],
    [{ code: 'ENOTFOUND' }, false, 'upstream.unreachable'],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, false, 'upstream.unreachable'],
    [{ code: 'CERT_HAS_EXPIRED' }, false, 'upstream.unreachable'],
    [{ cause: { code: 'ECONNRESET' } }, true, 'upstream.cut'],
    [{ code: 'HPE_INVALID_CONSTANT' }, false, 'upstream.bad_answer'],
  ])('%o is named', (cause, begun, code) => {
    const error = connectionError(server, Object.assign(new Error('raw'), cause), begun)
    expect(error).toMatchObject({ code, message: expect.stringContaining('mock at 10.0.0.1:8000') })
  })

  test('a mistake of ours stays what it is', () => {
    const mistake = new TypeError('undefined is not a function')
    expect(connectionError(server, mistake, false)).toBe(mistake)
  })
})

function refused(answer: Partial<RefusedAnswer>) {
  const { status = 400, contentType = 'application/json', retryAfter, body = '' } = answer
  return refusalError(server, { status, contentType, retryAfter, body }, { now: () => NOW })
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errors, MusivumError, toMusivumError, withoutSecrets } from './errors.ts'

// Line ends, controls, halves and wholes of characters, and plain text between them.
const awkward = fc.constantFrom(
  '\n',
  '\r',
  '\u2028',
  '\u0000',
  '\u001b',
  '\u0085',
  '\ud83d',
  '\udc4b',
  '👋',
  ' ',
  'a',
  'क',
)

describe('a MusivumError', () => {
  test('takes status and next step from the table', () => {
    const error = new MusivumError('engine.busy', 'every slot is taken', { retryAfterSeconds: 2 })
    expect(error.status).toBe(429)
    expect(error.next).toBe('retry')
    expect(error.retryAfterSeconds).toBe(2)
  })

  test('knows no time to retry after unless the cause told it', () => {
    expect(new MusivumError('engine.busy', 'x', { retryAfterSeconds: '2' }).retryAfterSeconds).toBeUndefined()
  })

  test('says whatever it is given in one printable line of bounded length', () => {
    fc.assert(
      fc.property(fc.string({ unit: awkward, maxLength: 1000 }), (text) => {
        const { message } = new MusivumError('internal', text)
        expect(message).not.toMatch(/\p{Cc}/u)
        expect(message.length).toBeLessThanOrEqual(600)
        expect(message.isWellFormed()).toBe(true)
      }),
    )
  })

  test('removes a secret that the cut to its longest length would split', () => {
    const secret = 'sk-abcdefghijklmnopqrstuvwxyz'
    for (let before = 560; before <= 600; before += 1) {
      const { message } = new MusivumError('internal', `${'x'.repeat(before)} ${secret} ${'y'.repeat(100)}`)
      expect(message).not.toContain('sk-')
    }
  })
})

describe('withoutSecrets', () => {
  test.each([
    ['a key of OpenAI', 'wrong key sk-proj-abcdefghijklmnop1234', 'wrong key [secret removed]'],
    ['a key of Google', 'key=AIzaSyA1234567890abcdefghijk', 'key=[secret removed]'],
    ['a key of ours', `no mv-0123456789-${'A'.repeat(43)} here`, 'no [secret removed] here'],
    ['the id of a key of ours, which is no secret', 'key mv-0123456789 expired', 'key mv-0123456789 expired'],
    ['a bearer header', 'authorization: Bearer abc.def-ghi', 'authorization: [secret removed]'],
    ['the password of an address', 'at https://me:hunter2@host/v1', 'at https://me:[secret removed]@host/v1'],
  ])('removes %s', (_what, text, clean) => {
    expect(withoutSecrets(text)).toBe(clean)
  })

  test('leaves ordinary words alone', () => {
    const text = 'expected "model" at http://127.0.0.1:9999/v1, risk-free and skilful, got nothing'
    expect(withoutSecrets(text)).toBe(text)
  })
})

describe('toMusivumError', () => {
  test('keeps one of ours as it is', () => {
    const error = new MusivumError('model.not_found', 'x')
    expect(toMusivumError(error)).toBe(error)
  })

  test('shows nothing of a stranger but keeps it as the cause', () => {
    const stranger = new Error('the text of a client')
    const error = toMusivumError(stranger)
    expect(error.code).toBe('internal')
    expect(error.message).toBe(errors.internal.means)
    expect(error.cause).toBe(stranger)
  })
})

test('every code has a status of a failure and a meaning that is a sentence', () => {
  for (const [code, kind] of Object.entries(errors)) {
    expect(kind.status, code).toBeGreaterThanOrEqual(400)
    expect(kind.status, code).toBeLessThan(600)
    expect(kind.means, code).toMatch(/^[A-Z`].*\.$/)
  }
})

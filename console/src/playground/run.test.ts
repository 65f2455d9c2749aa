import { expect, test } from 'vitest'
import { advanced, ended, IDLE, isRunning, type Run } from './run.ts'

const waiting: Run = { ...IDLE, phase: 'waiting', startedAtMs: 100 }

test('the first token is the first text, not the first byte, and later text does not move it', () => {
  const first = advanced(
    advanced(waiting, { kind: 'begun', requestId: 'r' }, 110),
    { kind: 'text', text: 'a' },
    150,
  )
  const later = advanced(first, { kind: 'text', text: 'b' }, 400)
  expect(later).toMatchObject({ phase: 'streaming', text: 'ab', firstTokenMs: 50, requestId: 'r' })
})

test('a stopped run keeps what it had and is no longer running', () => {
  const stopped = ended(advanced(waiting, { kind: 'text', text: 'a' }, 150), 'stopped', 300)
  expect(stopped).toMatchObject({ text: 'a', totalMs: 200, error: null })
  expect(isRunning(stopped)).toBe(false)
})

import { expect, test, vi } from 'vitest'
import { outbox } from './outbox.ts'
import type { Report } from './protocol.ts'

function recorded() {
  const messages: (readonly Report[])[] = []
  return { messages, out: outbox((reports) => messages.push(reports)) }
}

const done = (id: number): Report => ({
  kind: 'done',
  id,
  reason: 'stop',
  promptTokens: 1,
  reusedTokens: 0,
  evaluatedTokens: 1,
  outputTokens: 1,
  promptMs: 1,
  writingMs: 1,
  residentBytes: 1,
})

test('what comes in one turn shares a message, and text of one answer becomes one delta', async () => {
  const { messages, out } = recorded()
  for (const text of ['a', 'b', 'c']) {
    out.delta({ kind: 'delta', id: 1, text })
    out.delta({ kind: 'delta', id: 2, text: text.toUpperCase() })
  }
  await vi.waitFor(() => expect(messages).toHaveLength(1))
  expect(messages[0]).toEqual([
    { kind: 'delta', id: 1, text: 'abc' },
    { kind: 'delta', id: 2, text: 'ABC' },
  ])
})

test('an end takes along what still waits, and comes after it', async () => {
  const { messages, out } = recorded()
  out.delta({ kind: 'delta', id: 1, text: 'first' })
  await vi.waitFor(() => expect(messages).toHaveLength(1))
  out.delta({ kind: 'delta', id: 1, text: 'second' })
  out.report(done(1))
  await vi.waitFor(() => expect(messages).toHaveLength(2))
  expect(messages[1]).toEqual([{ kind: 'delta', id: 1, text: 'second' }, done(1)])
})

test('log-probabilities stay with their text', async () => {
  const { messages, out } = recorded()
  const entry = (token: string) => ({ token, logprob: -1, bytes: [], top: [] })
  out.delta({ kind: 'delta', id: 1, text: 'a', logprobs: [entry('a')] })
  out.delta({ kind: 'delta', id: 1, text: 'b', logprobs: [entry('b')] })
  await vi.waitFor(() => expect(messages).toHaveLength(1))
  expect(messages[0]).toEqual([{ kind: 'delta', id: 1, text: 'ab', logprobs: [entry('a'), entry('b')] }])
})

test('pieces of arguments become one, and stay between the start and the end of their call', async () => {
  const { messages, out } = recorded()
  const start = { kind: 'start', name: 'now' } as const
  const end = { kind: 'end' } as const
  for (const call of [
    start,
    { kind: 'delta', arguments: '{"a' } as const,
    { kind: 'delta', arguments: '":1}' } as const,
    end,
  ])
    out.delta({ kind: 'delta', id: 1, text: '', call })
  await vi.waitFor(() => expect(messages).toHaveLength(1))
  const whole = { kind: 'delta', arguments: '{"a":1}' }
  expect(messages[0]).toEqual([start, whole, end].map((call) => ({ kind: 'delta', id: 1, text: '', call })))
})

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Conversation } from '../../core/conversation.ts'
import { collectAnswer } from '../conformance/collect-answer.conformance.ts'
import { context, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { CallContext, Engine } from '../engine.ts'
import { clock, counting, openStarter, saying } from './starter-engine.conformance.ts'

const TRIAGE = 'Triage: Sorry to bother you, where do I go for a urine test?'
const LANGUAGE = 'Language: Wo ist die Apotheke?'

// Two slots, so that a choice between them can be seen.
let engine: Engine
beforeAll(() => {
  engine = openStarter({ slots: 2 })
})
afterAll(() => engine.close())

async function ask(conversation: Conversation, more: Partial<CallContext> = {}) {
  const calling = { ...context(), ...more }
  const { choices, usage } = await collectAnswer(
    engine.answer(permitFor(engine.model), conversation, calling),
  )
  const { inputTokens: evaluated = 0, cacheReadTokens: reused = 0 } = usage ?? {}
  return { text: choices[0]?.text ?? '', evaluated, reused, prompt: evaluated + reused }
}

function nextTurn(before: Conversation, answer: string, question: string): Conversation {
  const said = (role: 'assistant' | 'user', text: string) =>
    ({ role, parts: [{ kind: 'text', text }], extra: {} }) as const
  return { ...before, messages: [...before.messages, said('assistant', answer), said('user', question)] }
}

/** A tenant that no other test has. */
let tenants = 0
const newTenant = () => `tenant ${(tenants += 1)}`

describe('the second turn of a conversation', () => {
  test('evaluates only what is new, and answers as one that reads it all', async () => {
    const tenant = newTenant()
    let conversation = saying(TRIAGE)
    let before = await ask(conversation, { tenant })
    expect(before.reused).toBe(0)
    for (let turn = 0; turn < 4; turn += 1) {
      conversation = nextTurn(conversation, before.text, LANGUAGE)
      const stranger = await ask(conversation)
      const now = await ask(conversation, { tenant })
      expect(now).toMatchObject({ text: stranger.text, prompt: stranger.evaluated })
      // All that was said before is read again from the slot, but for the mark that ends the answer.
      expect(now.reused).toBeGreaterThan(before.prompt)
      before = now
    }
  })

  test('finds its slot among others of its tenant', async () => {
    const tenant = newTenant()
    const first = await ask(saying(TRIAGE), { tenant })
    await ask(saying(`Copy: ${'abc '.repeat(20)}`), { tenant })
    const second = await ask(nextTurn(saying(TRIAGE), first.text, LANGUAGE), { tenant })
    expect(second.reused).toBeGreaterThan(first.prompt)
  })

  test('after an edit keeps what comes before it', async () => {
    const tenant = newTenant()
    const long = `Copy: ${'abc '.repeat(20)}`
    const { prompt } = await ask(saying(`${long} one two`), { tenant })
    const edited = await ask(saying(`${long} six seven`), { tenant })
    expect(edited.reused).toBeGreaterThan(prompt / 2)
    expect(edited.reused).toBeLessThan(prompt)
  })

  test('said again word for word reads one token, which the answer begins from', async () => {
    const tenant = newTenant()
    const first = await ask(saying(TRIAGE), { tenant })
    expect(await ask(saying(TRIAGE), { tenant })).toMatchObject({ text: first.text, evaluated: 1 })
  })
})

describe('what one tenant left', () => {
  test('is of no use to another, nor to requests without one', async () => {
    const tenant = newTenant()
    for (let slot = 0; slot < 3; slot += 1) await ask(saying(TRIAGE), { tenant })
    expect((await ask(saying(TRIAGE), { tenant: newTenant() })).reused).toBe(0)
    expect((await ask(saying(TRIAGE))).reused).toBe(0)
    expect((await ask(saying(TRIAGE))).reused).toBe(0)
  })

  test('goes when others need the slots, the oldest first', async () => {
    const [old, young] = [newTenant(), newTenant()]
    await ask(saying(TRIAGE), { tenant: old })
    await ask(saying(TRIAGE), { tenant: young })
    await ask(saying(TRIAGE), { tenant: newTenant() })
    expect((await ask(saying(TRIAGE), { tenant: young })).evaluated).toBe(1)
    expect((await ask(saying(TRIAGE), { tenant: old })).reused).toBe(0)
  })

  test('stays right when a client left in the middle of an answer', async () => {
    const tenant = newTenant()
    const client = new AbortController()
    const long = engine.answer(permitFor(engine.model), counting(120), { ...context(client.signal), tenant })
    const reader = long[Symbol.asyncIterator]()
    await reader.next()
    client.abort()
    expect((await failureOf(reader.next())).code).toBe('request.cancelled')
    await vi.waitFor(() => expect(engine.state()).toMatchObject({ activeRequests: 0 }))
    const alone = await ask(counting(5))
    expect(await ask(counting(5), { tenant })).toMatchObject({ text: alone.text, evaluated: 1 })
  })
})

test('a deadline ends an answer that is being written, and frees the slot', async () => {
  const long = { ...counting(120), topLogprobs: 20 }
  const deadlineAtMs = clock.monotonic() + 30
  expect((await failureOf(ask(long, { deadlineAtMs }))).code).toBe('upstream.timeout')
  await vi.waitFor(() => expect(engine.state()).toMatchObject({ activeRequests: 0 }))
})

test('the state tells slots, speed, and how many prompt tokens were read and how many found', async () => {
  const state = () => {
    const now = engine.state()
    if (now.kind !== 'ready') throw new TypeError('the engine is loaded')
    return now
  }
  const tenant = newTenant()
  await ask(saying(TRIAGE), { tenant })
  const before = state().promptTokens
  const { evaluated, reused } = await ask(saying(TRIAGE), { tenant })
  const { slots, promptTokens, tokensPerSecond } = state()
  expect(slots).toBe(2)
  expect(promptTokens).toEqual({
    evaluated: (before?.evaluated ?? NaN) + evaluated,
    reused: (before?.reused ?? NaN) + reused,
  })
  expect(tokensPerSecond?.prompt).toBeGreaterThan(0)
  expect(tokensPerSecond?.answer).toBeGreaterThan(0)
})

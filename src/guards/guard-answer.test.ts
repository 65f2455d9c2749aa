import { describe, expect, test } from 'vitest'
import type { AnswerEvent } from '../core/events.ts'
import { lengthCheck } from './checks/length.ts'
import { secretsCheck } from './checks/recognised.ts'
import { guardAnswer } from './guard-answer.ts'
import type { About, Guard, GuardVerdict, LocalCheck, WholeCheck } from './guard.ts'

const about: About = {
  systemPrompt: '',
  said: [],
  ask: () => Promise.reject(new Error('no model')),
  nowMs: () => 0,
}
const KEY = 'sk-proj-abcdefghijklmnopqrstuvwx1234'
const ANSWER = `Of course. The key of the project is ${KEY}, and it is good until May. ${'Keep it well. '.repeat(20)}`

const secrets = secretsCheck()

const guard = (more: Partial<Guard>): Guard => ({
  id: 'keys',
  on: 'output',
  mode: 'hold',
  fails: 'closed',
  action: 'redact',
  check: secrets,
  ...more,
})

function answerOf(pieces: readonly string[]): AnswerEvent[] {
  return [
    { kind: 'text-start', choice: 0 },
    ...pieces.map((text) => ({ kind: 'text-delta' as const, choice: 0, text })),
    { kind: 'text-end', choice: 0 },
    { kind: 'finish', choice: 0, reason: 'stop' },
  ]
}

type Outcome = {
  readonly events: readonly AnswerEvent[]
  readonly text: string
  readonly verdicts: readonly GuardVerdict[]
  readonly error?: unknown
}

async function run(guards: readonly Guard[], events: readonly AnswerEvent[]): Promise<Outcome> {
  const passed: AnswerEvent[] = []
  let verdicts: readonly GuardVerdict[] = []
  const text = () => passed.map((event) => (event.kind === 'text-delta' ? event.text : '')).join('')
  try {
    for await (const event of guardAnswer(guards, stream(events), about, (told) => (verdicts = told)))
      passed.push(event)
  } catch (error) {
    return { events: passed, text: text(), verdicts, error }
  }
  return { events: passed, text: text(), verdicts }
}

async function* stream(events: readonly AnswerEvent[]): AsyncIterable<AnswerEvent> {
  yield* events
}

describe.each(['hold', 'window'] as const)('with mode %s', (mode) => {
  test('the answer cut anywhere has the same verdict and the same text', async () => {
    const whole = await run([guard({ mode })], answerOf([ANSWER]))
    expect(whole.text).toBe(ANSWER.replace(KEY, '[removed: API_KEY]'))
    expect(whole.verdicts).toMatchObject([{ verdict: 'found', action: 'redacted', found: { API_KEY: 1 } }])
    for (let cut = 1; cut < ANSWER.length; cut += 1) {
      const parts = await run([guard({ mode })], answerOf([ANSWER.slice(0, cut), ANSWER.slice(cut)]))
      expect([parts.text, parts.verdicts]).toEqual([whole.text, whole.verdicts])
    }
  })

  test('a refused answer leaves nothing of what was found', async () => {
    const { text, error, verdicts, events } = await run(
      [guard({ mode, action: 'refuse' })],
      answerOf(Array.from(ANSWER)),
    )
    expect(error).toMatchObject({ code: 'guard.refused', status: 400 })
    expect(String(error)).not.toContain('sk-proj')
    expect(text).not.toContain('sk-proj')
    expect(events.some(({ kind }) => kind === 'finish')).toBe(false)
    expect(verdicts).toMatchObject([
      { guard: 'keys', verdict: 'found', action: 'refused', where: ['answer text'] },
    ])
  })

  test('what is only noted passes as it came', async () => {
    const { text, verdicts } = await run([guard({ mode, action: 'note' })], answerOf(Array.from(ANSWER)))
    expect(text).toBe(ANSWER)
    expect(verdicts).toMatchObject([{ verdict: 'found', action: 'noted' }])
  })

  test('the arguments of a tool call are read as JSON, escapes included, and stay JSON', async () => {
    const call = JSON.stringify({ note: `use ${KEY}`, n: 1 }).replace('sk-', '\\u0073k-')
    const events: AnswerEvent[] = [
      { kind: 'tool-call-start', choice: 0, index: 0, id: 'c', name: 'save' },
      ...Array.from(call).map((text) => ({
        kind: 'tool-call-delta' as const,
        choice: 0,
        index: 0,
        arguments: text,
      })),
      { kind: 'tool-call-end', choice: 0, index: 0 },
      { kind: 'finish', choice: 0, reason: 'tool-calls' },
    ]
    const { events: out, verdicts } = await run([guard({ mode })], events)
    const said = out.map((event) => (event.kind === 'tool-call-delta' ? event.arguments : '')).join('')
    expect(JSON.parse(said)).toEqual({ note: 'use [removed: API_KEY]', n: 1 })
    expect(verdicts).toMatchObject([{ where: ['answer tool call 1'], found: { API_KEY: 1 } }])
  })

  test('reasoning that was changed loses the signature of what it was', async () => {
    const signature = { maker: 'm', value: 'x' }
    const thought = (text: string): AnswerEvent[] => [
      { kind: 'reasoning-start', choice: 0 },
      { kind: 'reasoning-delta', choice: 0, text },
      { kind: 'reasoning-end', choice: 0, signature },
    ]
    const changed = await run([guard({ mode })], thought(`I recall ${KEY} now`))
    expect(changed.events.at(-1)).toEqual({ kind: 'reasoning-end', choice: 0 })
    const same = await run([guard({ mode })], thought('I recall nothing'))
    expect(same.events.at(-1)).toEqual({ kind: 'reasoning-end', choice: 0, signature })
  })

  test('answers side by side are judged apart', async () => {
    const halves: AnswerEvent[] = [
      { kind: 'text-delta', choice: 0, text: KEY.slice(0, 12) },
      { kind: 'text-delta', choice: 1, text: KEY.slice(12) },
      { kind: 'finish', choice: 0, reason: 'stop' },
      { kind: 'finish', choice: 1, reason: 'stop' },
    ]
    expect((await run([guard({ mode })], halves)).verdicts).toMatchObject([{ verdict: 'passed' }])
  })

  test('only the blocks that it is for are read', async () => {
    const only = guard({ mode, blocks: new Set(['reasoning']) })
    expect((await run([only], answerOf([ANSWER]))).text).toBe(ANSWER)
  })

  test('fields nobody knows are read too', async () => {
    const extra: AnswerEvent = { kind: 'extra', fields: { citations: [{ quote: `see ${KEY}` }] } }
    const { events, verdicts } = await run([guard({ mode })], [extra, ...answerOf(['fine'])])
    expect(JSON.stringify(events)).not.toContain('sk-proj')
    expect(verdicts).toMatchObject([{ verdict: 'found', where: ['answer fields'] }])
  })

  test('log-probabilities of an answer that may be changed are left out, and kept otherwise', async () => {
    const logprobs = [{ token: KEY, logprob: -1, bytes: [], top: [] }]
    const events: AnswerEvent[] = [
      { kind: 'text-delta', choice: 0, text: KEY, logprobs },
      { kind: 'finish', choice: 0, reason: 'stop' },
    ]
    expect(JSON.stringify((await run([guard({ mode })], events)).events)).not.toContain('sk-proj')
    const noted = await run([guard({ mode, action: 'note' })], events)
    expect(
      noted.events.flatMap((event) => (event.kind === 'text-delta' ? (event.logprobs ?? []) : [])),
    ).toEqual(logprobs)
  })

  test('a check that throws refuses where it fails closed, and lets through and says so where it fails open', async () => {
    const broken: LocalCheck = {
      ...secrets,
      open: () => () => {
        throw new Error('broken')
      },
    }
    const closed = await run([guard({ mode, check: broken })], answerOf(Array.from(ANSWER)))
    expect(closed.error).toMatchObject({ code: 'guard.failed', status: 503 })
    expect(closed.text).toBe('')
    expect(closed.verdicts).toMatchObject([{ verdict: 'failed', action: 'refused' }])
    const open = await run([guard({ mode, check: broken, fails: 'open' })], answerOf(Array.from(ANSWER)))
    expect(open.text).toBe(ANSWER)
    expect(open.events.at(-1)).toMatchObject({ kind: 'finish' })
    expect(open.verdicts).toMatchObject([{ verdict: 'failed', action: 'let-through' }])
  })

  test('an answer that breaks off has no verdict', async () => {
    const broken = (async function* (): AsyncIterable<AnswerEvent> {
      yield { kind: 'text-delta', choice: 0, text: 'half' }
      throw new Error('cut')
    })()
    let verdicts: readonly GuardVerdict[] = []
    const read = async () => {
      for await (const _ of guardAnswer([guard({ mode })], broken, about, (told) => (verdicts = told)))
        continue
    }
    await expect(read()).rejects.toThrow('cut')
    expect(verdicts).toMatchObject([{ verdict: 'unfinished', action: 'none' }])
  })
})

describe('with mode after', () => {
  test('text leaves at once, and the end waits for the verdict that refuses it', async () => {
    const { text, events, error, verdicts } = await run(
      [guard({ mode: 'after', action: 'refuse' })],
      answerOf(Array.from(ANSWER)),
    )
    expect(text).toBe(ANSWER)
    expect(events.some(({ kind }) => kind === 'finish')).toBe(false)
    expect(error).toMatchObject({ code: 'guard.refused' })
    expect(verdicts).toMatchObject([{ verdict: 'found', action: 'refused' }])
  })

  test('an answer without fault ends as it would have', async () => {
    const events = answerOf(['All ', 'is well.'])
    const outcome = await run([guard({ mode: 'after', action: 'refuse' })], events)
    expect(outcome.events).toEqual(events)
    expect(outcome.verdicts).toMatchObject([{ verdict: 'passed', action: 'none' }])
  })
})

describe('a check of the whole', () => {
  const slow = (settle: 'resolve' | 'reject'): WholeCheck => ({
    kind: 'whole',
    name: 'classifier',
    judge: async () => {
      await Promise.resolve()
      if (settle === 'reject') throw new Error('too slow')
      return [{ what: 'S1', where: 'answer' }]
    },
  })

  test.each(['hold', 'after'] as const)('that rejects has failed, with mode %s', async (mode) => {
    const closed = await run([guard({ mode, action: 'refuse', check: slow('reject') })], answerOf(['hi']))
    expect(closed.error).toMatchObject({ code: 'guard.failed' })
    const open = await run(
      [guard({ mode, action: 'refuse', fails: 'open', check: slow('reject') })],
      answerOf(['hi']),
    )
    expect(open.text).toBe('hi')
    expect(open.events.at(-1)).toMatchObject({ kind: 'finish' })
    expect(open.verdicts).toMatchObject([{ verdict: 'failed', action: 'let-through' }])
  })

  test('that finds something refuses', async () => {
    const { error, text } = await run([guard({ action: 'refuse', check: slow('resolve') })], answerOf(['hi']))
    expect(error).toMatchObject({ code: 'guard.refused', facts: { found: ['S1'] } })
    expect(text).toBe('')
  })
})

test('several guards see what the one before let through', async () => {
  const short = guard({ id: 'short', action: 'refuse', check: lengthCheck({ maxChars: 10 }) })
  const { error, verdicts } = await run([guard({ mode: 'window' }), short], answerOf([ANSWER]))
  expect(error).toMatchObject({ code: 'guard.refused', facts: { guard: 'short', found: ['too-long'] } })
  expect(verdicts).toMatchObject([
    { guard: 'keys', action: 'redacted' },
    { guard: 'short', action: 'refused' },
  ])
})

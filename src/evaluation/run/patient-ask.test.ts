import { expect, test } from 'vitest'
import { MusivumError, type ErrorCode } from '../../core/errors.ts'
import type { Ask, Call } from '../ask.ts'
import { patientAsk, type CallLimits } from './patient-ask.ts'
import { ownModel, pricedModel, quickTime, reply } from './given-world.conformance.ts'
import { openSpending } from './spending.ts'

const LIMITS: CallLimits = {
  concurrency: 8,
  concurrencyPerModel: 4,
  requestsPerMinute: undefined,
  attempts: 4,
  timeoutMs: 60_000,
}
const signal = new AbortController().signal
const call: Call = { model: 'm', messages: [{ role: 'user', content: 'hello' }], maxTokens: 5 }

function patient(ask: Ask, limits: Partial<CallLimits> = {}, ceiling?: number) {
  const ports = quickTime()
  const spending = openSpending(ceiling)
  const retries: string[] = []
  const asker = patientAsk({
    ask,
    limits: { ...LIMITS, ...limits },
    spending,
    ports,
    onRetry: (model, { code }, waitMs) => void retries.push(`${model} ${code} ${waitMs}`),
  })
  return { asker, spending, ports, retries }
}

/** Fails with the errors in turn, then answers. */
function failing(...errors: readonly MusivumError[]): Ask & { readonly count: () => number } {
  let count = 0
  const ask: Ask = async () => {
    const error = errors[count]
    count += 1
    if (error !== undefined) throw error
    return Promise.resolve(reply('done'))
  }
  return Object.assign(ask, { count: () => count })
}

const error = (code: ErrorCode, facts = {}) => new MusivumError(code, 'it failed', facts)

test('what may pass is tried again, waiting twice as long each time', async () => {
  const ask = failing(error('upstream.failed'), error('upstream.overloaded'), error('upstream.timeout'))
  const { asker, retries } = patient(ask)
  expect((await asker(ownModel('m'), call, signal)).text).toBe('done')
  expect(retries).toEqual(['m upstream.failed 500', 'm upstream.overloaded 1000', 'm upstream.timeout 2000'])
})

test('a server that says when to come back is left alone until then, by every other call as well', async () => {
  const ask = failing(error('upstream.rate_limited', { retryAfterSeconds: 7 }))
  const { asker, ports } = patient(ask)
  const startMs = ports.clock.monotonic()
  await asker(ownModel('m'), call, signal)
  expect(ports.clock.monotonic() - startMs).toBe(7_000)
  const other = failing(error('upstream.rate_limited', { retryAfterSeconds: 7 }))
  const second = patient(other, { concurrencyPerModel: 1 })
  const begunMs = second.ports.clock.monotonic()
  await Promise.all([1, 2].map(() => second.asker(ownModel('m'), call, signal)))
  expect(second.ports.clock.monotonic() - begunMs).toBeGreaterThanOrEqual(7_000)
})

test('a server that wants to be left alone for hours has failed', async () => {
  const ask = failing(error('upstream.rate_limited', { retryAfterSeconds: 3_600 }))
  await expect(patient(ask).asker(ownModel('m'), call, signal)).rejects.toMatchObject({
    code: 'upstream.rate_limited',
  })
  expect(ask.count()).toBe(1)
})

test.each([
  'upstream.credentials',
  'context_length_exceeded',
  'policy.forbidden',
  'upstream.rejected',
] as const)('trying again cannot help with %s', async (code) => {
  const ask = failing(error(code))
  await expect(patient(ask).asker(ownModel('m'), call, signal)).rejects.toMatchObject({ code })
  expect(ask.count()).toBe(1)
})

test('after so many attempts the last error is the result', async () => {
  const ask = failing(...Array.from({ length: 9 }, () => error('upstream.failed')))
  await expect(patient(ask, { attempts: 3 }).asker(ownModel('m'), call, signal)).rejects.toThrow('it failed')
  expect(ask.count()).toBe(3)
})

test('no more calls are under way than allowed, over all models and for each', async () => {
  const running = new Map<string, number>()
  let most = 0
  const mostOf = new Map<string, number>()
  const ask: Ask = async ({ model }) => {
    running.set(model, (running.get(model) ?? 0) + 1)
    mostOf.set(model, Math.max(mostOf.get(model) ?? 0, running.get(model) ?? 0))
    most = Math.max(
      most,
      [...running.values()].reduce((sum, each) => sum + each, 0),
    )
    await new Promise((resolve) => setImmediate(resolve))
    running.set(model, (running.get(model) ?? 0) - 1)
    return reply('done')
  }
  const { asker } = patient(ask, { concurrency: 5, concurrencyPerModel: 3 })
  const models = ['a', 'b'].map(ownModel)
  await Promise.all(
    Array.from({ length: 20 }, (_, place) =>
      asker(models[place % 2] ?? ownModel('a'), { ...call, model: place % 2 === 0 ? 'a' : 'b' }, signal),
    ),
  )
  expect(most).toBe(5)
  expect([...mostOf.values()]).toEqual([3, 3])
})

test('requests of a model start evenly spaced, and its retries count', async () => {
  const { clock, ...ports } = quickTime()
  const startsMs: number[] = []
  let first = true
  const ask: Ask = () => {
    startsMs.push(clock.monotonic())
    if (!first) return Promise.resolve(reply('done'))
    first = false
    return Promise.reject(error('upstream.failed'))
  }
  const asker = patientAsk({
    ask,
    limits: { ...LIMITS, requestsPerMinute: 60 },
    spending: openSpending(undefined),
    ports: { clock, ...ports },
  })
  await Promise.all(Array.from({ length: 4 }, () => asker(ownModel('m'), call, signal)))
  const gaps = startsMs.slice(1).map((startMs, place) => startMs - (startsMs[place] ?? 0))
  expect(startsMs).toHaveLength(5)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000)
})

test('an answer that takes too long is a timeout, and its call is cancelled', async () => {
  let cancelled = false
  const ask: Ask = (_, limited) =>
    new Promise((_resolve, reject) => {
      limited.addEventListener('abort', () => {
        cancelled = true
        reject(new Error('cancelled'))
      })
    })
  const { asker } = patient(ask, { timeoutMs: 5, attempts: 1 })
  await expect(asker(ownModel('m'), call, signal)).rejects.toMatchObject({
    code: 'upstream.timeout',
    message: 'no whole answer within 0.005 s',
  })
  expect(cancelled).toBe(true)
})

test('Ctrl-C ends a call that runs, and one that waits for its turn', async () => {
  const stop = new AbortController()
  const ask: Ask = (_, limited) =>
    new Promise((_resolve, reject) => limited.addEventListener('abort', () => reject(new Error('cancelled'))))
  const { asker } = patient(ask, { concurrency: 1 })
  const both = [asker(ownModel('m'), call, stop.signal), asker(ownModel('m'), call, stop.signal)]
  stop.abort(new Error('Ctrl-C'))
  const ended = await Promise.allSettled(both)
  expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

// "hello" is 8 tokens by our guess and the answer 5: 13 thousandths of a dollar are set aside.
const RESERVED = 13 * 1e6

test('no call starts that could exceed the ceiling, and what is answered is settled at its cost', async () => {
  const ask: Ask = () => Promise.resolve(reply('done', { cost: { kind: 'metered', nanoUsd: 5 * 1e6 } }))
  const { asker, spending } = patient(ask, {}, 2 * RESERVED)
  const model = pricedModel('m')
  await asker(model, call, signal)
  await asker(model, call, signal)
  await asker(model, call, signal)
  expect(spending.spent()).toBe(15 * 1e6)
  await expect(asker(model, call, signal)).rejects.toMatchObject({ code: 'budget.exhausted' })
  expect(spending.spent()).toBe(15 * 1e6)
})

test('a failure that may have been billed counts against the ceiling, a refusal does not', async () => {
  const model = pricedModel('m')
  const cut = patient(failing(error('upstream.cut')), { attempts: 1 }, 2 * RESERVED)
  await expect(cut.asker(model, call, signal)).rejects.toThrow()
  expect([cut.spending.spent(), cut.spending.perhaps()]).toEqual([0, RESERVED])
  const refused = patient(failing(error('upstream.rate_limited')), { attempts: 1 }, 2 * RESERVED)
  await expect(refused.asker(model, call, signal)).rejects.toThrow()
  expect(refused.spending.perhaps()).toBe(0)
})

test('an answer of a priced model whose server counts no tokens is not taken for a free one', async () => {
  const ask: Ask = () => Promise.resolve(reply('done', { cost: { kind: 'unpriced' } }))
  const { asker, spending } = patient(ask, {}, 10 * RESERVED)
  await asker(pricedModel('m'), call, signal)
  expect(spending.perhaps()).toBe(RESERVED)
})

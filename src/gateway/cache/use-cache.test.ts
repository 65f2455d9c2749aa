import { describe, expect, test } from 'vitest'
import type { CacheRule, Model } from '../../catalog/model.ts'
import type { AnswerEvent, FinishReason } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import { anonymous, type Principal } from '../../core/principal.ts'
import { noUsage } from '../../core/usage.ts'
import { allowAll, permit, type Permit } from '../../policy/permit.ts'
import { parseChatRequest } from '../../wire/openai-chat/parse-request.ts'
import { exactCache } from './exact-cache.ts'
import { readVectors, writeVectors } from './kept-vectors.ts'
import {
  cachedEvents,
  cacheHeaders,
  hitSentence,
  useCache,
  type CacheQuestion,
  type CacheUse,
} from './use-cache.ts'

const rule: CacheRule = { ttlMs: 60_000, sampled: false }
const modelOf = (cache?: CacheRule): Model => ({
  name: 'm',
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel: 'up' },
  price: { kind: 'owned' },
  toy: false,
  origin: 'config',
  ...(cache === undefined ? {} : { cache }),
})

const asking = (text: string, temperature?: number) =>
  parseChatRequest(
    JSON.stringify({
      model: 'm',
      messages: [{ role: 'user', content: text }],
      ...(temperature === undefined ? {} : { temperature }),
    }),
  ).conversation

type Asked = {
  readonly text?: string
  readonly temperature?: number | null
  readonly control?: string
  readonly model?: Model
  readonly principal?: Principal
  readonly extra?: JsonObject
}

function cacheOfOne() {
  const clock = { ms: 0, now: () => clock.ms, monotonic: () => clock.ms }
  const cache = exactCache({ clock })
  let requests = 0
  const use = (asked: Asked = {}): CacheUse => {
    const {
      text = 'Hello',
      temperature = 0,
      control,
      model = modelOf(rule),
      principal = anonymous,
      extra = {},
    } = asked
    requests += 1
    const requestId = `r${requests}`
    const made = permit(allowAll, principal, { examined: false }, [model], requestId).permits.get('m')
    if (made === undefined) throw new Error('everything is allowed')
    return useCache({
      cache,
      requestId,
      principal,
      policy: allowAll,
      labels: { examined: false },
      model,
      permit: made,
      operation: 'chat',
      content: { ...asking(text, temperature ?? undefined), extra },
      control,
    })
  }
  return { clock, cache, use }
}

const answer = (reason: FinishReason = 'stop'): readonly AnswerEvent[] => [
  { kind: 'text-start', choice: 0 },
  { kind: 'text-delta', choice: 0, text: 'Hé' },
  { kind: 'text-delta', choice: 0, text: 'llo' },
  { kind: 'text-end', choice: 0 },
  { kind: 'usage', usage: { ...noUsage, inputTokens: 3, outputTokens: 2 } },
  { kind: 'finish', choice: 0, reason },
]

async function* stream(events: readonly AnswerEvent[], failure?: Error): AsyncIterable<AnswerEvent> {
  for (const event of events) yield await Promise.resolve(event)
  if (failure !== undefined) throw failure
}

async function read(events: AsyncIterable<AnswerEvent>, most = Infinity): Promise<readonly AnswerEvent[]> {
  const seen: AnswerEvent[] = []
  for await (const event of events) {
    seen.push(event)
    if (seen.length === most) break
  }
  return seen
}

const never = (): AsyncIterable<AnswerEvent> => {
  throw new Error('no model may be asked')
}

test('a whole answer is given again in one piece, with its usage, its age and whose it was', async () => {
  const { clock, use } = cacheOfOne()
  expect(await read(cachedEvents(use(), () => stream(answer())))).toEqual(answer())
  clock.ms += 12_345
  const again = use()
  expect(again).toMatchObject({ kind: 'hit', requestId: 'r1', ageMs: 12_345 })
  expect(await read(cachedEvents(again, never))).toEqual([
    { kind: 'text-start', choice: 0 },
    { kind: 'text-delta', choice: 0, text: 'Héllo' },
    ...answer().slice(3),
  ])
  expect(cacheHeaders(again)).toEqual({ 'x-musivum-cache': 'hit', age: '12' })
  expect(again.kind === 'hit' && hitSentence(again)).toBe(
    'No model was asked: cache hit of request r1, 12 s old.',
  )
})

test('an answer goes after its time, and the time in force counts, not the one when it was kept', async () => {
  const { clock, use } = cacheOfOne()
  await read(cachedEvents(use(), () => stream(answer())))
  clock.ms += 50_000
  expect(use({ model: modelOf({ ...rule, ttlMs: 40_000 }) }).kind).toBe('miss')
  expect(use().kind).toBe('hit')
  clock.ms += 10_001
  expect(use().kind).toBe('miss')
})

describe('what is not kept', () => {
  test.each<FinishReason>(['length', 'content-filter', 'other'])(
    'an answer that ended by %s',
    async (reason) => {
      const { cache, use } = cacheOfOne()
      await read(cachedEvents(use(), () => stream(answer(reason))))
      expect(cache.figures().answers).toBe(0)
    },
  )

  test('one that failed in the middle, that never ended, or whose reader left', async () => {
    const { cache, use } = cacheOfOne()
    await expect(read(cachedEvents(use(), () => stream(answer(), new Error('cut'))))).rejects.toThrow('cut')
    await read(cachedEvents(use(), () => stream(answer().slice(0, -1))))
    await read(
      cachedEvents(use(), () => stream(answer())),
      3,
    )
    const two = [...answer(), { kind: 'text-start', choice: 1 } as const]
    await read(cachedEvents(use(), () => stream(two)))
    expect(cache.figures().answers).toBe(0)
  })

  test('one longer than the largest that fits, without being held in memory', async () => {
    const { cache, use } = cacheOfOne()
    const long = { kind: 'text-delta', choice: 0, text: 'x'.repeat(5 * 1024 * 1024) } as const
    await read(cachedEvents(use(), () => stream([long, ...answer()])))
    expect(cache.figures()).toMatchObject({ answers: 0, bytes: 0 })
  })
})

describe('who may use it', () => {
  const key = (cache: boolean): Principal => ({
    kind: 'key',
    id: 'mv-a',
    role: 'member',
    clearances: [],
    cache,
  })

  test.each([
    ['a model with a rule', { model: modelOf(rule) }, 'miss'],
    ['no rule and no key', { model: modelOf() }, 'off'],
    ['a key that may, at any model', { model: modelOf(), principal: key(true) }, 'miss'],
    ['a key that may not, at a model without a rule', { model: modelOf(), principal: key(false) }, 'off'],
    ['a request that is drawn by lot', { temperature: 0.7 }, 'bypass'],
    ['a request that does not say how it is drawn', { temperature: null }, 'bypass'],
    [
      'the same where the rule says so',
      { temperature: null, model: modelOf({ ...rule, sampled: true }) },
      'miss',
    ],
  ] as const)('%s: %s', (_, asked, kind) => {
    expect(cacheOfOne().use(asked).kind).toBe(kind)
  })

  test('without a permit of its own there is no hit', () => {
    const { cache } = cacheOfOne()
    const forged = { model: 'm', requestId: 'r', obligations: [] } as unknown as Permit
    const question: CacheQuestion = {
      cache,
      requestId: 'r',
      principal: anonymous,
      policy: allowAll,
      labels: { examined: false },
      model: modelOf(rule),
      permit: forged,
      operation: 'chat',
      content: asking('Hello', 0),
      control: undefined,
    }
    expect(() => useCache(question)).toThrow(TypeError)
  })

  test('a request that is nested deeper than the stack passes by', () => {
    let deep: JsonObject = {}
    for (let level = 0; level < 100_000; level += 1) deep = { deep }
    expect(cacheOfOne().use({ extra: { deep } }).kind).toBe('bypass')
  })
})

describe('Cache-Control of the client', () => {
  async function warm() {
    const made = cacheOfOne()
    await read(cachedEvents(made.use(), () => stream(answer())))
    made.clock.ms += 30_000
    return made
  }

  test.each([
    ['no-cache', 'miss'],
    ['max-age=0', 'miss'],
    ['max-age=29', 'miss'],
    ['max-age=30', 'hit'],
    ['Max-Age="40", x', 'hit'],
    ['no-store', 'bypass'],
    ['only-if-cached', 'hit'],
    ['max-age=soon', 'hit'],
    ['', 'hit'],
  ])('%s: %s', async (control, kind) => {
    expect((await warm()).use({ control }).kind).toBe(kind)
  })

  test('no-store keeps nothing', async () => {
    const { cache, use } = cacheOfOne()
    await read(cachedEvents(use({ control: 'no-store' }), () => stream(answer())))
    expect(cache.figures().answers).toBe(0)
  })

  test('no-cache keeps the fresh answer', async () => {
    const { use } = await warm()
    await read(cachedEvents(use({ control: 'no-cache' }), () => stream(answer())))
    expect(use()).toMatchObject({ kind: 'hit', ageMs: 0 })
  })

  test.each([{ text: 'Other' }, { temperature: 1 }, { model: modelOf() }])(
    'only-if-cached without an answer is an error of its own: %j',
    async (asked) => {
      const { use } = await warm()
      expect(() => use({ ...asked, control: 'only-if-cached' })).toThrow(
        expect.objectContaining({ code: 'cache.not_kept', status: 504 }) as Error,
      )
    },
  )
})

test('vectors are kept to the last bit', () => {
  const answered = { vectors: [new Float32Array([0.1, -1e-38, 3]), new Float32Array([])], usage: noUsage }
  expect(readVectors(writeVectors(answered))).toEqual(answered)
})

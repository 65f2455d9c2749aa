import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Conversation } from '../../../core/conversation.ts'
import { context, permitFor } from '../../conformance/engine.conformance.ts'
import { createAnswerCollector } from '../../../wire/collect-answer.ts'
import type { Engine } from '../../engine.ts'
import { openStarter, saying, STARTER_S1 } from '../starter-engine.conformance.ts'
import { detectWatermark } from './detect-watermark.ts'
import { GAMMA, greenList } from './green-list.ts'
import { watermarkKeyId } from './key-id.ts'
import { tokeniseTexts } from './tokenise-text.ts'

const KEY = new Uint8Array(32).fill(5)
const OTHER_KEY = new Uint8Array(32).fill(6)

/** A schema keeps even a tiny model writing, and leaves it every letter. */
function writing(seed: number, temperature = 1.5): Conversation {
  const schema = { type: 'string', minLength: 700, maxLength: 720 }
  return {
    ...saying('Copy: the sea', { temperature, seed }),
    responseFormat: { kind: 'json-schema', name: 'text', schema },
  }
}

describe('with the starter weights', () => {
  let engine: Engine
  beforeAll(() => {
    engine = openStarter()
  })
  afterAll(() => engine.close())

  async function write(conversation: Conversation, key?: Uint8Array): Promise<string> {
    const call = { ...context(), ...(key && { watermark: { key } }) }
    const collector = createAnswerCollector()
    for await (const event of engine.answer(permitFor(engine.model), conversation, call)) collector.add(event)
    return collector.answer().choices[0]?.text ?? ''
  }

  /** One process for all of them: starting it is what takes time. */
  function tokensOf(...texts: readonly string[]): Promise<readonly (readonly number[])[]> {
    const binding = { engine: 'llama', weights: STARTER_S1 } as const
    return tokeniseTexts({ binding }, { home: '/nonexistent' }, texts)
  }

  test('marked text is told from unmarked text and from text marked with another key, beside a bias of the client too', async () => {
    const wanted = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [String(at + 300), -100]))
    const biased = writing(3)
    const sampling = { ...biased.sampling, logitBias: wanted }
    const texts = await Promise.all([
      write(writing(1), KEY),
      write(writing(2), KEY),
      write(writing(1)),
      write(writing(2)),
      write({ ...biased, sampling }, KEY),
    ])
    const [one = [], two = [], plain = [], more = [], besideBias = []] = await tokensOf(...texts)
    const found = detectWatermark(KEY, [...one, ...two])
    expect(found.tokens).toBeGreaterThan(150)
    expect(found.z).toBeGreaterThan(4)
    expect(found.watermarked).toBe(true)
    expect(detectWatermark(KEY, besideBias).z).toBeGreaterThan(3)
    for (const unmarked of [
      detectWatermark(KEY, [...plain, ...more]),
      detectWatermark(OTHER_KEY, [...one, ...two]),
    ]) {
      expect(Math.abs(unmarked.z)).toBeLessThan(3.5)
      expect(unmarked.watermarked).toBe(false)
    }
  })

  test('the likeliest token is chosen after the mark, so an answer without chance is marked too, and the same twice', async () => {
    const [once, twice, plain] = [
      await write(writing(1, 0), KEY),
      await write(writing(2, 0), KEY),
      await write(writing(1, 0)),
    ]
    expect(once).toBe(twice)
    expect(once).not.toBe(plain)
  })
})

test('a quarter of the pairs of random text is green, so z is that of chance', () => {
  let state = 12_345
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8
  const zs = Array.from({ length: 60 }, () =>
    detectWatermark(
      KEY,
      Array.from({ length: 200 }, () => random() % 32_000),
    ),
  ).map(({ z }) => z)
  const mean = zs.reduce((sum, z) => sum + z, 0) / zs.length
  const spread = Math.sqrt(zs.reduce((sum, z) => sum + (z - mean) ** 2, 0) / zs.length)
  expect(Math.abs(mean)).toBeLessThan(0.4)
  expect(spread).toBeGreaterThan(0.75)
  expect(spread).toBeLessThan(1.25)
  expect(Math.max(...zs)).toBeLessThan(4)
})

test('the formula is that of the paper: 8 green of 16 at a quarter is z = 4 / √3', () => {
  const list = greenList(KEY, 40_000)
  const tokens = [0]
  for (let token = 1; tokens.length <= 16; token += 1) {
    const wanted = tokens.length <= 8
    if (list.isGreen(list.bucketOf(tokens.at(-1) ?? 0), token) === wanted) tokens.push(token)
  }
  const found = detectWatermark(KEY, tokens)
  expect(found).toMatchObject({ tokens: 16, green: 8, watermarked: false })
  expect(found.z).toBeCloseTo(4 / Math.sqrt(3), 12)
  expect(found.pValue).toBeCloseTo(0.010461, 5)
})

test('what repeats itself counts once, and a text of one token is no evidence at all', () => {
  expect(
    detectWatermark(
      KEY,
      Array.from({ length: 500 }, (_, at) => at % 2),
    ),
  ).toMatchObject({ tokens: 2 })
  expect(detectWatermark(KEY, [7])).toEqual({ tokens: 0, green: 0, z: 0, pValue: 0.5, watermarked: false })
})

test('lists of a larger vocabulary begin with those of a smaller one', () => {
  const [small, large] = [greenList(KEY, 1_000), greenList(KEY, 150_000)]
  const same = Array.from(
    { length: 1_000 },
    (_, token) => small.isGreen(3, token) === large.isGreen(3, token),
  )
  expect(same).not.toContain(false)
  const green = Array.from({ length: 150_000 }, (_, token) => large.isGreen(3, token)).filter(Boolean).length
  expect(Math.abs(green / 150_000 - GAMMA)).toBeLessThan(0.006)
})

test('the name of a key says nothing of it, and another key has another', () => {
  expect(watermarkKeyId(KEY)).toMatch(/^wm-[0-9a-f]{12}$/)
  expect(watermarkKeyId(KEY)).not.toBe(watermarkKeyId(OTHER_KEY))
})

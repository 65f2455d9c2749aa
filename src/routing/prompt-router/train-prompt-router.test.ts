import { expect, test } from 'vitest'
import { seededRandom } from '../../evidence/seeded-random.ts'
import { trainPromptRouter, type RouterTraining } from './train-prompt-router.ts'

const EASY = ['name the capital of', 'which colour has', 'who wrote about', 'what animal is like']
const HARD = [
  'prove the theorem on',
  'integrate the function of',
  'derive the formula for',
  'show by induction that',
]
const THINGS = ['rivers', 'primes', 'lions', 'matrices', 'rings', 'poems', 'stars', 'sums', 'roads', 'waves']

/** Hard questions are those on which the strong model is worth its price, nine times of ten. */
function examples(n: number, seed: number): RouterTraining & { readonly hard: readonly boolean[] } {
  const random = seededRandom(seed)
  const pick = (words: readonly string[]): string => words[random.below(words.length)] ?? ''
  const hard = Array.from({ length: n }, () => random.unit() < 0.5)
  return {
    prompts: hard.map((isHard) => `${pick(isHard ? HARD : EASY)} ${pick(THINGS)} and ${pick(THINGS)}`),
    difference: hard.map((isHard) => (random.unit() < (isHard ? 0.9 : 0.1) ? 1 : 0)),
    hard,
    seed: 1,
  }
}

test('learns from words which prompts need the strong model', () => {
  const router = trainPromptRouter(examples(300, 1))
  const held = examples(200, 2)
  const score = (index: number): number => router.score(held.prompts[index] ?? '')
  const lowestHard = Math.min(...held.hard.flatMap((hard, index) => (hard ? [score(index)] : [])))
  const highestEasy = Math.max(...held.hard.flatMap((hard, index) => (hard ? [] : [score(index)])))
  expect(lowestHard).toBeGreaterThan(highestEasy)
  expect(lowestHard).toBeGreaterThan(0.5)
  expect(highestEasy).toBeLessThan(0.5)
})

test('learns from categories where the text says nothing', () => {
  const random = seededRandom(3)
  const categories = Array.from({ length: 200 }, () => (random.unit() < 0.5 ? 'law' : 'mathematics'))
  const router = trainPromptRouter({
    prompts: categories.map(() => 'which of these is right?'),
    categories,
    difference: categories.map((category) => (category === 'law' ? 1 : 0)),
    seed: 1,
  })
  const [law, other, unseen] = ['law', 'mathematics', 'art'].map((name) =>
    router.score('which is right?', name),
  )
  expect(law).toBeGreaterThan(0.85)
  expect(other).toBeLessThan(0.15)
  expect(unseen).toBeGreaterThan(other ?? 1)
  expect(unseen).toBeLessThan(law ?? 0)
})

test('learns from embeddings where the text says nothing, whatever all of them have in common', () => {
  const random = seededRandom(4)
  const hard = Array.from({ length: 300 }, () => random.unit() < 0.5)
  // All texts lie on one side of the space, as those of real embedders do.
  const embed = (isHard: boolean): Float32Array =>
    Float32Array.of(8, isHard ? 0.3 : -0.3, random.unit() - 0.5, random.unit() - 0.5)
  const router = trainPromptRouter({
    prompts: hard.map(() => 'which of these is right?'),
    difference: hard.map(Number),
    embeddings: hard.map(embed),
    seed: 1,
  })
  const score = (isHard: boolean): number => router.score('which is right?', undefined, embed(isHard))
  const [hardest, easiest] = [
    Array.from({ length: 50 }, () => score(true)),
    Array.from({ length: 50 }, () => score(false)),
  ]
  expect(Math.min(...hardest)).toBeGreaterThan(Math.max(...easiest))
})

test('embeddings that say nothing leave the order that the text gives', () => {
  const training = examples(300, 1)
  const random = seededRandom(5)
  const noise = (): Float32Array => Float32Array.from({ length: 64 }, () => random.unit() - 0.5)
  const router = trainPromptRouter({ ...training, embeddings: training.prompts.map(noise) })
  const held = examples(100, 2)
  const scores = held.prompts.map((prompt) => router.score(prompt, undefined, noise()))
  const of = (isHard: boolean): number[] => scores.filter((_, index) => held.hard[index] === isHard)
  expect(Math.min(...of(true))).toBeGreaterThan(Math.max(...of(false)))
})

test('lengths of answers teach what a few gains cannot: which prompts need long ones', () => {
  const random = seededRandom(6)
  const steps = Array.from({ length: 300 }, () => 1 + random.below(8))
  const prompt = (count: number): string =>
    Array.from({ length: count }, () => `He buys ${random.below(90)} more.`).join(' ')
  // The gain depends on the steps, and is seen through so much chance that 300 labels say little.
  const training = {
    prompts: steps.map(prompt),
    difference: steps.map((count) => (random.unit() < 0.1 + 0.02 * count ? 1 : 0)),
    seed: 1,
  }
  const router = trainPromptRouter({ ...training, effort: steps.map((count) => Math.log(200 * count)) })
  expect(router.weights.effort).toBeGreaterThan(0)
  expect(router.score(prompt(8))).toBeGreaterThan(router.score(prompt(1)))
  expect(trainPromptRouter(training).weights.effort).toBe(0)
  // Lengths that nobody counted, or that are all alike, teach nothing and break nothing.
  for (const effort of [steps.map(() => Number.NaN), steps.map(() => 5)])
    expect(Number.isFinite(trainPromptRouter({ ...training, effort }).score(prompt(3)))).toBe(true)
})

test('the same labels and seed give the same router', () => {
  const training = examples(120, 4)
  const [first, second] = [trainPromptRouter(training), trainPromptRouter(training)]
  for (const prompt of training.prompts) expect(first.score(prompt)).toBe(second.score(prompt))
  expect(first.trainedOn).toBe(120)
})

test('few labels, equal labels and odd prompts still give finite scores', () => {
  for (const difference of [[1], [0, 0], [1, -1, 0.5], [0, 0, 0, 0, 0, 0]]) {
    const prompts = difference.map((_, index) => ['', '😀', 'क्या?', 'x'.repeat(9_000)][index % 4] ?? '')
    const router = trainPromptRouter({ prompts, difference, seed: 0 })
    for (const prompt of [...prompts, 'new'])
      expect(Math.abs(router.score(prompt, 'any'))).toBeLessThanOrEqual(2)
  }
})

test('labels out of range, or not one per prompt, are refused', () => {
  expect(() => trainPromptRouter({ prompts: [], difference: [], seed: 1 })).toThrow(
    'one difference per prompt',
  )
  expect(() => trainPromptRouter({ prompts: ['a'], difference: [2], seed: 1 })).toThrow('−1 to 1')
  expect(() => trainPromptRouter({ prompts: ['a'], difference: [Number.NaN], seed: 1 })).toThrow('−1 to 1')
  const two = { prompts: ['a', 'b'], difference: [0, 1], seed: 1 }
  const [short, long] = [Float32Array.of(1), Float32Array.of(1, 2)]
  expect(() => trainPromptRouter({ ...two, embeddings: [short] })).toThrow('one embedding per prompt')
  expect(() => trainPromptRouter({ ...two, embeddings: [short, long] })).toThrow('embeddings of one length')
  const router = trainPromptRouter({ ...two, embeddings: [long, long] })
  expect(() => router.score('a')).toThrow('an embedding as long as those of the training')
  expect(() => trainPromptRouter(two).score('a', undefined, short)).toThrow('or none as there')
})

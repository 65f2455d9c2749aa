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
})

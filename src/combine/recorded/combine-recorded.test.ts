import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOutcomeTable, type TaskView } from '../../evidence/outcome-table.ts'
import type { Outcome } from '../../evidence/outcome.ts'
import { combinationJson } from './combination-json.ts'
import {
  COMBINE_METHODS,
  combineRecorded,
  type Combination,
  type CombinationResult,
} from './combine-recorded.ts'
import { dawidSkene } from './dawid-skene.ts'
import { recordTask } from './recorded-task.ts'
import { separateSamples } from './separate-samples.ts'

function viewOf(rows: readonly Omit<Outcome, 'task'>[]): TaskView {
  const table = createOutcomeTable({ keepAnswers: true })
  for (const [index, row] of rows.entries())
    expect(table.add(separateSamples({ task: 't', ...row }), { file: 'f', line: index + 1 })).toBeUndefined()
  return table.task('t')
}

/** One row of answers per item; the right answer is always 7. */
function answered(models: readonly string[], items: readonly (readonly string[])[]): TaskView {
  return viewOf(
    items.flatMap((answers, item) =>
      models.map((model, place) => {
        const answer = answers[place] ?? ''
        return { item: `i${item}`, model, answer, score: Number(answer.replace('$', '')) === 7 ? 1 : 0 }
      }),
    ),
  )
}

function resultOf(view: TaskView, combination: Combination): CombinationResult {
  const result = combineRecorded(view, combination)
  if (result.kind !== 'result') throw new Error(result.problem)
  return result
}

const MODELS = ['a', 'b', 'c', 'r']
const members = ['a', 'b', 'c']
const HAND = answered(MODELS, [
  ['7', '7.0', '1', '7'], // a and b agree: right
  ['1', '$7', '7', '7'], // b and c agree: right
  ['2', '2', '7', '7'], // a and b agree: wrong
  ['7', '1', '2', '1'], // nobody agrees; the first is right, r is wrong
  ['', '7', '3', '7'], // a found nothing; b comes first
  ['', '', '', '7'], // nobody answers
])

test('a vote takes the answer of most, of tied ones that of the earliest member', () => {
  const result = resultOf(HAND, { method: 'vote', members })
  expect(result).toMatchObject({ n: 6, accuracy: 4 / 6, callsMean: 3, escalatedShare: 0, escalate: null })
  expect(resultOf(HAND, { method: 'vote', members: ['c', 'b', 'a'] }).accuracy).toBe(2 / 6)
})

test('a sequential vote stops when two agree and never escalates', () => {
  const result = resultOf(HAND, { method: 'sequential', members, escalate: 'r' })
  expect(result.accuracy).toBe(4 / 6)
  expect(result.callsMean).toBe((2 + 3 + 2 + 3 + 3 + 3) / 6)
  expect(result).toMatchObject({ escalatedShare: 0, escalate: null, reference: 'r' })
  expect(result.differenceToReference?.mean).toBeCloseTo(4 / 6 - 5 / 6)
})

test('a cascade answers where its members agree, escalates the rest, and stops asking when they cannot agree', () => {
  const pair = resultOf(HAND, { method: 'cascade', members: ['a', 'b'], escalate: 'r' })
  // Agree on items 0 and 2; items 1 and 3 take two calls and one more, items 4 and 5 fail with the first.
  expect(pair.accuracy).toBe((1 + 1 + 0 + 0 + 1 + 1) / 6)
  expect(pair.escalatedShare).toBe(4 / 6)
  expect(pair.callsMean).toBe((2 + 3 + 2 + 3 + 2 + 2) / 6)
  const two = resultOf(HAND, { method: 'cascade', members, escalate: 'r', agree: 2 })
  expect(two.accuracy).toBe((1 + 1 + 0 + 0 + 1 + 1) / 6)
  expect(two.escalatedShare).toBe(3 / 6)
})

test('the curve of a cascade goes from the first answer to the escalation model alone', () => {
  const { curve } = resultOf(HAND, { method: 'cascade', members, escalate: 'r' })
  expect(curve.map((step) => step.agree)).toEqual([1, 2, 3, 4])
  expect(curve[0]).toMatchObject({ accuracy: 4 / 6, escalatedShare: 1 / 6 })
  expect(curve[3]).toEqual({ agree: 4, accuracy: 5 / 6, callsMean: 1, escalatedShare: 1 })
})

test('money is counted for the calls that were made, and not at all where one has no price', () => {
  const rows = [
    { item: 'i', model: 'a', score: 1, answer: '7', costUsd: 0.1 },
    { item: 'i', model: 'b', score: 1, answer: '7', costUsd: 0.2 },
    { item: 'i', model: 'c', score: 1, answer: '7', costUsd: 0.4 },
  ]
  expect(resultOf(viewOf(rows), { method: 'sequential', members }).costUsdMean).toBeCloseTo(0.3)
  const [first, ...rest] = rows
  const unpriced = viewOf([{ item: 'i', model: 'a', score: 1, answer: '7' }, ...rest])
  expect(first).toBeDefined()
  expect(resultOf(unpriced, { method: 'sequential', members }).costUsdMean).toBeNull()
})

test('self-consistency votes over the samples of one model and is compared with the mean sample', () => {
  const view = viewOf(
    [
      ['7', '7', '1'],
      ['2', '7', '7'],
      ['3', '3', '7'],
    ].flatMap((samples, item) =>
      samples.map((answer, place) => ({
        item: `i${item}`,
        model: 'm',
        sample: String(place),
        answer,
        score: answer === '7' ? 1 : 0,
      })),
    ),
  )
  const result = resultOf(view, { method: 'self-consistency', members: ['m'] })
  expect(result).toMatchObject({ members: ['m#0', 'm#1', 'm#2'], accuracy: 2 / 3, callsMean: 3 })
  expect(result.bestSingle.model).toBe('m')
  expect(result.bestSingle.accuracy).toBeCloseTo(5 / 9)
})

describe('what the outcomes do not say is said, never made up', () => {
  const silent = viewOf([
    { item: 'i', model: 'a', score: 1 },
    { item: 'i', model: 'b', score: 0.5 },
    { item: 'i', model: 'r', score: 1 },
  ])
  test.each(COMBINE_METHODS.filter((method) => method !== 'self-consistency'))(
    'without answers agreement is undefined: %s',
    (method) => {
      const result = combineRecorded(silent, { method, members: ['a', 'b'], escalate: 'r' })
      expect(result).toMatchObject({ kind: 'undefined', method })
      expect(result.kind === 'undefined' && result.problem).toContain('"a" carry no "answer"')
    },
  )
  test('one member alone needs no agreement: its scores suffice', () => {
    expect(resultOf(silent, { method: 'vote', members: ['b'] })).toMatchObject({
      accuracy: 0.5,
      callsMean: 1,
    })
  })
  test('a mean over samples belongs to no one answer', () => {
    const table = createOutcomeTable({ keepAnswers: true })
    for (const sample of ['1', '2'])
      for (const model of ['a', 'b'])
        table.add({ task: 't', item: 'i', model, sample, score: 1, answer: '7' }, { file: 'f', line: 1 })
    const result = combineRecorded(table.task('t'), { method: 'vote', members: ['a', 'b'] })
    expect(result.kind === 'undefined' && result.problem).toContain('"a" has several samples')
  })
  test('no common item', () => {
    const view = viewOf([
      { item: 'i', model: 'a', score: 1, answer: '7' },
      { item: 'j', model: 'b', score: 1, answer: '7' },
    ])
    expect(combineRecorded(view, { method: 'vote', members: ['a', 'b'] }).kind).toBe('undefined')
  })
  test('an unknown model, a cascade to nowhere and a member named twice are mistakes of the caller', () => {
    expect(() => combineRecorded(HAND, { method: 'vote', members: ['a', 'bb'] })).toThrow('"bb"')
    expect(() => combineRecorded(HAND, { method: 'cascade', members })).toThrow('escalate')
    expect(() => combineRecorded(HAND, { method: 'vote', members: ['a', 'a'] })).toThrow('twice')
    expect(() => combineRecorded(HAND, { method: 'cascade', members, escalate: 'r', agree: 4 })).toThrow(
      'from 1 to 3 members',
    )
  })
})

test('items that a member was not run on are left out by name', () => {
  const view = viewOf([
    { item: 'i', model: 'a', score: 1, answer: '7' },
    { item: 'i', model: 'b', score: 1, answer: '7' },
    { item: 'j', model: 'a', score: 0, answer: '1' },
  ])
  const result = resultOf(view, { method: 'vote', members: ['a', 'b'] })
  expect(result).toMatchObject({ n: 1, missing: [{ item: 'j', model: 'b' }], promoted: false })
})

/** Members right at random with their own rates, else one of the wrong answers. */
function drawn(rates: readonly number[], n: number, seed: number, wrong = '012345689'): TaskView {
  const draws = fc.sample(fc.tuple(...rates.map(() => fc.tuple(fc.nat(999), fc.nat(wrong.length - 1)))), {
    numRuns: n,
    seed,
  })
  return answered(
    rates.map((_, place) => `m${place}`),
    draws.map((items) =>
      items.map(([hit, miss], place) => (hit < 1000 * (rates[place] ?? 0) ? '7' : (wrong[miss] ?? ''))),
    ),
  )
}

test('equal and independent members are promoted, one strong among weak ones is not', () => {
  const names = ['m0', 'm1', 'm2', 'm3', 'm4']
  const equal = resultOf(drawn([0.7, 0.7, 0.7, 0.7, 0.7], 800, 1), { method: 'vote', members: names })
  expect(equal.promoted).toBe(true)
  expect(equal.accuracy).toBeGreaterThan(0.85)
  const view = drawn([0.9, 0.35, 0.35, 0.35, 0.35], 800, 2, '01')
  const unequal = resultOf(view, { method: 'vote', members: names })
  expect(unequal.promoted).toBe(false)
  expect(unequal.because).toContain('m0')
  expect(resultOf(view, { method: 'weighted', members: names }).accuracy).toBeGreaterThan(unequal.accuracy)
  expect(resultOf(view, { method: 'greedy', members: names })).toMatchObject({ members: ['m0'], n: 400 })
})

test('copies of one model are never promoted: there is nothing to gain, and the best is not picked on the same items', () => {
  const view = drawn([0.7], 400, 3)
  const { scores, answers = [] } = view.column('m0')
  const copies = viewOf(
    view.items.flatMap((item, place) =>
      ['x', 'y', 'z'].map((model) => ({
        item,
        model,
        score: scores[place] ?? 0,
        answer: answers[place] ?? '',
      })),
    ),
  )
  for (const method of ['vote', 'weighted', 'dawid-skene', 'sequential'] as const) {
    const result = resultOf(copies, { method, members: ['x', 'y', 'z'] })
    expect(result.promoted).toBe(false)
    expect(result.differenceToBest.mean).toBe(0)
  }
})

test('Dawid–Skene finds how good members are without seeing a score', () => {
  const rates = [0.9, 0.6, 0.75, 0.5]
  const view = drawn(rates, 2_000, 4)
  const { estimatedAccuracy, converged } = dawidSkene(recordTask(view, { members: view.models }))
  expect(converged).toBe(true)
  rates.forEach((rate, place) => expect(Math.abs((estimatedAccuracy[place] ?? 0) - rate)).toBeLessThan(0.08))
})

test('on any table: figures are in range, no figure is NaN, and JSON carries the fields of the contract', () => {
  const answer = fc.constantFrom('', '7', '1', '2')
  const items = fc.array(fc.tuple(answer, answer, answer, answer), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(items, fc.constantFrom(...COMBINE_METHODS), fc.nat(5), (rows, method, seed) => {
      const result = combineRecorded(answered(MODELS, rows), { method, members, escalate: 'r', seed })
      if (result.kind === 'undefined') {
        expect(result.problem).toMatch(/no "answer"|needs 4/)
        return
      }
      expect(JSON.stringify(combinationJson(result))).not.toContain('null,null')
      for (const value of [result.accuracy, result.escalatedShare, result.bestSingle.accuracy])
        expect(value >= 0 && value <= 1).toBe(true)
      expect(result.callsMean).toBeLessThanOrEqual(4)
      expect(result.promoted).toBe((result.differenceToBest.interval?.[0] ?? 0) > 0)
      expect(combineRecorded(answered(MODELS, rows), { method, members, escalate: 'r', seed })).toEqual(
        result,
      )
    }),
    { numRuns: 150 },
  )
})

test('a vote by hand: the fast count agrees with a plain one on any table', () => {
  const answer = fc.constantFrom('', '7', '1', '2', '3')
  const items = fc.array(fc.array(answer, { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(items, (rows) => {
      fc.pre([0, 1, 2, 3, 4].every((place) => rows.some((row) => row[place] !== '')))
      const names = ['a', 'b', 'c', 'd', 'e']
      const right = rows.filter((row) => {
        const votes = (text: string | undefined): number => row.filter((other) => other === text).length
        const given = row.filter((text) => text !== '')
        const most = Math.max(0, ...given.map(votes))
        return given.find((text) => votes(text) === most) === '7'
      })
      const { accuracy } = resultOf(answered(names, rows), { method: 'vote', members: names })
      expect(accuracy).toBeCloseTo(right.length / rows.length)
    }),
  )
})

import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import type { Item } from '../item.ts'
import { itemWith, openPure, scoreNow } from './scorer.conformance.ts'

function taken(output: string, item: Item, settings: JsonObject = {}): string {
  const score = scoreNow(openPure('choice', settings), item, output)
  return score.kind === 'scored' ? score.answer : score.why
}

const NONE = 'the output names no option'
const SEVERAL = 'the output names more than one option'

describe('letters', () => {
  const item = itemWith('C', { options: ['red tape', 'blue', 'green', 'greenish blue'] })

  test.each([
    ['C', 'C'],
    ['c', 'C'],
    ['C.', 'C'],
    ['(C)', 'C'],
    ['**B**', 'B'],
    ['Option C', 'C'],
    ['The answer is (C)', 'C'],
    ['The answer is (C) green, since A is wrong.', 'C'],
    ['the answer is c.', 'C'],
    ['The correct answer is: **B**', 'B'],
    ['Answer: B\nA reader may think of D.', 'B'],
    ['Answer:\n\nB', 'B'],
    ['The answer to this question would be D', 'D'],
    ['The best option among these is D, not A.', 'D'],
    ['So the final answer is $\\boxed{D}$', 'D'],
    ['\\boxed{\\text{B}}', 'B'],
    ['(c) green', 'C'],
    ['C. green\nIt is the colour of grass.', 'C'],
    ['B) blue', 'B'],
    ['B: blue, as the sky', 'B'],
    ['C is the correct answer.', 'C'],
    ['Option A is odd, option B is not. So I believe C is correct.', 'C'],
    ['I would go with B', 'B'],
    ['{"reasoning": "not A", "answer_choice": "B"}', 'B'],
    ['I choose option (b) here', 'B'],
    ['Reasons first.\n\nB', 'B'],
    ['B\n\nReasons later.', 'B'],
    ['It has to be (D), clearly', 'D'],
    ['सही उत्तर: B', 'B'],
    ['उत्तर है (B)', 'B'],
    ['الإجابة الصحيحة هي B', 'B'],
    ['La respuesta es B.', 'B'],
    ['The answer is A because red tape is red.', 'A'],
    ['Is the answer A? No. The answer is B.', 'B'],
    ['A) wrong\nB) wrong\nC) right\nD) wrong\nThe answer is C', 'C'],
    ['Ｂ', 'B'],
  ])('%j is %s', (output, answer) => {
    expect(taken(output, item)).toBe(answer)
  })

  test.each([
    ['A patient with a cold should rest.', NONE],
    ['A', 'A'],
    ['I think that this is a matter of taste.', NONE],
    ['The answer is a matter of taste.', NONE],
    ['The patient has hepatitis C.', NONE],
    ['The answer is unclear.', NONE],
    ['The answer is A or B', SEVERAL],
    ['The answer is (A) and (C).', SEVERAL],
    ['Answer: A, B', SEVERAL],
    ['Either (A) or (B) seems fine', SEVERAL],
    ['A is correct, and D is correct', SEVERAL],
    ['A. red tape\nB. blue', SEVERAL],
    ['E', NONE],
    ['The answer is E.', NONE],
    ['Answer: none of the above', NONE],
  ])('%j: %s', (output, answer) => {
    expect(taken(output, item)).toBe(answer)
  })

  test('of several statements the last counts, or the first for models that go on to the next question', () => {
    const output = 'The answer is B.\n\nQ: And this one?\nThe answer is D.'
    expect(taken(output, item)).toBe('D')
    expect(taken(output, item, { take: 'first' })).toBe('B')
  })

  test('an option in its own words is its letter, and a longer option is not the shorter one inside it', () => {
    expect(taken('green', item)).toBe('C')
    expect(taken('Greenish blue.', item)).toBe('D')
    expect(taken('The answer is greenish blue.', item)).toBe('D')
    expect(taken('It must be red tape, I believe', item)).toBe('A')
    expect(taken('I see blue and green', item)).toBe(SEVERAL)
  })

  test('the pronoun I is no answer where there are nine options', () => {
    const nine = itemWith('I', {
      options: ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((n) => `number ${n}`),
    })
    expect(taken('I am not sure.', nine)).toBe(NONE)
    expect(taken('The answer is (I)', nine)).toBe('I')
  })

  test('options that read like letters are named by their labels', () => {
    const shuffled = itemWith('A', { options: ['B', 'C', 'D'] })
    expect([taken('A', shuffled), taken('The answer is B.', shuffled)]).toEqual(['A', 'B'])
    expect(openPure('choice').fault(shuffled)).toBeUndefined()
  })

  test('two options in the same words can be named by letter only', () => {
    const twins = itemWith('B', { options: ['none', 'None', 'some of them'] })
    expect([taken('B', twins), taken('none', twins), taken('some of them', twins)]).toEqual(['B', NONE, 'C'])
  })
})

describe('words', () => {
  const item = itemWith('yes', { options: ['yes', 'no', 'maybe'] })

  test.each([
    ['Yes', 'yes'],
    ['**No.**', 'no'],
    ['Yes, because the trial was large.', 'yes'],
    ['Answer: maybe', 'maybe'],
    ['The answer is no, since nothing changed.', 'no'],
    ['The answer is yes because of the trial.', 'yes'],
    ['Some reasons.\n\nyes', 'yes'],
    ['(C)', 'maybe'],
    ['No evidence was found.', NONE],
    ['The answer is no longer known.', NONE],
    ['There is no doubt about it.', NONE],
    ['It is maybe so', 'maybe'],
    ['Yes and no', NONE],
  ])('%j is %s', (output, answer) => {
    expect(taken(output, item)).toBe(answer)
  })

  test('scores 1 for the gold, in words or by its place', () => {
    const scorer = openPure('choice')
    expect(scoreNow(scorer, item, 'YES!')).toEqual({ kind: 'scored', score: 1, answer: 'yes' })
    expect(
      scoreNow(scorer, itemWith(['yes', 'maybe'], { options: item.options ?? [] }), '(C)'),
    ).toMatchObject({ score: 1 })
    expect(scoreNow(scorer, item, 'no')).toEqual({ kind: 'scored', score: 0, answer: 'no' })
  })

  test('Hindi words are found whole', () => {
    const hindi = itemWith('हाँ', { options: ['हाँ', 'नहीं'] })
    expect([taken('हाँ।', hindi), taken('उत्तर: नहीं', hindi), taken('उत्तर: नहींतर', hindi)]).toEqual([
      'हाँ',
      'नहीं',
      NONE,
    ])
  })
})

test('labels of another script or digits are labels when the settings say so', () => {
  const item = itemWith('ख', { options: ['लाल', 'नीला', 'हरा', 'पीला'] })
  const settings = { labels: ['क', 'ख', 'ग', 'घ'] }
  expect(taken('सही उत्तर: (ख) नीला', item, settings)).toBe('ख')
  expect(taken('(ग)', item, settings)).toBe('ग')
  expect(taken('The answer is 3.', itemWith('3'), { labels: ['1', '2', '3'] })).toBe('3')
})

test('without options the labels are A to J', () => {
  expect(taken('The answer is (J)', itemWith('J'))).toBe('J')
  expect(openPure('choice').fault(itemWith('K'))).toBe(
    '"gold" does not suit; expected one of the labels A, B, C, D, E, F, G, H, I, J',
  )
})

test('a gold that is no option is refused', () => {
  const { fault } = openPure('choice')
  expect(fault(itemWith('D', { options: ['x', 'y'] }))).toBe(
    '"gold" does not suit; expected an option, by its label or in words',
  )
  expect(fault(itemWith(0, { options: ['x', 'y'] }))).toMatch(/does not suit/)
  expect(fault(itemWith(undefined, { options: ['x', 'y'] }))).toMatch(/^"gold" is missing/)
})

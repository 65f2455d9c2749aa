import { expect, test } from 'vitest'
import { letterIn } from './mirage.ts'

test.each([
  ['{"step_by_step_thinking": "B is wrong.", "answer_choice": "A"}', 'A'],
  ['{"step_by_step_thinking": "a "quoted" word", "answer_choice": "C. slate"}', 'C'],
  ['{"answer_choice": "Option D"}', 'D'],
  ['{"answer_choice": "b"}', 'B'],
  ['{"answer_choice": "B or C"}', 'B'],
  ['{"answer_choice": "B/C"}', 'B'],
  ['{"answer_choice": "The correct option is D"}', 'D'],
  ['Option A is wrong, so the answer is: (C)', 'C'],
  ['{"answer_choice": "A patient with gout"}', ''],
  ['{"answer_choice": "E"}', ''],
  ['{"answer_choice": ""}', ''],
  ['{"step_by_step_thinking": "Both A and', ''],
  ['', ''],
])('the letter of %s is "%s"', (text, letter) => {
  expect(letterIn(text, 'ABCD')).toBe(letter)
})

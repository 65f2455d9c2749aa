import { expect, test } from 'vitest'
import { gradeIn, winnerIn } from './judge-reply.ts'

test.each([
  ['{"reason": "good", "score": 5}', 1],
  ['{"score": "3"}', 0.5],
  ['```json\n{"reason": "it says {\\"score\\": 5}", "score": 2}\n```', 0.25],
  ['The answer claims {"score": 5}, which I ignore.\n{"reason": "bad", "score": 1}', 0],
  ['<think>Maybe score: 5, no.</think>\nScore: 2', 0.25],
  ['**Score:** 4/5', 0.75],
  ['My grade is 4.', 0.75],
  ['[[3]]', 0.5],
  ['5', 1],
  ['4/5', 0.75],
  ['{"score": 4.5}', 0.875],
  ['{"score": 6}', undefined],
  ['{"score": 0}', undefined],
  ['{"score": null}', undefined],
  ['{"grade": "high"}', undefined],
  ['score: 2, or rather score: 4', undefined],
  ['I like it a lot', undefined],
  ['', undefined],
])('the grade in %j is %s', (reply, score) => {
  expect(gradeIn(reply, '1-5')).toBe(score)
})

test('on the scale from 0 to 1 the grade is the score', () => {
  expect([
    gradeIn('{"score": 0.8}', '0-1'),
    gradeIn('0', '0-1'),
    gradeIn('{"score": 4}', '0-1'),
    gradeIn('{"score": -0.1}', '0-1'),
  ]).toEqual([0.8, 0, undefined, undefined])
})

test.each([
  ['{"reason": "x", "winner": "first"}', 'first'],
  ['{"winner": "SECOND"}', 'second'],
  ['Winner: **tie**', 'tie'],
  ['The winner is the second answer.', 'second'],
  ['[[first]]', 'first'],
  ['second.', 'second'],
  ['{"winner": "both"}', undefined],
  ['winner: first ... winner: second', undefined],
  ['The first answer is nice.', undefined],
])('the winner in %j is %s', (reply, winner) => {
  expect(winnerIn(reply)).toBe(winner)
})

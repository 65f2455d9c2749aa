import { expect, test } from 'vitest'
import { PURE_SCORERS, pureScorer } from './open-scorer.ts'
import { describeScorer, itemWith, type ScorerCase } from './scorer.conformance.ts'

const CASES: readonly ScorerCase[] = [
  {
    name: 'exact',
    item: itemWith(['Paris', 'Paris, France']),
    right: ' Paris, France\n',
    pieces: ['Paris', ' '],
  },
  {
    name: 'number',
    item: itemWith('1,250'),
    right: 'so 5 × 250 = **1250**.',
    pieces: [
      '1',
      '2.5',
      ',',
      '.',
      '-',
      '/',
      'e9',
      '%',
      '$',
      ' ',
      '#### ',
      '\\frac{1}{2}',
      '९',
      '½',
      ' × 10^3',
    ],
  },
  {
    name: 'choice',
    item: itemWith('B', { options: ['red', 'green', 'greenish blue'] }),
    right: 'The answer is (b) green.',
    pieces: [
      'A',
      'B',
      '(C)',
      'answer is ',
      'Answer: ',
      'green',
      ' or ',
      '\n',
      '. ',
      '**',
      '\\boxed{B}',
      'option ',
    ],
  },
  {
    name: 'set',
    item: itemWith(['aspirin', 'ibuprofen']),
    right: '- Ibuprofen\n- aspirin',
    pieces: ['aspirin', ', ', '; ', '\n', '- ', '1. ', '["', '"]', ' and ', 'none', '[]'],
  },
  {
    name: 'json',
    item: itemWith({ name: 'Asha', age: 41, seen: '2026-11-22' }),
    right: '```json\n{"age": "41", "seen": "22 Nov 2026", "name": "Asha"}\n```',
    pieces: ['{', '}', '[', ']', '"name"', ':', '"Asha"', ',', '41', 'null', '```', '\\'],
  },
  {
    name: 'regex',
    settings: { pattern: '(?:a+)+b', flags: 'i' },
    item: itemWith(),
    right: 'xxAAABxx',
    pieces: ['a', 'b', 'A', '\n'],
  },
  {
    name: 'contains',
    item: itemWith(['Pune', 'monsoon']),
    right: 'The MONSOON in Pune',
    pieces: ['Pune', 'monsoon', ' '],
  },
  {
    name: 'rouge-l',
    item: itemWith('दवा दिन में दो बार लें'),
    right: 'दवा दिन में दो बार लें।',
    pieces: ['दवा', ' ', 'दिन', 'बार', 'में', '.'],
  },
]

test('every pure scorer has a case below, and no other name has a scorer', () => {
  expect(CASES.map(({ name }) => name)).toEqual(PURE_SCORERS)
  expect([pureScorer('judge', {}), pureScorer('toString', {}), pureScorer('', {})]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

for (const each of CASES) describeScorer(each)

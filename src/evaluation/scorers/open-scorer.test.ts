import { expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { openScorer, SCORERS } from './open-scorer.ts'

const CONTEXT = { cwd: '/', taskFolder: '/', where: { file: 'tasks/task.yaml', line: 7 } }

test('a scorer is named alone, or with its settings', async () => {
  const alone = await openScorer('exact', CONTEXT)
  expect([alone.scorer.name, alone.scorer.settings]).toEqual([
    'exact',
    { ignore_case: false, ignore_punctuation: false },
  ])
  const set = await openScorer({ kind: 'number', take: 'last', tolerance: 0.5 }, CONTEXT)
  expect(set.scorer.settings).toMatchObject({ take: 'last', tolerance: 0.5, decimal: 'auto' })
  await Promise.all([alone.close(), set.close()])
})

test('all kinds are known', () => {
  expect(SCORERS).toEqual([
    'exact',
    'number',
    'choice',
    'set',
    'json',
    'regex',
    'contains',
    'rouge-l',
    'code',
    'custom',
    'judge',
  ])
})

test.each([
  ['exakt', 'unknown scorer "exakt"; did you mean "exact"?'],
  [
    'bleurt',
    'unknown scorer "bleurt"; there are exact, number, choice, set, json, regex, contains, rouge-l, code, custom, judge',
  ],
  [{ kind: 'numbers' }, 'unknown scorer "numbers"; did you mean "number"?'],
  [
    { take: 'last' },
    '"scorer" has no "kind"; expected the name of a scorer, or a mapping with its "kind" and settings',
  ],
  [
    null,
    '"scorer" is no text and no mapping; expected the name of a scorer, or a mapping with its "kind" and settings',
  ],
  [{ kind: 'number', tolerence: 1 }, 'scorer number: unknown setting "tolerence"; did you mean "tolerance"?'],
  [
    { kind: 'number', qqqq: 1 },
    'scorer number: unknown setting "qqqq"; it has take, markers, tolerance, relative_tolerance, decimal, percent',
  ],
  [
    { kind: 'number', take: 'frist' },
    'scorer number: setting "take": expected "auto", "marked", "first" or "last"',
  ],
  [
    { kind: 'number', tolerance: -1 },
    'scorer number: setting "tolerance": expected a number from 0 to 1000000000000',
  ],
  [
    { kind: 'regex', pattern: '(a' },
    'scorer regex: setting "pattern" is no regular expression of JavaScript (Unicode mode)',
  ],
  [{ kind: 'judge' }, 'scorer judge: setting "model": expected the name of a model'],
  [
    { kind: 'custom', module: 'none.mjs' },
    'scorer custom: the module none.mjs cannot be read; expected a path that begins at the task file',
  ],
  [{ kind: 'code', langauge: 'python' }, 'scorer code: unknown setting "langauge"; did you mean "language"?'],
])('%j is refused in one line with its place', async (settings, line) => {
  const refused = openScorer(settings, CONTEXT)
  await expect(refused).rejects.toThrow(MusivumError)
  await expect(refused).rejects.toThrow(`tasks/task.yaml:7: ${line}`)
})

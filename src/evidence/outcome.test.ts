import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseOutcomeLine, type OutcomeLine } from './outcome.ts'

const where = { file: 'outcomes.jsonl', line: 7 }
const row = { task: 'triage', item: 't-1', model: 's1', score: 1 }

function parse(value: unknown): OutcomeLine {
  return parseOutcomeLine(typeof value === 'string' ? value : JSON.stringify(value), where)
}

function problemOf(value: unknown): string {
  const line = parse(value)
  return line.kind === 'problem' ? line.problem : line.kind
}

describe('parseOutcomeLine', () => {
  test('reads every field, and leaves unknown ones alone', () => {
    const line = parse({
      ...row,
      answer: 'billing',
      chars: 7,
      cost_usd: 0.002,
      latency_ms: 7.5,
      category: 'c',
      cluster: 'p-1',
      lang: 'mr',
      sample: 2,
      split: 'seen',
    })
    expect(line).toEqual({
      kind: 'outcome',
      outcome: {
        ...row,
        answer: 'billing',
        chars: 7,
        costUsd: 0.002,
        latencyMs: 7.5,
        category: 'c',
        cluster: 'p-1',
        lang: 'mr',
        sample: '2',
      },
    })
  })

  test('an empty answer is kept, because it says that none was found; other empty texts say nothing', () => {
    const line = parse({ ...row, score: 0, answer: '', category: '', lang: null })
    expect(line).toEqual({ kind: 'outcome', outcome: { ...row, score: 0, answer: '' } })
  })

  test.each([
    [{ ...row, score: 1.2 }, '"score" is 1.2; expected a number from 0 to 1'],
    [{ ...row, score: -0.1 }, '"score" is -0.1; expected a number from 0 to 1'],
    [{ ...row, score: null }, '"score" is null; expected a number from 0 to 1'],
    [{ ...row, score: '1' }, '"score" is a text; expected a number from 0 to 1'],
    [{ ...row, score: true }, '"score" is a boolean; expected a number from 0 to 1'],
    [{ task: 't', item: 'i', model: 'm' }, '"score" is missing; expected a number from 0 to 1'],
    [{ task: 't', item: 'i', score: 1 }, '"model" is missing; expected the name of a model'],
    [{ ...row, item: 71 }, '"item" is 71; expected a text'],
    [{ ...row, task: '' }, '"task" is empty; expected a text'],
    [{ ...row, error: 'timeout' }, '"score" is 1 on a row with "error"; a failed call scores 0'],
    [{ ...row, cost_usd: -1 }, '"cost_usd" is -1; expected a number from 0 up'],
    [{ ...row, answer: ['a'] }, '"answer" is a list; expected a text'],
    [{ ...row, sample: 0.5 }, '"sample" is 0.5; expected a whole number or a text'],
    ['[1]', 'the line holds no JSON object; expected one outcome per line'],
    ['{"score": NaN}', 'the line holds NaN or Infinity, which JSON cannot say; expected a score from 0 to 1'],
    ['{"task":"t","item":"i","mo', 'the line is cut off or not JSON; expected one whole outcome per line'],
    ['{"task":"t",}', 'the line is not JSON; expected one outcome per line'],
  ])('names what is wrong in %j', (value, fault) => {
    expect(problemOf(value)).toBe(`outcomes.jsonl:7: ${fault}`)
  })

  test('skips blank lines and the byte order mark of the first line only', () => {
    expect(parse(' \r')).toEqual({ kind: 'blank' })
    const text = `\uFEFF${JSON.stringify(row)}`
    expect(parseOutcomeLine(text, { file: 'a', line: 1 })).toEqual({ kind: 'outcome', outcome: row })
    expect(parseOutcomeLine(text, { file: 'a', line: 2 }).kind).toBe('problem')
  })

  test('never throws, never lets a score out of 0 … 1 through, and never quotes the line', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.double().map((score) => JSON.stringify({ ...row, score })),
        ),
        (text) => {
          const line = parse(text)
          if (line.kind === 'outcome') expect(line.outcome.score >= 0 && line.outcome.score <= 1).toBe(true)
          if (line.kind === 'problem' && text.length > 40)
            expect(line.problem).not.toContain(text.slice(0, 40))
        },
      ),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOutcomeTable, type OutcomeTable } from './outcome-table.ts'
import type { Outcome } from './outcome.ts'

function tableOf(
  outcomes: readonly Outcome[],
  keepAnswers = false,
): { table: OutcomeTable; problems: string[] } {
  const table = createOutcomeTable({ keepAnswers })
  const problems = outcomes.flatMap(
    (outcome, index) => table.add(outcome, { file: 'f', line: index + 1 }) ?? [],
  )
  return { table, problems }
}

function row(item: string, model: string, score: number, more: Partial<Outcome> = {}): Outcome {
  return { task: 't', item, model, score, ...more }
}

describe('an outcome table', () => {
  test('aligns the columns of a task by item, and says which items a model was not run on', () => {
    const { table } = tableOf([
      row('x', 'a', 1),
      row('y', 'b', 0.5),
      row('x', 'b', 0),
      row('x', 'c', 1, { task: 'u' }),
    ])
    expect(table.tasks()).toEqual(['t', 'u'])
    const view = table.task('t')
    expect([view.items, view.models]).toEqual([
      ['x', 'y'],
      ['a', 'b'],
    ])
    expect([[...view.column('a').scores], [...view.column('a').samples]]).toEqual([
      [1, 0],
      [1, 0],
    ])
    expect([...view.column('b').scores]).toEqual([0, 0.5])
  })

  test('averages repeated samples within the item', () => {
    const { table, problems } = tableOf(
      ['0', '1', '2'].map((sample, index) => row('x', 'a', index === 0 ? 0 : 1, { sample })),
    )
    expect(problems).toEqual([])
    const column = table.task('t').column('a')
    expect([...column.scores]).toEqual([2 / 3])
    expect([...column.samples]).toEqual([3])
  })

  test('reports a duplicate with both lines and keeps the first', () => {
    const { table, problems } = tableOf([
      row('x', 'a', 1),
      row('y', 'a', 1),
      row('x', 'a', 0),
      row('x', 'a', 1),
    ])
    expect(problems).toEqual([
      'f:3: model "a" on item "x" of task "t" was already given at f:1 with another score; expected one row, or rows with different "sample"',
      'f:4: model "a" on item "x" of task "t" was already given at f:1 with the same score; expected one row, or rows with different "sample"',
    ])
    expect([...table.task('t').column('a').scores]).toEqual([1, 1])
    expect(table.rows()).toBe(2)
  })

  test('counts failed calls and unparsed answers, item by item', () => {
    const { table } = tableOf([
      row('x', 'a', 0, { error: 'timeout' }),
      row('y', 'a', 0, { answer: '' }),
      row('z', 'a', 1, { answer: 'k' }),
    ])
    const column = table.task('t').column('a')
    expect([[...column.errors], [...column.unparsed]]).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ])
  })

  test('keeps answers only when asked', () => {
    const rows = [row('x', 'a', 1, { answer: 'k' }), row('y', 'a', 1)]
    expect(tableOf(rows).table.task('t').column('a').answers).toBeUndefined()
    expect(tableOf(rows, true).table.task('t').column('a').answers).toEqual(['k', ''])
  })

  test('groups items by cluster, category and language, whichever row says so', () => {
    const { table, problems } = tableOf([
      row('x', 'a', 1),
      row('x', 'b', 1, { category: 'law' }),
      row('y', 'a', 1),
      row('x', 'c', 1, { category: 'tax' }),
    ])
    expect(table.task('t').grouping('category')).toMatchObject({ missing: 1 })
    expect([...table.task('t').grouping('category').of]).toEqual([0, -1])
    expect(problems).toEqual([
      'f:4: item "x" of task "t" has another category than on an earlier line; expected one category per item',
    ])
  })

  test('says what is nearest when a task or model is unknown', () => {
    const { table } = tableOf([row('x', 'gpt-4o', 1)])
    expect(() => table.task('tt')).toThrow('the outcomes hold no task "tt"; nearest: t')
    expect(() => table.task('t').column('gtp-4o')).toThrow('no model "gtp-4o"; nearest: gpt-4o')
  })

  test('holds what a plain map holds, through growth and rehashing', () => {
    const name = fc.integer({ min: 0, max: 400 })
    const anyRow = fc.tuple(
      name,
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 3 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    )
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 3000, size: 'max' }), (rows) => {
        const plain = new Map<string, number[]>()
        const seen = new Set<string>()
        const { table, problems } = tableOf(
          rows.map(([item, model, sample, score]) =>
            row(`i${item}`, `m${model}`, score, { sample: String(sample) }),
          ),
        )
        for (const [item, model, sample, score] of rows) {
          if (seen.has(`${item} ${model} ${sample}`)) continue
          seen.add(`${item} ${model} ${sample}`)
          plain.set(`i${item} m${model}`, [...(plain.get(`i${item} m${model}`) ?? []), score])
        }
        expect([table.rows(), problems.length]).toEqual([seen.size, rows.length - seen.size])
        for (const task of table.tasks()) {
          const view = table.task(task)
          for (const model of view.models) {
            const column = view.column(model)
            for (const [place, item] of view.items.entries()) {
              const scores = plain.get(`${item} ${model}`) ?? []
              expect(column.samples[place]).toBe(scores.length)
              if (scores.length > 0)
                expect(column.scores[place]).toBeCloseTo(
                  scores.reduce((a, b) => a + b, 0) / scores.length,
                  12,
                )
            }
          }
        }
      }),
      { numRuns: 5 },
    )
  })
})

test('costs, lengths and latencies are means over the samples that have them', () => {
  const { table } = tableOf([
    row('x', 'a', 1, { sample: '1', costUsd: 0.1, chars: 10 }),
    row('x', 'a', 1, { sample: '2', costUsd: 0.3 }),
    row('y', 'a', 1),
  ])
  const column = table.task('t').column('a')
  expect([...(column.amount('costUsd') ?? [])]).toEqual([0.2, Number.NaN])
  expect([...(column.amount('chars') ?? [])]).toEqual([10, Number.NaN])
  expect(column.amount('latencyMs')).toBeUndefined()
})

import { describe, expect, test } from 'vitest'
import type { SpendSum } from '../api/spend.ts'
import { csvOf } from './spend-csv.ts'
import { figuresOf, groupsOf, stackOf } from './spend-groups.ts'
import { timesOf } from './spend-range.ts'

const DAY = 86_400_000

function sum(startMs: number, group: string, nanoUsd: number, part: Partial<SpendSum> = {}): SpendSum {
  const counts = { requests: 1, inputTokens: 10, outputTokens: 2, unpricedRequests: 0 }
  return { startMs, group, nanoUsd: nanoUsd as SpendSum['nanoUsd'], ...counts, ...part }
}

describe('ranges are whole days of UTC', () => {
  const nowMs = Date.parse('2026-03-01T00:30:00Z')
  test.each([
    ['today', 'hour', '2026-03-01', '2026-03-01'],
    ['week', 'day', '2026-02-23', '2026-03-01'],
    ['thirty-days', 'day', '2026-01-31', '2026-03-01'],
    ['month', 'day', '2026-03-01', '2026-03-01'],
    ['last-month', 'day', '2026-02-01', '2026-02-28'],
  ] as const)('%s', (range, unit, first, last) => {
    expect(timesOf(range, nowMs)).toEqual({
      unit,
      fromMs: Date.parse(`${first}T00:00:00Z`),
      toMs: Date.parse(`${last}T23:59:59.999Z`),
    })
  })
})

describe('groups', () => {
  const sums = [
    sum(0, 'a', 5),
    sum(0, '', 3),
    sum(0, '', 100, { rest: true, requests: 9 }),
    sum(DAY, 'b', 40),
    sum(DAY, 'c', 1),
    sum(DAY, 'a', 5),
  ]
  const groups = groupsOf(sums, 2)

  test('are the dearest of the whole time, and what the gateway summed as the rest stays with the others', () => {
    expect(groups.map(({ kind, name, nanoUsd }) => [kind, name, nanoUsd])).toEqual([
      ['named', 'b', 40],
      ['named', 'a', 10],
      ['others', '', 104],
    ])
  })

  test('add up to everything, however few are shown', () => {
    for (const shown of [0, 1, 2, 3, 9]) expect(figuresOf(groupsOf(sums, shown))).toEqual(figuresOf(sums))
  })

  test('stack day by day, days without a request as 0', () => {
    const times = { unit: 'day', fromMs: 0, toMs: 3 * DAY - 1 } as const
    expect(stackOf(sums, groups, times)).toEqual({
      startsMs: [0, DAY, 2 * DAY],
      values: [
        [0, 40, 0],
        [5, 5, 0],
        [103, 1, 0],
      ],
    })
  })

  test('that have no name and those that are called like the marks are not mixed up', () => {
    const kinds = groupsOf([sum(0, 'none', 2), sum(0, '', 1), sum(0, 'others', 3)]).map(({ kind }) => kind)
    expect(kinds).toEqual(['named', 'named', 'none'])
  })
})

test('a CSV has exact dollars, nothing where nobody knows the price, and no formulas', () => {
  const sums = [
    sum(0, 'legal, "EU"', 1_500_000_001),
    sum(0, '=1+1', 0, { unpricedRequests: 1 }),
    sum(0, '', 0),
    sum(0, '', 7, { rest: true, unpricedRequests: 2 }),
  ]
  expect(csvOf(sums, 'team').split('\r\n')).toEqual([
    'start_utc,team,requests,input_tokens,output_tokens,usd,unpriced_requests',
    '1970-01-01T00:00:00.000Z,"legal, ""EU""",1,10,2,1.500000001,0',
    "1970-01-01T00:00:00.000Z,'=1+1,1,10,2,,1",
    '1970-01-01T00:00:00.000Z,,1,10,2,0.00,0',
    '1970-01-01T00:00:00.000Z,(others),1,10,2,0.000000007,2',
    '',
  ])
})

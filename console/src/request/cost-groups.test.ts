import { expect, test } from 'vitest'
import { callsOf, sumOf, type LedgerLine } from './cost-groups.ts'

function line(part: Partial<LedgerLine>): LedgerLine {
  return {
    requestId: 'r',
    atMs: 0,
    model: 'a',
    seller: null,
    purpose: 'answer',
    bucket: 'in_uncached',
    tokens: 1,
    priceRow: 'row',
    nanoUsd: 5 as LedgerLine['nanoUsd'],
    status: 'priced',
    source: 'counted',
    ...part,
  }
}

test('lines become calls: a new purpose, a new model or a bucket for the second time begins the next', () => {
  const lines = [
    line({ purpose: 'failed-attempt' }),
    line({ purpose: 'failed-attempt' }),
    line({}),
    line({ bucket: 'out_text' }),
    line({ purpose: 'judge', model: 'b' }),
  ]
  expect(callsOf(lines).map((call) => [call.purpose, call.model, call.lines.length])).toEqual([
    ['failed-attempt', 'a', 1],
    ['failed-attempt', 'a', 1],
    ['answer', 'a', 2],
    ['judge', 'b', 1],
  ])
  expect(callsOf([])).toEqual([])
})

test('a sum says how many lines it leaves out', () => {
  const unpriced = line({ status: 'unpriced', nanoUsd: 0 as LedgerLine['nanoUsd'] })
  expect(sumOf([line({}), unpriced, line({ status: 'disputed' })])).toEqual({ nanoUsd: 10, unpriced: 1 })
})

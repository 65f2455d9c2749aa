import { expect, test } from 'vitest'
import type { RequestRow } from '../api/admin.ts'
import { arrivedRow, mergedRows, NO_ARRIVALS, revealed } from './arrivals.ts'

function row(id: string): RequestRow {
  return { id } as RequestRow
}

test('arrivals wait until they are revealed, newest first', () => {
  const waiting = arrivedRow(arrivedRow(NO_ARRIVALS, row('1')), row('2'))
  expect(waiting.shown).toEqual([])
  expect(revealed(waiting)).toEqual({ shown: [row('2'), row('1')], waiting: [] })
})

test('revealing nothing gives the same object, so that nothing is drawn again', () => {
  expect(revealed(NO_ARRIVALS)).toBe(NO_ARRIVALS)
})

test('a row that came by the stream and in a page is listed once, and a long request sorts by its arrival', () => {
  const merged = mergedRows([row('2'), row('5')], [row('4'), row('2'), row('1')])
  expect(merged.map(({ id }) => id)).toEqual(['5', '4', '2', '1'])
})

test('a console left open keeps at most two thousand arrivals', () => {
  let arrivals = NO_ARRIVALS
  for (let index = 0; index < 2_100; index += 1) arrivals = arrivedRow(arrivals, row(String(index)))
  expect(arrivals.waiting).toHaveLength(2_000)
  expect(arrivals.waiting[0]).toEqual(row('2099'))
})

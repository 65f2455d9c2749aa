import { describe, expect, test } from 'vitest'
import type { RequestRow } from '../../../src/gateway/admin/contract.ts'
import { filterOfSearch, matches } from './request-filter.ts'

const row = {
  id: '0197f3c2-8a41-7000-8000-000000000001',
  model: 'starter-l',
  status: 200,
  key: 'mv-0123456789',
  team: 'legal',
} as RequestRow

describe('a live row', () => {
  test.each([
    [{}, true],
    [{ model: 'starter-l', status: 'ok', id: '0197F3' }, true],
    [{ model: 'starter' }, false],
    [{ status: 'error' }, false],
    [{ status: 201 }, false],
    [{ id: '97f3' }, false],
    [{ key: 'mv-0123456789', team: 'legal' }, true],
    [{ key: 'mv-9876543210' }, false],
    [{ team: 'care' }, false],
  ] as const)('against the filter %o', (filter, expected) => {
    expect(matches(filter, row)).toBe(expected)
  })
  test('that no model took matches no model filter', () => {
    expect(matches({ model: 'starter-l' }, { ...row, model: null })).toBe(false)
  })
})

describe('the address bar', () => {
  test('gives a filter, with ids that look like numbers kept as text', () => {
    expect(filterOfSearch({ model: 'm', status: 'error', id: 197 })).toEqual({
      model: 'm',
      status: 'error',
      id: '197',
    })
    expect(filterOfSearch({ status: 503 })).toEqual({ status: 503 })
  })
  test('with nonsense gives no filter', () => {
    expect(filterOfSearch({ model: '', status: 'maybe', id: [], page: 2 })).toEqual({})
    expect(filterOfSearch({ status: 42 })).toEqual({})
  })
  test('takes the id of a key, and never a whole key', () => {
    expect(filterOfSearch({ key: 'mv-0123456789', team: 42 })).toEqual({ key: 'mv-0123456789', team: '42' })
    expect(filterOfSearch({ key: 'mv-0123456789-with-its-secret' })).toEqual({})
  })
})

import { expect, test } from 'vitest'
import type { Key } from '../api/accounts.ts'
import { differenceOf, draftOf, EMPTY_DRAFT, newKeyOf, wrongMetadataLine } from './key-draft.ts'

const key: Key = {
  id: 'mv-0123456789',
  name: 'contract search',
  role: 'member',
  team: 'legal',
  project: null,
  createdMs: 1,
  expiresMs: Date.parse('2027-01-01T00:00:00Z'),
  revokedMs: null,
  rotatedMs: null,
  lastUsedMs: null,
  models: ['assistant', 'open-*'],
  tasks: null,
  plans: null,
  clearances: ['contracts'],
  cache: true,
  metadata: { ticket: 'OPS-12=3' },
}

test('a form that was only opened changes nothing', () => {
  expect(differenceOf(key, draftOf(key))).toEqual({})
})

test('only what was changed is sent, and what was emptied is taken away', () => {
  const draft = { ...draftOf(key), models: ' assistant,\n\nsmall-1 ', lastDay: '', metadata: '' }
  expect(differenceOf(key, draft)).toEqual({
    models: ['assistant', 'small-1'],
    expiresMs: null,
    metadata: {},
  })
})

test('a key is good until the end of its last day in UTC, and a new one says only what was filled in', () => {
  expect(draftOf(key).lastDay).toBe('2026-12-31')
  expect(newKeyOf({ ...EMPTY_DRAFT, name: 'n', lastDay: '2026-12-31' })).toEqual({
    name: 'n',
    role: 'member',
    expiresMs: Date.parse('2027-01-01T00:00:00Z'),
  })
})

test('names keep their stars, values keep their signs of equality, and a line without one is named', () => {
  const { models, metadata } = newKeyOf({ ...draftOf(key), name: 'copy' })
  expect({ models, metadata }).toEqual({ models: ['assistant', 'open-*'], metadata: { ticket: 'OPS-12=3' } })
  expect(wrongMetadataLine('a=1\n\nno sign')).toBe(3)
  expect(wrongMetadataLine('a=1\n=2')).toBe(2)
  expect(wrongMetadataLine('a=1')).toBeNull()
})

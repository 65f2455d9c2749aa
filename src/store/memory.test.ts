import { expect, test } from 'vitest'
import { openMemoryStore } from './memory.ts'
import { describeStore, row } from './store.conformance.ts'

describeStore('the store in memory', async () => openMemoryStore())

test('memory holds the newest 1,000 requests and forgets the oldest', async () => {
  const store = openMemoryStore()
  const rows = Array.from({ length: 1_003 }, () => row())
  for (const one of rows) store.appendRequest(one)
  expect(await store.findRequest(rows[2]?.id ?? '')).toBeUndefined()
  expect(await store.findRequest(rows[3]?.id ?? '')).toEqual(rows[3])
})

test('memory says in its health why nothing is kept', () => {
  expect(openMemoryStore({ problem: 'kept in memory only' }).health().problem).toBe('kept in memory only')
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openResponseStore } from './open-response-store.ts'
import type { ResponseStore } from './response-store.ts'

let home: string
let nowMs: number
let store: ResponseStore
const clock = { now: () => nowMs }
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'musivum-responses-'))
  nowMs = 1_000_000_000_000
  store = openResponseStore({ home, clock })
})
afterEach(() => {
  store.close()
  rmSync(home, { recursive: true, force: true })
})

const said = (id: string, text: string) => ({ id, type: 'message', role: 'user', content: text })
function keep(id: string, previousId: string | null = null, owner = 'me'): void {
  const body = JSON.stringify({ id, output: [said(`msg_${id}`, `answer ${id}`)] })
  store.keep({ id, owner, previousId, input: [said(`in_${id}`, `question ${id}`)], body })
}

test('a chain of responses is told oldest first, and survives a restart', () => {
  keep('r1')
  keep('r2', 'r1')
  keep('r3', 'r2')
  store.close()
  store = openResponseStore({ home, clock })
  expect(store.itemsUpTo('me', 'r3')?.map((item) => (item as { id: string }).id)).toEqual([
    'in_r1',
    'msg_r1',
    'in_r2',
    'msg_r2',
    'in_r3',
    'msg_r3',
  ])
  expect(store.findItem('me', 'msg_r1')).toEqual(said('msg_r1', 'answer r1'))
  expect(JSON.parse(store.find('me', 'r1')?.body ?? '')).toMatchObject({ id: 'r1' })
})

test('what is another’s does not exist', () => {
  keep('r1', null, 'somebody')
  expect(store.find('me', 'r1')).toBeUndefined()
  expect(store.itemsUpTo('me', 'r1')).toBeUndefined()
  expect(store.findItem('me', 'msg_r1')).toBeUndefined()
  expect(store.delete('me', 'r1')).toBe(false)
  expect(JSON.parse(store.find('somebody', 'r1')?.body ?? '')).toMatchObject({ id: 'r1' })
})

test('a deleted response is gone with its items, and what went on from it cannot go on', () => {
  keep('r1')
  keep('r2', 'r1')
  expect(store.delete('me', 'r1')).toBe(true)
  expect(store.delete('me', 'r1')).toBe(false)
  expect(store.findItem('me', 'msg_r1')).toBeUndefined()
  expect(store.itemsUpTo('me', 'r2')).toBeUndefined()
})

test('responses of last month go, a few with each new one', () => {
  for (let number = 0; number < 30; number += 1) keep(`old${number}`)
  nowMs += 31 * 86_400_000
  keep('new1')
  keep('new2')
  expect(store.find('me', 'old0')).toBeUndefined()
  expect(store.find('me', 'old29')).toBeUndefined()
  expect(JSON.parse(store.find('me', 'new1')?.body ?? '')).toMatchObject({ id: 'new1' })
})

test('two processes may keep responses at once', () => {
  const other = openResponseStore({ home, clock })
  keep('r1')
  other.keep({ id: 'r2', owner: 'me', previousId: 'r1', input: [], body: '{"output":[]}' })
  expect(store.itemsUpTo('me', 'r2')).toHaveLength(2)
  other.close()
})

import { expect, test } from 'vitest'
import { knownNames } from './known-names.ts'

const ADA = [{ entity: 'PERSON', start: 0, end: 3 }] as const

test('what was found in a text is known for its scope and for no other', () => {
  const known = knownNames()
  known.set(known.keyOf(['team', 'a'], 'Ada'), ADA)
  expect(known.get(known.keyOf(['team', 'a'], 'Ada'))).toEqual(ADA)
  expect(known.get(known.keyOf(['team', 'b'], 'Ada'))).toBeUndefined()
  expect(known.get(known.keyOf(['team', 'a'], 'ada'))).toBeUndefined()
})

test('two processes share no key, so that nobody can look up a text in the memory of another', () => {
  expect(knownNames().keyOf([], 'Ada')).not.toBe(knownNames().keyOf([], 'Ada'))
})

test('it forgets what was not asked for the longest', () => {
  const known = knownNames()
  known.set('running', ADA)
  known.set('old', ADA)
  for (let at = 0; at < 4_095; at += 1) {
    known.set(`text ${at}`, [])
    known.get('running')
  }
  expect(known.get('old')).toBeUndefined()
  expect(known.get('running')).toEqual(ADA)
})

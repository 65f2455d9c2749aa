import { expect, test } from 'vitest'
import { findNames } from './find-names.ts'
import type { Name, NameEntity } from './name-entities.ts'

function found(text: string, ...names: readonly (readonly [string, NameEntity])[]): readonly string[] {
  const find = findNames(names.map(([name, entity]): Name => ({ text: name, entity })))
  return find(text).map(({ entity, start, end }) => `${entity} ${text.slice(start, end)}`)
}

test('a name is found wherever it stands as a word, and not within one', () => {
  const text = "Ada wrote to Ada's sister, not the Adagio of Nevada. (Ada)"
  expect(found(text, ['Ada', 'PERSON'])).toEqual(['PERSON Ada', 'PERSON Ada', 'PERSON Ada'])
})

test('spaces and line breaks within a name do not matter, capitals do', () => {
  expect(found('Ada\n  Lovelace, ada lovelace', ['Ada Lovelace', 'PERSON'])).toEqual([
    'PERSON Ada\n  Lovelace',
  ])
})

test('of names that begin together the longest is found, and a name that is two things is the first', () => {
  const names = [
    ['Paris', 'PERSON'],
    ['Paris', 'LOCATION'],
    ['Paris Hilton', 'PERSON'],
  ] as const
  expect(found('Paris Hilton in Paris', ...names)).toEqual(['PERSON Paris Hilton', 'PERSON Paris'])
})

test.each([
  ['Devanagari', 'रामने सीताला आराम दिला', 'राम', 1],
  ['Arabic', 'كتبت لأحمد وأحمد', 'أحمد', 2],
  ['Chinese', '昨天王小明说：王小明来了', '王小明', 2],
  ['Hangul', '김철수는 왔다', '김철수', 1],
  ['Greek', 'Η Ελένη και η Ελένης', 'Ελένη', 1],
])('%s: endings and what is joined to a name', (_script, text, name, times) => {
  expect(found(text, [name, 'PERSON'])).toEqual(Array<string>(times).fill(`PERSON ${name}`))
})

test('signs in a name are signs, and no pattern', () => {
  expect(found('C+ (GmbH) & Co. is not Cx', ['C+ (GmbH) & Co.', 'ORGANIZATION'])).toEqual([
    'ORGANIZATION C+ (GmbH) & Co.',
  ])
  expect(found('A.B. and AxBx', ['A.B.', 'PERSON'])).toEqual(['PERSON A.B.'])
})

import { expect, test } from 'vitest'
import { labelsOf } from '../label.ts'
import { createRecognise } from '../recognise/recognise.ts'
import { findNames } from './find-names.ts'
import type { Name } from './name-entities.ts'
import { assumingNames, coverageOf } from './name-labels.ts'
import { withNames } from './with-names.ts'

const patterns = createRecognise()

function spans(text: string, ...names: readonly Name[]): readonly string[] {
  return withNames(
    patterns,
    findNames(names),
  )(text).map(({ entity, start, end }) => `${entity}: ${text.slice(start, end)}`)
}

test('names stand beside what patterns find, in the order of the text', () => {
  const text = 'Ada (ada@example.org) of Acme'
  const names: readonly Name[] = [
    { text: 'Acme', entity: 'ORGANIZATION' },
    { text: 'Ada', entity: 'PERSON' },
  ]
  expect(spans(text, ...names)).toEqual([
    'PERSON: Ada',
    'EMAIL_ADDRESS: ada@example.org',
    'ORGANIZATION: Acme',
  ])
})

test('a name that reaches over what a pattern found neither hides it nor is lost with it', () => {
  const text = 'Card of Ada Lovelace 4111 1111 1111 1111 London'
  expect(spans(text, { text: 'Ada Lovelace 4111 1111 1111 1111 London', entity: 'PERSON' })).toEqual([
    'PERSON: Ada Lovelace',
    'CREDIT_CARD: 4111 1111 1111 1111',
    'PERSON: London',
  ])
})

test('a name within what a pattern found is a part of it', () => {
  expect(spans('write ada@example.org', { text: 'example', entity: 'ORGANIZATION' })).toEqual([
    'EMAIL_ADDRESS: ada@example.org',
  ])
})

test('of names that overlap the longer wins, and the rest of the other stays one', () => {
  const names: readonly Name[] = [
    { text: 'Ада Лавлейс', entity: 'PERSON' },
    { text: 'Lovelace Institute 王', entity: 'ORGANIZATION' },
    { text: 'Ada Lovelace', entity: 'PERSON' },
  ]
  expect(spans('Ada Lovelace Institute 王', ...names)).toEqual([
    'PERSON: Ada',
    'ORGANIZATION: Lovelace Institute 王',
  ])
})

test('characters that nobody sees do not hide a name, and are a part of what is masked', () => {
  const text = 'A\u200bd\u00ada Lovelace'
  const [span] = withNames(patterns, findNames([{ text: 'Ada Lovelace', entity: 'PERSON' }]))(text)
  expect(span).toMatchObject({ start: 0, end: text.length, score: 0.85, kind: 'person', sensitivity: 2 })
})

test('what a model may read is judged as if all that it looks for were there', () => {
  const labels = labelsOf(patterns('MRN-1028091'))
  expect(assumingNames(labels, ['PERSON', 'LOCATION', 'ORGANIZATION'])).toMatchObject({
    kinds: ['company', 'health', 'person', 'place'],
    entities: ['LOCATION', 'MEDICAL_RECORD_NUMBER', 'ORGANIZATION', 'PERSON'],
    sensitivity: 4,
    names: 'covered',
  })
  expect(assumingNames(labelsOf([]), ['PERSON'])).toMatchObject({ sensitivity: 2, names: 'not-covered' })
  expect(assumingNames({ examined: false }, ['PERSON'])).toEqual({ examined: false })
  expect(coverageOf(['PERSON', 'LOCATION'])).toBe('not-covered')
})

import { expect, test } from 'vitest'
import { namesConversation, readNames } from './ask-names.ts'
import { NAME_ENTITIES } from './name-entities.ts'

const TEXT = 'Dr. Ada Lovelace of Acme Inc.\nflew to São Paulo. Ada\nLovelace again.'

function read(answer: unknown, text = TEXT) {
  return readNames(typeof answer === 'string' ? answer : JSON.stringify(answer), text, NAME_ENTITIES)
}

test('the question holds the answer to a schema, without chance, and says that the text is data', () => {
  const { responseFormat, sampling, messages } = namesConversation(TEXT, ['PERSON'])
  expect(responseFormat).toMatchObject({ kind: 'json-schema', strict: true })
  expect(JSON.stringify(responseFormat)).not.toContain('LOCATION')
  expect(sampling).toMatchObject({ temperature: 0, maxOutputTokens: 2_560 })
  expect(messages.map(({ role }) => role)).toEqual(['system', 'user'])
})

test('names that stand in the text are taken as it writes them, others are dropped and counted', () => {
  const names = [
    { text: 'Ada Lovelace', entity: 'PERSON' },
    { text: 'acme inc.', entity: 'ORGANIZATION' },
    { text: 'São Paulo', entity: 'LOCATION' },
    { text: 'Grace Hopper', entity: 'PERSON' },
    { text: 'Love', entity: 'PERSON' },
    { text: 'I', entity: 'PERSON' },
    { text: '', entity: 'PERSON' },
    { text: `Ada ${'x'.repeat(200)}`, entity: 'PERSON' },
  ]
  expect(read({ names })).toEqual({
    names: [
      { text: 'Ada Lovelace', entity: 'PERSON' },
      { text: 'Ada\nLovelace', entity: 'PERSON' },
      { text: 'Acme Inc.', entity: 'ORGANIZATION' },
      { text: 'São Paulo', entity: 'LOCATION' },
    ],
    dropped: 5,
  })
})

test('no names is an answer', () => {
  expect(read({ names: [] })).toEqual({ names: [], dropped: 0 })
})

test.each([
  'There are no names.',
  '',
  '[]',
  '{"names":{}}',
  '{"names":["Ada"]}',
  '{"names":[{"text":"Ada","entity":"CAT"}]}',
  '{"names":[{"text":7,"entity":"PERSON"}]}',
  '{"names":[{"text":"Ada Lovelace","entity":"PERSON"},{"text":"Ac',
])('what is not of the form is no answer, and nothing of it is taken: %s', (answer) => {
  expect(read(answer)).toBeUndefined()
})

test('an entity that was not asked for is no answer', () => {
  expect(readNames('{"names":[{"text":"Ada","entity":"LOCATION"}]}', 'Ada', ['PERSON'])).toBeUndefined()
})

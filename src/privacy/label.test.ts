import { expect, test } from 'vitest'
import type { Conversation, Part } from '../core/conversation.ts'
import { label, labelsOf, labelWords } from './label.ts'
import { createRecognise } from './recognise/recognise.ts'

const recognise = createRecognise()

function asking(...parts: readonly Part[]): Conversation {
  return {
    dialect: 'openai-chat',
    messages: [{ role: 'user', parts, extra: {} }],
    tools: [],
    sampling: {},
    answerCount: 1,
    extra: {},
  }
}

test('without recognisers nobody looked, and the label says so', () => {
  expect(label(asking({ kind: 'text', text: 'a@b.com' }))).toEqual({ examined: false })
})

test('kinds, entities with their numbers and the highest level are told, and that names were not looked for', () => {
  const labels = label(asking({ kind: 'text', text: 'MRN-1028091: a@b.com, c@d.com' }), recognise)
  expect(labels).toEqual({
    examined: true,
    kinds: ['contact', 'health'],
    entities: ['EMAIL_ADDRESS', 'MEDICAL_RECORD_NUMBER'],
    counts: { EMAIL_ADDRESS: 2, MEDICAL_RECORD_NUMBER: 1 },
    sensitivity: 4,
    names: 'not-covered',
  })
  expect(labelWords(labels)).toEqual(['contact', 'health', 'sensitivity:4', 'names:not-covered'])
})

test.each<readonly [string, Part]>([
  ['a tool call', { kind: 'tool-call', id: '1', name: 'mail', arguments: '{"to":"a@b.com"}' }],
  ['a tool result', { kind: 'tool-result', id: '1', text: 'a@b.com' }],
  ['thoughts that are handed back', { kind: 'reasoning', text: 'a@b.com' }],
  ['the name of a file', { kind: 'file', filename: 'a@b.com.txt' }],
  ['a part that we do not know', { kind: 'other', value: { deep: ['a@b.com'] } }],
  ['a field that we do not know', { kind: 'text', text: '', extra: { 'a@b.com': true } }],
])('%s is read too', (_where, part) => {
  expect(label(asking(part), recognise)).toMatchObject({ entities: ['EMAIL_ADDRESS'] })
})

test('an image is unknown, not clean', () => {
  const labels = label(asking({ kind: 'image', url: 'data:image/png;base64,AAAA' }), recognise)
  expect(labels).toMatchObject({ sensitivity: 0, unread: ['image'] })
})

test('inputs of embeddings and documents to rank are read; tokens cannot be', () => {
  expect(label({ inputs: ['a@b.com', [1, 2]], extra: {} }, recognise)).toMatchObject({
    sensitivity: 2,
    unread: ['tokens'],
  })
  expect(label({ query: 'who', documents: ['a@b.com'], extra: {} }, recognise)).toMatchObject({
    sensitivity: 2,
  })
})

test('nothing found is level 0', () => {
  expect(labelsOf([])).toEqual({
    examined: true,
    kinds: [],
    entities: [],
    sensitivity: 0,
    names: 'not-covered',
  })
})

test('an escape in the arguments of a call hides nothing', () => {
  const call = { kind: 'tool-call', id: 'c', name: 'f', arguments: '{"to":"ada\\u0040example.org"}' } as const
  expect(label(asking(call), recognise)).toMatchObject({ entities: ['EMAIL_ADDRESS'] })
})

test('the schema of the answer and its stop sequences are looked into', () => {
  const schema = { enum: ['ada@example.org'] }
  const formed = { ...asking(), responseFormat: { kind: 'json-schema', name: 'n', schema } as const }
  const stopped = { ...asking(), sampling: { stop: ['4111 1111 1111 1111'] } }
  expect(label(formed, recognise)).toMatchObject({ entities: ['EMAIL_ADDRESS'] })
  expect(label(stopped, recognise)).toMatchObject({ entities: ['CREDIT_CARD'] })
})

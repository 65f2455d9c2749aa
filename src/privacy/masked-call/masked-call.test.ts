import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Conversation } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { textsOf } from '../label-texts.ts'
import { pseudonyms } from '../pseudonyms/pseudonyms.ts'
import { findUnmaskable, maskConversation, maskEmbedding, maskRerank } from './mask-conversation.ts'
import { maskJsonText } from './mask-json.ts'
import { createAnswerRestorer } from './restore-answer.ts'

const SECRET = /secret-\d+|555\d{4}/g

/** Masks the words of this test, as a recogniser would find them. */
function masking() {
  const scope = pseudonyms({ hmac: (text) => createHmac('sha256', 'k').update(text).digest() })
  const mask = (text: string): string =>
    scope.mask(
      text,
      [...text.matchAll(SECRET)].map(({ index, 0: found }) => ({
        entity: 'MRN',
        start: index,
        end: index + found.length,
      })),
    )
  return { mask, standIns: scope.replaced }
}

const everywhere: Conversation = {
  dialect: 'openai-chat',
  messages: [
    {
      role: 'system',
      parts: [{ kind: 'text', text: 'secret-1' }],
      name: 'secret-2',
      extra: { a: ['secret-3'] },
    },
    {
      role: 'assistant',
      parts: [
        { kind: 'reasoning', text: 'secret-4' },
        { kind: 'refusal', text: 'secret-5', extra: { b: 'secret-6' } },
        {
          kind: 'tool-call',
          id: 'c',
          name: 'find',
          arguments: '{"secret-7": "secret\\u002d8", "n": 5551234}',
        },
      ],
      extra: {},
    },
    {
      role: 'tool',
      parts: [{ kind: 'tool-result', id: 'c', text: '[note] secret-9 "secret-10' }],
      extra: {},
    },
  ],
  tools: [
    {
      name: 'find',
      description: 'secret-11',
      parameters: {
        type: 'object',
        properties: { type: { type: 'string', description: 'secret-12', default: { type: 'secret-13' } } },
        required: ['type'],
      },
      extra: { c: 'secret-14' },
    },
  ],
  responseFormat: {
    kind: 'json-schema',
    name: 'n',
    schema: { enum: ['secret-15'] },
    description: 'secret-16',
  },
  sampling: { stop: ['secret-17'] },
  answerCount: 1,
  extra: { user: 'secret-18', deep: [{ x: 'secret-19' }] },
}

test('nothing that is text in a conversation stays', () => {
  const { mask, standIns } = masking()
  const masked = JSON.stringify(maskConversation(everywhere, mask))
  expect(masked).not.toMatch(/secret(-|\\+u002d)\d/)
  expect(masked).not.toContain('5551234')
  expect(standIns.size).toBe(20)
})

// Two walks over one request: what rules do not see they cannot forbid, and what is masked was worth seeing.
test('whatever is masked is looked into by labels too', () => {
  const { mask, standIns } = masking()
  maskConversation(everywhere, mask)
  const seen = textsOf(everywhere).texts.join('\n')
  expect([...standIns.values()].filter((value) => !seen.includes(value))).toEqual([])
})

test('what the program is made of stays', () => {
  const { mask } = masking()
  const { tools, messages } = maskConversation(everywhere, mask)
  expect(tools[0]?.parameters).toMatchObject({
    type: 'object',
    properties: { type: { type: 'string' } },
    required: ['type'],
  })
  const [, , call] = messages[1]?.parts ?? []
  if (call?.kind !== 'tool-call') throw new TypeError('the call is gone')
  expect(JSON.parse(call.arguments)).toMatchObject({ n: expect.stringMatching(/^⟦MRN_/) })
})

test('embeddings and documents to rank are masked too', () => {
  const { mask } = masking()
  const embedding = maskEmbedding({ inputs: ['secret-1', [1, 2]], extra: { user: 'secret-2' } }, mask)
  const rerank = maskRerank({ query: 'secret-3', documents: ['secret-4'], extra: {} }, mask)
  expect(JSON.stringify([embedding, rerank])).not.toMatch(/secret-/)
  expect(findUnmaskable({ inputs: ['a', [1, 2]], extra: {} })).toBe('token ids')
})

test('pictures, files, sound and what we do not know cannot be masked, and that is told', () => {
  const holding = (part: Conversation['messages'][number]['parts'][number]) =>
    findUnmaskable({ ...everywhere, messages: [{ role: 'user', parts: [part], extra: {} }] })
  expect(findUnmaskable(everywhere)).toBeUndefined()
  expect(holding({ kind: 'image', url: 'data:image/png;base64,AA==' })).toBe('image')
  expect(holding({ kind: 'file', fileId: 'f' })).toBe('file')
  expect(holding({ kind: 'audio', data: '', format: 'wav' })).toBe('audio')
  expect(holding({ kind: 'other', value: {} })).toBe('a part of a kind we do not know')
})

test.each([
  '{"a": "secret-1"',
  '{"a": "secret-1\n"}',
  '"secret-1',
  '{secret-1: 5551234}',
  'secret-1',
  '[secret-1]',
])('broken JSON is masked all the same: %j', (text) => {
  const { mask } = masking()
  expect(maskJsonText(text, mask)).not.toMatch(SECRET)
})

describe('an answer on its way back', () => {
  const { mask, standIns } = masking()
  const token = mask('secret-1')
  const [head, tail] = [token.slice(0, 4), token.slice(4)]

  function restored(events: readonly AnswerEvent[]) {
    const restorer = createAnswerRestorer(standIns)
    return { events: events.flatMap((event) => restorer.push(event)), restorer }
  }

  test('blocks that interleave are restored apart', () => {
    const { events } = restored([
      { kind: 'reasoning-start', choice: 0 },
      { kind: 'reasoning-delta', choice: 0, text: `hm ${head}` },
      { kind: 'reasoning-delta', choice: 1, text: tail },
      { kind: 'reasoning-delta', choice: 0, text: tail },
      { kind: 'reasoning-end', choice: 0, signature: { maker: 'm', value: token } },
      { kind: 'tool-call-start', choice: 0, index: 0, id: 'c', name: 'f' },
      { kind: 'tool-call-delta', choice: 0, index: 0, arguments: `{"a":"${head}` },
      { kind: 'tool-call-delta', choice: 0, index: 1, arguments: '{"b":1}' },
      { kind: 'tool-call-delta', choice: 0, index: 0, arguments: `${tail}"}` },
      { kind: 'tool-call-end', choice: 0, index: 0 },
    ])
    expect(events).toEqual([
      { kind: 'reasoning-start', choice: 0 },
      { kind: 'reasoning-delta', choice: 0, text: 'hm ' },
      { kind: 'reasoning-delta', choice: 1, text: tail },
      { kind: 'reasoning-delta', choice: 0, text: 'secret-1' },
      { kind: 'reasoning-end', choice: 0, signature: { maker: 'm', value: token } },
      { kind: 'tool-call-start', choice: 0, index: 0, id: 'c', name: 'f' },
      { kind: 'tool-call-delta', choice: 0, index: 0, arguments: '{"a":"' },
      { kind: 'tool-call-delta', choice: 0, index: 1, arguments: '{"b":1}' },
      { kind: 'tool-call-delta', choice: 0, index: 0, arguments: 'secret-1"}' },
      { kind: 'tool-call-end', choice: 0, index: 0 },
    ])
  })

  test('what is still held comes before the end of its block, and a refusal’s before the finish', () => {
    const bare = token.slice(1, -1)
    const { events, restorer } = restored([
      { kind: 'text-start', choice: 0 },
      { kind: 'text-delta', choice: 0, text: bare },
      { kind: 'text-end', choice: 0 },
      { kind: 'refusal-delta', choice: 0, text: bare },
      { kind: 'extra', fields: { note: [token] } },
      { kind: 'finish', choice: 0, reason: 'stop' },
    ])
    expect(events).toEqual([
      { kind: 'text-start', choice: 0 },
      { kind: 'text-delta', choice: 0, text: 'secret-1' },
      { kind: 'text-end', choice: 0 },
      { kind: 'extra', fields: { note: ['secret-1'] } },
      { kind: 'refusal-delta', choice: 0, text: 'secret-1' },
      { kind: 'finish', choice: 0, reason: 'stop' },
    ])
    expect(restorer.restored()).toBe(3)
    expect(restorer.unknown()).toEqual([])
  })
})

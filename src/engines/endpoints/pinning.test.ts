import { describe, expect, test } from 'vitest'
import type { Conversation, Part } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { Engine } from '../engine.ts'
import type { Endpoint } from './endpoint.ts'
import { fingerprintOf } from './fingerprint.ts'
import { pinning } from './pinning.ts'

const MAKER = 'openai-responses:api.example.com'

const endpoint = (name: string, fingerprint = name): Endpoint => ({
  name,
  engine: {} as Engine,
  keyId: name,
  fingerprint,
  weight: 1,
})
const [a, b] = [endpoint('aaaaaaaa'), endpoint('bbbbbbbb')]

function conversation(...turns: readonly (readonly Part[])[]): Conversation {
  const messages = turns.map((parts) => ({ role: 'assistant' as const, parts, extra: {} }))
  return { dialect: 'openai-responses', messages, tools: [], sampling: {}, answerCount: 1, extra: {} }
}

const thought = (maker: string): Part => ({ kind: 'reasoning', text: 't', signature: { maker, value: 'v' } })
const call = (maker: string): Part => ({
  kind: 'tool-call',
  id: 'c',
  name: 'n',
  arguments: '{}',
  signature: { maker, value: 1 },
})
const thoughtEnd: AnswerEvent = { kind: 'reasoning-end', choice: 0, signature: { maker: MAKER, value: 'v' } }

describe('endpoints with different keys', () => {
  const pins = pinning([a, b])

  test('sign with their names', () => {
    expect(pins.received(thoughtEnd, b)).toEqual({
      ...thoughtEnd,
      signature: { maker: `bbbbbbbb@${MAKER}`, value: 'v' },
    })
    const plain: AnswerEvent = { kind: 'reasoning-end', choice: 0 }
    expect(pins.received(plain, b)).toBe(plain)
  })

  test('that made the newest signature are asked first', () => {
    expect(pins.first(conversation([thought(`aaaaaaaa@${MAKER}`)], [call(`bbbbbbbb@${MAKER}`)]))).toBe(b)
    expect(pins.first(conversation([thought(`bbbbbbbb@${MAKER}`), call(`aaaaaaaa@${MAKER}`)]))).toBe(a)
    expect(pins.first(conversation([thought(`aaaaaaaa@${MAKER}`)], [thought('cccccccc@x')]))).toBe(a)
    expect(pins.first(conversation([thought(MAKER)], []))).toBeUndefined()
  })

  test('get their own signatures under their own maker, and those of others under a maker they do not know', () => {
    const asked = conversation([thought(`aaaaaaaa@${MAKER}`), call(`bbbbbbbb@${MAKER}`)], [thought(MAKER)])
    expect(pins.sent(asked, b)).toEqual(
      conversation([thought(`aaaaaaaa@${MAKER}`), call(MAKER)], [thought(MAKER)]),
    )
  })

  test('do not pass through what would reach the client without a name', () => {
    const relays = new Set(['openai-chat', 'openai-responses', 'anthropic-messages', 'embeddings'] as const)
    expect([...pins.relays(relays)]).toEqual(['openai-chat', 'embeddings'])
    expect(pinning([a]).relays(relays)).toBe(relays)
  })
})

test('one endpoint, and several that take back each other’s signatures, sign as ever', () => {
  for (const pins of [pinning([a]), pinning([a, endpoint('other', a.fingerprint)])]) {
    expect(pins.received(thoughtEnd, a)).toBe(thoughtEnd)
    expect(pins.first(conversation([thought(`aaaaaaaa@${MAKER}`)]))).toBeUndefined()
    const plain = conversation([thought(MAKER)])
    expect(pins.sent(plain, a), 'and nothing is copied').toBe(plain)
  }
})

test('an endpoint that is alone now still knows what it signed among others', () => {
  expect(pinning([a]).sent(conversation([thought(`aaaaaaaa@${MAKER}`)]), a)).toEqual(
    conversation([thought(MAKER)]),
  )
})

test('a fingerprint tells hosts and keys apart, and never shows the key', () => {
  const place = { baseUrl: 'https://api.example.com/v1', key: 'sk-0123456789abcdef' }
  const prints = [
    place,
    { ...place, key: 'sk-other' },
    { ...place, baseUrl: 'https://eu.example.com/v1' },
    { baseUrl: place.baseUrl },
  ].map((each) => fingerprintOf(each, 'openai'))
  expect(new Set(prints).size).toBe(4)
  for (const print of prints) expect(print).toMatch(/^[0-9a-f]{8}$/)
  expect(fingerprintOf({ ...place, baseUrl: 'https://api.example.com/v2' }, 'openai')).toBe(prints[0])
  expect(fingerprintOf({ ...place, key: 'sk-other' }, 'anthropic'), 'good for every key of its host').toBe(
    fingerprintOf(place, 'anthropic'),
  )
})

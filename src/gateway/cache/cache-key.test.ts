import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Binding, Model } from '../../catalog/model.ts'
import type { JsonObject } from '../../core/json.ts'
import { anonymous, type KeyPrincipal, type Principal } from '../../core/principal.ts'
import type { Policy } from '../../policy/permit.ts'
import type { Labels } from '../../privacy/label.ts'
import { parseMessagesRequest } from '../../wire/anthropic-messages/parse-request.ts'
import { parseChatRequest } from '../../wire/openai-chat/parse-request.ts'
import { cacheKey, type CacheKeyParts } from './cache-key.ts'

const server: Binding = { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', key: 'k1', upstreamModel: 'up' }
const modelOf = (binding: Binding = server, name = 'm'): Model => ({
  name,
  binding,
  price: { kind: 'owned' },
  toy: false,
  origin: 'config',
})

const chat = (fields: JsonObject = {}) =>
  parseChatRequest(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...fields }))
    .conversation

const key = (more: Partial<KeyPrincipal> = {}): Principal => ({
  kind: 'key',
  id: 'mv-a',
  role: 'member',
  clearances: [],
  ...more,
})

const parts: CacheKeyParts = {
  principal: anonymous,
  policy: { kind: 'allow-all' },
  labels: { examined: false },
  model: modelOf(),
  operation: 'chat',
  content: chat(),
}
const keyOf = (more: Partial<CacheKeyParts> = {}): string => cacheKey({ ...parts, ...more })

describe('who asks', () => {
  test('the members of a project share, and nobody else does', () => {
    const owners: readonly Principal[] = [
      anonymous,
      key(),
      key({ id: 'mv-b' }),
      key({ team: 't' }),
      key({ project: 't' }),
      key({ team: 't', project: 'p' }),
      key({ clearances: ['health'] }),
      key({ id: 'anonymous' }),
    ]
    expect(new Set(owners.map((principal) => keyOf({ principal }))).size).toBe(owners.length)
    expect(keyOf({ principal: key({ team: 't', project: 'p', id: 'mv-z' }) })).toBe(
      keyOf({ principal: key({ team: 't', project: 'p' }) }),
    )
    expect(keyOf({ principal: key({ clearances: ['a', 'b'] }) })).toBe(
      keyOf({ principal: key({ clearances: ['b', 'a'] }) }),
    )
  })

  test('whatever their names are: other tenant, other policy or other data, no key in common', () => {
    const name = fc.string({ maxLength: 4 })
    const principal = fc.oneof(
      fc.constant(anonymous),
      fc
        .record(
          { id: name, team: name, project: name, clearances: fc.uniqueArray(name, { maxLength: 2 }) },
          { requiredKeys: ['id', 'clearances'] },
        )
        .map((more) => key(more)),
    )
    const labels = fc.oneof(
      fc.constant<Labels>({ examined: false }),
      fc
        .record({
          kinds: fc.uniqueArray(name, { maxLength: 2 }),
          entities: fc.uniqueArray(name, { maxLength: 2 }),
        })
        .map((found): Labels => ({ examined: true, sensitivity: 2, names: 'not-covered', ...found })),
    )
    const policy = fc.oneof(
      fc.constant<Policy>({ kind: 'allow-all' }),
      name.map((hash) => ({ kind: 'rules', hash }) as Policy),
    )
    fc.assert(
      fc.property(principal, principal, labels, labels, policy, policy, (p1, p2, l1, l2, r1, r2) => {
        const one = keyOf({ principal: p1, labels: l1, policy: r1 })
        const other = keyOf({ principal: p2, labels: l2, policy: r2 })
        const same = tenant(p1) === tenant(p2) && JSON.stringify([l1, r1]) === JSON.stringify([l2, r2])
        expect(one === other).toBe(same)
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})

/** Written another way than in the code: what two principals must agree in to be one tenant. */
function tenant(principal: Principal): string {
  if (principal.kind === 'anonymous') return ''
  const { id, team, project, clearances } = principal
  const owner = project !== undefined ? { project } : team !== undefined ? { team } : { id }
  return JSON.stringify([owner, clearances.toSorted()])
}

describe('what answers', () => {
  test('another name, server, upstream model or weights is another key', () => {
    const llama: Binding = { engine: 'llama', weights: '/w.gguf', sha256: 'aa' }
    const models = [
      modelOf(),
      modelOf(server, 'n'),
      modelOf({ ...server, baseUrl: 'http://127.0.0.1:2/v1' }),
      modelOf({ ...server, upstreamModel: 'other' }),
      modelOf({ ...server, elsewhere: [{ baseUrl: 'http://127.0.0.1:3/v1' }] }),
      modelOf(llama),
      modelOf({ ...llama, sha256: 'bb' }),
      modelOf({ ...llama, adapter: '/a.gguf' }),
    ]
    expect(new Set(models.map((model) => keyOf({ model }))).size).toBe(models.length)
  })

  test('a new key, price or patience of the same server is not', () => {
    const changed: Model = {
      ...modelOf({ ...server, key: 'k2', weight: 3, timeouts: { totalMs: 1 }, tries: { attempts: 2 } }),
      price: { kind: 'unpriced' },
    }
    expect(keyOf({ model: changed })).toBe(keyOf())
    const elsewhere = (key: string) => modelOf({ ...server, elsewhere: [{ baseUrl: 'http://h/v1', key }] })
    expect(keyOf({ model: elsewhere('a') })).toBe(keyOf({ model: elsewhere('b') }))
  })
})

describe('what is asked', () => {
  test.each([
    ['stream', chat({ stream: true, stream_options: { include_usage: true } })],
    ['user', chat({ user: 'ada' })],
    ['metadata', chat({ metadata: { ticket: '7' } })],
    ['musivum', chat({ musivum: { max_price: 1 } })],
    ['prompt_cache_key', chat({ prompt_cache_key: 'x', store: false, safety_identifier: 'y' })],
  ])('%s says how the answer travels or who asks, and makes no difference', (_, content) => {
    expect(keyOf({ content })).toBe(keyOf())
  })

  test.each([
    ['a word', chat({ messages: [{ role: 'user', content: 'Hello!' }] })],
    ['a role', chat({ messages: [{ role: 'system', content: 'Hello' }] })],
    ['temperature', chat({ temperature: 0 })],
    ['a field that we do not know', chat({ top_secret_option: 1 })],
    ['null in it', chat({ top_secret_option: null })],
    ['a tool', chat({ tools: [{ type: 'function', function: { name: 'f' } }] })],
  ])('%s makes a difference', (_, content) => {
    expect(keyOf({ content })).not.toBe(keyOf())
  })

  test('a number larger than there is one is not taken for nothing', () => {
    const [large, none] = ['1e999', 'null'].map((x) => ({
      ...chat(),
      extra: JSON.parse(`{"x":${x}}`) as JsonObject,
    }))
    expect(keyOf({ content: large ?? chat() })).not.toBe(keyOf({ content: none ?? chat() }))
  })

  test('another protocol or operation is another key', () => {
    const body = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hello' }] }
    const messages = parseMessagesRequest(JSON.stringify(body)).conversation
    expect(keyOf({ content: messages })).not.toBe(keyOf({ content: chat({ max_tokens: 10 }) }))
    expect(keyOf({ operation: 'embeddings' })).not.toBe(keyOf())
  })

  test('the order in which fields were written makes none', () => {
    const schema = (properties: JsonObject) =>
      chat({
        tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties } } }],
      })
    const one = keyOf({ content: schema({ a: { type: 'string' }, b: { type: 'number' } }) })
    expect(keyOf({ content: schema({ b: { type: 'number' }, a: { type: 'string' } }) })).toBe(one)
  })
})

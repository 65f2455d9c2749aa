import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../core/json.ts'
import {
  holdsWrappedSignature,
  isMadeBy,
  isNativeTo,
  unwrapSignature,
  wrapSignature,
} from './signature-text.ts'

test('a wrapped signature is text without spaces that unwraps to the same', () => {
  const value = fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.parse(JSON.stringify(json)) as Json)
  const maker = fc.string({ unit: 'grapheme', maxLength: 20 })
  fc.assert(
    fc.property(fc.record({ maker, value }), (signature) => {
      const text = wrapSignature(signature)
      expect(text).toMatch(/^mv1\.[\w-]+$/)
      expect(unwrapSignature(text)).toEqual(signature)
    }),
    { seed: 4, numRuns: 200 },
  )
})

test('a vendor’s own signature, a cut one and one of another shape are not taken for ours', () => {
  const wrapped = wrapSignature({ maker: 'openai-chat:a.example', value: 'opaque' })
  const shapeless = `mv1.${btoa('{"maker":1}')}`
  for (const text of ['', 'EqQBCkgIARAB', 'mv1.', wrapped.slice(0, -3), shapeless])
    expect(unwrapSignature(text)).toBeUndefined()
})

test('a body that holds one is found, and one that only speaks of it is not', () => {
  const wrapped = wrapSignature({ maker: 'openai-chat:a.example', value: 'opaque' })
  expect(holdsWrappedSignature(JSON.stringify({ content: [{ signature: wrapped }] }))).toBe(true)
  expect(holdsWrappedSignature(JSON.stringify({ content: `what is ${wrapped}?` }))).toBe(false)
})

test('a signature goes to its maker, and one that names no host to every host of its wire', () => {
  const made = { maker: 'anthropic-messages:a.example', value: 's' }
  expect(isMadeBy(made, 'anthropic-messages:a.example')).toBe(true)
  expect(isMadeBy(made, 'anthropic-messages:b.example')).toBe(false)
  expect(isMadeBy({ ...made, maker: 'anthropic-messages' }, 'anthropic-messages:b.example')).toBe(true)
  expect(isMadeBy({ ...made, maker: 'openai-chat' }, 'anthropic-messages:b.example')).toBe(false)
})

test('a signature is native to the protocol of its maker', () => {
  expect(isNativeTo({ maker: 'openai-chat:a.example', value: 's' }, 'openai-chat')).toBe(true)
  expect(isNativeTo({ maker: 'openai-chat:a.example', value: 's' }, 'openai-responses')).toBe(false)
})

import { expect, test } from 'vitest'
import { contentName } from './content-name.ts'

test('the name depends on what is asked and not on the order of fields or on how a number is written', () => {
  const name = contentName({ b: 'x', a: 5 })
  expect(name).toMatch(/^case-[0-9a-f]{16}$/)
  expect(contentName({ a: '5', b: 'x' })).toBe(name)
  expect(contentName({ a: '5', b: 'y' })).not.toBe(name)
})

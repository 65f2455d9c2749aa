import { expect, test } from 'vitest'
import { bytes } from './quantities.ts'

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [5_107_104, '4.9 MiB'],
  [3 * 1024 ** 5, '3072.0 TiB'],
])('%i bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text)
})

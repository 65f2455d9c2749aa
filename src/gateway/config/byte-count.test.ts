import { expect, test } from 'vitest'
import { bytesIn, bytesPattern } from './byte-count.ts'

test.each([
  ['8GiB', 8 * 1024 ** 3],
  ['8GB', 8e9],
  ['512 MiB', 512 * 1024 ** 2],
  ['1.5tb', 1.5e12],
  ['0.333KiB', 340],
])('%s is %i bytes', (text, expected) => {
  expect(bytesIn(text)).toBe(expected)
})

test.each(['8', '8G', 'GiB', '-1GiB', '1e3GiB', '8 GiB '])('%j is no number of bytes', (text) => {
  expect(text).not.toMatch(bytesPattern)
})

import { expect, test } from 'vitest'
import { isJsonArray, isJsonObject } from './json.ts'

test('an object, an array and null are told apart', () => {
  expect([{}, [], null, 'x', 1, undefined].map(isJsonObject)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ])
  expect([{}, [], null, 'x', 1, undefined].map(isJsonArray)).toEqual([
    false,
    true,
    false,
    false,
    false,
    false,
  ])
})

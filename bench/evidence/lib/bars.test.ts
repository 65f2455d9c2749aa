import { expect, test } from 'vitest'
import { isMet, lineOf } from './bars.ts'

test('a figure meets a bar from the right side, one without a bar is only told, and a missing one meets none', () => {
  const figure = { what: 'calls', unit: 'calls' }
  expect(isMet({ ...figure, figure: 2.5, atMost: 2.5 })).toBe(true)
  expect(isMet({ ...figure, figure: 2.6, atMost: 2.5 })).toBe(false)
  expect(isMet({ ...figure, figure: 0.9, atLeast: 0.92 })).toBe(false)
  expect(isMet({ ...figure, figure: 0.9 })).toBeUndefined()
  expect(isMet({ ...figure, figure: Number.NaN, atMost: 1 })).toBe(false)
})

test('a line shows the verdict, the figure, the bar and what stands beside it', () => {
  const line = lineOf({ what: 'calls', figure: 2.288, unit: 'calls', atMost: 2.5, beside: 'five of five' })
  expect(line).toBe('  met        2.288 calls  <= 2.5     calls (five of five)')
})

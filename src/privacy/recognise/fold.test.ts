import { describe, expect, test } from 'vitest'
import { codePointCounter } from './code-points.ts'
import { fold } from './fold.ts'

describe('folding', () => {
  test.each([
    ['Devanagari', '३९९८', '3998'],
    ['Arabic-Indic', '٠١٢٣٤٥٦٧٨٩', '0123456789'],
    ['Extended Arabic-Indic', '۰۱۲۳۴۵۶۷۸۹', '0123456789'],
    ['Bengali', '০৯', '09'],
    ['full width', '４１１１－ａ＠ｂ．ｃｏｍ', '4111-a@b.com'],
    ['mathematical bold', '𝟒𝟏𝟏𝟏', '4111'],
    ['superscripts', '¹²³⁴', '1234'],
    ['spaces and hyphens', '12\u00a034\u201156', '12 34-56'],
    ['Cyrillic beside Latin', 'DЕ89', 'DE89'],
    ['a letter O and a small L among digits', '41O1 11l1', '4101 1111'],
  ])('%s', (_what, text, folded) => {
    expect(fold(text).text).toBe(folded)
  })

  test('what nobody sees is left out, and the rest keeps its place', () => {
    const { text, origin } = fold('4\u200b1\u00ad1\u200f1')
    expect(text).toBe('4111')
    expect([...(origin ?? [])]).toEqual([0, 2, 4, 6, 7])
  })

  test('words of other scripts and plain texts stay as they are', () => {
    for (const text of ['Вера 89', 'в 1991 году', 'Größe 12', 'आधार', 'plain', 'I15432', 'bc1Ol', '10l'])
      expect(fold(text).text).toBe(text)
  })

  test('half a surrogate pair is no reason to stop', () => {
    expect(fold('\ud835 ४').text).toMatch(/^. 4$/u)
    expect(fold('४\udc00').text).toHaveLength(2)
  })
})

test('places in UTF-16 become places in code points, in rising order or not', () => {
  const count = codePointCounter('a😀b')
  expect([0, 1, 3, 4].map(count)).toEqual([0, 1, 2, 3])
  expect(count(1)).toBe(1)
  expect(codePointCounter('\ud83d x')(2)).toBe(2)
})

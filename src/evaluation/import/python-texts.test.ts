import { expect, test } from 'vitest'
import { pythonTexts } from './python-texts.ts'

test.each([
  [`['one', "it's"]`, ['one', "it's"]],
  [`['one'\n 'two']`, ['one', 'two']],
  [`['a\\nb', 'c\\'d', 'e\\\\n', '\\xe9\\u20ac']`, ['a\nb', "c'd", 'e\\n', 'é€']],
  ['[]', []],
  ['', []],
  ['no list', ['no list']],
  [`['half`, [`['half`]],
])('%s', (text, texts) => {
  expect(pythonTexts(text)).toEqual(texts)
})

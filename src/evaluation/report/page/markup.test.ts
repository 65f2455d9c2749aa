import { expect, test } from 'vitest'
import { markup } from './markup.ts'
import { shortened } from './user-text.ts'

test('values are escaped, in text and in attributes; pieces and lists of pieces go in as they are', () => {
  const name = `<script>"x" & 'y'</script>`
  const safe = '&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;'
  expect(markup`<p title="${name}">${[markup`<b>${name}</b>`, ' and ', 3]}</p>`.html).toBe(
    `<p title="${safe}"><b>${safe}</b> and 3</p>`,
  )
})

test('nothing, false and undefined leave nothing behind; zero is a number', () => {
  expect(markup`[${null}${undefined}${false}${0}]`.html).toBe('[0]')
})

test('a number that is none is refused: it would be shown as one', () => {
  expect(() => markup`${Number.NaN}`).toThrow('a page shows numbers')
  expect(() => markup`${1 / 0}`).toThrow('a page shows numbers')
})

test('what is no character in HTML becomes the one that says so', () => {
  expect(markup`${'a\u0000b\uD800c\u001Bd'}`.html).toBe('a\uFFFDb\uFFFDc\uFFFDd')
})

test('a long name loses its middle and no half of a letter', () => {
  expect(shortened('Meta-Llama-3.1-405B-Instruct@hyperbolic', 20)).toBe('Meta-Llama-3…erbolic')
  expect(shortened('क्षि'.repeat(20), 5)).toBe('क्षिक्षिक्षि…क्षि')
  expect(shortened('short', 20)).toBe('short')
})

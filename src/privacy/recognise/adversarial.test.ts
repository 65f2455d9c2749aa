import { expect, test } from 'vitest'
import { createRecognise } from './recognise.ts'

const CHARS = 100_000

/**
 * What would take quadratic time somewhere takes minutes here; the bound is far above what a busy machine needs.
 * bench/privacy.ts measures a megabyte of each.
 */
const BOUND_MS = 5_000

const recognise = createRecognise()

test.each([
  'a',
  '1',
  '1 ',
  '@',
  'a@',
  '.',
  'a.',
  ':',
  'a:',
  '-',
  'sk-',
  'http://',
  'http://a.com/',
  'eyJhbGciOiJ1.',
  '-----BEGIN PRIVATE KEY-----',
  '(1',
  '+1 ',
  '123 45 ',
  'password="',
  'postgres://u:p@',
  'АВ',
  '\ud835',
  '\u200b',
  'आधार ',
  'a%40',
  "identified by '",
  'phone 1 2 ',
  '0x',
  'رقم ',
  'Aask-eyJ',
  'key=',
])('a text of nothing but %j is read in linear time', (piece) => {
  const text = piece.repeat(Math.ceil(CHARS / piece.length))
  const begun = performance.now()
  const spans = recognise(text)
  expect(performance.now() - begun).toBeLessThan(BOUND_MS)
  expect(spans.every(({ end }) => end <= text.length)).toBe(true)
})
